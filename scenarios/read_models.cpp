// spec.behaviors[].model of a Scenario: containers that work together (docs/workloads.md).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using workload::AllReduceSpec;
using workload::Communication;
using workload::ElasticSpec;
using workload::LeaderWorkerSpec;
using workload::ModelSpec;
using workload::ParameterServerSpec;
using workload::PipelineSpec;
using workload::StageSpec;
using workload::TimeDistribution;

// Each shard, item or parameter server's step is an event; steps of allReduce are looked at one by one.
constexpr std::int64_t kItemsMost = 10'000'000, kStepsMost = 1'000'000'000;

// All at one time: there may be no more of them than of events.
void checkInstant(Reader& reader, const Place& place, std::int64_t steps, const TimeDistribution& law, bool exchanges) {
  using Kind = TimeDistribution::Kind;
  const bool instant = law.kind == Kind::kEmpirical ? law.measured && law.measured->back() == workload::Duration{}
                                                    : law.a == workload::Duration{} && law.b == workload::Duration{};
  if (instant && !exchanges && steps > kItemsMost)
    reader.invalid(place, fmt::format("steps that take no time: {} of them at most", kItemsMost));
}

void readLaw(Reader& reader, const Place& place, TimeDistribution& out) { readDistribution(reader, place, out); }

void readRate(Reader& reader, const Place& place, double& out) {
  std::int64_t bytes = 0;
  readBytes(reader, place, bytes);
  if (bytes > 0) out = static_cast<double>(bytes);
}

// Of members that give up: not 0, which would count as success.
void readCode(Reader& reader, const Place& place, std::int32_t& out) {
  std::int64_t code = 0;
  if (reader.integer(place, code, 1, 255)) out = static_cast<std::int32_t>(code);
}

// --- allReduce

constexpr std::array<Field<Communication>, 5> kBandwidthFields = {{
    {"host", "quantity", "between members on one host",
     [](Reader& r, const Place& p, Communication& c) { readRate(r, p, c.host); }},
    {"rack", "quantity", "within a rack", [](Reader& r, const Place& p, Communication& c) { readRate(r, p, c.rack); }},
    {"block", "quantity", "within a block",
     [](Reader& r, const Place& p, Communication& c) { readRate(r, p, c.block); }},
    {"zone", "quantity", "within a zone", [](Reader& r, const Place& p, Communication& c) { readRate(r, p, c.zone); }},
    {"cluster", "quantity", "between zones",
     [](Reader& r, const Place& p, Communication& c) { readRate(r, p, c.cluster); }},
}};

constexpr std::array<Field<Communication>, 2> kCommunicationFields = {{
    {"bytes", "quantity", "what each rank has to exchange in a step",
     [](Reader& r, const Place& p, Communication& c) { readBytes(r, p, c.bytes); }, true},
    {"bandwidth", "Bandwidth", "bytes a second of each rank, by how far apart the ranks are",
     [](Reader& r, const Place& p, Communication& c) {
       r.object<Communication>(p, kBandwidthFields, c);
       if (p.node.isMap() && p.node.entries.empty())
         r.invalid(p, "must have at least one of host, rack, block, zone and cluster");
     },
     true},
}};

constexpr std::array<Field<AllReduceSpec>, 3> kStepCheckpointFields = {{
    {"everySteps", "integer", "steps between two checkpoints",
     [](Reader& r, const Place& p, AllReduceSpec& a) { r.integer(p, a.checkpoint_every, 1); }, true},
    {"cost", "duration", "time to write one",
     [](Reader& r, const Place& p, AllReduceSpec& a) { r.duration(p, a.checkpoint_cost); }},
    {"restore", "duration", "time to read it after a restart",
     [](Reader& r, const Place& p, AllReduceSpec& a) { r.duration(p, a.restore); }},
}};

void readLoss(Reader& reader, const Place& place, AllReduceSpec& out) {
  std::string text;
  if (!reader.choice(place, text, {"Exit", "Wait", "Rejoin"})) return;
  out.on_loss = text == "Exit"   ? workload::PeerLoss::kExit
                : text == "Wait" ? workload::PeerLoss::kWait
                                 : workload::PeerLoss::kRejoin;
}

constexpr std::array<Field<AllReduceSpec>, 7> kAllReduceFields = {{
    {"steps", "integer", "how many",
     [](Reader& r, const Place& p, AllReduceSpec& a) { r.integer(p, a.steps, 1, kStepsMost); }, true},
    {"step", "Distribution", "what a rank computes in a step takes; the slowest rank counts",
     [](Reader& r, const Place& p, AllReduceSpec& a) { readLaw(r, p, a.step); }, true},
    {"communication", "Communication", "the exchange after each step; none: it takes no time",
     [](Reader& r, const Place& p, AllReduceSpec& a) {
       r.object<Communication>(p, kCommunicationFields, a.communication);
     }},
    {"checkpoint", "StepCheckpoint", "what is kept; without it a lost rank costs all steps",
     [](Reader& r, const Place& p, AllReduceSpec& a) { r.object<AllReduceSpec>(p, kStepCheckpointFields, a); }},
    {"onPeerLoss", "string",
     "Exit: ranks end `timeout` after one is lost; Wait: they wait to be ended; Rejoin: they go on once all are there",
     readLoss},
    {"timeout", "duration", "for how long ranks wait for one that does not answer (10m)",
     [](Reader& r, const Place& p, AllReduceSpec& a) { r.duration(p, a.timeout); }},
    {"exitCode", "integer", "of ranks that give up (1)",
     [](Reader& r, const Place& p, AllReduceSpec& a) { readCode(r, p, a.exit_code); }},
}};

// --- leaderWorker

constexpr std::array<Field<ElasticSpec>, 4> kElasticFields = {{
    {"min", "integer", "workers at least", [](Reader& r, const Place& p, ElasticSpec& e) { r.integer(p, e.least, 1); },
     true},
    {"max", "integer", "workers at most", [](Reader& r, const Place& p, ElasticSpec& e) { r.integer(p, e.most, 1); },
     true},
    {"shardsPerWorker", "integer", "so many shards left for each worker",
     [](Reader& r, const Place& p, ElasticSpec& e) { r.integer(p, e.shards_each, 1); }, true},
    {"every", "duration", "how often the leader thinks about it (1m)",
     [](Reader& r, const Place& p, ElasticSpec& e) { r.positiveDuration(p, e.every); }},
}};

struct LeaderWorkerModel {
  LeaderWorkerSpec spec;
  std::string leader;
};

constexpr std::array<Field<LeaderWorkerModel>, 11> kLeaderWorkerFields = {{
    {"leader", "string", "the replicated job of the leader; all other containers that match are workers",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { r.text(p, m.leader); }, true},
    {"shards", "integer", "how many",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { r.integer(p, m.spec.shards, 1, kItemsMost); }, true},
    {"shardTime", "Distribution", "a worker's time for one; drawn for the shard, whoever does it",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { readLaw(r, p, m.spec.shard); }, true},
    {"shardsEach", "integer", "that a worker has at a time (1)",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { r.integer(p, m.spec.each, 1); }},
    {"maxInFlight", "integer", "handed out and not taken in, all workers together; none: no limit",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { r.integer(p, m.spec.most_out, 1); }},
    {"takeIn", "duration", "the leader's time for a result, one after the other",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { r.duration(p, m.spec.take_in); }},
    {"notice", "duration", "until the leader notices that a worker is lost (30s)",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { r.duration(p, m.spec.notice); }},
    {"checkpointShards", "integer", "the leader writes down what is done after so many; none: never",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { r.integer(p, m.spec.checkpoint_every, 1); }},
    {"timeout", "duration", "for how long workers wait for a lost leader before they end; none: for ever",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { r.positiveDuration(p, m.spec.timeout); }},
    {"exitCode", "integer", "of workers that give up (1)",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) { readCode(r, p, m.spec.exit_code); }},
    {"elastic", "Elastic", "the leader changes the number of workers (feature gate ElasticJobSet)",
     [](Reader& r, const Place& p, LeaderWorkerModel& m) {
       r.object<ElasticSpec>(p, kElasticFields, m.spec.elastic.emplace());
     }},
}};

// --- parameterServer

struct ParameterServerModel {
  ParameterServerSpec spec;
  std::string servers;
};

constexpr std::array<Field<ParameterServerModel>, 9> kParameterServerFields = {{
    {"servers", "string", "the replicated job of the servers; all other containers that match are workers",
     [](Reader& r, const Place& p, ParameterServerModel& m) { r.text(p, m.servers); }, true},
    {"steps", "integer", "of all workers together; synchronous: rounds",
     [](Reader& r, const Place& p, ParameterServerModel& m) { r.integer(p, m.spec.steps, 1, kItemsMost); }, true},
    {"step", "Distribution", "a worker's own work for one",
     [](Reader& r, const Place& p, ParameterServerModel& m) { readLaw(r, p, m.spec.step); }, true},
    {"exchange", "duration", "the servers' time for one exchange, one after the other, all servers together",
     [](Reader& r, const Place& p, ParameterServerModel& m) { r.duration(p, m.spec.exchange); }},
    {"synchronous", "boolean", "workers wait for each other in each round",
     [](Reader& r, const Place& p, ParameterServerModel& m) { r.flag(p, m.spec.synchronous); }},
    {"backups", "integer", "synchronous: so many workers need not be waited for",
     [](Reader& r, const Place& p, ParameterServerModel& m) { r.integer(p, m.spec.backups, 0); }},
    {"checkpointSteps", "integer", "steps between two checkpoints; none: never",
     [](Reader& r, const Place& p, ParameterServerModel& m) { r.integer(p, m.spec.checkpoint_every, 1); }},
    {"restore", "duration", "time to read it after servers were lost",
     [](Reader& r, const Place& p, ParameterServerModel& m) { r.duration(p, m.spec.restore); }},
    {"serversEnd", "boolean", "servers end with the work; false: when they are told to",
     [](Reader& r, const Place& p, ParameterServerModel& m) { r.flag(p, m.spec.servers_end); }},
}};

// --- pipeline

struct StageModel {
  StageSpec spec;
  std::string replicated_job;
};

constexpr std::array<Field<StageModel>, 5> kStageFields = {{
    {"replicatedJob", "string", "who works in it",
     [](Reader& r, const Place& p, StageModel& s) { r.text(p, s.replicated_job); }, true},
    {"itemTime", "Distribution", "a worker's time for an item",
     [](Reader& r, const Place& p, StageModel& s) { readLaw(r, p, s.spec.item); }, true},
    {"bytes", "quantity", "that an item has when it is read",
     [](Reader& r, const Place& p, StageModel& s) { readBytes(r, p, s.spec.bytes); }},
    {"bandwidth", "quantity", "bytes a second that a worker reads",
     [](Reader& r, const Place& p, StageModel& s) { readRate(r, p, s.spec.bandwidth); }},
    {"buffer", "integer", "results that may wait for the next stage; none: no limit",
     [](Reader& r, const Place& p, StageModel& s) { r.integer(p, s.spec.buffer, 1); }},
}};

void readStage(Reader& reader, const Place& place, StageModel& out) {
  reader.object<StageModel>(place, kStageFields, out);
  if (!place.node.isMap()) return;
  const bool bytes = place.node.find("bytes") != nullptr, bandwidth = place.node.find("bandwidth") != nullptr;
  if (bytes != bandwidth) reader.missing(place, bytes ? "bandwidth" : "bytes", "bytes and bandwidth go together");
}

struct PipelineModel {
  std::int64_t items = 1;
  std::vector<StageModel> stages;
};

constexpr std::array<Field<PipelineModel>, 2> kPipelineFields = {{
    {"items", "integer", "how many",
     [](Reader& r, const Place& p, PipelineModel& m) { r.integer(p, m.items, 1, kItemsMost); }, true},
    {"stages", "[]Stage", "in order",
     [](Reader& r, const Place& p, PipelineModel& m) { r.list<StageModel>(p, m.stages, readStage); }, true},
}};

constexpr std::array<Field<ModelSpec>, 5> kModelFields = {{
    {"allReduce", "AllReduce", "synchronous training: a step ends when its slowest rank ends",
     [](Reader& r, const Place& p, ModelSpec& m) {
       AllReduceSpec spec;
       const std::size_t before = r.errors.size();
       r.object<AllReduceSpec>(p, kAllReduceFields, spec);
       if (r.errors.size() == before) checkInstant(r, p, spec.steps, spec.step, spec.communication.bytes > 0);
       m.of = spec;
     }},
    {"leaderWorker", "LeaderWorker", "a leader hands out shards",
     [](Reader& r, const Place& p, ModelSpec& m) {
       LeaderWorkerModel model;
       r.object<LeaderWorkerModel>(p, kLeaderWorkerFields, model);
       if (const auto& elastic = model.spec.elastic; elastic && elastic->least > elastic->most)
         r.invalid(p, "elastic.min must not be above elastic.max");
       m.of = model.spec;
       m.roles = {model.leader};
     }},
    {"parameterServer", "ParameterServer", "workers exchange what they found with servers",
     [](Reader& r, const Place& p, ModelSpec& m) {
       ParameterServerModel model;
       r.object<ParameterServerModel>(p, kParameterServerFields, model);
       if (model.spec.backups > 0 && !model.spec.synchronous)
         r.error(p, api::forbiddenField(p.path + ".backups", "may only be given with synchronous: true"));
       m.of = model.spec;
       m.roles = {model.servers};
     }},
    {"pipeline", "Pipeline", "items go through stages",
     [](Reader& r, const Place& p, ModelSpec& m) {
       PipelineModel model;
       r.object<PipelineModel>(p, kPipelineFields, model);
       PipelineSpec spec;
       spec.items = model.items;
       m.roles.clear();
       for (StageModel& stage : model.stages) {
         stage.spec.name = stage.replicated_job;
         spec.stages.push_back(stage.spec);
         m.roles.push_back(std::move(stage.replicated_job));
       }
       if (spec.stages.empty()) r.invalid(p, "needs at least one stage");
       m.of = std::move(spec);
     }},
    {"stay", "[]string", "replicated jobs whose containers do not end with the work, but when they are told to",
     [](Reader& r, const Place& p, ModelSpec& m) { r.texts(p, m.stay); }},
}};

}  // namespace

void readModel(Reader& reader, const Place& place, std::optional<ModelSpec>& out) {
  ModelSpec model;
  const std::size_t before = reader.errors.size();
  reader.object<ModelSpec>(place, kModelFields, model);
  const auto models = [](const api::TreeNode& node) {
    return std::count_if(node.entries.begin(), node.entries.end(),
                         [](const api::TreeEntry& entry) { return entry.key != "stay"; });
  };
  if (place.node.isMap() && models(place.node) != 1 && reader.errors.size() == before)
    reader.invalid(place, "must have exactly one of allReduce, leaderWorker, parameterServer and pipeline");
  if (reader.errors.size() == before) out = std::move(model);
}

void addModelFields(FieldTexts& out) {
  addFields<ModelSpec>(out, "Model", kModelFields);
  addFields<AllReduceSpec>(out, "AllReduce", kAllReduceFields);
  addFields<Communication>(out, "Communication", kCommunicationFields);
  addFields<Communication>(out, "Bandwidth", kBandwidthFields);
  addFields<AllReduceSpec>(out, "StepCheckpoint", kStepCheckpointFields);
  addFields<LeaderWorkerModel>(out, "LeaderWorker", kLeaderWorkerFields);
  addFields<ElasticSpec>(out, "Elastic", kElasticFields);
  addFields<ParameterServerModel>(out, "ParameterServer", kParameterServerFields);
  addFields<PipelineModel>(out, "Pipeline", kPipelineFields);
  addFields<StageModel>(out, "Stage", kStageFields);
}

}  // namespace jobset_twin::scenarios
