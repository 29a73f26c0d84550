// submissions.hpp - how users submit: they try again what the API server could not take, and name a Job's Pods without
// their random suffix. Ours: nobody prescribes it; 5 s doubling to a minute is what deployment tools do.
#pragma once

#include <cstdint>

#include "sim/apiserver/store.hpp"
#include "sim/cluster/component.hpp"

namespace jobset_twin::cluster {

// The number of a submission and how often it was tried, in the tag of a call.
inline constexpr int kTriesShift = 48;
inline constexpr std::uint64_t kTriesMost = 60, kNumberMask = (std::uint64_t{1} << kTriesShift) - 1;

Duration patience(std::uint64_t tries);  // until the next try, after so many
bool mayPass(api::Reason reason);        // a later try may be answered otherwise
// It was done before, by a try whose answer did not come.
bool doneBefore(const api::Request& request, api::Reason reason);
// For a Pod that does not exist under that name: the newest Pod of the Job and index that are meant, rather one that is
// not going.
api::Request withPodsName(api::Request request, const apiserver::Store& store);

}  // namespace jobset_twin::cluster
