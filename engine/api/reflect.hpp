// reflect.hpp - what the types of the API look like at run time: one table per type, field by field.
//
// A TypeInfo is either bound to a C++ struct (its fields have accessors) or a shape: the description of a part that is
// stored as Raw. Reader, writer, checks, hash, comparison and patches are ordinary functions over these tables
// (read.hpp, write.hpp, schema_check.hpp, content.hpp, patch.hpp). How tables are written down: bind.hpp. Field lists:
// Kubernetes 1.36, JobSet v0.12/main.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::api {

enum class ValueKind : std::uint8_t {
  kBool,
  kInt32,
  kInt64,
  kDouble,
  kString,
  kTime,
  kQuantity,
  kIntOrString,
  kStringMap,
  kQuantityMap,
  kStruct,
  kList,
  kOptional,
  kShared,
  kRaw
};

struct TypeInfo;

// How a member of a C++ type is handled; one per C++ type, not per field. Functions that a kind does not need are null.
struct ValueType {
  ValueKind kind = ValueKind::kRaw;
  const ValueType* inner = nullptr;            // kOptional, kShared, kList: the element
  const TypeInfo* info = nullptr;              // kStruct
  void (*reset)(void*) = nullptr;              // back to T{}
  bool (*present)(const void*) = nullptr;      // kOptional, kShared, kRaw
  const void* (*get)(const void*) = nullptr;   // kOptional (when present), kShared
  void* (*mut)(void*) = nullptr;               // kOptional: makes one when absent; kShared: unshares
  std::size_t (*size)(const void*) = nullptr;  // kList
  const void* (*at)(const void*, std::size_t) = nullptr;
  void* (*append)(void*) = nullptr;
  bool (*same)(const void*, const void*) = nullptr;  // kShared: identity
  bool (*cached)(const void*, std::uint64_t&, std::uint64_t&) = nullptr;
  void (*cache)(const void*, std::uint64_t, std::uint64_t) = nullptr;
  // kShared: a copy that shares, held somewhere else; and making the value at the first address share that of the
  // second.
  std::shared_ptr<const void> (*hold)(const void*) = nullptr;
  void (*share)(void*, const void*) = nullptr;
};

// The shape of a value in JSON, independent of how C++ holds it.
enum class Shape : std::uint8_t {
  kBool,
  kInt32,
  kInt64,
  kNumber,
  kString,
  kTime,
  kMicroTime,
  kQuantity,
  kIntOrString,
  kStringMap,
  kQuantityMap,
  kObject,
  kAny
};

struct FieldInfo {
  std::string name;           // in JSON
  Shape shape = Shape::kAny;  // of the value, or of an element of the list
  bool list = false;
  const TypeInfo* object = nullptr;  // for kObject
  const ValueType* type = nullptr;   // null in shapes
  const void* (*member)(const void*) = nullptr;

  // Go and JSON
  bool always = false;          // written although zero (no omitempty)
  std::string zero_json;        // what is written then; "": false, 0, "", null, {} by shape
  bool written = true;          // false: accepted, never written (managedFields)
  bool decimal_string = false;  // an int64 that JSON holds as a string (resourceVersion)
  bool inlined = false;         // a Raw whose members stand beside this type's other fields (Volume.source)

  // The CRD's schema
  std::string default_json;  // "": none
  bool required = false;
  std::vector<std::string> allowed;  // enum
  std::optional<std::int64_t> minimum, maximum;
  std::optional<std::size_t> max_items;
  std::vector<std::string> list_keys;  // x-kubernetes-list-map-keys
  bool immutable = false;              // CEL self == oldSelf, or immutable by validation

  // Strategic merge patch
  std::string patch_key;          // lists of objects merge by it; "": the list is replaced
  bool merge_primitives = false;  // lists of primitives are united (finalizers)
  bool retain_keys = false;

  std::string doc;
};

struct TypeInfo {
  std::string name;     // in our tables: "Container", "PodCondition"
  std::string go_name;  // in messages: "Container"
  std::vector<FieldInfo> fields;
  // Members of Pod that are written into, and read from, an object field of it: spec.nodeName, spec.hostname.
  std::vector<FieldInfo> overlays;
  std::string overlay_into;

  const FieldInfo* find(std::string_view field) const;  // inlined fields are looked into
  std::vector<std::string> fieldNames() const;          // with those of inlined fields

  // Indexes made by finishType(): fields by name, and the fields that are inlined.
  std::vector<std::uint16_t> by_name;
  std::vector<std::uint16_t> inlined_fields;
};

// All tables, built at first use and constant afterwards; safe from several threads.
struct TypeTables {
  const TypeInfo* object_meta = nullptr;
  const TypeInfo* embedded_meta =
      nullptr;  // metadata inside a custom resource: name, namespace, labels, annotations, finalizers
  const TypeInfo* bodies[kKindCount] = {};  // by Kind; null for kGeneric
  const TypeInfo* event_v1 = nullptr;       // events.k8s.io/v1; bodies[kEvent] is the core one
  std::vector<const TypeInfo*> all;

  const TypeInfo* find(std::string_view name) const;
};
const TypeTables& typeTables();

// The table of an object's body (for Events, the one of its form). Null for kGeneric.
const TypeInfo* bodyInfo(const Object& object);
// Where the body lives, for the tables' accessors.
const void* bodyPointer(const Object& object);
void* bodyPointer(Object& object);

// What a Go program calls the type of a field, in "of type …": "int32", "[]v1.Container", "map[string]string".
std::string goTypeName(const FieldInfo& field, bool of_element);

// True if JSON leaves the value out (Go's omitempty, without the effect of `always`).
bool isZero(const ValueType& type, const void* value);

}  // namespace jobset_twin::api
