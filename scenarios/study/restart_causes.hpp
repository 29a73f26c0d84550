// restart_causes.hpp - in one word, why a Pod ended before its work was done, and so what a restart is put down to.
//
// From what the API server shows: the Pod's status and conditions, and what its node was at that time. The faults of
// the scenario are not asked, so that a cluster without any is judged alike; reports (viz/report) ask them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/api/pod.hpp"
#include "scenarios/study/capacity.hpp"

namespace jobset_twin::scenarios::study {

enum class Cause : std::uint8_t {
  kNode,         // its node failed, was lost, rebooted, shut down, was removed, lost its devices or refused it
  kDrain,        // it was evicted from a cordoned node, or by a taint that somebody put there
  kPreemption,   // the scheduler gave its place to another
  kEviction,     // evicted otherwise: by its kubelet, which was short of something, or through the API
  kApplication,  // a container ended with an error
  kMemory,       // a container was out of memory
  kImage,        // its Job missed its deadline while an image could not be pulled
  kDeadline,     // it, or its Job, missed a deadline otherwise
  kDeletion,     // somebody deleted it
  kUnknown
};
inline constexpr std::array<std::string_view, 10> kCauseWords = {
    "node", "drain", "preemption", "eviction", "application", "memory", "image", "deadline", "deletion", "unknown"};
inline std::string_view causeWord(Cause cause) { return kCauseWords[static_cast<std::size_t>(cause)]; }

// target: the Pod's condition DisruptionTarget.
Cause causeOfDisruption(const api::Condition& target, const NodeState* node);

// Of a Pod whose phase is Failed and that nobody told to go.
Cause causeOfFailure(const api::PodStatus& status);

// Of a container that ended with an error.
Cause causeOfExit(const api::ContainerStateTerminated& exit);

// A container waits for its image, and the registry has refused it.
bool lacksImage(const api::PodStatus& status);

}  // namespace jobset_twin::scenarios::study
