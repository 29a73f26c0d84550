// read_scheduler_parts.hpp - parts of spec.scheduler and their readers; for read_scheduler.cpp and its neighbours.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {

// Extension points, and multiPoint: all of them.
enum class Point : std::uint8_t {
  kMultiPoint,
  kPreEnqueue,
  kQueueSort,
  kPreFilter,
  kFilter,
  kPostFilter,
  kPreScore,
  kScore,
  kReserve,
  kPermit,
  kPreBind,
  kBind,
  kPostBind
};
inline constexpr std::size_t kPointCount = 13;

struct PluginRef {
  Point point = Point::kMultiPoint;
  bool enables = true;
  std::string name;
  std::int32_t weight = 0;  // 0: not given
};
struct PluginSet {
  Point point = Point::kMultiPoint;
  std::vector<PluginRef> enabled, disabled;
};
using PluginSets = std::array<PluginSet, kPointCount>;  // by Point

// An error if there is no such plugin, or it has nothing to do at the point.
void checkPlugin(Reader& reader, const Place& place, const PluginRef& ref);
// The filters, weights and preemption of a profile, after the lists of its plugins and those of the default profile.
void applyPlugins(Reader& reader, const Place& place, const PluginSets& sets, cluster::SchedulerProfile& out);

void readPluginConfig(Reader& reader, const Place& place, cluster::SchedulerProfile& out);
void readStrategyType(Reader& reader, const Place& place, cluster::FitScoring& out);
void readResourceWeights(Reader& reader, const Place& place, std::vector<cluster::WeightedResource>& out);
void readShape(Reader& reader, const Place& place, std::vector<cluster::ShapePoint>& out);
// A shape is there if the strategy needs one, and only then.
void checkStrategy(Reader& reader, const Place& place, const cluster::SchedulerProfile& profile);
void addPluginArgsFields(FieldTexts& out);

}  // namespace jobset_twin::scenarios
