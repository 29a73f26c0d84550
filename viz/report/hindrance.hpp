// hindrance.hpp - what each class of faults keeps from happening, and what it ends: from these a report tells which
// fault a start, a restart or a Pod's end is to be put down to. docs/faults.md says what the classes do.
//
// A table of what is possible. Whether a fault was there at the time, and hit what is asked about, the ledger knows.
#pragma once

#include <cstdint>

#include "sim/faults/fault.hpp"

namespace jobset_twin::viz::report {

// Who does the work of a step, or what it needs. A step has several, and a fault hinders several.
using Doings = std::uint32_t;
namespace doing {
inline constexpr Doings kJobSetController = 1U << 0U;
inline constexpr Doings kJobController = 1U << 1U;
inline constexpr Doings kScheduler = 1U << 2U;
inline constexpr Doings kKubelet = 1U << 3U;          // it cannot tell the API server, or does not work
inline constexpr Doings kKubeletRequests = 1U << 4U;  // its requests take longer
inline constexpr Doings kImages = 1U << 5U;
inline constexpr Doings kContainers = 1U << 6U;  // what runs in them
inline constexpr Doings kNames = 1U << 7U;       // to be found by others
inline constexpr Doings kRoom = 1U << 8U;        // on some node
inline constexpr Doings kGarbageCollector = 1U << 9U;
inline constexpr Doings kNodeController = 1U << 10U;
inline constexpr Doings kWebhooks = 1U << 11U;
inline constexpr Doings kPodsEnd = 1U << 12U;  // the end of what was told to end
// What sends requests to the API server, and is told when one is refused.
inline constexpr Doings kApiRequests = kJobSetController | kJobController | kScheduler | kKubelet | kKubeletRequests |
                                       kGarbageCollector | kNodeController | kNames;
// Controllers that can end and be replaced.
inline constexpr Doings kRecovers = kJobSetController | kJobController | kScheduler;
}  // namespace doing

// What it hinders. Faults of Pods and nodes hinder these alone, but for the room that nodes offer to all.
Doings hinders(const faults::Fault& fault);

// Whose clock it puts wrong.
Doings skews(const faults::Fault& fault);

// How a fault ends Pods that it hit.
enum class Ends : std::uint8_t {
  kNothing,
  kAtOnce,  // containers, when it strikes
  kOften,   // containers, while it lasts
  kOnce,    // a container, some time later
  kPods,    // asks for their deletion or evicts them: whatever becomes of them afterwards
  kNode,    // all that runs on the node
  kContact  // Pods of a node of which nothing is heard: by others, and not their containers
};
Ends endsOf(faults::FaultClass fault);

// It can make a node seem lost: its own faults, and those of the way to the API server.
bool hidesNodes(const faults::Fault& fault);

}  // namespace jobset_twin::viz::report
