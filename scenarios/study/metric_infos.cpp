// The metrics by name: what docs/metrics.md has the exact definitions of.
#include <algorithm>

#include <fmt/format.h>

#include "scenarios/study/figures.hpp"
#include "scenarios/study/restart_causes.hpp"

namespace jobset_twin::scenarios::study {
namespace {

bool isFamily(const MetricInfo& info) { return info.name.ends_with('>'); }

// "restarts." of "restarts.<cause>".
std::string_view prefixOf(const MetricInfo& info) { return std::string_view(info.name).substr(0, info.name.find('<')); }

// Reasons are whatever conditions say; causes are ours.
bool isMember(const MetricInfo& info, std::string_view name) {
  const std::string_view prefix = prefixOf(info);
  if (!name.starts_with(prefix) || name.size() == prefix.size()) return false;
  const std::string_view word = name.substr(prefix.size());
  return prefix != "restarts." || std::find(kCauseWords.begin(), kCauseWords.end(), word) != kCauseWords.end();
}

}  // namespace

const std::vector<MetricInfo>& metricInfos() {
  constexpr Unit kSeconds = Unit::kSeconds, kCount = Unit::kCount, kShare = Unit::kShare, kMoney = Unit::kMoney;
  constexpr Better kLess = Better::kLess, kMore = Better::kMore, kNeither = Better::kNeither;
  static const std::vector<MetricInfo> infos = {
      {"completed", kShare, kMore, "1 if all workloads completed, else 0"},
      {"completedShare", kShare, kMore, "share of the workloads that completed"},
      {"failed", kShare, kLess, "share of the workloads that failed"},
      {"failed.<reason>", kCount, kLess, "workloads that failed, by the reason of their condition Failed"},
      {"makespan", kSeconds, kLess, "from the first submission to the last workload's end, if all completed"},
      {"endTime", kSeconds, kNeither, "from the start of the run to its end"},
      {"timeToReady", kSeconds, kLess, "from submission until all Pods are ready at once, mean over workloads"},
      {"queueing", kSeconds, kLess, "from submission until the first Pod has a node, mean over workloads"},
      {"queueing.p95", kSeconds, kLess, "the same, 95th percentile over workloads"},
      {"restarts", kCount, kLess, "restarts of JobSets: as a whole, in place and of single Jobs"},
      {"restarts.<cause>", kCount, kLess, "restarts of JobSets, by what ended the Pod behind them"},
      {"futileRestarts", kCount, kLess, "restarts of JobSets that failed in the end"},
      {"avoidableRestarts", kCount, kLess,
       "restarts more than the alternative with the fewest that completed with the same failures and no later"},
      {"gaveUpEarly", kShare, kLess, "failed, although another alternative completed with the same failures"},
      {"podFailures", kCount, kLess, "Pods that failed or were disrupted"},
      {"podRestarts", kCount, kLess, "containers that were restarted in their Pod"},
      {"ettr", kShare, kMore, "effective training time ratio: useful work over all wanted from submission to the end"},
      {"goodput", kShare, kMore, "useful work over all the time in which Pods ran"},
      {"lostWork", kSeconds, kLess, "Pod-seconds of work that was done in vain"},
      {"repeatedWork", kCount, kLess, "steps, shards and items that models did more than once"},
      {"checkpointTime", kSeconds, kLess, "Pod-seconds in which checkpoints were written"},
      {"restoreTime", kSeconds, kLess, "Pod-seconds in which checkpoints were read"},
      {"waitingTime", kSeconds, kLess, "Pod-seconds in which Pods ran and had nothing to do"},
      {"cpuUtilisation", kShare, kMore, "requested CPU over allocatable CPU of Ready nodes"},
      {"gpuUtilisation", kShare, kMore, "requested GPUs over allocatable GPUs of Ready nodes"},
      {"cpuFragmentation", kShare, kLess, "of the free CPU, what lies on partly used nodes"},
      {"gpuFragmentation", kShare, kLess, "of the free GPUs, what lies on partly used nodes"},
      {"nodeHours", kCount, kLess, "hours for which nodes existed until the last workload's end, added up"},
      {"cost", kMoney, kLess, "node hours times the price of their pool"},
      {"costPerUsefulHour", kMoney, kLess, "cost over the Pod-hours of useful work"},
      {"slo", kShare, kMore, "share of the workloads that meet the service level"},
      {"slo.start", kShare, kMore, "share of the workloads that started in time"},
      {"slo.finish", kShare, kMore, "share of the workloads that completed in time"},
      {"slo.ettr", kShare, kMore, "share of the workloads whose ettr is high enough"},
      {"events", kCount, kNeither, "events of the simulation"},
  };
  return infos;
}

const MetricInfo* findMetric(std::string_view name) {
  for (const MetricInfo& info : metricInfos()) {
    if (isFamily(info) ? isMember(info, name) : info.name == name) return &info;
  }
  return nullptr;
}

std::string notATime(std::string_view metric) {
  const MetricInfo* info = findMetric(metric);
  if (!info || info->unit == Unit::kSeconds) return {};
  const char* what = info->unit == Unit::kCount ? "a count" : info->unit == Unit::kShare ? "a share of 1" : "money";
  return fmt::format("{} is {}, not a time", metric, what);
}

// Of a family only members that are not zero are kept.
std::optional<double> RunFigures::metric(std::string_view name) const {
  const auto found = std::lower_bound(metrics.begin(), metrics.end(), name,
                                      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (found != metrics.end() && found->first == name) return found->second;
  const MetricInfo* info = metrics.empty() ? nullptr : findMetric(name);
  return info && isFamily(*info) ? std::optional<double>(0) : std::nullopt;
}

}  // namespace jobset_twin::scenarios::study
