#include "sim/apiserver/http/structural_schema.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <re2/re2.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

bool flag(const json& schema, const char* name) {
  const json* found = api::jsonAt(schema, {name});
  return found && *found == true;
}

std::string typeOf(const json& schema) { return api::textAt(schema, {"type"}); }

const json* propertyOf(const json& schema, const std::string& name) {
  return api::jsonAt(schema, {"properties", name.c_str()});
}

// The schema of each value of a map; null: there are no others than the properties.
const json* othersOf(const json& schema) {
  const json* others = api::jsonAt(schema, {"additionalProperties"});
  return others && (others->is_object() || *others == true) ? others : nullptr;
}

// Of a member of an object; null: none knows it.
const json* memberOf(const json& schema, const std::string& name) {
  const json* known = propertyOf(schema, name);
  return known ? known : othersOf(schema);
}

std::string inside(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

class Pruning {
 public:
  std::vector<std::string> pruned;

  void at(json& value, const json& schema, const std::string& path, bool root) {
    if (value.is_array()) {
      const json* items = api::jsonAt(schema, {"items"});
      for (std::size_t i = 0; items && i < value.size(); ++i)
        at(value[i], *items, fmt::format("{}[{}]", path, i), false);
      return;
    }
    if (!value.is_object()) return;
    const bool object_itself = root || flag(schema, "x-kubernetes-embedded-resource");
    const bool keeps = flag(schema, "x-kubernetes-preserve-unknown-fields");
    for (auto one = value.begin(); one != value.end();) {
      const std::string name = one.key();
      const bool meta = object_itself && (name == "apiVersion" || name == "kind" || name == "metadata");
      const json* known = meta ? nullptr : memberOf(schema, name);
      if (!known && !meta && !keeps) {
        pruned.push_back(inside(path, name));
        one = value.erase(one);
        continue;
      }
      if (known && known->is_object()) at(*one, *known, inside(path, name), false);
      ++one;
    }
  }
};

std::string goType(const json& value) {
  if (value.is_boolean()) return "boolean";
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  if (value.is_string()) return "string";
  if (value.is_array()) return "array";
  return value.is_null() ? "null" : "object";
}

// Whole, and so small that a double tells it from its neighbours.
bool isWhole(double number) {
  constexpr double kMost = 9007199254740991.0;
  return std::abs(number) <= kMost && std::trunc(number) == number;
}

bool isMultiple(const json& value, const json& step) {
  if (value.is_number_integer() && step.is_number_integer())
    return value.get<std::int64_t>() % step.get<std::int64_t>() == 0;
  const double times = value.get<double>() / step.get<double>(), nearest = std::round(times);
  return std::abs(times - nearest) <= 1e-9 * std::max(1.0, std::abs(nearest));
}

bool isOfType(const json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer() || (value.is_number_float() && isWhole(value.get<double>()));
  if (type == "number") return value.is_number();
  return type.empty() || goType(value) == type;
}

class Validation {
 public:
  api::Errors errors;

  void at(const json& value, const json& schema, const std::string& path, bool root) {
    if (value.is_null() && flag(schema, "nullable")) return;
    if (flag(schema, "x-kubernetes-int-or-string")) {
      if (!value.is_number_integer() && !value.is_string()) return wrongType(path, value, "integer,string");
    } else if (const std::string type = typeOf(schema); !isOfType(value, type)) {
      return wrongType(path, value, type);
    }
    checkEnum(value, schema, path);
    if (value.is_number()) checkNumber(value, schema, path);
    if (value.is_string()) checkText(value, schema, path);
    if (value.is_array()) checkList(value, schema, path);
    if (value.is_object()) checkObject(value, schema, path, root);
  }

 private:
  void add(const std::string& path, const char* code, std::string text) {
    api::Error error = api::plainError(code, fmt::format("{}: {}", path, text));
    error.field = path;
    errors.push_back(std::move(error));
  }

  void wrongType(const std::string& path, const json& value, const std::string& type) {
    add(path, "TypeInvalid",
        fmt::format("Invalid value: \"{0}\": {1} in body must be of type {2}: \"{0}\"", goType(value), path, type));
  }

  void outside(const std::string& path, const json& value, const std::string& rule) {
    add(path, "Invalid", fmt::format("Invalid value: {}: {} in body should {}", value.dump(), path, rule));
  }

  void checkEnum(const json& value, const json& schema, const std::string& path) {
    const json* allowed = api::jsonAt(schema, {"enum"});
    if (!allowed || !allowed->is_array()) return;
    if (std::find(allowed->begin(), allowed->end(), value) != allowed->end()) return;
    std::string texts;
    for (const json& one : *allowed) texts += (texts.empty() ? "" : ", ") + one.dump();
    add(path, "NotSupported", fmt::format("Unsupported value: {}: supported values: {}", value.dump(), texts));
  }

  void checkNumber(const json& value, const json& schema, const std::string& path) {
    const json* least = api::jsonAt(schema, {"minimum"});
    const json* most = api::jsonAt(schema, {"maximum"});
    const json* step = api::jsonAt(schema, {"multipleOf"});
    const bool above = flag(schema, "exclusiveMinimum"), below = flag(schema, "exclusiveMaximum");
    const double number = value;
    if (least && least->is_number() && (number < *least || (above && number == *least)))
      outside(path, value, fmt::format("be greater than {}{}", above ? "" : "or equal to ", least->dump()));
    if (most && most->is_number() && (number > *most || (below && number == *most)))
      outside(path, value, fmt::format("be less than {}{}", below ? "" : "or equal to ", most->dump()));
    if (step && step->is_number() && step->get<double>() > 0 && !isMultiple(value, *step))
      outside(path, value, fmt::format("be a multiple of {}", step->dump()));
    const json* format = api::jsonAt(schema, {"format"});
    constexpr double kInt32 = 2147483648.0;
    if (format && *format == "int32" && (number >= kInt32 || number < -kInt32))
      outside(path, value, "be a 32-bit integer");
  }

  void checkText(const json& value, const json& schema, const std::string& path) {
    const std::string& text = value.get_ref<const std::string&>();
    const json* least = api::jsonAt(schema, {"minLength"});
    const json* most = api::jsonAt(schema, {"maxLength"});
    const json* pattern = api::jsonAt(schema, {"pattern"});
    // Characters, not bytes.
    const auto size = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
    if (least && least->is_number_integer() && size < least->get<std::int64_t>())
      outside(path, value, fmt::format("be at least {} chars long", least->dump()));
    if (most && most->is_number_integer() && size > most->get<std::int64_t>())
      add(path, "TooLong", fmt::format("Too long: may not be more than {} bytes", most->dump()));
    if (!pattern || !pattern->is_string()) return;
    const re2::RE2 compiled(pattern->get<std::string>(), re2::RE2::Quiet);
    if (compiled.ok() && !re2::RE2::PartialMatch(text, compiled))
      outside(path, value, fmt::format("match '{}'", pattern->get<std::string>()));
  }

  void checkList(const json& value, const json& schema, const std::string& path) {
    const json* least = api::jsonAt(schema, {"minItems"});
    const json* most = api::jsonAt(schema, {"maxItems"});
    const auto size = static_cast<std::int64_t>(value.size());
    if (least && least->is_number_integer() && size < least->get<std::int64_t>())
      outside(path, value.size(), fmt::format("have at least {} items", least->dump()));
    if (most && most->is_number_integer() && size > most->get<std::int64_t>())
      add(path, "TooMany", fmt::format("Too many: {}: must have at most {} items", size, most->dump()));
    const json* items = api::jsonAt(schema, {"items"});
    if (items && items->is_object()) {
      for (std::size_t i = 0; i < value.size(); ++i) at(value[i], *items, fmt::format("{}[{}]", path, i), false);
    }
    checkKeys(value, schema, path);
  }

  // Lists that are maps or sets hold nothing twice.
  void checkKeys(const json& value, const json& schema, const std::string& path) {
    const json* type = api::jsonAt(schema, {"x-kubernetes-list-type"});
    if (!type || (*type != "map" && *type != "set")) return;
    const json* keys = api::jsonAt(schema, {"x-kubernetes-list-map-keys"});
    std::vector<json> seen;
    for (std::size_t i = 0; i < value.size(); ++i) {
      json key = *type == "set" ? value[i] : json::object();
      if (*type == "map" && keys && keys->is_array()) {
        for (const json& name : *keys)
          if (name.is_string() && value[i].is_object() && value[i].contains(name.get<std::string>()))
            key[name.get<std::string>()] = value[i].at(name.get<std::string>());
      }
      if (std::find(seen.begin(), seen.end(), key) != seen.end())
        add(fmt::format("{}[{}]", path, i), "Duplicate", fmt::format("Duplicate value: {}", key.dump()));
      seen.push_back(std::move(key));
    }
  }

  void checkObject(const json& value, const json& schema, const std::string& path, bool root) {
    if (const json* required = api::jsonAt(schema, {"required"}); required && required->is_array()) {
      for (const json& name : *required) {
        if (name.is_string() && !value.contains(name.get<std::string>()))
          add(inside(path, name), "Required", "Required value");
      }
    }
    const json* least = api::jsonAt(schema, {"minProperties"});
    if (least && least->is_number_integer() && static_cast<std::int64_t>(value.size()) < least->get<std::int64_t>())
      outside(path, *least, fmt::format("have at least {} properties", least->dump()));
    const json* most = api::jsonAt(schema, {"maxProperties"});
    if (most && most->is_number_integer() && static_cast<std::int64_t>(value.size()) > most->get<std::int64_t>())
      add(path, "TooMany", fmt::format("Too many: {}: must have at most {} items", value.size(), most->dump()));
    for (const auto& [name, member] : value.items()) {
      if (root && (name == "apiVersion" || name == "kind" || name == "metadata")) continue;
      const json* known = memberOf(schema, name);
      if (known && known->is_object()) at(member, *known, inside(path, name), false);
    }
  }
};

}  // namespace

std::vector<std::string> prune(json& object, const json& schema) {
  Pruning pruning;
  pruning.at(object, schema, "", true);
  return std::move(pruning.pruned);
}

void fillDefaults(json& value, const json& schema) {
  if (value.is_array()) {
    const json* items = api::jsonAt(schema, {"items"});
    for (json& one : value)
      if (items) fillDefaults(one, *items);
    return;
  }
  if (!value.is_object()) return;
  if (const json* properties = api::jsonAt(schema, {"properties"}); properties && properties->is_object()) {
    for (const auto& [name, property] : properties->items()) {
      const json* usual = api::jsonAt(property, {"default"});
      if (usual && (!value.contains(name) || (value[name].is_null() && !flag(property, "nullable"))))
        value[name] = *usual;
      if (value.contains(name)) fillDefaults(value[name], property);
    }
  }
  const json* others = othersOf(schema);
  if (!others || !others->is_object()) return;
  for (auto& [name, member] : value.items())
    if (!propertyOf(schema, name)) fillDefaults(member, *others);
}

void dropNulls(json& value, const json& schema) {
  if (value.is_array()) {
    const json* items = api::jsonAt(schema, {"items"});
    for (json& one : value)
      if (items) dropNulls(one, *items);
    return;
  }
  if (!value.is_object()) return;
  for (auto member = value.begin(); member != value.end();) {
    const json* known = memberOf(schema, member.key());
    if (known && known->is_object() && member->is_null() && !flag(*known, "nullable") && !known->contains("default")) {
      member = value.erase(member);
      continue;
    }
    if (known) dropNulls(*member, *known);
    ++member;
  }
}

api::Errors schemaErrors(const json& object, const json& schema) {
  Validation validation;
  validation.at(object, schema, "", true);
  return std::move(validation.errors);
}

}  // namespace jobset_twin::apiserver::http
