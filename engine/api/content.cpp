#include "engine/api/content.hpp"

#include <cstring>
#include <string_view>
#include <vector>

#include <xxhash.h>
#include <nlohmann/json.hpp>

namespace jobset_twin::api {
namespace {

// The bytes that are hashed, in order: for each field that is not zero its number, then its value; lengths before
// texts.
class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  void number(std::uint64_t value) {
    if (used_ + sizeof value > capacity_) grow(sizeof value);
    std::memcpy(data_ + used_, &value, sizeof value);
    used_ += sizeof value;
  }
  void text(std::string_view value) {
    number(value.size());
    if (value.empty()) return;
    if (used_ + value.size() > capacity_) grow(value.size());
    std::memcpy(data_ + used_, value.data(), value.size());
    used_ += value.size();
  }
  XXH128_hash_t hash() const { return XXH3_128bits(data_, used_); }

 private:
  void grow(std::size_t more) {
    constexpr std::size_t kFactor = 8;  // most objects are small; those that are not have lists
    std::vector<char> larger((used_ + more) * kFactor);
    std::memcpy(larger.data(), data_, used_);
    heap_ = std::move(larger);
    data_ = heap_.data();
    capacity_ = heap_.size();
  }

  char inline_[1024];
  std::vector<char> heap_;
  char* data_ = inline_;
  std::size_t used_ = 0, capacity_ = sizeof inline_;
};

void hashStruct(const TypeInfo& info, const void* object, Bytes& out);

void hashValue(const FieldInfo& field, const ValueType& type, const void* value, Bytes& out) {
  switch (type.kind) {
    case ValueKind::kBool: return out.number(*static_cast<const bool*>(value) ? 1 : 0);
    case ValueKind::kInt32: return out.number(static_cast<std::uint64_t>(*static_cast<const std::int32_t*>(value)));
    case ValueKind::kInt64: return out.number(static_cast<std::uint64_t>(*static_cast<const std::int64_t*>(value)));
    case ValueKind::kDouble: {
      std::uint64_t bits = 0;
      std::memcpy(&bits, value, sizeof bits);
      return out.number(bits);
    }
    case ValueKind::kString: return out.text(*static_cast<const std::string*>(value));
    case ValueKind::kTime:
      return out.number(static_cast<std::uint64_t>(static_cast<const TimePoint*>(value)->time_since_epoch().count()));
    case ValueKind::kQuantity: {
      const Quantity& quantity = *static_cast<const Quantity*>(value);
      out.number(static_cast<std::uint64_t>(quantity.units()));
      return out.number((static_cast<std::uint64_t>(quantity.nanos()) << 8U) |
                        static_cast<std::uint64_t>(quantity.format()));
    }
    case ValueKind::kIntOrString: {
      const IntOrString& either = *static_cast<const IntOrString*>(value);
      out.number(either.isString() ? 1 : 0);
      return either.isString() ? out.text(either.text()) : out.number(static_cast<std::uint64_t>(either.number()));
    }
    case ValueKind::kStringMap: {
      const StringMap& map = *static_cast<const StringMap*>(value);
      std::uint64_t low = 0, high = 0;
      if (!map.shared().cachedHash(low, high)) {
        Bytes inner;
        for (const StringMap::Entry& entry : map) {
          inner.text(entry.first);
          inner.text(entry.second);
        }
        const XXH128_hash_t hash = inner.hash();
        low = hash.low64;
        high = hash.high64;
        map.shared().cacheHash(low, high);
      }
      out.number(low);
      return out.number(high);
    }
    case ValueKind::kQuantityMap:
      out.number(static_cast<const ResourceList*>(value)->size());
      for (const auto& [name, quantity] : *static_cast<const ResourceList*>(value)) {
        out.text(name);
        out.number(static_cast<std::uint64_t>(quantity.units()));
        out.number((static_cast<std::uint64_t>(quantity.nanos()) << 8U) |
                   static_cast<std::uint64_t>(quantity.format()));
      }
      return;
    case ValueKind::kStruct: return hashStruct(field.object ? *field.object : *type.info, value, out);
    case ValueKind::kList:
      out.number(type.size(value));
      for (std::size_t i = 0; i < type.size(value); ++i) hashValue(field, *type.inner, type.at(value, i), out);
      return;
    case ValueKind::kOptional:
      out.number(type.present(value) ? 1 : 0);
      if (type.present(value)) hashValue(field, *type.inner, type.get(value), out);
      return;
    case ValueKind::kShared: {
      std::uint64_t low = 0, high = 0;
      if (!type.cached(value, low, high)) {
        Bytes inner;
        hashValue(field, *type.inner, type.get(value), inner);
        const XXH128_hash_t hash = inner.hash();
        low = hash.low64;
        high = hash.high64;
        type.cache(value, low, high);
      }
      out.number(low);
      return out.number(high);
    }
    case ValueKind::kRaw:
      return out.text(
          static_cast<const Raw*>(value)->get().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

void hashFields(const std::vector<FieldInfo>& fields, std::uint64_t first, const void* object, Bytes& out) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const FieldInfo& field = fields[i];
    if (!field.written || !field.member) continue;
    const void* value = field.member(object);
    if (isZero(*field.type, value)) continue;
    out.number(first + i);
    hashValue(field, *field.type, value, out);
  }
}

void hashStruct(const TypeInfo& info, const void* object, Bytes& out) {
  hashFields(info.fields, 1, object, out);
  hashFields(info.overlays, 1'000'001, object, out);
  out.number(0);  // the end: fields of neighbours cannot run into each other
}

bool equalValue(const FieldInfo& field, const ValueType& type, const void* a, const void* b) {
  switch (type.kind) {
    case ValueKind::kBool: return *static_cast<const bool*>(a) == *static_cast<const bool*>(b);
    case ValueKind::kInt32: return *static_cast<const std::int32_t*>(a) == *static_cast<const std::int32_t*>(b);
    case ValueKind::kInt64: return *static_cast<const std::int64_t*>(a) == *static_cast<const std::int64_t*>(b);
    case ValueKind::kDouble: return *static_cast<const double*>(a) == *static_cast<const double*>(b);
    case ValueKind::kString: return *static_cast<const std::string*>(a) == *static_cast<const std::string*>(b);
    case ValueKind::kTime: {
      const TimePoint x = *static_cast<const TimePoint*>(a), y = *static_cast<const TimePoint*>(b);
      return x == y || (field.shape == Shape::kTime && truncateToSeconds(x) == truncateToSeconds(y));
    }
    case ValueKind::kQuantity: return *static_cast<const Quantity*>(a) == *static_cast<const Quantity*>(b);
    case ValueKind::kIntOrString: return *static_cast<const IntOrString*>(a) == *static_cast<const IntOrString*>(b);
    case ValueKind::kStringMap: return *static_cast<const StringMap*>(a) == *static_cast<const StringMap*>(b);
    case ValueKind::kQuantityMap: return *static_cast<const ResourceList*>(a) == *static_cast<const ResourceList*>(b);
    case ValueKind::kStruct: return equalByTable(field.object ? *field.object : *type.info, a, b);
    case ValueKind::kList: {
      const std::size_t size = type.size(a);
      if (size != type.size(b)) return false;
      for (std::size_t i = 0; i < size; ++i) {
        if (!equalValue(field, *type.inner, type.at(a, i), type.at(b, i))) return false;
      }
      return true;
    }
    case ValueKind::kOptional:
      if (type.present(a) != type.present(b)) return false;
      return !type.present(a) || equalValue(field, *type.inner, type.get(a), type.get(b));
    case ValueKind::kShared: return type.same(a, b) || equalValue(field, *type.inner, type.get(a), type.get(b));
    case ValueKind::kRaw: return *static_cast<const Raw*>(a) == *static_cast<const Raw*>(b);
  }
  return false;
}

}  // namespace

bool equalByTable(const TypeInfo& info, const void* a, const void* b) {
  const auto all = [&](const std::vector<FieldInfo>& fields) {
    for (const FieldInfo& field : fields) {
      if (field.written && field.member && !equalValue(field, *field.type, field.member(a), field.member(b)))
        return false;
    }
    return true;
  };
  return all(info.fields) && all(info.overlays);
}

std::pair<std::uint64_t, std::uint64_t> contentHash(const Object& object) {
  Bytes out;
  out.number(static_cast<std::uint64_t>(object.kind()));
  hashStruct(*typeTables().object_meta, &object.meta, out);
  if (const TypeInfo* info = bodyInfo(object)) {
    out.text(info->name);
    hashStruct(*info, bodyPointer(object), out);
  } else {
    const Generic& generic = as<Generic>(object);
    out.text(generic.apiVersion);
    out.text(generic.kind);
    out.text(generic.content.get().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  const XXH128_hash_t hash = out.hash();
  return {hash.low64, hash.high64};
}

bool semanticallyEqual(const Object& a, const Object& b) {
  if (&a == &b) return true;
  if (a.kind() != b.kind() || apiVersionOf(a) != apiVersionOf(b) || kindNameOf(a) != kindNameOf(b)) return false;
  for (const FieldInfo& field : typeTables().object_meta->fields) {
    if (!field.written || field.decimal_string) continue;
    if (!equalValue(field, *field.type, field.member(&a.meta), field.member(&b.meta))) return false;
  }
  if (const TypeInfo* info = bodyInfo(a)) return equalByTable(*info, bodyPointer(a), bodyPointer(b));
  return as<Generic>(a).content == as<Generic>(b).content;
}

}  // namespace jobset_twin::api
