// fit_error.hpp - why a Pod fits nowhere, and the text of it: K-SCH-11, 5.3.
#pragma once

#include <map>
#include <string>

#include "sim/cluster/scheduler/node_local.hpp"

namespace jobset_twin::cluster {

// Reasons and on how many nodes each applies.
using Histogram = std::map<std::string, std::size_t>;

struct FitError {
  std::size_t nodes = 0;
  std::string prefilter;  // "" : every node was asked
  Histogram reasons;
  std::string postfilter;  // "preemption: …" or ""
  std::string group;       // instead of all that: what is said of Pods that fit, but not all of their gang
  PluginMask plugins = 0;  // those that refused; their hints bring the Pod back

  std::string text() const;
};

// Adds the reasons of one node; `with_taint`: the text up to 1.35, which names the taint.
void addReasons(Histogram& to, const NodeVerdict& verdict, const ResourceRows& rows, const NodeEntry& node,
                const PodShape& shape, bool with_taint);
std::string textOf(std::size_t nodes, const Histogram& reasons);  // "0/5 nodes are available: 1 a, 4 b."

inline constexpr const char* kNoVictims = "No preemption victims found for incoming pod";
inline constexpr const char* kPreemptionNotHelpful = "Preemption is not helpful for scheduling";
std::string cutEventText(std::string text);  // 1024 bytes, K-SCH-11

}  // namespace jobset_twin::cluster
