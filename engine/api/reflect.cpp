#include "engine/api/reflect.hpp"

#include <algorithm>
#include <memory>

#include "engine/api/bind.hpp"
#include "engine/api/shape_text.hpp"

namespace jobset_twin::api {
namespace {

struct Registry {
  std::map<std::string, std::unique_ptr<TypeInfo>, std::less<>> named;
  std::vector<TypeInfo*> defined;
};
Registry& registry() {
  static Registry made;
  return made;
}

TypeTables build() {
  bind::defineMeta();
  bind::definePod();
  bind::defineJobs();
  bind::defineCluster();
  bind::defineShapes();
  TypeTables out;
  for (auto& [name, info] : registry().named) {
    TWIN_ASSERT(!info->name.empty(), "a shape is used but not defined", name);
    registry().defined.push_back(info.get());
  }
  std::vector<TypeInfo*>& all = registry().defined;
  std::sort(all.begin(), all.end(), [](const TypeInfo* a, const TypeInfo* b) { return a->name < b->name; });
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (TypeInfo* info : all) {
    finishType(*info);
    out.all.push_back(info);
  }
  out.object_meta = &bind::Slot<ObjectMeta>::info;
  out.embedded_meta = &bind::named("EmbeddedObjectMeta");
  const auto body = [&](Kind kind, const TypeInfo& info) { out.bodies[static_cast<std::size_t>(kind)] = &info; };
  body(Kind::kJobSet, bind::Slot<JobSet>::info);
  body(Kind::kJob, bind::Slot<Job>::info);
  body(Kind::kPod, bind::Slot<Pod>::info);
  body(Kind::kNode, bind::Slot<Node>::info);
  body(Kind::kService, bind::Slot<Service>::info);
  body(Kind::kEndpointSlice, bind::Slot<EndpointSlice>::info);
  body(Kind::kPersistentVolumeClaim, bind::Slot<PersistentVolumeClaim>::info);
  body(Kind::kEvent, bind::Slot<Event>::info);
  body(Kind::kPriorityClass, bind::Slot<PriorityClass>::info);
  out.event_v1 = &bind::named("EventsV1Event");
  return out;
}

}  // namespace

void finishType(TypeInfo& info) {
  info.by_name.clear();
  info.inlined_fields.clear();
  for (std::size_t i = 0; i < info.fields.size(); ++i) {
    if (info.fields[i].inlined) {
      info.inlined_fields.push_back(static_cast<std::uint16_t>(i));
    } else {
      info.by_name.push_back(static_cast<std::uint16_t>(i));
    }
  }
  std::sort(info.by_name.begin(), info.by_name.end(),
            [&](std::uint16_t a, std::uint16_t b) { return info.fields[a].name < info.fields[b].name; });
}

const FieldInfo* TypeInfo::find(std::string_view field) const {
  const auto at = std::lower_bound(by_name.begin(), by_name.end(), field,
                                   [&](std::uint16_t i, std::string_view wanted) { return fields[i].name < wanted; });
  if (at != by_name.end() && fields[*at].name == field) return &fields[*at];
  for (const std::uint16_t i : inlined_fields) {
    if (const FieldInfo* inner = fields[i].object->find(field)) return inner;
  }
  return nullptr;
}

std::vector<std::string> TypeInfo::fieldNames() const {
  std::vector<std::string> out;
  for (const std::uint16_t i : by_name) out.push_back(fields[i].name);
  for (const std::uint16_t i : inlined_fields) {
    for (std::string& inner : fields[i].object->fieldNames()) out.push_back(std::move(inner));
  }
  return out;
}

const TypeInfo* TypeTables::find(std::string_view name) const {
  const auto at = std::lower_bound(all.begin(), all.end(), name,
                                   [](const TypeInfo* info, std::string_view n) { return info->name < n; });
  return at != all.end() && (*at)->name == name ? *at : nullptr;
}

const TypeTables& typeTables() {
  static const TypeTables tables = build();
  return tables;
}

const TypeInfo* bodyInfo(const Object& object) {
  const TypeTables& tables = typeTables();
  if (object.kind() == Kind::kEvent && !as<Event>(object).core) return tables.event_v1;
  return tables.bodies[static_cast<std::size_t>(object.kind())];
}

const void* bodyPointer(const Object& object) {
  return std::visit([](const auto& body) -> const void* { return &body; }, object.body);
}

void* bodyPointer(Object& object) {
  return std::visit([](auto& body) -> void* { return &body; }, object.body);
}

std::string goTypeName(const FieldInfo& field, bool of_element) {
  std::string out = field.list && !of_element ? "[]" : "";
  switch (field.shape) {
    case Shape::kBool: return out + "bool";
    case Shape::kInt32: return out + "int32";
    case Shape::kInt64: return out + "int64";
    case Shape::kNumber: return out + "float64";
    case Shape::kString: return out + "string";
    case Shape::kTime: return out + "v1.Time";
    case Shape::kMicroTime: return out + "v1.MicroTime";
    case Shape::kQuantity: return out + "resource.Quantity";
    case Shape::kIntOrString: return out + "intstr.IntOrString";
    case Shape::kStringMap: return out + "map[string]string";
    case Shape::kQuantityMap: return out + "v1.ResourceList";
    case Shape::kObject: return out + "v1." + field.object->go_name;
    case Shape::kAny: break;
  }
  return out + "runtime.RawExtension";
}

bool isZero(const ValueType& type, const void* value) {
  switch (type.kind) {
    case ValueKind::kBool: return !*static_cast<const bool*>(value);
    case ValueKind::kInt32: return *static_cast<const std::int32_t*>(value) == 0;
    case ValueKind::kInt64: return *static_cast<const std::int64_t*>(value) == 0;
    case ValueKind::kDouble: return *static_cast<const double*>(value) == 0;
    case ValueKind::kString: return static_cast<const std::string*>(value)->empty();
    case ValueKind::kTime: return false;
    case ValueKind::kQuantity: return false;
    case ValueKind::kIntOrString: return static_cast<const IntOrString*>(value)->isZero();
    case ValueKind::kStringMap: return static_cast<const StringMap*>(value)->empty();
    case ValueKind::kQuantityMap: return static_cast<const ResourceList*>(value)->empty();
    case ValueKind::kList: return type.size(value) == 0;
    case ValueKind::kOptional:
    case ValueKind::kRaw: return !type.present(value);
    case ValueKind::kShared: return isZero(*type.inner, type.get(value));
    case ValueKind::kStruct: return false;  // Go never leaves a struct out
  }
  return false;
}

namespace bind {

void deriveShape(FieldInfo& field) {
  const ValueType* type = field.type;
  while (true) {
    switch (type->kind) {
      case ValueKind::kList:
        field.list = true;
        type = type->inner;
        continue;
      case ValueKind::kOptional:
      case ValueKind::kShared: type = type->inner; continue;
      case ValueKind::kBool: field.shape = Shape::kBool; break;
      case ValueKind::kInt32: field.shape = Shape::kInt32; break;
      case ValueKind::kInt64: field.shape = Shape::kInt64; break;
      case ValueKind::kDouble: field.shape = Shape::kNumber; break;
      case ValueKind::kString: field.shape = Shape::kString; break;
      case ValueKind::kTime: field.shape = Shape::kTime; break;
      case ValueKind::kQuantity: field.shape = Shape::kQuantity; break;
      case ValueKind::kIntOrString: field.shape = Shape::kIntOrString; break;
      case ValueKind::kStringMap: field.shape = Shape::kStringMap; break;
      case ValueKind::kQuantityMap: field.shape = Shape::kQuantityMap; break;
      case ValueKind::kStruct:
        field.shape = Shape::kObject;
        field.object = type->info;
        field.always =
            !field.list && (field.type->kind == ValueKind::kStruct || field.type->kind == ValueKind::kShared);
        break;
      case ValueKind::kRaw: field.shape = Shape::kAny; break;
    }
    return;
  }
}

TypeInfo& named(std::string_view name) {
  std::unique_ptr<TypeInfo>& slot = registry().named[std::string(name)];
  if (!slot) slot = std::make_unique<TypeInfo>();
  return *slot;
}

const TypeInfo* tableNamed(std::string_view name) {
  for (const TypeInfo* info : registry().defined) {
    if (info->name == name) return info;
  }
  return &named(name);
}

void define(TypeInfo& info, std::string_view name, std::string_view go_name, std::initializer_list<Row> rows) {
  info.name = name;
  info.go_name = go_name;
  for (Row row : rows) info.fields.push_back(row.take());
  registry().defined.push_back(&info);
}

}  // namespace bind
}  // namespace jobset_twin::api
