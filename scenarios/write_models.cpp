// A behaviour's model as it is read by read_models.cpp; what has its default is left out.
#include <nlohmann/json.hpp>

#include "scenarios/write_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;

std::string bytesText(std::int64_t bytes) { return api::Quantity(bytes, api::Quantity::Format::kBinarySI).toString(); }
std::string bytesText(double bytes) { return bytesText(static_cast<std::int64_t>(bytes)); }

json bodyOf(const workload::AllReduceSpec& spec, const std::vector<std::string>&) {
  const workload::AllReduceSpec usual;
  json out = {{"steps", spec.steps}, {"step", distributionJson(spec.step)}};
  const workload::Communication& c = spec.communication;
  if (c.bytes > 0) {
    out["communication"]["bytes"] = bytesText(c.bytes);
    for (const auto& [name, width] : {std::pair<const char*, double>{"host", c.host},
                                      {"rack", c.rack},
                                      {"block", c.block},
                                      {"zone", c.zone},
                                      {"cluster", c.cluster}}) {
      if (width > 0) out["communication"]["bandwidth"][name] = bytesText(width);
    }
  }
  if (spec.checkpoint_every > 0) {
    out["checkpoint"] = {{"everySteps", spec.checkpoint_every},
                         {"cost", durationText(spec.checkpoint_cost)},
                         {"restore", durationText(spec.restore)}};
  }
  if (spec.on_loss == workload::PeerLoss::kWait) out["onPeerLoss"] = "Wait";
  if (spec.on_loss == workload::PeerLoss::kRejoin) out["onPeerLoss"] = "Rejoin";
  if (spec.timeout != usual.timeout) out["timeout"] = durationText(spec.timeout);
  if (spec.exit_code != usual.exit_code) out["exitCode"] = spec.exit_code;
  return {{"allReduce", out}};
}

json bodyOf(const workload::LeaderWorkerSpec& spec, const std::vector<std::string>& roles) {
  const workload::LeaderWorkerSpec usual;
  json out = {{"leader", roles.at(0)}, {"shards", spec.shards}, {"shardTime", distributionJson(spec.shard)}};
  if (spec.each != usual.each) out["shardsEach"] = spec.each;
  if (spec.most_out > 0) out["maxInFlight"] = spec.most_out;
  if (spec.take_in > Duration{}) out["takeIn"] = durationText(spec.take_in);
  if (spec.notice != usual.notice) out["notice"] = durationText(spec.notice);
  if (spec.checkpoint_every > 0) out["checkpointShards"] = spec.checkpoint_every;
  if (spec.timeout > Duration{}) out["timeout"] = durationText(spec.timeout);
  if (spec.exit_code != usual.exit_code) out["exitCode"] = spec.exit_code;
  if (spec.elastic) {
    out["elastic"] = {{"min", spec.elastic->least},
                      {"max", spec.elastic->most},
                      {"shardsPerWorker", spec.elastic->shards_each},
                      {"every", durationText(spec.elastic->every)}};
  }
  return {{"leaderWorker", out}};
}

json bodyOf(const workload::ParameterServerSpec& spec, const std::vector<std::string>& roles) {
  json out = {{"servers", roles.at(0)}, {"steps", spec.steps}, {"step", distributionJson(spec.step)}};
  if (spec.exchange > Duration{}) out["exchange"] = durationText(spec.exchange);
  if (spec.synchronous) out["synchronous"] = true;
  if (spec.backups > 0) out["backups"] = spec.backups;
  if (spec.checkpoint_every > 0) out["checkpointSteps"] = spec.checkpoint_every;
  if (spec.restore > Duration{}) out["restore"] = durationText(spec.restore);
  if (spec.servers_end) out["serversEnd"] = true;
  return {{"parameterServer", out}};
}

json bodyOf(const workload::PipelineSpec& spec, const std::vector<std::string>& roles) {
  json out = {{"items", spec.items}};
  for (std::size_t i = 0; i < spec.stages.size(); ++i) {
    const workload::StageSpec& stage = spec.stages[i];
    json row = {{"replicatedJob", roles.at(i)}, {"itemTime", distributionJson(stage.item)}};
    if (stage.bytes > 0) row["bytes"] = bytesText(stage.bytes);
    if (stage.bandwidth > 0) row["bandwidth"] = bytesText(stage.bandwidth);
    if (stage.buffer > 0) row["buffer"] = stage.buffer;
    out["stages"].push_back(std::move(row));
  }
  return {{"pipeline", out}};
}

}  // namespace

json modelJson(const workload::ModelSpec& model) {
  json out = std::visit([&](const auto& spec) { return bodyOf(spec, model.roles); }, model.of);
  if (!model.stay.empty()) out["stay"] = model.stay;
  return out;
}

}  // namespace jobset_twin::scenarios
