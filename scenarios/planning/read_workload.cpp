// spec.workloads[] of a CapacityPlan: what is submitted, when, and what its containers do.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/planning/read_plan_parts.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

constexpr std::size_t kHours = 24;
constexpr std::int64_t kPodsMost = 100'000;

void readHourly(Reader& reader, const Place& place, std::vector<double>& out) {
  std::vector<double> weights;
  const std::size_t before = reader.errors.size();
  reader.list<double>(place, weights, [](Reader& r, const Place& p, double& w) { r.number(p, w, 0, 1e6); });
  if (reader.errors.size() != before) return;
  double sum = 0;
  for (const double weight : weights) sum += weight;
  if (weights.size() != kHours) return reader.invalid(place, "must have a weight for each of the 24 hours of a day");
  if (!(sum > 0)) return reader.invalid(place, "must have an hour with a weight above 0");
  for (double& weight : weights) weight *= static_cast<double>(kHours) / sum;
  out = std::move(weights);
}

constexpr std::array<Field<Arrivals>, 4> kArrivalFields = {{
    {"meanGap", "duration", "they come by themselves (Poisson), so long apart on average",
     [](Reader& r, const Place& p, Arrivals& a) {
       if (r.positiveDuration(p, a.gap)) a.kind = Arrivals::Kind::kPoisson;
     }},
    {"hourly", "[]number", "with `meanGap`: weights of the 24 hours of a day, from midnight on",
     [](Reader& r, const Place& p, Arrivals& a) { readHourly(r, p, a.hourly); }},
    {"at", "[]duration", "at these times",
     [](Reader& r, const Place& p, Arrivals& a) {
       r.list<Duration>(p, a.times, [](Reader& r2, const Place& p2, Duration& at) { r2.duration(p2, at); });
       std::sort(a.times.begin(), a.times.end());
     }},
    {"trace", "Trace", "as a CSV file says", readTrace},
}};

void readArrivals(Reader& reader, const Place& place, Arrivals& out) {
  reader.object<Arrivals>(place, kArrivalFields, out);
  if (!place.node.isMap()) return;
  int ways = 0;
  for (const char* way : {"meanGap", "at", "trace"}) ways += place.node.find(way) ? 1 : 0;
  if (ways != 1) reader.invalid(place, "must have exactly one of meanGap, at and trace");
  if (place.node.find("hourly") && !place.node.find("meanGap"))
    reader.error(place, api::forbiddenField(place.path + ".hourly", "may only be given with meanGap"));
}

// What a workload and its shape are read into.
struct Draft {
  Workload& out;
  Shape shape;
  Action manifests;
};

// One field of an entry of a Scenario's `manifests`.
void readManifestField(Reader& reader, const Place& place, Draft& draft) {
  const std::size_t dot = place.path.rfind('.');
  api::TreeNode alone;
  alone.kind = api::TreeNode::Kind::kMap;
  alone.at = place.node.at;
  alone.entries.push_back({place.path.substr(dot + 1), place.node.at, place.node});
  readManifest(reader, {alone, place.path.substr(0, dot)}, draft.manifests);
}

void readApplied(Reader& reader, const Place& place, Draft& draft) {
  std::string name;
  if (!reader.text(place, name)) return;
  const std::string path = besides(reader.context().file, name);
  const std::optional<std::string> text = reader.context().read ? reader.context().read(path) : std::nullopt;
  if (!text) return reader.invalid(place, fmt::format("{} cannot be read", path));
  Manifests manifests = readManifests({path, *text}, reader.context().validation, reader.context().default_namespace);
  reader.errors.insert(reader.errors.end(), manifests.errors.begin(), manifests.errors.end());
  reader.warnings.insert(reader.warnings.end(), manifests.warnings.begin(), manifests.warnings.end());
  if (!manifests.own.empty()) reader.invalid(place, "holds a document of jobset-twin.dev: it may hold manifests only");
  Action& to = draft.manifests;
  to.objects.insert(to.objects.end(), manifests.objects.begin(), manifests.objects.end());
  to.origins.insert(to.origins.end(), manifests.origins.begin(), manifests.origins.end());
}

constexpr std::array<Field<workload::CheckpointSpec>, 3> kCheckpointFields = {{
    {"every", "duration", "work between two checkpoints",
     [](Reader& r, const Place& p, workload::CheckpointSpec& c) { r.positiveDuration(p, c.every); }, true},
    {"cost", "duration", "time to write one",
     [](Reader& r, const Place& p, workload::CheckpointSpec& c) { r.duration(p, c.cost); }},
    {"restore", "duration", "time to read it after a restart",
     [](Reader& r, const Place& p, workload::CheckpointSpec& c) { r.duration(p, c.restore); }},
}};

void readRestarts(Reader& reader, const Place& place, Draft& draft) {
  reader.integer(place, draft.shape.max_restarts, 0);
}

constexpr std::array<Field<Draft>, 14> kWorkloadFields = {{
    {"name", "string", "what levels call it; its JobSets are in namespaces <name>-1, <name>-2, …",
     [](Reader& r, const Place& p, Draft& d) {
       std::string name;
       if (!r.text(p, name)) return;
       const std::vector<std::string> problems = api::dns1123LabelErrors(name);
       if (!problems.empty()) return r.invalid(p, problems.front());
       if (name.size() > 40) return r.invalid(p, "must be no more than 40 characters");
       d.out.name = name;
     },
     true},
    {"queue", "string", "one of `queues`, in which its JobSets wait for quota",
     [](Reader& r, const Place& p, Draft& d) { r.text(p, d.out.queue); }},
    {"arrivals", "Arrivals", "when its JobSets are submitted",
     [](Reader& r, const Place& p, Draft& d) { readArrivals(r, p, d.out.arrivals); }, true},
    {"apply", "string", "a file of manifests with one JobSet; its path is relative to the plan's file", readApplied},
    {"object", "object", "a manifest in place", readManifestField},
    {"objects", "[]object", "several manifests in place", readManifestField},
    {"behaviors", "[]Behavior", "what the containers of these manifests do, as in a Scenario",
     [](Reader& r, const Place& p, Draft& d) { r.list<workload::Behavior>(p, d.out.behaviors, readBehavior); }},
    {"pods", "integer", "in short: a JobSet of so many like Pods that work together (1)",
     [](Reader& r, const Place& p, Draft& d) {
       std::int64_t pods = 0;
       if (r.integer(p, pods, 1, kPodsMost)) d.shape.pods = static_cast<std::int32_t>(pods);
     }},
    {"requests", "map[string]quantity", "of each Pod",
     [](Reader& r, const Place& p, Draft& d) { r.quantities(p, d.shape.requests); }},
    {"nodeSelector", "map[string]string", "labels that the nodes must have",
     [](Reader& r, const Place& p, Draft& d) { r.stringMap(p, d.shape.node_selector); }},
    {"runTime", "Distribution", "of a JobSet; all its Pods run so long",
     [](Reader& r, const Place& p, Draft& d) {
       TimeDistribution time;
       if (readDistribution(r, p, time)) d.shape.run_time = time;
     }},
    {"checkpoint", "Checkpoint", "work is kept now and then and resumed after a restart",
     [](Reader& r, const Place& p, Draft& d) {
       d.shape.checkpoint.emplace();
       r.object<workload::CheckpointSpec>(p, kCheckpointFields, *d.shape.checkpoint);
     }},
    {"maxRestarts", "integer", "of the JobSet's failure policy (100)", readRestarts},
    {"restartStrategy", "string", "of the JobSet's failure policy",
     [](Reader& r, const Place& p, Draft& d) {
       r.choice(p, d.shape.restart_strategy, {"Recreate", "BlockingRecreate"});
     }},
}};

constexpr std::array<const char*, 7> kOfShape = {"pods",       "requests",    "nodeSelector",   "runTime",
                                                 "checkpoint", "maxRestarts", "restartStrategy"};

void checkManifests(Reader& reader, const Place& place, Draft& draft) {
  for (const char* field : kOfShape) {
    if (place.node.find(field))
      reader.error(place.at(*place.node.findEntry(field)),
                   api::forbiddenField(place.path + "." + field, "may not be given beside manifests, which say it"));
  }
  Workload& out = draft.out;
  out.objects = std::move(draft.manifests.objects);
  out.origins = std::move(draft.manifests.origins);
  const auto jobsets = std::count_if(out.objects.begin(), out.objects.end(),
                                     [](const api::ObjectPtr& object) { return object->kind() == api::Kind::kJobSet; });
  if (jobsets != 1 && reader.errors.empty())
    reader.invalid(place, fmt::format("must have exactly one JobSet, and has {}", jobsets));
  if (out.arrivals.kind == Arrivals::Kind::kTrace && !out.arrivals.rows.empty()) {
    const TraceRow& row = out.arrivals.rows.front();
    if (row.run_time || row.pods || row.gpus)
      reader.error(place, api::forbiddenField(place.path + ".arrivals.trace",
                                              "may only say when manifests are submitted: run time, Pods and GPUs are "
                                              "theirs"));
  }
}

void checkShape(Reader& reader, const Place& place, Draft& draft) {
  if (place.node.find("behaviors"))
    reader.error(place, api::forbiddenField(place.path + ".behaviors", "is for manifests; say runTime and checkpoint"));
  const Arrivals& arrivals = draft.out.arrivals;
  const bool traced = arrivals.kind == Arrivals::Kind::kTrace && (arrivals.rows.empty() || arrivals.rows[0].run_time);
  if (!draft.shape.run_time && !traced) reader.missing(place, "runTime", "or manifests: apply, object or objects");
  if (draft.shape.run_time && traced && !arrivals.rows.empty())
    reader.error(place, api::forbiddenField(place.path + ".runTime", "the trace has a column of run times"));
  draft.out.shape = std::move(draft.shape);
}

constexpr std::array<Field<Level>, 5> kLevelFields = {{
    {"workload", "string", "of which workload; of all together when left out",
     [](Reader& r, const Place& p, Level& l) { r.text(p, l.workload); }},
    {"share", "number", "share of its JobSets that must reach all of what follows (0.95)",
     [](Reader& r, const Place& p, Level& l) {
       double share = 0;
       if (!r.number(p, share, 0, 1)) return;
       if (!(share > 0 && share < 1))
         return r.invalid(p, "must be greater than 0 and less than 1", "no finite number of runs can show more");
       l.share = share;
     }},
    {"startWithin", "duration", "all its Pods were ready at once, so long after it was submitted",
     [](Reader& r, const Place& p, Level& l) {
       Duration time{};
       if (r.duration(p, time)) l.start_within = time;
     }},
    {"finishWithin", "duration", "it has completed, so long after it was submitted",
     [](Reader& r, const Place& p, Level& l) {
       Duration time{};
       if (r.positiveDuration(p, time)) l.finish_within = time;
     }},
    {"ettr", "number", "effective training time ratio, at least",
     [](Reader& r, const Place& p, Level& l) {
       double ratio = 0;
       if (r.number(p, ratio, 0, 1)) l.ettr = ratio;
     }},
}};

}  // namespace

void readWorkload(Reader& reader, const Place& place, Workload& out) {
  out.origin = reader.origin(place);
  Draft draft{out, {}, {}};
  reader.object<Draft>(place, kWorkloadFields, draft);
  if (!place.node.isMap()) return;
  if (place.node.find("apply") || place.node.find("object") || place.node.find("objects")) {
    checkManifests(reader, place, draft);
  } else {
    checkShape(reader, place, draft);
  }
}

void readLevel(Reader& reader, const Place& place, Level& out) {
  out.origin = reader.origin(place);
  reader.object<Level>(place, kLevelFields, out);
  if (place.node.isMap() && !place.node.find("startWithin") && !place.node.find("finishWithin") &&
      !place.node.find("ettr"))
    reader.missing(place, "startWithin", "or finishWithin, or ettr: what is to be reached");
}

void addWorkloadFields(FieldTexts& out) {
  addFields<Draft>(out, "Workload", kWorkloadFields);
  addFields<Arrivals>(out, "Arrivals", kArrivalFields);
  addTraceFields(out);
  addFields<workload::CheckpointSpec>(out, "Checkpoint", kCheckpointFields);
  addFields<Level>(out, "ServiceLevel", kLevelFields);
}

}  // namespace jobset_twin::scenarios::planning
