#include "scenarios/planning/arrivals.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/kernel/time.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;
constexpr std::size_t kArrivalsMost = 2'000'000;

// A time at which the hourly weights have passed `work` hours of mean weight, counted from the beginning of an hour of
// the day.
class DailyRhythm {
 public:
  DailyRhythm(const std::vector<double>& hourly, TimePoint start) : hourly_(hourly) {
    const std::int64_t since = start.time_since_epoch().count();
    const std::int64_t in_day = ((since % (24 * kHour)) + 24 * kHour) % (24 * kHour);
    hour_ = static_cast<std::size_t>(in_day / kHour);
    inside_ = static_cast<double>(in_day % kHour) / static_cast<double>(kHour);
  }

  // Goes on by so many hours of mean weight; the time passed since the start, in hours.
  double pass(double work) {
    while (true) {
      const double weight = hourly_.empty() ? 1 : hourly_[hour_ % 24];
      const double left = (1 - inside_) * weight;
      if (work < left) {
        const double step = work / weight;
        inside_ += step;
        return passed_ += step;
      }
      work -= left;
      passed_ += 1 - inside_;
      inside_ = 0;
      ++hour_;
    }
  }

 private:
  const std::vector<double>& hourly_;
  std::size_t hour_ = 0;
  double inside_ = 0, passed_ = 0;
};

void complete(const CapacityPlan& plan, std::uint64_t seed, Arrival& arrival) {
  const Workload& workload = plan.workloads[arrival.workload];
  if (!workload.shape) return;
  if (!arrival.run_time && workload.shape->run_time) {
    kernel::Stream stream = kernel::stream(seed, fmt::format("plan/{}/{}/run-time", workload.name, arrival.number));
    arrival.run_time = workload::draw(*workload.shape->run_time, stream);
  }
}

void addPoisson(const CapacityPlan& plan, std::size_t index, std::uint64_t seed, double growth,
                std::vector<Arrival>& out) {
  const Workload& workload = plan.workloads[index];
  kernel::Stream stream = kernel::stream(seed, fmt::format("plan/{}/arrivals", workload.name));
  DailyRhythm rhythm(workload.arrivals.hourly, plan.scenario.start_time.value_or(kernel::kDefaultStart));
  const double gap = static_cast<double>(workload.arrivals.gap.count()) / static_cast<double>(kHour) / growth;
  for (std::int32_t number = 1; out.size() < kArrivalsMost; ++number) {
    const double hours = rhythm.pass(kernel::exponential(stream, gap));
    const Duration at = kernel::saturatingDuration(hours * static_cast<double>(kHour));
    if (at >= plan.arrivals_end) return;
    Arrival arrival{index, number, at, workload.shape ? workload.shape->pods : 1, {}, {}};
    complete(plan, seed, arrival);
    out.push_back(std::move(arrival));
  }
}

void addGiven(const CapacityPlan& plan, std::size_t index, std::uint64_t seed, double growth,
              std::vector<Arrival>& out) {
  const Workload& workload = plan.workloads[index];
  std::vector<TraceRow> rows = workload.arrivals.rows;
  for (const Duration at : workload.arrivals.times) rows.push_back({at, {}, {}, {}});
  std::int32_t number = 0;
  const auto add = [&](const TraceRow& row, Duration at) {
    ++number;
    if (at >= plan.arrivals_end) return;
    Arrival arrival{index, number, at, workload.shape ? workload.shape->pods : 1, row.gpus, row.run_time};
    if (row.pods) arrival.pods = *row.pods;
    complete(plan, seed, arrival);
    out.push_back(std::move(arrival));
  };
  for (const TraceRow& row : rows) add(row, row.at);
  for (std::size_t i = 0; growth > 1 && i < rows.size(); ++i) {
    kernel::Stream stream = kernel::stream(seed, fmt::format("plan/{}/{}/copies", workload.name, i + 1));
    const double more = growth - 1;
    const int copies = static_cast<int>(more) + (kernel::chance(stream, more - std::floor(more)) ? 1 : 0);
    for (int copy = 0; copy < copies; ++copy) add(rows[i], rows[kernel::below(stream, rows.size())].at);
  }
}

}  // namespace

std::string Arrival::namespaceIn(const CapacityPlan& plan) const {
  return fmt::format("{}-{}", plan.workloads[workload].name, number);
}

std::vector<Arrival> arrivalsOf(const CapacityPlan& plan, std::uint64_t seed, double growth) {
  std::vector<Arrival> out;
  for (std::size_t i = 0; i < plan.workloads.size(); ++i) {
    if (plan.workloads[i].arrivals.kind == Arrivals::Kind::kPoisson) {
      addPoisson(plan, i, seed, growth, out);
    } else {
      addGiven(plan, i, seed, growth, out);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  return out;
}

double arrivalRate(const CapacityPlan& plan, const Workload& workload, double held_hours) {
  if (workload.arrivals.kind == Arrivals::Kind::kPoisson)
    return static_cast<double>(kHour) / static_cast<double>(workload.arrivals.gap.count());
  const auto judged = [&](Duration at) { return at >= plan.warm_up && at < plan.arrivals_end; };
  double count = 0;
  for (const Duration at : workload.arrivals.times) count += judged(at) ? 1 : 0;
  for (const TraceRow& row : workload.arrivals.rows) count += judged(row.at) ? 1 : 0;
  const double hours =
      static_cast<double>((plan.arrivals_end - plan.warm_up).count()) / static_cast<double>(kHour) + held_hours;
  return hours > 0 ? count / hours : 0;
}

}  // namespace jobset_twin::scenarios::planning
