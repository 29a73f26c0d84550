#include "sim/cluster/scheduler/label_predicate.hpp"

#include <algorithm>
#include <iterator>

namespace jobset_twin::cluster {
namespace {

using Values = std::vector<std::string>;

KeyPredicate intersect(const KeyPredicate& left, const KeyPredicate& right) {
  KeyPredicate out;
  out.key = left.key;
  out.absent = left.absent && right.absent;
  out.complement = left.complement && right.complement;
  auto into = std::back_inserter(out.values);
  const Values &a = left.values, &b = right.values;
  if (left.complement && right.complement) {
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), into);
  } else if (left.complement) {
    std::set_difference(b.begin(), b.end(), a.begin(), a.end(), into);
  } else if (right.complement) {
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), into);
  } else {
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), into);
  }
  return out;
}

void addKey(LabelPredicate& to, KeyPredicate predicate) {
  const auto at = std::lower_bound(to.keys.begin(), to.keys.end(), predicate.key,
                                   [](const KeyPredicate& p, const std::string& key) { return p.key < key; });
  if (at != to.keys.end() && at->key == predicate.key) {
    *at = intersect(*at, predicate);
  } else {
    to.keys.insert(at, std::move(predicate));
  }
}

// Lengths before texts, so that no label can imitate another predicate.
void appendText(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

}  // namespace

bool KeyPredicate::matches(const std::string* value) const {
  if (!value) return absent;
  return std::binary_search(values.begin(), values.end(), *value) != complement;
}

bool LabelPredicate::matches(const api::StringMap& labels) const {
  if (nothing) return false;
  return std::all_of(keys.begin(), keys.end(), [&](const KeyPredicate& p) { return p.matches(labels.find(p.key)); });
}

std::string textOf(const KeyPredicate& predicate) {
  std::string out;
  appendText(out, predicate.key);
  out += predicate.absent ? '?' : '!';
  out += predicate.complement ? '~' : '=';
  for (const std::string& value : predicate.values) appendText(out, value);
  return out + ';';
}

std::string LabelPredicate::text() const {
  if (nothing) return "-";
  std::string out;
  for (const KeyPredicate& key : keys) out += textOf(key);
  return out;
}

LabelPredicate compileSelector(const std::optional<api::LabelSelector>& selector) {
  LabelPredicate out;
  if (!selector) {
    out.nothing = true;
    return out;
  }
  for (const auto& [key, value] : selector->matchLabels) addKey(out, {key, false, false, {value}});
  for (const api::LabelSelectorRequirement& requirement : selector->matchExpressions) {
    KeyPredicate predicate;
    predicate.key = requirement.key;
    predicate.values = requirement.values;
    std::sort(predicate.values.begin(), predicate.values.end());
    predicate.values.erase(std::unique(predicate.values.begin(), predicate.values.end()), predicate.values.end());
    if (requirement.operator_ == "NotIn") {
      predicate.absent = predicate.complement = true;
    } else if (requirement.operator_ == "Exists") {
      predicate.values.clear();
      predicate.complement = true;
    } else if (requirement.operator_ == "DoesNotExist") {
      predicate.values.clear();
      predicate.absent = true;
    } else if (requirement.operator_ != "In") {
      out.nothing = true;  // validation refuses it; upstream's converted selector would select nothing
    }
    addKey(out, std::move(predicate));
  }
  return out;
}

LabelPredicate conjunction(const LabelPredicate& left, const LabelPredicate& right) {
  LabelPredicate out = left;
  out.nothing = left.nothing || right.nothing;
  for (const KeyPredicate& key : right.keys) addKey(out, key);
  return out;
}

bool NamespaceScope::contains(const std::string& name, const NamespaceLabels& labels) const {
  if (all || std::binary_search(names.begin(), names.end(), name)) return true;
  if (selector.nothing) return false;
  const auto found = labels.find(name);
  api::StringMap known = found == labels.end() ? api::StringMap{} : found->second;
  known.set("kubernetes.io/metadata.name", name);
  return selector.matches(known);
}

std::string NamespaceScope::text() const {
  if (all) return "*";
  std::string out;
  for (const std::string& name : names) appendText(out, name);
  return out + '/' + selector.text();
}

}  // namespace jobset_twin::cluster
