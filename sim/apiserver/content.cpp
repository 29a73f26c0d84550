#include "sim/apiserver/content.hpp"

#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "engine/api/reflect.hpp"

namespace jobset_twin::apiserver {
namespace {

using api::ValueKind;
using api::ValueType;

bool sameStruct(const api::TypeInfo& info, const void* a, const void* b);

template <class T>
bool equal(const void* a, const void* b) {
  return *static_cast<const T*>(a) == *static_cast<const T*>(b);
}

bool sameValue(const ValueType& type, const void* a, const void* b) {
  switch (type.kind) {
    case ValueKind::kBool: return equal<bool>(a, b);
    case ValueKind::kInt32: return equal<std::int32_t>(a, b);
    case ValueKind::kInt64: return equal<std::int64_t>(a, b);
    case ValueKind::kDouble: return equal<double>(a, b);
    case ValueKind::kString: return equal<std::string>(a, b);
    case ValueKind::kTime: return equal<api::TimePoint>(a, b);
    case ValueKind::kQuantity: return equal<api::Quantity>(a, b);
    case ValueKind::kIntOrString: return equal<api::IntOrString>(a, b);
    case ValueKind::kStringMap: return equal<api::StringMap>(a, b);
    case ValueKind::kQuantityMap: return equal<api::ResourceList>(a, b);
    case ValueKind::kRaw: return equal<api::Raw>(a, b);
    case ValueKind::kStruct: return sameStruct(*type.info, a, b);
    case ValueKind::kList: {
      const std::size_t size = type.size(a);
      if (size != type.size(b)) return false;
      for (std::size_t i = 0; i < size; ++i) {
        if (!sameValue(*type.inner, type.at(a, i), type.at(b, i))) return false;
      }
      return true;
    }
    case ValueKind::kOptional:
      if (type.present(a) != type.present(b)) return false;
      return !type.present(a) || sameValue(*type.inner, type.get(a), type.get(b));
    case ValueKind::kShared: return type.same(a, b) || sameValue(*type.inner, type.get(a), type.get(b));
  }
  return false;
}

bool sameStruct(const api::TypeInfo& info, const void* a, const void* b) {
  for (const auto* fields : {&info.fields, &info.overlays}) {
    for (const api::FieldInfo& field : *fields) {
      if (field.type && !sameValue(*field.type, field.member(a), field.member(b))) return false;
    }
  }
  return true;
}

// The bytes that a hash is taken of: every field that is not empty, behind its number in the table.
class Bytes {
 public:
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) text_.push_back(static_cast<char>(value >> shift));
  }
  void text(std::string_view value) {
    number(value.size());
    text_.append(value);
  }
  void value(const ValueType& type, const void* at);
  void fields(const api::TypeInfo& info, const void* at) {
    std::uint64_t index = 0;
    for (const auto* list : {&info.fields, &info.overlays}) {
      for (const api::FieldInfo& field : *list) {
        ++index;
        if (!field.type || !field.written || api::isZero(*field.type, field.member(at))) continue;
        number(index);
        value(*field.type, field.member(at));
      }
    }
    number(0);
  }
  ContentHash hash() const {
    const XXH128_hash_t digest = XXH3_128bits(text_.data(), text_.size());
    return {digest.low64, digest.high64};
  }

 private:
  std::string text_;
};

void Bytes::value(const ValueType& type, const void* at) {
  switch (type.kind) {
    case ValueKind::kBool: return number(*static_cast<const bool*>(at) ? 1 : 0);
    case ValueKind::kInt32: return number(static_cast<std::uint64_t>(*static_cast<const std::int32_t*>(at)));
    case ValueKind::kInt64: return number(static_cast<std::uint64_t>(*static_cast<const std::int64_t*>(at)));
    case ValueKind::kDouble: return text(std::to_string(*static_cast<const double*>(at)));
    case ValueKind::kString: return text(*static_cast<const std::string*>(at));
    case ValueKind::kTime: return number(static_cast<std::uint64_t>(static_cast<const api::TimePoint*>(at)->time_since_epoch().count()));
    case ValueKind::kQuantity: return text(static_cast<const api::Quantity*>(at)->toString());
    case ValueKind::kIntOrString: return text(static_cast<const api::IntOrString*>(at)->toString());
    case ValueKind::kStringMap:
      for (const auto& [key, entry] : *static_cast<const api::StringMap*>(at)) {
        text(key);
        text(entry);
      }
      return number(0);
    case ValueKind::kQuantityMap:
      for (const auto& [key, quantity] : *static_cast<const api::ResourceList*>(at)) {
        text(key);
        text(quantity.toString());
      }
      return number(0);
    case ValueKind::kRaw: return text(static_cast<const api::Raw*>(at)->get().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    case ValueKind::kStruct: return fields(*type.info, at);
    case ValueKind::kList:
      number(type.size(at));
      for (std::size_t i = 0; i < type.size(at); ++i) value(*type.inner, type.at(at, i));
      return;
    case ValueKind::kOptional: return value(*type.inner, type.get(at));
    case ValueKind::kShared: {
      ContentHash part;
      if (!type.cached(at, part.low, part.high)) {
        Bytes inner;
        inner.value(*type.inner, type.get(at));
        part = inner.hash();
        type.cache(at, part.low, part.high);
      }
      number(part.low);
      return number(part.high);
    }
  }
}

const api::TypeInfo& tableOf(std::string_view name) {
  const api::TypeInfo* info = api::typeTables().find(name);
  TWIN_ASSERT(info, "no table of that name", name);
  return *info;
}

// Members of a tree that belong to the status.
nlohmann::json withoutStatus(const nlohmann::json& content) {
  nlohmann::json out = content;
  if (out.is_object()) out.erase("status");
  return out;
}

}  // namespace

bool sameMeta(const api::ObjectMeta& a, const api::ObjectMeta& b) {
  return a.name == b.name && a.generateName == b.generateName && a.namespace_ == b.namespace_ && a.uid == b.uid && a.generation == b.generation &&
         a.creationTimestamp == b.creationTimestamp && a.deletionTimestamp == b.deletionTimestamp &&
         a.deletionGracePeriodSeconds == b.deletionGracePeriodSeconds && a.labels == b.labels && a.annotations == b.annotations &&
         (a.ownerReferences.sameAs(b.ownerReferences) || *a.ownerReferences == *b.ownerReferences) && a.finalizers == b.finalizers;
}

bool samePodStatus(const api::PodStatus& a, const api::PodStatus& b) {
  static const api::TypeInfo& table = tableOf("PodStatus");
  return sameStruct(table, &a, &b);
}

bool samePodSpec(const api::PodSpec& a, const api::PodSpec& b) {
  static const api::TypeInfo& table = tableOf("PodSpec");
  return &a == &b || sameStruct(table, &a, &b);
}

bool sameJobSpec(const api::JobSpec& a, const api::JobSpec& b) {
  static const api::TypeInfo& table = tableOf("JobSpec");
  return &a == &b || sameStruct(table, &a, &b);
}

bool samePodTemplate(const api::PodTemplateSpec& a, const api::PodTemplateSpec& b) {
  return sameMeta(a.metadata, b.metadata) && (a.spec.sameAs(b.spec) || samePodSpec(*a.spec, *b.spec));
}

bool sameObject(const api::Object& a, const api::Object& b) {
  TWIN_ASSERT(a.kind() == b.kind(), "objects of different kinds", a.meta.name, b.meta.name);
  if (!sameMeta(a.meta, b.meta)) return false;
  if (a.kind() == api::Kind::kGeneric) {
    const auto& left = api::as<api::Generic>(a);
    const auto& right = api::as<api::Generic>(b);
    return left.apiVersion == right.apiVersion && left.kind == right.kind && left.content == right.content;
  }
  return sameStruct(*api::bodyInfo(a), api::bodyPointer(a), api::bodyPointer(b));
}

bool sameSpec(const api::Object& a, const api::Object& b) {
  TWIN_ASSERT(a.kind() == b.kind(), "objects of different kinds", a.meta.name, b.meta.name);
  if (a.kind() == api::Kind::kGeneric) {
    const api::Raw& left = api::as<api::Generic>(a).content;
    const api::Raw& right = api::as<api::Generic>(b).content;
    return left == right || withoutStatus(left.get()) == withoutStatus(right.get());
  }
  const api::TypeInfo& info = *api::bodyInfo(a);
  const void* left = api::bodyPointer(a);
  const void* right = api::bodyPointer(b);
  for (const auto* fields : {&info.fields, &info.overlays}) {
    for (const api::FieldInfo& field : *fields) {
      if (field.type && field.name != "status" && !sameValue(*field.type, field.member(left), field.member(right))) return false;
    }
  }
  return true;
}

void carryStatus(api::Object& to, const api::Object& from) {
  TWIN_ASSERT(to.kind() == from.kind(), "objects of different kinds", to.meta.name, from.meta.name);
  std::visit(
      [&](auto& body) {
        using T = std::decay_t<decltype(body)>;
        if constexpr (requires { body.status; }) body.status = std::get<T>(from.body).status;
      },
      to.body);
}

ContentHash contentHash(const api::Object& object) {
  Bytes bytes;
  api::ObjectMeta meta;  // cheap: strings are few, the rest is shared
  meta = object.meta;
  meta.resourceVersion = 0;
  meta.managedFields = {};
  bytes.text(api::kindNameOf(object));
  bytes.text(api::apiVersionOf(object));
  bytes.fields(*api::typeTables().object_meta, &meta);
  if (object.kind() == api::Kind::kGeneric) {
    bytes.text(api::as<api::Generic>(object).content.get().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    bytes.fields(*api::bodyInfo(object), api::bodyPointer(object));
  }
  return bytes.hash();
}

std::vector<api::Condition>* conditionsOf(api::Object& object) {
  return std::visit(
      [](auto& body) -> std::vector<api::Condition>* {
        if constexpr (requires { body.status.conditions; }) {
          return &body.status.conditions;
        } else {
          return nullptr;
        }
      },
      object.body);
}

}  // namespace jobset_twin::apiserver
