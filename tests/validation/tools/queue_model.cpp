#include "tests/validation/tools/queue_model.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/api/check.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::validation {
namespace {

using kernel::Duration;
using kernel::TimePoint;

constexpr double kNanos = 1e9;
double secondsOf(Duration duration) { return static_cast<double>(duration.count()) / kNanos; }
Duration nanosOf(double length) { return Duration(static_cast<std::int64_t>(length * kNanos)); }

struct QueueCustomer {
  std::uint32_t klass = 0;
  bool measured = false;
  TimePoint entered{}, arrived{}, started{};  // the system; this station; service or its latest stretch
  Duration left{}, waited{};                  // work; in all queues so far
};

// The time average of a count that changes now and then, over the measured window.
struct Integral {
  std::int64_t sum = 0;
  void add(std::int64_t value, TimePoint from, TimePoint to, TimePoint begin, TimePoint end) {
    const TimePoint a = std::max(from, begin), b = std::min(to, end);
    if (a < b) sum += value * (b - a).count();
  }
};

struct Station {
  std::vector<std::deque<std::uint32_t>> queues;  // by priority
  std::vector<std::pair<std::uint32_t, kernel::EventHandle>> serving;
  std::int64_t number = 0, waiting = 0;
  TimePoint changed{};
  Integral numbers, waits, empties;
  kernel::Stream service, routes;
  double wait_sum = 0, time_sum = 0;
  StationFigures figures;
};

class Model {
 public:
  Model(const QueueModel& model, const QueueRun& run) : model_(model), run_(run), kernel_(run.seed) {
    begin_ = kernel_.start() + nanosOf(run.warm_up);
    end_ = begin_ + nanosOf(run.measured);
    stations_.resize(model.stations.size());
    for (std::size_t i = 0; i < stations_.size(); ++i) {
      Station& station = stations_[i];
      station.queues.resize(std::max<std::size_t>(1, model.arrivals.size()));
      station.service = kernel::stream(run.seed, "station/" + std::to_string(i) + "/service");
      station.routes = kernel::stream(run.seed, "station/" + std::to_string(i) + "/routes");
      station.changed = kernel_.now();
    }
    changed_ = kernel_.now();
    classes_.resize(std::max<std::size_t>(1, model.arrivals.size()));
    for (std::uint32_t i = 0; i < model.arrivals.size(); ++i) {
      streams_.push_back(kernel::stream(run.seed, "arrivals/" + std::to_string(i)));
      nextArrival(i);
    }
    for (std::int64_t i = 0; i < model.circulating; ++i) enter(0, 0);
  }

  QueueFigures go() {
    while (const auto event = kernel_.popNext()) {
      if (event->at >= end_ && measured_inside_ == 0 && (!run_.until_empty || present_ == 0)) break;
      if (event->kind == kArrival) {
        const auto klass = static_cast<std::uint32_t>(event->a);
        nextArrival(klass);
        enter(klass, model_.arrivals[klass].station);
      } else {
        finish(event->target, static_cast<std::uint32_t>(event->a));
      }
    }
    return figures();
  }

 private:
  enum Kind : std::uint16_t { kArrival, kServed };

  void nextArrival(std::uint32_t klass) {
    const double gap = kernel::exponential(streams_[klass], 1 / model_.arrivals[klass].rate);
    kernel_.scheduleAfter(nanosOf(gap), 0, kArrival, klass);
  }

  void touch(Station& station) {
    station.numbers.add(station.number, station.changed, kernel_.now(), begin_, end_);
    station.waits.add(station.waiting, station.changed, kernel_.now(), begin_, end_);
    station.empties.add(station.number == 0 ? 1 : 0, station.changed, kernel_.now(), begin_, end_);
    station.changed = kernel_.now();
  }
  void touchAll(std::int64_t delta) {
    numbers_.add(present_, changed_, kernel_.now(), begin_, end_);
    empties_.add(present_ == 0 ? 1 : 0, changed_, kernel_.now(), begin_, end_);
    number_integral_ += present_ * (kernel_.now() - changed_).count();
    changed_ = kernel_.now();
    present_ += delta;
  }

  void enter(std::uint32_t klass, std::uint32_t where) {
    Station& station = stations_[where];
    const bool measured = kernel_.now() >= begin_ && kernel_.now() < end_;
    const std::int64_t room = model_.stations[where].room;
    if (measured) ++station.figures.arrived;
    if (room >= 0 && station.number >= room) {
      if (measured) ++station.figures.blocked;
      return;
    }
    std::uint32_t id = 0;
    if (free_.empty()) {
      id = static_cast<std::uint32_t>(customers_.size());
      customers_.emplace_back();
    } else {
      id = free_.back();
      free_.pop_back();
    }
    QueueCustomer& customer = customers_[id];
    customer = {};
    customer.klass = klass;
    customer.measured = measured && model_.circulating == 0;
    if (customer.measured) ++measured_inside_;
    customer.entered = kernel_.now();
    touchAll(1);
    arrive(where, id);
  }

  void arrive(std::uint32_t where, std::uint32_t id) {
    Station& station = stations_[where];
    const StationModel& model = model_.stations[where];
    touch(station);
    ++station.number;
    ++station.waiting;
    QueueCustomer& customer = customers_[id];
    customer.arrived = kernel_.now();
    customer.left = nanosOf(model.mean_service * drawService(model.law, station.service));
    queueOf(station, customer.klass).push_back(id);
    if (model.discipline == StationModel::Discipline::kPreemptiveResume) interrupt(where, customer.klass);
    serve(where);
  }

  std::deque<std::uint32_t>& queueOf(Station& station, std::uint32_t klass) {
    const auto where = static_cast<std::size_t>(&station - stations_.data());
    return station.queues[model_.stations[where].discipline == StationModel::Discipline::kFifo ? 0 : klass];
  }

  // Somebody of a lower class makes room; what is left of its work is kept.
  void interrupt(std::uint32_t where, std::uint32_t klass) {
    Station& station = stations_[where];
    if (station.serving.size() < static_cast<std::size_t>(model_.stations[where].servers)) return;
    auto last = std::max_element(station.serving.begin(), station.serving.end(), [&](const auto& a, const auto& b) {
      return customers_[a.first].klass < customers_[b.first].klass;
    });
    QueueCustomer& customer = customers_[last->first];
    if (customer.klass <= klass) return;
    kernel_.cancel(last->second);
    customer.left -= kernel_.now() - customer.started;
    queueOf(station, customer.klass).push_front(last->first);
    station.serving.erase(last);
    ++station.waiting;
  }

  void serve(std::uint32_t where) {
    Station& station = stations_[where];
    while (station.serving.size() < static_cast<std::size_t>(model_.stations[where].servers)) {
      const auto queue =
          std::find_if(station.queues.begin(), station.queues.end(), [](const auto& q) { return !q.empty(); });
      if (queue == station.queues.end()) return;
      const std::uint32_t id = queue->front();
      queue->pop_front();
      --station.waiting;
      QueueCustomer& customer = customers_[id];
      customer.started = kernel_.now();
      station.serving.emplace_back(id, kernel_.scheduleAfter(customer.left, where, kServed, id));
    }
  }

  void finish(std::uint32_t where, std::uint32_t id) {
    Station& station = stations_[where];
    touch(station);
    std::erase_if(station.serving, [&](const auto& one) { return one.first == id; });
    --station.number;
    QueueCustomer& customer = customers_[id];
    leaveStation(station, where, customer);
    const std::vector<double>& routes = model_.stations[where].routes;
    std::uint32_t next = static_cast<std::uint32_t>(stations_.size());
    if (!routes.empty()) {
      double draw = kernel::uniform(station.routes);
      for (std::uint32_t i = 0; i < routes.size(); ++i) {
        if (draw < routes[i]) {
          next = i;
          break;
        }
        draw -= routes[i];
      }
    }
    serve(where);
    if (next < stations_.size()) return arrive(next, id);
    leave(id);
  }

  void leaveStation(Station& station, std::uint32_t where, QueueCustomer& customer) {
    const Duration time = kernel_.now() - customer.arrived;
    const bool inside = model_.circulating > 0 ? customer.arrived >= begin_ : customer.measured;
    // Nobody is interrupted but in preemption, where only times in the system are asked for.
    const Duration wait = customer.started - customer.arrived;
    customer.waited += wait;
    if (!inside) return;
    ++station.figures.served;
    station.figures.waited += wait > Duration{} ? 1 : 0;
    station.wait_sum += secondsOf(wait);
    station.time_sum += secondsOf(time);
    if (run_.keep_times && where == 0) {
      station.figures.waits.push_back(secondsOf(wait));
      station.figures.times.push_back(secondsOf(time));
    }
  }

  void leave(std::uint32_t id) {
    touchAll(-1);
    const QueueCustomer& customer = customers_[id];
    time_sum_ += (kernel_.now() - customer.entered).count();
    if (customer.measured) {
      --measured_inside_;
      StationFigures& figures = classes_[customer.klass];
      ++figures.served;
      figures.wait += secondsOf(customer.waited);
      figures.time += secondsOf(kernel_.now() - customer.entered);
    }
    free_.push_back(id);
  }

  QueueFigures figures() {
    QueueFigures out;
    const auto window = static_cast<double>((end_ - begin_).count());
    for (Station& station : stations_) {
      touch(station);
      StationFigures figures = std::move(station.figures);
      const auto served = static_cast<double>(std::max<std::uint64_t>(1, figures.served));
      figures.wait = station.wait_sum / served;
      figures.time = station.time_sum / served;
      figures.queue_length = static_cast<double>(station.waits.sum) / window;
      figures.number = static_cast<double>(station.numbers.sum) / window;
      figures.empty = static_cast<double>(station.empties.sum) / window;
      out.stations.push_back(std::move(figures));
    }
    for (StationFigures& figures : classes_) {
      const auto served = static_cast<double>(std::max<std::uint64_t>(1, figures.served));
      figures.wait /= served;
      figures.time /= served;
      out.classes.push_back(figures);
    }
    touchAll(0);
    out.number = static_cast<double>(numbers_.sum) / window;
    out.empty = static_cast<double>(empties_.sum) / window;
    out.number_integral = number_integral_;
    out.time_sum = time_sum_;
    return out;
  }

  const QueueModel& model_;
  const QueueRun& run_;
  kernel::Kernel kernel_;
  TimePoint begin_{}, end_{};
  std::vector<Station> stations_;
  std::vector<QueueCustomer> customers_;
  std::vector<std::uint32_t> free_;
  std::vector<kernel::Stream> streams_;
  std::vector<StationFigures> classes_;
  std::int64_t present_ = 0, measured_inside_ = 0, number_integral_ = 0, time_sum_ = 0;
  TimePoint changed_{};
  Integral numbers_, empties_;
};

}  // namespace

double drawService(const ServiceLaw& law, kernel::Stream& stream) {
  switch (law.kind) {
    case ServiceLaw::Kind::kExponential: return kernel::exponential(stream, 1);
    case ServiceLaw::Kind::kConstant: return 1;
    case ServiceLaw::Kind::kErlang: {
      double sum = 0;
      for (int i = 0; i < static_cast<int>(law.shape); ++i) sum += kernel::exponential(stream, 1 / law.shape);
      return sum;
    }
    case ServiceLaw::Kind::kLognormal:  // median of a mean of 1
      return kernel::lognormal(stream, std::exp(-law.shape * law.shape / 2), law.shape);
    case ServiceLaw::Kind::kHyperexponential: {  // two exponentials with balanced means
      const double p = (1 + std::sqrt((law.shape - 1) / (law.shape + 1))) / 2;
      const double share = kernel::uniform(stream) < p ? p : 1 - p;
      return kernel::exponential(stream, 1 / (2 * share));
    }
  }
  return 1;
}

QueueFigures runQueue(const QueueModel& model, const QueueRun& run) {
  TWIN_ASSERT(run.measured > 0 && !model.stations.empty(), "something to measure", run.measured);
  return Model(model, run).go();
}

}  // namespace jobset_twin::validation
