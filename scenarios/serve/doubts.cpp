#include "scenarios/serve/doubts.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "scenarios/warnings.hpp"

namespace jobset_twin::scenarios {
namespace {

// Of these groups clients make objects that they, or the API server itself, act on.
constexpr std::array<std::string_view, 8> kGroupsOfClients = {
    "admissionregistration.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
    "certificates.k8s.io",          "coordination.k8s.io",    "discovery.k8s.io",      "events.k8s.io"};

bool isOfClients(const api::Object& object) {
  const std::string group = api::groupOf(api::apiVersionOf(object));
  return api::kindNameOf(object) == "Event" ||
         std::find(kGroupsOfClients.begin(), kGroupsOfClients.end(), group) != kGroupsOfClients.end();
}

}  // namespace

std::vector<std::string> doubtsAbout(const api::ObjectPtr& object, const Scenario& scenario,
                                     const cluster::WorldConfig& world, const apiserver::Store& store) {
  using cluster::Component;
  const Source source{object, ""};
  const std::vector<Source> sources = {source};
  const Presence presence = {
      [&](std::string_view kind, const std::string& namespace_, const std::string& name) {
        const char* group = kind == "PodGroup" ? ".scheduling.k8s.io" : "";
        return store.find({api::Kind::kGeneric, namespace_, fmt::format("{}{}/{}", kind, group, name)}) != nullptr;
      },
      "which is not there yet"};
  api::Errors errors, warnings;
  if (!isOfClients(*object)) checkKinds(sources, warnings);
  checkJobSets(sources, warnings);
  if (!world.left_out.has(Component::kKueue)) checkKueue(source, world.kueue.present, warnings);
  if (!world.left_out.has(Component::kScheduler)) {
    checkSchedulers(sources, scenario, warnings);
    checkGangs(sources, scenario, presence, errors, warnings);
  }
  if (!world.left_out.has(Component::kKubelet)) {
    checkCommands(sources, scenario, errors, warnings);
    checkReferences(sources, presence, warnings);
  }
  std::vector<std::string> out;
  for (const api::Errors* list : {&errors, &warnings}) {
    for (const api::Error& one : *list) out.push_back(one.text);
  }
  return out;
}

}  // namespace jobset_twin::scenarios
