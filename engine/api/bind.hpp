// bind.hpp - how the tables of reflect.hpp are written down; included by types_*.cpp only.
#pragma once

#include <initializer_list>
#include <map>
#include <type_traits>

#include "engine/api/reflect.hpp"

namespace jobset_twin::api::bind {

template <class T>
struct Slot {  // the table of a struct; filled by type<T>()
  static inline TypeInfo info;
};

template <class T>
struct Traits {
  static constexpr bool list = false, optional = false, shared = false;
};
template <class T>
struct Traits<std::vector<T>> {
  static constexpr bool list = true, optional = false, shared = false;
  using Inner = T;
};
template <class T>
struct Traits<std::optional<T>> {
  static constexpr bool list = false, optional = true, shared = false;
  using Inner = T;
};
template <class T>
struct Traits<Shared<T>> {
  static constexpr bool list = false, optional = false, shared = true;
  using Inner = T;
};

template <class T>
constexpr ValueKind kindOf() {
  using K = ValueKind;
  if constexpr (Traits<T>::list)
    return K::kList;
  else if constexpr (Traits<T>::optional)
    return K::kOptional;
  else if constexpr (Traits<T>::shared)
    return K::kShared;
  else if constexpr (std::is_same_v<T, bool>)
    return K::kBool;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return K::kInt32;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return K::kInt64;
  else if constexpr (std::is_same_v<T, double>)
    return K::kDouble;
  else if constexpr (std::is_same_v<T, std::string>)
    return K::kString;
  else if constexpr (std::is_same_v<T, TimePoint>)
    return K::kTime;
  else if constexpr (std::is_same_v<T, Quantity>)
    return K::kQuantity;
  else if constexpr (std::is_same_v<T, IntOrString>)
    return K::kIntOrString;
  else if constexpr (std::is_same_v<T, StringMap>)
    return K::kStringMap;
  else if constexpr (std::is_same_v<T, ResourceList>)
    return K::kQuantityMap;
  else if constexpr (std::is_same_v<T, Raw>)
    return K::kRaw;
  else
    return K::kStruct;
}

template <class T>
const ValueType& valueType() {
  static const ValueType made = [] {
    ValueType out;
    out.kind = kindOf<T>();
    out.reset = [](void* p) { *static_cast<T*>(p) = T{}; };
    if constexpr (Traits<T>::list) {
      out.inner = &valueType<typename Traits<T>::Inner>();
      out.size = [](const void* p) { return static_cast<const T*>(p)->size(); };
      out.at = [](const void* p, std::size_t i) -> const void* { return static_cast<const T*>(p)->data() + i; };
      out.append = [](void* p) -> void* {
        static_cast<T*>(p)->emplace_back();
        return &static_cast<T*>(p)->back();
      };
    } else if constexpr (Traits<T>::optional) {
      out.inner = &valueType<typename Traits<T>::Inner>();
      out.present = [](const void* p) { return static_cast<const T*>(p)->has_value(); };
      out.get = [](const void* p) -> const void* { return &**static_cast<const T*>(p); };
      out.mut = [](void* p) -> void* {
        T& value = *static_cast<T*>(p);
        if (!value) value.emplace();
        return &*value;
      };
    } else if constexpr (Traits<T>::shared) {
      out.inner = &valueType<typename Traits<T>::Inner>();
      out.present = [](const void* p) { return static_cast<const T*>(p)->present(); };
      out.get = [](const void* p) -> const void* { return &static_cast<const T*>(p)->get(); };
      out.mut = [](void* p) -> void* { return &static_cast<T*>(p)->mut(); };
      out.same = [](const void* a, const void* b) {
        return static_cast<const T*>(a)->sameAs(*static_cast<const T*>(b));
      };
      out.cached = [](const void* p, std::uint64_t& low, std::uint64_t& high) {
        return static_cast<const T*>(p)->cachedHash(low, high);
      };
      out.cache = [](const void* p, std::uint64_t low, std::uint64_t high) {
        static_cast<const T*>(p)->cacheHash(low, high);
      };
      out.hold = [](const void* p) -> std::shared_ptr<const void> {
        return std::make_shared<T>(*static_cast<const T*>(p));
      };
      out.share = [](void* to, const void* from) { *static_cast<T*>(to) = *static_cast<const T*>(from); };
    } else if constexpr (std::is_same_v<T, Raw>) {
      out.present = [](const void* p) { return static_cast<const Raw*>(p)->present(); };
    } else if constexpr (kindOf<T>() == ValueKind::kStruct) {
      out.info = &Slot<T>::info;
    }
    return out;
  }();
  return made;
}

template <auto Member>
struct MemberOf;
template <class C, class T, T C::*Member>
struct MemberOf<Member> {
  using Type = T;
  static const void* get(const void* object) { return &(static_cast<const C*>(object)->*Member); }
};

// Fills shape, list and object of a field from its C++ type.
void deriveShape(FieldInfo& field);

// A row of a table. The setters return the row, so that a row reads as one line.
class Row {
 public:
  explicit Row(FieldInfo field) : field_(std::move(field)) {}
  Row& doc(std::string_view text) { return field_.doc = text, *this; }
  Row& always() { return field_.always = true, *this; }
  Row& zero(std::string_view json) { return field_.always = true, field_.zero_json = json, *this; }
  Row& unwritten() { return field_.written = false, *this; }
  Row& micro() { return field_.shape = Shape::kMicroTime, *this; }
  Row& decimalString() { return field_.decimal_string = true, field_.shape = Shape::kString, *this; }
  Row& required() { return field_.required = true, *this; }
  Row& defaults(std::string_view json) { return field_.default_json = json, *this; }
  Row& oneOf(std::initializer_list<const char*> values) {
    return field_.allowed.assign(values.begin(), values.end()), *this;
  }
  Row& atLeast(std::int64_t value) { return field_.minimum = value, *this; }
  Row& maxItems(std::size_t value) { return field_.max_items = value, *this; }
  Row& immutable() { return field_.immutable = true, *this; }
  Row& listMap(std::initializer_list<const char*> keys) {
    return field_.list_keys.assign(keys.begin(), keys.end()), *this;
  }
  Row& patchKey(std::string_view key) { return field_.patch_key = key, *this; }
  Row& key(const char* name) { return listMap({name}).patchKey(name); }  // both of the above
  Row& mergeItems() { return field_.merge_primitives = true, *this; }
  Row& retainKeys() { return field_.retain_keys = true, *this; }
  Row& as(const TypeInfo& info) { return field_.object = &info, *this; }  // another table for the same C++ struct
  Row& shaped(std::string_view shape);  // what a Raw holds: "SecurityContext", "[]HostAlias", "map", "any"
  Row& inlined() { return field_.inlined = true, *this; }
  FieldInfo take() { return std::move(field_); }

 private:
  FieldInfo field_;
};

template <auto Member>
Row field(std::string_view name) {
  FieldInfo out;
  out.name = name;
  out.type = &valueType<typename MemberOf<Member>::Type>();
  out.member = &MemberOf<Member>::get;
  deriveShape(out);
  return Row(std::move(out));
}

// A field that is known and checked but not kept: parts of statuses that nothing here reads or writes.
Row accepted(std::string_view name, std::string_view shape);

void define(TypeInfo& info, std::string_view name, std::string_view go_name, std::initializer_list<Row> rows);

template <class T>
void type(std::string_view name, std::initializer_list<Row> rows) {
  define(Slot<T>::info, name, name, rows);
}

// A named table; made when first asked for, filled by define() or by the shapes' text.
TypeInfo& named(std::string_view name);
// The table of that name, whether of a struct or a shape; a shape may be asked for before its text is read.
const TypeInfo* tableNamed(std::string_view name);

// The groups of tables, each in its own file.
void defineMeta();
void definePod();
void defineJobs();
void defineCluster();
void defineShapes();

}  // namespace jobset_twin::api::bind
