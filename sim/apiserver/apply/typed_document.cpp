#include "sim/apiserver/apply/typed_document.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace jobset_twin::apiserver::apply {
namespace {

using nlohmann::json;
using Form = Place::Form;

bool isLeaf(Form form) { return form == Form::kScalar || form == Form::kPiece; }
bool isList(Form form) { return form == Form::kKeyedList || form == Form::kSet; }
bool holdsNothing(const json* value) { return value == nullptr || value->is_null() || value->empty(); }

// The item of a list by how it is known; those that are there more than once; in the list's order.
struct Items {
  struct Known {
    const json* first = nullptr;
    std::size_t count = 0;
  };
  std::vector<PathElement> order;  // each once
  std::map<PathElement, Known> known;
};
Items itemsOf(const json* list, const Place& place) {
  Items out;
  if (list == nullptr || !list->is_array()) return out;
  for (const json& item : *list) {
    std::string problem;
    const std::optional<PathElement> element = elementOf(place, item, problem);
    if (!element) continue;  // only of a document that was never checked
    Items::Known& known = out.known[*element];
    if (known.count++ == 0) {
      known.first = &item;
      out.order.push_back(*element);
    }
  }
  return out;
}

class Fields {
 public:
  FieldSet out;
  void take(const json& value, const Place& at) {
    const Place place = resolved(at, value);
    if (isLeaf(place.form)) return out.insert(path_);
    if (isList(place.form)) return list(value, place);
    if (!value.is_object()) return value.is_null() ? void() : out.insert(path_);
    for (const auto& [key, inner] : value.items()) {
      bool named = false;
      const Place below = fieldOf(place, key, named);
      path_.push_back(fieldElement(key));
      take(inner, below);
      if (!named || inner.is_null() || (inner.is_object() && inner.empty())) out.insert(path_);
      path_.pop_back();
    }
  }

 private:
  void list(const json& value, const Place& place) {
    const Items items = itemsOf(&value, place);
    for (const auto& [element, known] : items.known) {
      path_.push_back(element);
      if (known.count == 1) take(*known.first, itemOf(place));
      out.insert(path_);
      path_.pop_back();
    }
  }

  Path path_;
};

class Comparer {
 public:
  Differences out;
  // At least one of the two is there.
  void compare(const json* before, const json* after, const Place& at) {
    const Place place = resolved(at, after ? *after : *before);
    const Place was = before ? resolved(at, *before) : place;
    if (isLeaf(place.form) || was.form != place.form || (holdsNothing(before) && holdsNothing(after)))
      return leaf(before, after);
    if (isList(place.form)) {
      lists(before, after, place);
    } else {
      maps(before, after, place);
    }
    if (before == nullptr) out.added.insert(path_);
    if (after == nullptr) out.removed.insert(path_);
  }

 private:
  void leaf(const json* before, const json* after) {
    if (before == nullptr) {
      out.added.insert(path_);
    } else if (after == nullptr) {
      out.removed.insert(path_);
    } else if (*before != *after) {
      out.modified.insert(path_);
    }
  }

  void descend(const PathElement& element, const json* before, const json* after, const Place& place) {
    path_.push_back(element);
    compare(before, after, place);
    path_.pop_back();
  }

  void maps(const json* before, const json* after, const Place& place) {
    std::set<std::string> keys;
    for (const json* side : {before, after}) {
      if (side == nullptr || !side->is_object()) continue;
      for (const auto& [key, value] : side->items()) keys.insert(key);
    }
    const auto memberOf = [](const json* side, const std::string& key) -> const json* {
      if (side == nullptr || !side->is_object()) return nullptr;
      const auto found = side->find(key);
      return found == side->end() ? nullptr : &*found;
    };
    for (const std::string& key : keys) {
      bool named = false;
      const Place below = fieldOf(place, key, named);
      descend(fieldElement(key), memberOf(before, key), memberOf(after, key), below);
    }
  }

  void lists(const json* before, const json* after, const Place& place) {
    const Items old = itemsOf(before, place), fresh = itemsOf(after, place);
    std::map<PathElement, std::pair<Items::Known, Items::Known>> all;
    for (const auto& [element, known] : old.known) all[element].first = known;
    for (const auto& [element, known] : fresh.known) all[element].second = known;
    for (const auto& [element, both] : all) {
      const auto& [was, is] = both;
      if (was.count <= 1 && is.count <= 1) {
        descend(element, was.first, is.first, itemOf(place));
      } else {
        duplicates(element, was, is, before, after, place);
      }
    }
  }

  // An item that is there more than once is one piece, and another thing than one that is there once.
  void duplicates(const PathElement& element, const Items::Known& was, const Items::Known& is, const json* before,
                  const json* after, const Place& place) {
    const auto all = [&](const json* list) {
      json same = json::array();
      std::string problem;
      for (const json& item : *list) {
        if (elementOf(place, item, problem) == element) same.push_back(item);
      }
      return same;
    };
    if (was.count == 1) descend(element, was.first, nullptr, itemOf(place));
    if (is.count == 1) descend(element, nullptr, is.first, itemOf(place));
    path_.push_back(element);
    if (was.count > 1 && is.count > 1) {
      if (all(before) != all(after)) out.modified.insert(path_);
    } else {
      (is.count > 1 ? out.added : out.removed).insert(path_);
    }
    path_.pop_back();
  }

  Path path_;
};

// Nothing: no value comes of it.
std::optional<json> mergedValue(const json* live, const json* wanted, const Place& at) {
  const Place place = resolved(at, wanted ? *wanted : *live);
  if (isLeaf(place.form) || (holdsNothing(live) && holdsNothing(wanted))) return wanted ? *wanted : *live;
  if (isList(place.form)) {
    const Items theirs = itemsOf(live, place), ours = itemsOf(wanted, place);
    json out = json::array();
    const auto put = [&](const PathElement& element) {
      const auto of = [&](const Items& items) {
        const auto found = items.known.find(element);
        return found == items.known.end() ? nullptr : found->second.first;
      };
      if (std::optional<json> one = mergedValue(of(theirs), of(ours), itemOf(place))) out.push_back(std::move(*one));
    };
    // What is wanted comes in its order. What only is there keeps its place before the items that both have.
    std::size_t next = 0;
    const auto keepUntil = [&](const PathElement* common) {
      for (; next < theirs.order.size(); ++next) {
        if (common && theirs.order[next] == *common) {
          ++next;
          return;
        }
        if (!ours.known.contains(theirs.order[next])) put(theirs.order[next]);
      }
    };
    std::vector<PathElement> fresh;
    for (const PathElement& element : ours.order) {
      fresh.push_back(element);
      if (!theirs.known.contains(element)) continue;
      keepUntil(&element);
      for (const PathElement& one : fresh) put(one);
      fresh.clear();
    }
    keepUntil(nullptr);
    for (const PathElement& one : fresh) put(one);
    return out;
  }
  json out = json::object();
  std::set<std::string> keys;
  for (const json* side : {live, wanted}) {
    if (side == nullptr || !side->is_object()) continue;
    for (const auto& [key, value] : side->items()) keys.insert(key);
  }
  for (const std::string& key : keys) {
    const auto of = [&](const json* side) { return side && side->contains(key) ? &side->at(key) : nullptr; };
    bool named = false;
    if (std::optional<json> one = mergedValue(of(live), of(wanted), fieldOf(place, key, named)))
      out[key] = std::move(*one);
  }
  return out;
}

void name(const FieldSet& set, const Place& place, FieldSet& out) {
  for (const FieldNode& one : set.nodes()) {
    bool named = false;
    Place below = place;
    if (one.element.kind == PathElement::Kind::kField) {
      // An open struct stands where nothing is known of the field: what is below it says that it is a map.
      if (below.form == Form::kAny) below.form = below.open ? Form::kStruct : Form::kMap;
      below = fieldOf(below, one.element.text, named);
    } else {
      below = itemOf(place);
    }
    FieldSet inner;
    name(one.below, below, inner);
    out.add(one.element, one.member || named, std::move(inner));
  }
}

class Checker {
 public:
  std::string problems;
  void check(const json& value, const Place& at) {
    const Place place = resolved(at, value);
    if (value.is_null()) return;
    switch (place.form) {
      case Form::kScalar: return scalar(value, place.scalar);
      case Form::kPiece:
      case Form::kAny: return;
      case Form::kKeyedList:
      case Form::kSet: return list(value, place);
      case Form::kMap:
      case Form::kStruct: break;
    }
    if (!value.is_object()) return report(fmt::format("expected map, got {}", value.dump()));
    for (const auto& [key, inner] : value.items()) {
      bool named = false;
      const Place below = fieldOf(place, key, named);
      path_.push_back(fieldElement(key));
      if (place.form == Form::kStruct && !named) {
        report("field not declared in schema");
      } else {
        check(inner, below);
      }
      path_.pop_back();
    }
  }

 private:
  void report(std::string_view what) {
    problems += fmt::format("{}{}: {}", problems.empty() ? "" : "\n", shown(path_), what);
  }

  void scalar(const json& value, api::Shape shape) {
    switch (shape) {
      case api::Shape::kBool:
        if (!value.is_boolean()) report(fmt::format("expected boolean, got {}", value.dump()));
        return;
      case api::Shape::kInt32:
      case api::Shape::kInt64:
      case api::Shape::kNumber:
        if (!value.is_number())
          report(fmt::format("expected numeric (int or float), got {}", value.is_string()    ? "string"
                                                                        : value.is_boolean() ? "bool"
                                                                        : value.is_object()  ? "map[string]interface {}"
                                                                                             : "[]interface {}"));
        return;
      case api::Shape::kString:
        if (!value.is_string()) report(fmt::format("expected string, got {}", value.dump()));
        return;
      default:
        if (value.is_structured()) report(fmt::format("expected any scalar, got {}", value.dump()));
    }
  }

  void list(const json& value, const Place& place) {
    if (!value.is_array()) return report(fmt::format("expected list, got {}", value.dump()));
    std::set<PathElement> seen;
    std::size_t index = 0;
    for (const json& item : value) {
      std::string problem;
      const std::optional<PathElement> element = elementOf(place, item, problem);
      if (!element) {
        report(fmt::format("element {}: {}", index, problem));
      } else if (!seen.insert(*element).second) {
        report(fmt::format("duplicate entries for key {}", shown(*element)));
      } else {
        path_.push_back(*element);
        check(item, itemOf(place));
        path_.pop_back();
      }
      ++index;
    }
  }

  Path path_;
};

}  // namespace

FieldSet fieldsOf(const json& document, const Place& root) {
  Fields fields;
  fields.take(document, root);
  return std::move(fields.out);
}

Differences differences(const json& before, const json& after, const Place& root) {
  Comparer comparer;
  comparer.compare(&before, &after, root);
  return std::move(comparer.out);
}

json merged(const json& live, const json& wanted, const Place& root) {
  return mergedValue(&live, &wanted, root).value_or(json::object());
}

json withoutItems(const json& document, const FieldSet& items, const Place& root) {
  const Place place = resolved(root, document);
  if (isLeaf(place.form) || items.empty() || !document.is_structured()) return document;
  if (isList(place.form)) {
    json out = json::array();
    for (const json& item : document) {
      std::string problem;
      const std::optional<PathElement> element = elementOf(place, item, problem);
      const FieldNode* node = element ? items.find(*element) : nullptr;
      if (node && node->member) continue;
      out.push_back(node ? withoutItems(item, node->below, itemOf(place)) : item);
    }
    return out;
  }
  json out = json::object();
  for (const auto& [key, value] : document.items()) {
    const FieldNode* node = items.find(fieldElement(key));
    if (node && node->member) continue;
    bool named = false;
    const Place below = fieldOf(place, key, named);
    out[key] = node ? withoutItems(value, node->below, below) : value;
  }
  return out;
}

FieldSet withNamedFields(const FieldSet& set, const Place& root) {
  FieldSet out;
  name(set, root, out);
  return out;
}

std::string problemsOf(const json& document, const Place& root) {
  Checker checker;
  checker.check(document, root);
  return std::move(checker.problems);
}

}  // namespace jobset_twin::apiserver::apply
