// scheduler_plugins.hpp - the plugins of the default profile by name: at which extension points they act, and what of
// a SchedulerProfile they are (K-SCH 5.2). Source: kube-scheduler 1.36 pkg/scheduler/apis/config/v1/default_plugins.go.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "scenarios/read_scheduler_parts.hpp"

namespace jobset_twin::scenarios {

struct PluginInfo {
  std::string_view name;
  unsigned points = 0;                                     // bit per Point
  std::optional<cluster::Plugin> filter = std::nullopt;    // what it filters by, if that is modelled
  cluster::Score cluster::ScoreWeights::*score = nullptr;  // its weight, if it scores
  bool always = false;                                     // no cluster can do without it

  bool has(Point point) const { return (points >> static_cast<unsigned>(point) & 1) != 0; }
};

std::span<const PluginInfo> schedulerPlugins();
const PluginInfo* findPlugin(std::string_view name);
std::string_view pointName(Point point);

}  // namespace jobset_twin::scenarios
