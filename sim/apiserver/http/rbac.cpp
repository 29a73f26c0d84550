#include "sim/apiserver/http/rbac.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

constexpr const char* kGroup = ".rbac.authorization.k8s.io/";

bool lists(const json& rule, const char* member, const std::string& wanted) {
  const json* list = api::jsonAt(rule, {member});
  return list && list->is_array() &&
         std::any_of(list->begin(), list->end(), [&](const json& one) { return one == "*" || one == wanted; });
}

bool allowsPath(const json& rule, const Attempt& attempt) {
  const json* list = api::jsonAt(rule, {"nonResourceURLs"});
  if (!list || !list->is_array()) return false;
  return std::any_of(list->begin(), list->end(), [&](const json& one) {
    if (!one.is_string()) return false;
    const std::string text = one;
    return text.ends_with('*') ? attempt.path.starts_with(text.substr(0, text.size() - 1)) : attempt.path == text;
  });
}

bool allows(const json& rule, const Attempt& attempt) {
  if (!lists(rule, "verbs", attempt.verb)) return false;
  if (!attempt.path.empty()) return allowsPath(rule, attempt);
  if (!lists(rule, "apiGroups", attempt.group)) return false;
  const std::string whole =
      attempt.subresource.empty() ? attempt.resource : attempt.resource + "/" + attempt.subresource;
  const bool of_any = !attempt.subresource.empty() && lists(rule, "resources", "*/" + attempt.subresource);
  if (!lists(rule, "resources", whole) && !of_any) return false;
  const json* names = api::jsonAt(rule, {"resourceNames"});
  if (!names || !names->is_array() || names->empty()) return true;
  return std::find(names->begin(), names->end(), json(attempt.name)) != names->end() && !attempt.name.empty();
}

bool isSubject(const json& subject, const User& user, const std::string& namespace_) {
  const json* kind = api::jsonAt(subject, {"kind"});
  const json* name = api::jsonAt(subject, {"name"});
  if (!kind || !name || !name->is_string()) return false;
  if (*kind == "User") return *name == user.name;
  if (*kind == "Group")
    return std::find(user.groups.begin(), user.groups.end(), name->get<std::string>()) != user.groups.end();
  if (*kind != "ServiceAccount") return false;
  const json* where = api::jsonAt(subject, {"namespace"});
  const std::string in = where && where->is_string() ? where->get<std::string>() : namespace_;
  return user.name == fmt::format("system:serviceaccount:{}:{}", in, name->get<std::string>());
}

const json* contentOf(const api::ObjectPtr& object) {
  return object ? &api::as<api::Generic>(object).content.get() : nullptr;
}

bool roleAllows(const Store& store, const std::string& kind, const std::string& namespace_, const std::string& name,
                const Attempt& attempt) {
  const json* role = contentOf(store.find({api::Kind::kGeneric, namespace_, kind + kGroup + name}));
  const json* rules = role ? api::jsonAt(*role, {"rules"}) : nullptr;
  return rules && rules->is_array() &&
         std::any_of(rules->begin(), rules->end(), [&](const json& rule) { return allows(rule, attempt); });
}

// The first binding of that kind and namespace that lets the user.
std::string allowedBy(const Store& store, const std::string& kind, const std::string& namespace_, const User& user,
                      const Attempt& attempt) {
  const Store::Objects& all = store.all(api::Kind::kGeneric);
  const std::string prefix = kind + kGroup;
  for (auto at = all.lower_bound({namespace_, prefix}); at != all.end(); ++at) {
    if (at->first.first != namespace_ || !at->first.second.starts_with(prefix)) break;
    const json& binding = *contentOf(at->second);
    const json* subjects = api::jsonAt(binding, {"subjects"});
    const json* role_kind = api::jsonAt(binding, {"roleRef", "kind"});
    const json* role_name = api::jsonAt(binding, {"roleRef", "name"});
    if (!subjects || !subjects->is_array() || !role_kind || !role_name || !role_name->is_string()) continue;
    if (std::none_of(subjects->begin(), subjects->end(),
                     [&](const json& subject) { return isSubject(subject, user, namespace_); }))
      continue;
    const bool cluster = *role_kind == "ClusterRole";
    if (roleAllows(store, cluster ? "ClusterRole" : "Role", cluster ? "" : namespace_, *role_name, attempt))
      return fmt::format("RBAC: allowed by {} \"{}\" of {} \"{}\" to {}", kind,
                         namespace_.empty() ? at->second->meta.name : at->second->meta.name + "/" + namespace_,
                         cluster ? "ClusterRole" : "Role", role_name->get<std::string>(), user.name);
  }
  return {};
}

}  // namespace

Decision authorize(const Store& store, const User& user, const Attempt& attempt) {
  if (std::find(user.groups.begin(), user.groups.end(), "system:masters") != user.groups.end()) return {true, ""};
  std::string reason = allowedBy(store, "ClusterRoleBinding", "", user, attempt);
  if (reason.empty() && !attempt.namespace_.empty())
    reason = allowedBy(store, "RoleBinding", attempt.namespace_, user, attempt);
  return {!reason.empty(), reason};
}

}  // namespace jobset_twin::apiserver::http
