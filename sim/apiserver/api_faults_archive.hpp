// api_faults_archive.hpp - include this to save or load the faults in force with the archives of
// engine/api/archive.hpp.
#pragma once

#include <cereal/types/map.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/archive.hpp"
#include "sim/apiserver/api_faults.hpp"

namespace jobset_twin::apiserver {

template <class Archive>
void serialize(Archive& ar, ApiFault& fault) {
  // A new member does not compile until it stands here too.
  auto& [effect, name, client, verbs, kind, namespace_, component, probability, reason, message, retry_after, latency,
         factor, written, expire, qps, burst, seats] = fault;
  ar(effect, name, client, verbs, kind, namespace_, component, probability, reason, message, retry_after);
  kernel::serializeDuration(ar, latency);
  ar(factor, written, expire, qps, burst, seats);
}

template <class Archive>
void serialize(Archive& ar, ActiveFault& active) {
  ar(active.fault, active.hits);
  kernel::serializeTime(ar, active.since);
}

template <class Archive>
void serialize(Archive& ar, FeedTrouble& trouble) {
  ar(trouble.broken, trouble.relist, trouble.listed, trouble.list_end);
  kernel::serializeTime(ar, trouble.broken_at);
  kernel::serializeTime(ar, trouble.resume_at);
}

template <class Archive>
void serialize(Archive& ar, Reflector& reflector) {
  ar(reflector.failures);
  kernel::serializeTime(ar, reflector.last);
}

template <class Archive>
void ServerLoad::serialize(Archive& ar) {
  std::uint64_t coming = coming_.size(), busy = busy_until_.size();
  ar(coming, busy);
  if constexpr (Archive::is_loading::value) {
    if (coming > 0x10000000 || busy > 0x10000000) api::damagedArchive("more requests than can be");
    coming_.resize(coming);
    busy_until_.resize(busy);
  }
  for (auto& [at, call] : coming_) {
    kernel::serializeTime(ar, at);
    ar(call);
  }
  for (api::TimePoint& until : busy_until_) kernel::serializeTime(ar, until);
}

template <class Archive>
void ApiFaults::serialize(Archive& ar) {
  ar(load, active_, feeds_, reflectors_, next_, delays_);
}

}  // namespace jobset_twin::apiserver
