// queue_model.hpp - queues alone, on the kernel's event queue and random streams: stations with servers, disciplines
// and routes, fed by Poisson arrivals or by a fixed number of customers that go round. No API objects, no latencies.
// What it measures is held to theory; it stands for what the whole simulator does with arrivals, capacity and time.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "sim/kernel/kernel.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::validation {

struct ServiceLaw {
  enum class Kind : std::uint8_t { kExponential, kConstant, kErlang, kLognormal, kHyperexponential } kind;
  double shape = 0;  // Erlang: stages; lognormal: sigma; hyperexponential: variance over squared mean
};
double drawService(const ServiceLaw& law, kernel::Stream& stream);  // of mean 1

struct StationModel {
  int servers = 1;
  double mean_service = 1;  // seconds
  ServiceLaw law{ServiceLaw::Kind::kExponential};
  enum class Discipline : std::uint8_t { kFifo, kPriority, kPreemptiveResume } discipline = Discipline::kFifo;
  std::int64_t room = -1;      // customers at most, those in service included; -1: no limit. Who finds it full is lost
  std::vector<double> routes;  // by station; the rest leaves
};
struct ArrivalModel {  // one class of customers; those named first have priority
  double rate = 1;     // a second
  std::uint32_t station = 0;
};
struct QueueModel {
  std::vector<StationModel> stations;
  std::vector<ArrivalModel> arrivals;
  std::int64_t circulating = 0;  // customers at station 0 from the start
};
struct QueueRun {
  std::uint64_t seed = 1;
  double warm_up = 0;        // seconds that are not measured
  double measured = 0;       // seconds that are; then no more arrivals are measured
  bool keep_times = false;   // wait and time of each customer at station 0
  bool until_empty = false;  // goes on until nobody is there: for Little's law
};

struct StationFigures {
  std::uint64_t served = 0, waited = 0, blocked = 0, arrived = 0;
  double wait = 0, time = 0;            // means of those that arrived in the measured time
  double queue_length = 0, number = 0;  // time averages
  double empty = 0;                     // share of the measured time
  std::vector<double> waits, times;     // keep_times
};
struct QueueFigures {
  std::vector<StationFigures> stations;
  std::vector<StationFigures> classes;  // by arrival: wait and time over all stations
  double number = 0, empty = 0;
  // Little's law on the whole run, with until_empty, in exact nanoseconds: the integral of the number present, and the
  // sum of all times in the system.
  std::int64_t number_integral = 0, time_sum = 0;
};
QueueFigures runQueue(const QueueModel& model, const QueueRun& run);

}  // namespace jobset_twin::validation
