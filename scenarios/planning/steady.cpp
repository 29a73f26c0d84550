#include "scenarios/planning/steady.hpp"

#include <algorithm>
#include <cmath>

#include "scenarios/theory/gangs.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

theory::CheckpointCase caseOf(const SteadyCase& which) { return {which.mttf(), which.write, which.restart}; }

// The largest factor in (0, 1] by which `part` may be multiplied so that the level is reached.
Escape escape(std::string what, std::string unit, SteadyCase which, double SteadyCase::*part, double scale,
              double ettr) {
  Escape out{std::move(what), std::move(unit), which.*part * scale, {}, 0};
  const double whole = which.*part;
  const auto reached = [&](double share) {
    which.*part = whole * share;
    return bestCheckpoint(which).ettr;
  };
  double low = 1e-9, high = 1;
  out.ettr_at_none = reached(low);
  if (out.ettr_at_none < ettr) return out;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (reached(middle) >= ettr ? low : high) = middle;
  }
  out.needed = whole * low * scale;
  return out;
}

}  // namespace

double steadyEttr(const SteadyCase& which, double interval) {
  return 1 / theory::checkpointedTime(caseOf(which), interval, 1);
}

BestCheckpoint bestCheckpoint(const SteadyCase& which) {
  // Without a cost of writing, the shorter the better: the limit is e^(-restart / MTTF).
  if (which.write <= which.mttf() * 1e-8) return {0, std::exp(-which.restart / which.mttf())};
  const double interval = theory::bestInterval(caseOf(which));
  return {interval, steadyEttr(which, interval)};
}

std::vector<Escape> escapes(const SteadyCase& which, double ettr) {
  std::vector<Escape> out;
  out.push_back(escape("failure rate of a node", "per 1,000 node-days", which, &SteadyCase::failures, 1, ettr));
  if (which.write > 0) out.push_back(escape("time to write a checkpoint", "s", which, &SteadyCase::write, 3600, ettr));
  if (which.restart > 0)
    out.push_back(escape("time that a restart costs", "s", which, &SteadyCase::restart, 3600, ettr));
  out.push_back(escape("nodes of a JobSet", "nodes", which, &SteadyCase::nodes, 1, ettr));
  return out;
}

}  // namespace jobset_twin::scenarios::planning
