// queueing.hpp - what queueing theory says exactly: Erlang's formulas, M/M/c, M/G/1, priorities, finite buffers,
// machines with a repair crew, open networks. Rates are per unit of time, times in that unit; a queue without a steady
// state is asserted against. Nothing here is simulated: tests/validation holds simulations to it.
#pragma once

#include <vector>

namespace jobset_twin::scenarios::theory {

// Shares of arrivals at `servers` servers under `load` (arrival rate times mean service time): lost when there is no
// queue; made to wait when there is one. Requires: servers > 0, load >= 0; erlangC: load < servers.
double erlangB(int servers, double load);
double erlangC(int servers, double load);

struct QueueFigures {
  double waits = 0;             // share of customers that wait at all
  double queue_wait = 0;        // mean time in the queue
  double time_in_system = 0;    // mean
  double queue_length = 0;      // mean number in the queue
  double number_in_system = 0;  // mean
};
// M/M/c.
QueueFigures markovQueue(int servers, double arrival_rate, double service_rate);
double waitLongerThan(double time, int servers, double arrival_rate, double service_rate);  // share of customers
// The fewest servers with which at most this share of customers waits. Requires: 0 < share < 1.
int serversFor(double load, double share);
// M/G/1 (Pollaczek, Khinchine); variation: variance over squared mean of the service time.
QueueFigures generalQueue(double arrival_rate, double mean_service, double variation);

// One server, exponential service, classes in order of priority. Mean queue waits where nobody is interrupted; mean
// times in the system where work that is interrupted goes on later.
std::vector<double> waitsByPriority(const std::vector<double>& arrival_rates, double service_rate);
std::vector<double> timesByPreemption(const std::vector<double>& arrival_rates, double service_rate);

// M/M/1 with room for `room` customers, the one in service included. load may be 1 or more.
struct FiniteQueue {
  double blocked = 0, empty = 0, number_in_system = 0;
};
FiniteQueue finiteQueue(int room, double load);

// `machines` fail at a rate each while they are up; each of `crews` repairs one at a time.
struct RepairFigures {
  double up = 0;    // share of machines
  double down = 0;  // mean number
  double none_down = 0;
};
RepairFigures machineRepair(int machines, double failure_rate, double repair_rate, int crews);

// Jackson's open network of single servers: arrivals from outside, chances to go from station to station (the rest
// leaves). Requires: square, every load below 1.
struct NetworkFigures {
  std::vector<double> arrival_rates, loads, numbers;  // by station; numbers: mean in it
  double time_in_system = 0;
  double empty = 0;  // share of time with nobody anywhere
};
NetworkFigures openNetwork(const std::vector<double>& outside, const std::vector<std::vector<double>>& routes,
                           const std::vector<double>& service_rates);

}  // namespace jobset_twin::scenarios::theory
