// spec_archive.hpp - the parameters of workload models in an archive, to tell whether two configurations are the same.
#pragma once

#include <cereal/cereal.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "sim/workload/models/group.hpp"

namespace jobset_twin::workload {

template <class Archive>
void serialize(Archive& ar, Communication& c) {
  ar(c.bytes, c.host, c.rack, c.block, c.zone, c.cluster);
}
template <class Archive>
void serialize(Archive& ar, AllReduceSpec& spec) {
  ar(spec.steps, spec.step, spec.communication, spec.checkpoint_every, spec.on_loss, spec.exit_code);
  for (Duration* time : {&spec.checkpoint_cost, &spec.restore, &spec.timeout}) archiveDuration(ar, *time);
}
template <class Archive>
void serialize(Archive& ar, LeaderWorkerSpec& spec) {
  ElasticSpec elastic = spec.elastic.value_or(ElasticSpec{});
  ar(spec.shards, spec.shard, spec.each, spec.most_out, spec.checkpoint_every, spec.exit_code, spec.elastic.has_value(),
     elastic.least, elastic.most, elastic.shards_each);
  for (Duration* time : {&spec.take_in, &spec.notice, &spec.timeout, &elastic.every}) archiveDuration(ar, *time);
}
template <class Archive>
void serialize(Archive& ar, ParameterServerSpec& spec) {
  ar(spec.steps, spec.step, spec.synchronous, spec.backups, spec.checkpoint_every, spec.servers_end);
  for (Duration* time : {&spec.exchange, &spec.restore}) archiveDuration(ar, *time);
}
template <class Archive>
void serialize(Archive& ar, StageSpec& spec) {
  ar(spec.item, spec.bytes, spec.bandwidth, spec.buffer);
}
template <class Archive>
void serialize(Archive& ar, PipelineSpec& spec) {
  ar(spec.items, spec.stages);
}
template <class Archive>
void serialize(Archive& ar, ModelSpec& spec) {
  ar(spec.of.index(), spec.roles, spec.stay);
  std::visit([&](auto& one) { ar(one); }, spec.of);
}

}  // namespace jobset_twin::workload
