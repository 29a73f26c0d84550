#include "engine/api/patch.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"

namespace jobset_twin::api {
namespace {

using nlohmann::json;

constexpr std::string_view kDirective = "$patch", kRetainKeys = "$retainKeys",
                           kDeletePrimitives = "$deleteFromPrimitiveList/", kElementOrder = "$setElementOrder/";

// What a map of the patch is merged by: the rows of a table, or nothing known (a map of strings, a shape without
// lists).
struct Fields {
  const TypeInfo* info = nullptr;
  bool root = false;  // metadata beside the body's own fields

  const FieldInfo* find(std::string_view name) const { return info ? info->find(name) : nullptr; }
  Fields inside(std::string_view name) const {
    if (root && name == "metadata") return {typeTables().object_meta, false};
    const FieldInfo* field = find(name);
    return {field ? field->object : nullptr, false};
  }
};

class Patcher {
 public:
  std::string error;

  void map(json& target, const json& patch, Fields fields) {
    if (!target.is_object()) target = json::object();
    if (const auto directive = patch.find(kDirective); directive != patch.end()) {
      if (*directive == "delete") {
        target = json::object();
        return;
      }
      if (*directive == "replace") {
        target = patch;
        target.erase(std::string(kDirective));
        return;
      }
      if (*directive != "merge") return fail("Unknown patch type found: " + directive->dump());
    }
    for (const auto& [key, value] : patch.items()) {
      if (key.starts_with('$')) {
        directiveOf(target, key, value, fields);
      } else if (value.is_null()) {
        target.erase(key);
      } else if (value.is_object()) {
        map(target[key], value, fields.inside(key));
      } else if (value.is_array()) {
        list(target[key], value, key, fields);
      } else {
        target[key] = value;
      }
      if (!error.empty()) return;
    }
    orderLists(target, patch, fields);
  }

 private:
  void fail(std::string text) {
    if (error.empty()) error = std::move(text);
  }

  void directiveOf(json& target, const std::string& key, const json& value, const Fields&) {
    if (key == kRetainKeys && value.is_array()) {
      std::vector<std::string> dropped;
      for (const auto& [present, unused] : target.items()) {
        if (std::find(value.begin(), value.end(), present) == value.end()) dropped.push_back(present);
      }
      for (const std::string& name : dropped) target.erase(name);
    } else if (key.starts_with(kDeletePrimitives) && value.is_array()) {
      const auto present = target.find(key.substr(kDeletePrimitives.size()));
      if (present == target.end() || !present->is_array()) return;
      json kept = json::array();
      for (const json& item : *present) {
        if (std::find(value.begin(), value.end(), item) == value.end()) kept.push_back(item);
      }
      *present = std::move(kept);
    }
  }

  void list(json& target, const json& patch, const std::string& key, Fields fields) {
    const FieldInfo* field = fields.root && key == "metadata" ? nullptr : fields.find(key);
    if (!target.is_array()) target = json::array();
    if (field && field->merge_primitives) {
      for (const json& item : patch) {
        if (std::find(target.begin(), target.end(), item) == target.end()) target.push_back(item);
      }
    } else if (field && !field->patch_key.empty()) {
      objects(target, patch, field->patch_key, {field->object, false});
    } else {
      target = patch;
    }
  }

  void objects(json& target, const json& patch, const std::string& key, Fields fields) {
    const bool replace = std::any_of(patch.begin(), patch.end(), [](const json& item) {
      return item.is_object() && item.size() == 1 && item.contains(kDirective) && item.at(kDirective) == "replace";
    });
    if (replace) {
      target = json::array();
      for (const json& item : patch) {
        if (!item.contains(kDirective)) target.push_back(item);
      }
      return;
    }
    const json before = target;
    for (const json& item : patch) {
      if (!item.is_object() || !item.contains(key)) {
        return fail("map: " + item.dump() + " does not contain declared merge key: " + key);
      }
      const auto present = std::find_if(target.begin(), target.end(), [&](const json& other) {
        return other.is_object() && other.value(key, json()) == item.at(key);
      });
      if (item.value(kDirective, "") == "delete") {
        if (present != target.end()) target.erase(present);
      } else if (present != target.end()) {
        map(*present, item, fields);
      } else {
        json added;
        map(added, item, fields);
        target.push_back(std::move(added));
      }
      if (!error.empty()) return;
    }
    target = inOrder(target, patch, before, key);
  }

  // What the patch names keeps the patch's order, the others theirs. Where both could come next, new items come first,
  // others as they stood before (normalizeElementOrder).
  static json inOrder(const json& merged, const json& patch, const json& before, const std::string& key) {
    const auto placeIn = [&](const json& list, const json& item) {
      const auto at = std::find_if(list.begin(), list.end(), [&](const json& other) {
        return other.is_object() && item.is_object() && other.value(key, json()) == item.value(key, json());
      });
      return at == list.end() ? -1 : at - list.begin();
    };
    std::vector<const json*> named, others;
    for (const json& item : patch)
      if (const auto at = placeIn(merged, item); at >= 0) named.push_back(&merged[static_cast<std::size_t>(at)]);
    for (const json& item : merged)
      if (placeIn(patch, item) < 0) others.push_back(&item);
    json out = json::array();
    std::size_t n = 0, o = 0;
    while (n < named.size() || o < others.size()) {
      const bool other =
          n == named.size() || (o < others.size() && placeIn(before, *others[o]) < placeIn(before, *named[n]));
      out.push_back(other ? *others[o++] : *named[n++]);
    }
    return out;
  }

  // Elements named in $setElementOrder come in its order; others keep their place among them.
  void orderLists(json& target, const json& patch, const Fields& fields) {
    for (const auto& [key, order] : patch.items()) {
      if (!key.starts_with(kElementOrder) || !order.is_array()) continue;
      const std::string name = key.substr(kElementOrder.size());
      const auto list = target.find(name);
      if (list == target.end() || !list->is_array()) continue;
      const FieldInfo* field = fields.find(name);
      const std::string merge_key = field ? field->patch_key : std::string();
      const auto placeOf = [&](const json& item) -> std::optional<std::size_t> {
        for (std::size_t i = 0; i < order.size(); ++i) {
          if (merge_key.empty()
                  ? order[i] == item
                  : item.is_object() && order[i].value(merge_key, json()) == item.value(merge_key, json()))
            return i;
        }
        return std::nullopt;
      };
      *list = merged(*list, placeOf);
    }
  }

  template <class PlaceOf>
  static json merged(const json& list, const PlaceOf& placeOf) {
    struct Item {
      const json* value;
      std::size_t index, place;
    };
    std::vector<Item> named, others;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::optional<std::size_t> place = placeOf(list[i]);
      (place ? named : others).push_back({&list[i], i, place.value_or(0)});
    }
    std::stable_sort(named.begin(), named.end(), [](const Item& a, const Item& b) { return a.place < b.place; });
    json out = json::array();
    std::size_t n = 0, o = 0;
    while (n < named.size() || o < others.size()) {
      const bool other = n == named.size() || (o < others.size() && others[o].index < named[n].index);
      out.push_back(other ? *others[o++].value : *named[n++].value);
    }
    return out;
  }
};

}  // namespace

void applyMergePatch(json& target, const json& patch) { target.merge_patch(patch); }

std::string applyStrategicPatch(json& target, const json& patch, Kind kind) {
  return applyStrategicPatch(target, patch, typeTables().bodies[static_cast<std::size_t>(kind)]);
}

std::string applyStrategicPatch(json& target, const json& patch, const TypeInfo* body) {
  if (!patch.is_object()) return "a patch must be an object";
  Patcher patcher;
  patcher.map(target, patch, {body, true});
  return patcher.error;
}

}  // namespace jobset_twin::api
