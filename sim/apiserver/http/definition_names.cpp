#include "sim/apiserver/http/definition_names.hpp"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

void checkGroup(const std::string& group, api::Errors& errors) {
  if (group.empty()) return;
  const std::vector<std::string> problems = api::dns1123SubdomainErrors(group);
  for (const std::string& problem : problems)
    errors.push_back(api::invalidValue("spec.group", api::quoted(group), problem));
  if (problems.empty() && group.find('.') == std::string::npos)
    errors.push_back(api::invalidValue("spec.group", api::quoted(group), "should be a domain with at least one dot"));
}

void checkLabel(const std::string& label, const std::string& field, api::Errors& errors) {
  for (const std::string& problem : api::dns1035LabelErrors(label))
    errors.push_back(api::invalidValue(field, api::quoted(label), problem));
}

void checkKindName(const std::string& kind, const std::string& field, api::Errors& errors) {
  const std::vector<std::string> problems = api::dns1035LabelErrors(api::lowerCase(kind));
  if (problems.empty()) return;
  errors.push_back(
      api::invalidValue(field, api::quoted(kind),
                        fmt::format("may have mixed case, but should otherwise match: {}", fmt::join(problems, ","))));
}

void checkLabels(const json& names, const char* list, api::Errors& errors) {
  const json* given = api::jsonAt(names, {list});
  if (!given || !given->is_array()) return;
  for (std::size_t i = 0; i < given->size(); ++i) {
    if ((*given)[i].is_string())
      checkLabel((*given)[i].get<std::string>(), fmt::format("spec.names.{}[{}]", list, i), errors);
  }
}

void checkVersionNames(const json& versions, api::Errors& errors) {
  std::set<std::string> names;
  bool unique = true;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const std::string name = api::textAt(versions[i], {"name"});
    if (name.empty()) continue;
    unique = names.insert(name).second && unique;
    checkLabel(name, fmt::format("spec.versions[{}].name", i), errors);
  }
  if (!unique) errors.push_back(api::invalidValue("spec.versions", "null", "must contain unique version names"));
}

}  // namespace

void checkNames(const json& spec, api::Errors& errors) {
  checkGroup(api::textAt(spec, {"group"}), errors);
  if (const json* versions = api::jsonAt(spec, {"versions"}); versions && versions->is_array())
    checkVersionNames(*versions, errors);
  const json* names = api::jsonAt(spec, {"names"});
  if (!names) return;
  const std::string kind = api::textAt(*names, {"kind"}), list_kind = api::textAt(*names, {"listKind"});
  for (const char* member : {"plural", "singular"}) {
    if (const std::string name = api::textAt(*names, {member}); !name.empty())
      checkLabel(name, fmt::format("spec.names.{}", member), errors);
  }
  if (!kind.empty()) checkKindName(kind, "spec.names.kind", errors);
  checkLabels(*names, "shortNames", errors);
  if (!list_kind.empty()) checkKindName(list_kind, "spec.names.listKind", errors);
  if (!kind.empty() && kind == list_kind)
    errors.push_back(
        api::invalidValue("spec.names.listKind", api::quoted(list_kind), "kind and listKind may not be the same"));
  checkLabels(*names, "categories", errors);
}

}  // namespace jobset_twin::apiserver::http
