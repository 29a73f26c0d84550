// label_predicate.hpp - label selectors and namespace scopes in the normal form that the scheduler counts with.
//
// A selector is a conjunction of at most one predicate a key, each a set of values or its complement, with or without
// the pods that lack the key: every selector of the API (In, NotIn, Exists, DoesNotExist, matchLabels) has this form.
// Because predicates of one shape differ only in their values, counts by value answer all of them (affinity_index.hpp).
// Source: apimachinery labels.Requirement.Matches; K-SCH-29 (namespaces, namespaceSelector).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/label_selector.hpp"

namespace jobset_twin::cluster {

struct KeyPredicate {
  std::string key;
  bool absent = false;              // matches pods without the key
  bool complement = false;          // true: every value but `values`
  std::vector<std::string> values;  // ascending

  bool matches(const std::string* value) const;  // null: the key is absent
  friend bool operator==(const KeyPredicate&, const KeyPredicate&) = default;
};

struct LabelPredicate {
  bool nothing = false;            // an absent selector
  std::vector<KeyPredicate> keys;  // ascending; empty: everything

  bool matches(const api::StringMap& labels) const;
  std::string text() const;  // canonical: equal texts, equal predicates
  friend bool operator==(const LabelPredicate&, const LabelPredicate&) = default;
};

LabelPredicate compileSelector(const std::optional<api::LabelSelector>& selector);  // absent: matches nothing
LabelPredicate conjunction(const LabelPredicate& left, const LabelPredicate& right);
std::string textOf(const KeyPredicate& predicate);

// Labels of the namespaces that have an object; any other has only kubernetes.io/metadata.name, as all have.
using NamespaceLabels = std::map<std::string, api::StringMap>;

// The namespaces that a term looks at: those listed, and those whose labels match.
struct NamespaceScope {
  bool all = false;
  std::vector<std::string> names;  // ascending
  LabelPredicate selector{.nothing = true, .keys = {}};

  bool contains(const std::string& name, const NamespaceLabels& labels) const;
  std::string text() const;
  friend bool operator==(const NamespaceScope&, const NamespaceScope&) = default;
};

}  // namespace jobset_twin::cluster
