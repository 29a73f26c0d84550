// spec.behaviors of a Scenario.
#include <array>

#include <fmt/format.h>

#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using workload::Behavior;
using workload::BehaviorMatch;
using workload::CheckpointSpec;
using workload::FailureSpec;
using workload::TimeDistribution;
using workload::UsageSpec;

constexpr std::array<Field<BehaviorMatch>, 8> kMatchFields = {{
    {"namespace", "string", "of the Pod", [](Reader& r, const Place& p, BehaviorMatch& m) { r.text(p, m.namespace_); }},
    {"jobSet", "string", "name of the JobSet",
     [](Reader& r, const Place& p, BehaviorMatch& m) { r.text(p, m.jobset); }},
    {"replicatedJob", "string", "name of the replicated job",
     [](Reader& r, const Place& p, BehaviorMatch& m) { r.text(p, m.replicated_job); }},
    {"job", "string", "name of the Job", [](Reader& r, const Place& p, BehaviorMatch& m) { r.text(p, m.job); }},
    {"container", "string", "name of the container",
     [](Reader& r, const Place& p, BehaviorMatch& m) { r.text(p, m.container); }},
    {"jobIndex", "[]integer", "indexes of the Job in its replicated job; one number or a list",
     [](Reader& r, const Place& p, BehaviorMatch& m) { r.integers(p, m.job_index); }},
    {"podIndex", "[]integer", "completion indexes; one number or a list",
     [](Reader& r, const Place& p, BehaviorMatch& m) { r.integers(p, m.pod_index); }},
    {"attempt", "[]integer", "0 is the first start of the container at its place, 1 the next; one number or a list",
     [](Reader& r, const Place& p, BehaviorMatch& m) { r.integers(p, m.attempt); }},
}};

void readRunTime(Reader& reader, const Place& place, Behavior& out) {
  if (place.node.isString() && place.node.text == "forever") {
    out.run_time.reset();
    return;
  }
  TimeDistribution distribution;
  if (readDistribution(reader, place, distribution)) out.run_time = distribution;
}

void readExitCode(Reader& reader, const Place& place, std::int32_t& out) {
  std::int64_t code = 0;
  if (reader.integer(place, code, 0, 255)) out = static_cast<std::int32_t>(code);
}

constexpr std::array<Field<FailureSpec>, 4> kFailureFields = {{
    {"at", "duration", "after so much work",
     [](Reader& r, const Place& p, FailureSpec& f) {
       Duration at{};
       if (r.duration(p, at)) f.at = at;
     }},
    {"after", "Distribution",
     "so long after its work began, drawn anew for each start (exponential: a constant hazard)",
     [](Reader& r, const Place& p, FailureSpec& f) {
       TimeDistribution distribution;
       if (readDistribution(r, p, distribution)) f.after = distribution;
     }},
    {"attempts", "[]integer", "only in these attempts, counted from 0; all when left out",
     [](Reader& r, const Place& p, FailureSpec& f) { r.integers(p, f.attempts); }},
    {"exitCode", "integer", "what the container exits with (1)",
     [](Reader& r, const Place& p, FailureSpec& f) { readExitCode(r, p, f.exit_code); }},
}};

void readFailure(Reader& reader, const Place& place, FailureSpec& out) {
  reader.object<FailureSpec>(place, kFailureFields, out);
  if (place.node.isMap() && !place.node.find("at") == !place.node.find("after")) {
    reader.error(place, api::invalidValue(place.path, "\"\"", "must have exactly one of at and after"));
  }
}

constexpr std::array<Field<Behavior>, 2> kWaitForFields = {{
    {"names", "[]string", "DNS names that must resolve first; looked up each second",
     [](Reader& r, const Place& p, Behavior& b) { r.texts(p, b.wait_for_names); }},
    {"peers", "[]string", "replicated jobs of which all Pods must be ready first; \"*\" is the whole JobSet",
     [](Reader& r, const Place& p, Behavior& b) { r.texts(p, b.wait_for_peers); }},
}};

constexpr std::array<Field<CheckpointSpec>, 3> kCheckpointFields = {{
    {"every", "duration", "work between two checkpoints",
     [](Reader& r, const Place& p, CheckpointSpec& c) { r.positiveDuration(p, c.every); }, true},
    {"cost", "duration", "time to write one",
     [](Reader& r, const Place& p, CheckpointSpec& c) { r.duration(p, c.cost); }},
    {"restore", "duration", "time to read it after a restart",
     [](Reader& r, const Place& p, CheckpointSpec& c) { r.duration(p, c.restore); }},
}};

constexpr std::array<Field<UsageSpec>, 2> kUsageFields = {{
    {"peak", "quantity", "so many bytes", [](Reader& r, const Place& p, UsageSpec& u) { readBytes(r, p, u.peak); },
     true},
    {"at", "duration", "from so long after the start of the container on",
     [](Reader& r, const Place& p, UsageSpec& u) { r.duration(p, u.at); }},
}};

void readUsage(Reader& reader, const Place& place, std::optional<UsageSpec>& out) {
  UsageSpec usage;
  const std::size_t before = reader.errors.size();
  reader.object<UsageSpec>(place, kUsageFields, usage);
  if (reader.errors.size() == before) out = usage;
}

constexpr std::array<Field<Behavior>, 11> kBehaviorFields = {{
    {"match", "Match", "which containers; all fields given must fit, none given fits all",
     [](Reader& r, const Place& p, Behavior& b) { r.object<BehaviorMatch>(p, kMatchFields, b.match); }},
    {"runTime", "Distribution", "how long the container works, or forever; defaults.runTime when left out",
     readRunTime},
    {"exitCode", "integer", "what it exits with at the end (0)",
     [](Reader& r, const Place& p, Behavior& b) { readExitCode(r, p, b.exit_code); }},
    {"readyAfter", "duration", "when it becomes ready, counted from the beginning of its work",
     [](Reader& r, const Place& p, Behavior& b) {
       Duration after{};
       if (r.duration(p, after)) b.ready_after = after;
     }},
    {"failures", "[]Failure", "when it fails; the earliest counts",
     [](Reader& r, const Place& p, Behavior& b) { r.list<FailureSpec>(p, b.failures, readFailure); }},
    {"waitFor", "WaitFor", "what it waits for before its work begins",
     [](Reader& r, const Place& p, Behavior& b) { r.object<Behavior>(p, kWaitForFields, b); }},
    {"checkpoint", "Checkpoint", "work is kept now and then and resumed after a restart",
     [](Reader& r, const Place& p, Behavior& b) {
       CheckpointSpec checkpoint;
       r.object<CheckpointSpec>(p, kCheckpointFields, checkpoint);
       b.checkpoint = checkpoint;
     }},
    {"model", "Model", "what it does together with the other containers of its JobSet that match, instead of runTime",
     [](Reader& r, const Place& p, Behavior& b) { readModel(r, p, b.model); }},
    {"memory", "Usage", "what it uses; over its limit: OOMKilled; over what the node has: the kubelet evicts Pods",
     [](Reader& r, const Place& p, Behavior& b) { readUsage(r, p, b.memory); }},
    {"ephemeralStorage", "Usage", "what it writes to the node's disk; over its limit, or what the node has: evicted",
     [](Reader& r, const Place& p, Behavior& b) { readUsage(r, p, b.ephemeral_storage); }},
    {"handlesTerm", "boolean", "true: it ends at SIGTERM with 143; false: it uses its whole grace period",
     [](Reader& r, const Place& p, Behavior& b) { r.flag(p, b.handles_term); }},
}};

}  // namespace

void readBytes(Reader& reader, const Place& place, std::int64_t& out) {
  if (!place.node.isString() && place.node.kind != api::TreeNode::Kind::kInt)
    return reader.invalid(place, "must be a quantity, such as 3Gi");
  const api::Result<api::Quantity> parsed = api::Quantity::parse(place.node.text);
  if (!parsed) return reader.invalid(place, parsed.errors().front().text);
  if (parsed->sign() <= 0) return reader.invalid(place, "must be greater than 0");
  out = parsed->value();
}

void readBehavior(Reader& reader, const Place& place, Behavior& out) {
  reader.object<Behavior>(place, kBehaviorFields, out);
  for (const char* field : {"runTime", "exitCode", "checkpoint"}) {
    if (out.model && place.node.isMap() && place.node.find(field))
      reader.error(place, api::forbiddenField(place.path + "." + field, "may not be given beside a model"));
  }
}

void addBehaviorFields(FieldTexts& out) {
  addFields<Behavior>(out, "Behavior", kBehaviorFields);
  addFields<BehaviorMatch>(out, "Match", kMatchFields);
  addDistributionFields(out);
  addFields<FailureSpec>(out, "Failure", kFailureFields);
  addFields<Behavior>(out, "WaitFor", kWaitForFields);
  addFields<CheckpointSpec>(out, "Checkpoint", kCheckpointFields);
  addFields<UsageSpec>(out, "Usage", kUsageFields);
  addModelFields(out);
}

}  // namespace jobset_twin::scenarios
