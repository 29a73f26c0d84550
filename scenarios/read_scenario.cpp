#include "scenarios/read_scenario.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "scenarios/feature_gates.hpp"
#include "scenarios/timing_profile.hpp"
#include "sim/cluster/kubernetes_gates.hpp"

namespace jobset_twin::scenarios {
namespace {

void readFeatureGates(Reader& reader, const Place& place, Scenario& out) {
  if (!reader.isMap(place)) return;
  for (const api::TreeEntry& entry : place.node.entries) {
    bool value = false;
    const Place inner = place.at(entry);
    if (!reader.flag(inner, value)) continue;
    const std::string problem = parseGates(fmt::format("{}={}", entry.key, value), out);
    if (problem.empty()) continue;
    std::string hint;
    const std::string near = api::nearestName(entry.key, gateNames());
    if (!near.empty() && near != entry.key) hint = fmt::format("did you mean \"{}\"?", near);
    reader.invalid(inner, problem, hint);
  }
}

constexpr std::array<Field<jobset::Quirks>, 3> kQuirksFields = {{
    {"b6NodeSelectorFollowers", "boolean",
     "the pod reconciler deletes followers of the node-selector strategy, as upstream does",
     [](Reader& r, const Place& p, jobset::Quirks& q) { r.flag(p, q.b6_node_selector_followers); }},
    {"b7NilSuccessPolicy", "boolean", "a JobSet without success policy is handled as upstream's bug does",
     [](Reader& r, const Place& p, jobset::Quirks& q) { r.flag(p, q.b7_nil_success_policy); }},
    {"b8StaleCreates", "boolean",
     "a Job or Service that a pass creates once more, because its cache lags, is an error with an event and a back-off",
     [](Reader& r, const Place& p, jobset::Quirks& q) { r.flag(p, q.b8_stale_creates); }},
}};

constexpr std::array<Field<Scenario>, 2> kDefaultsFields = {{
    {"runTime", "duration", "how long a container runs whose command the simulator does not know",
     [](Reader& r, const Place& p, Scenario& s) { r.duration(p, s.default_run_time); }},
    {"exitCode", "integer", "what it exits with",
     [](Reader& r, const Place& p, Scenario& s) {
       std::int64_t code = 0;
       if (r.integer(p, code, 0, 255)) s.default_exit_code = static_cast<std::int32_t>(code);
     }},
}};

constexpr std::array<Field<Scenario>, 1> kDnsFields = {{
    {"shortNames", "boolean", "Pods of JobSets are also found as `<replicated job>-<n>`, which no real cluster does",
     [](Reader& r, const Place& p, Scenario& s) { r.flag(p, s.short_names); }},
}};

void readImages(Reader& reader, const Place& place, Scenario& out) {
  api::ResourceList sizes;
  if (!reader.quantities(place, sizes)) return;
  for (const auto& [image, size] : sizes) out.image_bytes[image] = size.value();
}

void readStart(Reader& reader, const Place& place, Scenario& out) {
  std::string text;
  if (!reader.text(place, text)) return;
  const api::Result<TimePoint> at = api::parseTime(text);
  if (!at) {
    reader.invalid(place, at.errors().front().text, "a time is written as 2026-01-01T00:00:00Z");
  } else {
    out.start_time = *at;
  }
}

void readVersion(Reader& reader, const Place& place, Scenario& out) {
  std::string text;
  if (!reader.text(place, text)) return;
  if (cluster::kubernetesMinor(text) == 0) {
    reader.error(place, api::unsupportedValue(place.path, api::quoted(text), {"1.34", "1.35", "1.36"}));
  } else {
    out.kubernetes_version = text;
  }
}

void readActions(Reader& reader, const Place& place, Scenario& out, void (*read)(Reader&, const Place&, Action&)) {
  std::vector<Action> actions;
  reader.list<Action>(place, actions, read);
  for (Action& action : actions) out.actions.push_back(std::move(action));
}

void readSeed(Reader& reader, const Place& place, Scenario& out) {
  // Seeds above int64 are numbers to the tree; their digits are all there.
  const std::string& digits = place.node.text;
  std::uint64_t large = 0;
  if (place.node.kind == api::TreeNode::Kind::kDouble) {
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), large);
    if (problem == std::errc() && end == digits.data() + digits.size()) {
      out.seed = large;
      return;
    }
  }
  std::int64_t seed = 0;
  if (reader.integer(place, seed, 0)) out.seed = static_cast<std::uint64_t>(seed);
}

constexpr std::array<Field<Scenario>, 20> kSpecFields = {{
    {"description", "string", "what the scenario is about",
     [](Reader& r, const Place& p, Scenario& s) { r.text(p, s.description); }},
    {"kubernetesVersion", "string", "\"1.34\", \"1.35\" or \"1.36\"", readVersion},
    {"seed", "integer", "where all randomness starts; --seed wins over it", readSeed},
    {"startTime", "time", "the virtual time at which the run starts", readStart},
    {"duration", "duration", "the run ends then at the latest; --until wins over it",
     [](Reader& r, const Place& p, Scenario& s) {
       Duration value{};
       if (r.positiveDuration(p, value)) s.duration = value;
     }},
    {"featureGates", "map[string]boolean", "feature gates of JobSet, and of Kubernetes' workload-aware scheduling",
     readFeatureGates},
    {"quirks", "Quirks", "upstream's bugs, one by one, to see what they cost",
     [](Reader& r, const Place& p, Scenario& s) { r.object<jobset::Quirks>(p, kQuirksFields, s.quirks); }},
    {"cluster", "Cluster", "nodes and domain; derived from the manifests where it is left out", readCluster},
    {"dns", "Dns", "names that Pods can look up",
     [](Reader& r, const Place& p, Scenario& s) { r.object<Scenario>(p, kDnsFields, s); }},
    {"manifests", "[]Manifest", "objects that are submitted, besides those of the other documents and files",
     [](Reader& r, const Place& p, Scenario& s) { readActions(r, p, s, readManifest); }},
    {"actions", "[]Action", "what users do while the run goes on",
     [](Reader& r, const Place& p, Scenario& s) { readActions(r, p, s, readAction); }},
    {"behaviors", "[]Behavior", "what containers do; the first that matches a container counts",
     [](Reader& r, const Place& p, Scenario& s) { r.list<workload::Behavior>(p, s.behaviors, readBehavior); }},
    {"faults", "[]Fault", "what goes wrong, and when",
     [](Reader& r, const Place& p, Scenario& s) { r.list<faults::Fault>(p, s.faults, readFault); }},
    {"repairCrews", "[]RepairCrew", "who repairs what failed, and how many of them there are", readRepairCrews},
    {"defaults", "Defaults", "for containers without a behaviour whose command the simulator does not know",
     [](Reader& r, const Place& p, Scenario& s) { r.object<Scenario>(p, kDefaultsFields, s); }},
    {"images", "map[string]quantity", "sizes of images in bytes, by name", readImages},
    {"scheduler", "Scheduler", "profiles of the scheduler: which plugins, which weights, how allocation is scored",
     [](Reader& r, const Place& p, Scenario& s) { readScheduler(r, p, s.scheduler); }},
    {"kueue", "Kueue", "Kueue's configuration, where the manifests have queues",
     [](Reader& r, const Place& p, Scenario& s) { readKueue(r, p, s.kueue); }},
    {"timing", "Timing", "timing parameters of the cluster (`explain timing` lists them)",
     [](Reader& r, const Place& p, Scenario& s) { readTiming(r, p, s.timing); }},
    {"expectations", "[]Expectation", "what must hold when the run has ended; one that does not gives exit code 2",
     [](Reader& r, const Place& p, Scenario& s) { r.list<Expectation>(p, s.expectations, readExpectation); }},
}};

constexpr std::array<Field<Scenario>, 3> kMetadataFields = {{
    {"name", "string", "the scenario's name", [](Reader& r, const Place& p, Scenario& s) { r.text(p, s.name); }},
    {"labels", "map[string]string", "free for users",
     [](Reader& r, const Place& p, Scenario&) {
       api::StringMap labels;
       r.stringMap(p, labels);
     }},
    {"annotations", "map[string]string", "free for users",
     [](Reader& r, const Place& p, Scenario&) {
       api::StringMap annotations;
       r.stringMap(p, annotations);
     }},
}};

constexpr std::array<Field<Scenario>, 4> kRootFields = {{
    {"apiVersion", "string", "jobset-twin.dev/v1alpha1",
     [](Reader& r, const Place& p, Scenario&) {
       std::string version;
       r.choice(p, version, {std::string(kScenarioApiVersion)});
     },
     true},
    {"kind", "string", "Scenario",
     [](Reader& r, const Place& p, Scenario&) {
       std::string kind;
       r.choice(p, kind, {"Scenario"});
     },
     true},
    {"metadata", "Metadata", "name, labels, annotations",
     [](Reader& r, const Place& p, Scenario& s) { r.object<Scenario>(p, kMetadataFields, s); }},
    {"spec", "Spec", "everything else",
     [](Reader& r, const Place& p, Scenario& s) { r.object<Scenario>(p, kSpecFields, s); }},
}};

// A behaviour that does not say how long it runs has the default time, wherever `defaults` stands in the document.
void fillRunTimes(const api::TreeNode& root, Scenario& out) {
  const api::TreeNode* spec = root.find("spec");
  const api::TreeNode* behaviors = spec ? spec->find("behaviors") : nullptr;
  if (!behaviors) return;
  for (std::size_t i = 0; i < behaviors->items.size() && i < out.behaviors.size(); ++i) {
    const api::TreeNode* run_time = behaviors->items[i].find("runTime");
    if ((run_time && !run_time->isNull()) || out.behaviors[i].model) continue;
    workload::TimeDistribution constant;
    constant.a = out.default_run_time;
    out.behaviors[i].run_time = constant;
  }
}

}  // namespace

ScenarioRead readScenario(const api::Tree& tree, api::Validation validation, const std::string& default_namespace,
                          const std::function<std::optional<std::string>(const std::string& path)>& read) {
  Reader reader({tree.file, validation, default_namespace, read});
  ScenarioRead out;
  out.scenario.timing = usualTiming();
  reader.object<Scenario>({tree.root, ""}, kRootFields, out.scenario);
  fillRunTimes(tree.root, out.scenario);
  // What is submitted at a time comes before what is changed at that time.
  std::stable_sort(out.scenario.actions.begin(), out.scenario.actions.end(), [](const Action& a, const Action& b) {
    return std::pair(a.at, !a.verb.empty()) < std::pair(b.at, !b.verb.empty());
  });
  out.errors = std::move(reader.errors);
  out.warnings = std::move(reader.warnings);
  std::stable_sort(out.errors.begin(), out.errors.end(), [](const api::Error& a, const api::Error& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return out;
}

FieldTexts scenarioFields() {
  FieldTexts out;
  addFields<Scenario>(out, "Scenario", kRootFields);
  addFields<Scenario>(out, "Metadata", kMetadataFields);
  addFields<Scenario>(out, "Spec", kSpecFields);
  addFields<jobset::Quirks>(out, "Quirks", kQuirksFields);
  addFields<Scenario>(out, "Defaults", kDefaultsFields);
  addFields<Scenario>(out, "Dns", kDnsFields);
  addClusterFields(out);
  addSchedulerFields(out);
  addKueueFields(out);
  addActionFields(out);
  addBehaviorFields(out);
  addFaultFields(out);
  addExpectationFields(out);
  return out;
}

}  // namespace jobset_twin::scenarios
