#include "engine/api/write.hpp"

#include <nlohmann/json.hpp>

namespace jobset_twin::api {
namespace {

using nlohmann::json;

json valueToJson(const FieldInfo& field, const ValueType& type, const void* value) {
  switch (type.kind) {
    case ValueKind::kBool: return *static_cast<const bool*>(value);
    case ValueKind::kInt32: return *static_cast<const std::int32_t*>(value);
    case ValueKind::kInt64: {
      const std::int64_t number = *static_cast<const std::int64_t*>(value);
      return field.decimal_string ? json(std::to_string(number)) : json(number);
    }
    case ValueKind::kDouble: return *static_cast<const double*>(value);
    case ValueKind::kString: return *static_cast<const std::string*>(value);
    case ValueKind::kTime: {
      const TimePoint at = *static_cast<const TimePoint*>(value);
      return field.shape == Shape::kMicroTime ? formatMicroTime(at) : formatTime(at);
    }
    case ValueKind::kQuantity: return static_cast<const Quantity*>(value)->toString();
    case ValueKind::kIntOrString: {
      const IntOrString& either = *static_cast<const IntOrString*>(value);
      return either.isString() ? json(either.text()) : json(either.number());
    }
    case ValueKind::kStringMap: {
      json out = json::object();
      for (const StringMap::Entry& entry : *static_cast<const StringMap*>(value)) out[entry.first] = entry.second;
      return out;
    }
    case ValueKind::kQuantityMap: {
      json out = json::object();
      for (const auto& [name, quantity] : *static_cast<const ResourceList*>(value)) out[name] = quantity.toString();
      return out;
    }
    case ValueKind::kStruct: return toJson(field.object ? *field.object : *type.info, value);
    case ValueKind::kList: {
      json out = json::array();
      for (std::size_t i = 0; i < type.size(value); ++i)
        out.push_back(valueToJson(field, *type.inner, type.at(value, i)));
      return out;
    }
    case ValueKind::kOptional:
    case ValueKind::kShared: return valueToJson(field, *type.inner, type.get(value));
    case ValueKind::kRaw: return static_cast<const Raw*>(value)->get();
  }
  return nullptr;
}

json zeroJson(const FieldInfo& field) {
  if (!field.zero_json.empty()) return json::parse(field.zero_json);
  if (field.list) return json::array();
  switch (field.shape) {
    case Shape::kBool: return false;
    case Shape::kInt32:
    case Shape::kInt64:
    case Shape::kNumber: return 0;
    case Shape::kString: return "";
    case Shape::kTime:
    case Shape::kMicroTime: return nullptr;
    case Shape::kQuantity: return "0";
    case Shape::kIntOrString: return 0;
    default: return json::object();
  }
}

}  // namespace

json toJson(const TypeInfo& info, const void* object) {
  json out = json::object();
  for (const FieldInfo& field : info.fields) {
    if (!field.written || !field.member) continue;
    const void* value = field.member(object);
    if (isZero(*field.type, value)) {
      if (field.always) out[field.name] = zeroJson(field);
    } else if (field.inlined) {
      out.update(static_cast<const Raw*>(value)->get());
    } else {
      out[field.name] = valueToJson(field, *field.type, value);
    }
  }
  for (const FieldInfo& overlay : info.overlays) {
    const void* value = overlay.member(object);
    if (!isZero(*overlay.type, value))
      out[info.overlay_into][overlay.name] = valueToJson(overlay, *overlay.type, value);
  }
  return out;
}

json toJson(const Object& object) {
  json out = json::object();
  if (const TypeInfo* info = bodyInfo(object)) {
    out = toJson(*info, bodyPointer(object));
  } else if (as<Generic>(object).content.present()) {
    out = as<Generic>(object).content.get();
  }
  out["apiVersion"] = apiVersionOf(object);
  out["kind"] = kindNameOf(object);
  out["metadata"] = toJson(*typeTables().object_meta, &object.meta);
  return out;
}

}  // namespace jobset_twin::api
