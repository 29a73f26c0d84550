// figures.hpp - what one run comes to in numbers: the metrics of studies and plans (docs/metrics.md has the list).
//
// A FigureRecorder watches the run; at its end it makes the figures from what it saw and from the outcome. A workload
// is a JobSet, or a Job that no JobSet owns, so that both can be compared. What has no value in a run (the makespan of
// one that did not complete) is left out, never zero.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/observer.hpp"
#include "scenarios/outcome.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios::study {

enum class Unit : std::uint8_t { kSeconds, kCount, kShare, kMoney };
enum class Better : std::uint8_t { kLess, kMore, kNeither };

struct MetricInfo {
  std::string name;  // "makespan"; of a family: "restarts.<cause>"
  Unit unit = Unit::kCount;
  Better better = Better::kNeither;
  std::string doc;  // one line
};
const std::vector<MetricInfo>& metricInfos();
// Also of a member of a family ("restarts.node"); nullptr: there is no such metric.
const MetricInfo* findMetric(std::string_view name);
// What is wrong with a time for a metric, "restarts is a count, not a time"; "" if it is one, or there is no such
// metric.
std::string notATime(std::string_view metric);

// What a workload is to reach. Those that are given must all hold.
struct ServiceLevel {
  std::optional<Duration> start_within;   // all its Pods were ready at once, since it was submitted
  std::optional<Duration> finish_within;  // Completed, since it was submitted
  std::optional<double> ettr;             // at least, in [0, 1]
  bool given() const { return start_within || finish_within || ettr; }
};

struct FigureOptions {
  std::map<std::string, double> prices;  // of a node for an hour, by node pool; a pool without one costs nothing
  std::string gpu = "nvidia.com/gpu";    // the extended resource that counts as GPU
  ServiceLevel slo;
};

// One workload of a run.
struct WorkloadFigures {
  std::string kind, namespace_, name, state, reason;  // state: "Completed", "Failed", ""; reason: of Failed
  std::optional<double> queued;                       // seconds from submission to the first Pod that has a node
  std::optional<double> started;                      // ... to all Pods ready at once
  std::optional<double> finished;                     // ... to the end
  std::optional<double> ettr;
  std::int32_t restarts = 0;
  bool slo_met = false;

  template <class Archive>
  void serialize(Archive& ar);
};

struct RunFigures {
  std::uint64_t seed = 1, events = 0;
  std::string fingerprint, end_reason;
  std::vector<std::pair<std::string, double>> metrics;  // by name, in order of the names
  std::vector<WorkloadFigures> workloads;               // in order of submission

  std::optional<double> metric(std::string_view name) const;
  template <class Archive>
  void serialize(Archive& ar);
};

// To bytes and back, for other processes and files. Throws std::runtime_error on bytes that are no figures.
std::string toBytes(const RunFigures& figures);
RunFigures figuresFromBytes(const std::string& bytes);

class FigureRecorder final : public Observer {
 public:
  explicit FigureRecorder(FigureOptions options);
  ~FigureRecorder() override;
  void onChange(const apiserver::WatchEvent& change) override;
  void onNote(const kernel::Note&) override {}
  bool wantsNotes() const override { return false; }
  // Call once, when the run has ended.
  RunFigures figures(const Run& run, const Outcome& outcome);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Runs a plan to its end and gives its figures. interrupted: stops at the next event; end_reason says so then.
RunFigures runForFigures(RunPlan plan, const FigureOptions& options,
                         const volatile std::sig_atomic_t* interrupted = nullptr);

}  // namespace jobset_twin::scenarios::study
