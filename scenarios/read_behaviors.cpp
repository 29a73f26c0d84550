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
using Kind = TimeDistribution::Kind;

constexpr double kSigmaMost = 10;

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

constexpr std::array<Field<TimeDistribution>, 2> kUniformFields = {{
    {"min", "duration", "the shortest", [](Reader& r, const Place& p, TimeDistribution& d) { r.duration(p, d.a); },
     true},
    {"max", "duration", "the longest", [](Reader& r, const Place& p, TimeDistribution& d) { r.duration(p, d.b); },
     true},
}};
constexpr std::array<Field<TimeDistribution>, 1> kExponentialFields = {{
    {"mean", "duration", "the mean", [](Reader& r, const Place& p, TimeDistribution& d) { r.positiveDuration(p, d.a); },
     true},
}};
constexpr std::array<Field<TimeDistribution>, 2> kLognormalFields = {{
    {"median", "duration", "the median",
     [](Reader& r, const Place& p, TimeDistribution& d) { r.positiveDuration(p, d.a); }, true},
    {"sigma", "number", "of the underlying normal distribution",
     [](Reader& r, const Place& p, TimeDistribution& d) { r.number(p, d.sigma, 0, kSigmaMost); }, true},
}};

constexpr std::array<Field<TimeDistribution>, 4> kDistributionFields = {{
    {"constant", "duration", "always the same",
     [](Reader& r, const Place& p, TimeDistribution& d) {
       d.kind = Kind::kConstant;
       r.duration(p, d.a);
     }},
    {"uniform", "Uniform", "anything from min to max",
     [](Reader& r, const Place& p, TimeDistribution& d) {
       d.kind = Kind::kUniform;
       r.object<TimeDistribution>(p, kUniformFields, d);
       if (d.a > d.b && p.node.find("max")) r.invalid(p, "max must not be less than min");
     }},
    {"exponential", "Exponential", "without memory, about a mean",
     [](Reader& r, const Place& p, TimeDistribution& d) {
       d.kind = Kind::kExponential;
       r.object<TimeDistribution>(p, kExponentialFields, d);
     }},
    {"lognormal", "Lognormal", "about a median, with a long tail",
     [](Reader& r, const Place& p, TimeDistribution& d) {
       d.kind = Kind::kLognormal;
       r.object<TimeDistribution>(p, kLognormalFields, d);
     }},
}};

// "100s", or one of constant, uniform, exponential, lognormal.
bool readDistribution(Reader& reader, const Place& place, TimeDistribution& out) {
  if (!place.node.isMap()) return reader.duration(place, out.a);
  if (place.node.entries.size() != 1) {
    reader.invalid(place, "must be a duration or exactly one of constant, uniform, exponential, lognormal");
    return false;
  }
  const std::size_t before = reader.errors.size();
  reader.object<TimeDistribution>(place, kDistributionFields, out);
  return reader.errors.size() == before;
}

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
    {"after", "Distribution", "after so much work, drawn anew for each start (exponential: a constant hazard)",
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

constexpr std::array<Field<Behavior>, 2> kWaitFields = {{
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

constexpr std::array<Field<Behavior>, 8> kBehaviorFields = {{
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
     [](Reader& r, const Place& p, Behavior& b) { r.object<Behavior>(p, kWaitFields, b); }},
    {"checkpoint", "Checkpoint", "work is kept now and then and resumed after a restart",
     [](Reader& r, const Place& p, Behavior& b) {
       CheckpointSpec checkpoint;
       r.object<CheckpointSpec>(p, kCheckpointFields, checkpoint);
       b.checkpoint = checkpoint;
     }},
    {"handlesTerm", "boolean", "true: it ends at SIGTERM with 143; false: it uses its whole grace period",
     [](Reader& r, const Place& p, Behavior& b) { r.flag(p, b.handles_term); }},
}};

}  // namespace

void readBehavior(Reader& reader, const Place& place, Behavior& out) {
  reader.object<Behavior>(place, kBehaviorFields, out);
}

void addBehaviorFields(FieldTexts& out) {
  addFields<Behavior>(out, "Behavior", kBehaviorFields);
  addFields<BehaviorMatch>(out, "Match", kMatchFields);
  addFields<TimeDistribution>(out, "Distribution", kDistributionFields);
  addFields<TimeDistribution>(out, "Uniform", kUniformFields);
  addFields<TimeDistribution>(out, "Exponential", kExponentialFields);
  addFields<TimeDistribution>(out, "Lognormal", kLognormalFields);
  addFields<FailureSpec>(out, "Failure", kFailureFields);
  addFields<Behavior>(out, "WaitFor", kWaitFields);
  addFields<CheckpointSpec>(out, "Checkpoint", kCheckpointFields);
}

}  // namespace jobset_twin::scenarios
