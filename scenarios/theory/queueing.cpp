#include "scenarios/theory/queueing.hpp"

#include <algorithm>
#include <cmath>

#include "engine/api/check.hpp"
#include "sim/kernel/math.hpp"

namespace jobset_twin::scenarios::theory {

double erlangB(int servers, double load) {
  TWIN_ASSERT(servers >= 0 && load >= 0, "Erlang B needs servers and a load", servers, load);
  double lost = 1;
  for (int k = 1; k <= servers; ++k) lost = load * lost / (k + load * lost);
  return lost;
}

double erlangC(int servers, double load) {
  TWIN_ASSERT(load < servers, "no steady state", servers, load);
  const double lost = erlangB(servers, load);
  return lost / (1 - load / servers * (1 - lost));
}

QueueFigures markovQueue(int servers, double arrival_rate, double service_rate) {
  QueueFigures out;
  out.waits = erlangC(servers, arrival_rate / service_rate);
  out.queue_wait = out.waits / (servers * service_rate - arrival_rate);
  out.time_in_system = out.queue_wait + 1 / service_rate;
  out.queue_length = arrival_rate * out.queue_wait;
  out.number_in_system = arrival_rate * out.time_in_system;
  return out;
}

double waitLongerThan(double time, int servers, double arrival_rate, double service_rate) {
  return erlangC(servers, arrival_rate / service_rate) * kernel::exp(-(servers * service_rate - arrival_rate) * time);
}

int serversFor(double load, double share) {
  TWIN_ASSERT(share > 0 && share < 1, "a share", share);
  int servers = static_cast<int>(load) + 1;
  while (erlangC(servers, load) > share) ++servers;
  return servers;
}

QueueFigures generalQueue(double arrival_rate, double mean_service, double variation) {
  const double load = arrival_rate * mean_service;
  TWIN_ASSERT(load < 1, "no steady state", load);
  QueueFigures out;
  out.waits = load;
  out.queue_wait = load / (1 - load) * (1 + variation) / 2 * mean_service;
  out.time_in_system = out.queue_wait + mean_service;
  out.queue_length = arrival_rate * out.queue_wait;
  out.number_in_system = arrival_rate * out.time_in_system;
  return out;
}

std::vector<double> waitsByPriority(const std::vector<double>& arrival_rates, double service_rate) {
  double all = 0, before = 0;
  for (const double rate : arrival_rates) all += rate / service_rate;
  TWIN_ASSERT(all < 1, "no steady state", all);
  const double residual = all / service_rate;  // mean work left of the one in service, seen by an arrival
  std::vector<double> out;
  for (const double rate : arrival_rates) {
    const double with = before + rate / service_rate;
    out.push_back(residual / ((1 - before) * (1 - with)));
    before = with;
  }
  return out;
}

std::vector<double> timesByPreemption(const std::vector<double>& arrival_rates, double service_rate) {
  double before = 0;
  std::vector<double> out;
  for (const double rate : arrival_rates) {
    const double with = before + rate / service_rate;
    TWIN_ASSERT(with < 1, "no steady state", with);
    out.push_back(1 / service_rate / (1 - before) + with / service_rate / ((1 - before) * (1 - with)));
    before = with;
  }
  return out;
}

FiniteQueue finiteQueue(int room, double load) {
  std::vector<double> weight(static_cast<std::size_t>(room) + 1, 1);
  double sum = 1, number = 0;
  for (std::size_t n = 1; n < weight.size(); ++n) {
    weight[n] = weight[n - 1] * load;
    sum += weight[n];
    number += static_cast<double>(n) * weight[n];
  }
  return {weight.back() / sum, weight.front() / sum, number / sum};
}

RepairFigures machineRepair(int machines, double failure_rate, double repair_rate, int crews) {
  double weight = 1, sum = 1, down = 0;
  for (int n = 0; n < machines; ++n) {
    weight *= (machines - n) * failure_rate / (std::min(n + 1, crews) * repair_rate);
    sum += weight;
    down += (n + 1) * weight;
  }
  return {1 - down / sum / machines, down / sum, 1 / sum};
}

NetworkFigures openNetwork(const std::vector<double>& outside, const std::vector<std::vector<double>>& routes,
                           const std::vector<double>& service_rates) {
  const std::size_t n = outside.size();
  TWIN_ASSERT(routes.size() == n && service_rates.size() == n, "a square network", n);
  // (I - routes^T) rates = outside, by elimination with the largest pivot.
  std::vector<std::vector<double>> rows(n, std::vector<double>(n + 1));
  for (std::size_t i = 0; i < n; ++i) {
    TWIN_ASSERT(routes[i].size() == n, "a route to each station", i);
    for (std::size_t j = 0; j < n; ++j) rows[i][j] = (i == j ? 1 : 0) - routes[j][i];
    rows[i][n] = outside[i];
  }
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t i = column; i < n; ++i) {
      if (std::abs(rows[i][column]) > std::abs(rows[pivot][column])) pivot = i;
    }
    std::swap(rows[column], rows[pivot]);
    TWIN_ASSERT(rows[column][column] != 0, "customers never leave", column);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == column) continue;
      const double factor = rows[i][column] / rows[column][column];
      for (std::size_t j = column; j <= n; ++j) rows[i][j] -= factor * rows[column][j];
    }
  }
  NetworkFigures out;
  out.empty = 1;
  double number = 0, arrivals = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double rate = rows[i][n] / rows[i][i], load = rate / service_rates[i];
    TWIN_ASSERT(load < 1, "no steady state", i, load);
    out.arrival_rates.push_back(rate);
    out.loads.push_back(load);
    out.numbers.push_back(load / (1 - load));
    out.empty *= 1 - load;
    number += out.numbers.back();
    arrivals += outside[i];
  }
  out.time_in_system = number / arrivals;
  return out;
}

}  // namespace jobset_twin::scenarios::theory
