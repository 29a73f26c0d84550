// gangs.hpp - what probability theory says exactly about gangs: the slowest of n, how long a gang of nodes survives,
// work that starts again from scratch after each failure, JobSet's maxRestarts, and checkpoints. Failures come at a
// constant rate unless said otherwise. Times are in one unit of the caller's.
#pragma once

#include <functional>

namespace jobset_twin::scenarios::theory {

// The slowest of n independent exponential times of mean 1.
struct SlowestFigures {
  double mean = 0, deviation = 0;
};
SlowestFigures slowestExponential(int n);
double slowestExponentialQuantile(int n, double share);
// Mean of the largest of n draws of a law that is given by its transformation of a standard normal, increasing:
// z -> exp(sigma z) is lognormal of median 1.
double slowestOfNormals(int n, const std::function<double(double)>& transform);
double slowestLognormal(int n, double sigma);
double slowestWeibull(int n, double shape);       // scale 1
double firstFailureWeibull(int n, double shape);  // of n new machines, scale 1

// A rate per 1,000 node-days as failures an hour of a gang of so many nodes; its chance to see none in so many hours.
double gangFailureRate(int nodes, double per_thousand_node_days);
double gangSurvival(int nodes, double per_thousand_node_days, double hours);

// Work that needs `work` without a failure; each failure costs `restart` during which none can strike.
struct RestartFigures {
  double mean = 0, deviation = 0;  // of the whole time; deviation with restart = 0
  double failures = 0;             // mean number
};
RestartFigures restartFromScratch(double work, double failure_rate, double restart);
// The share of JobSets that complete, each attempt failing by itself with 1 - exp(-work failure_rate).
double completesWithin(int max_restarts, double work, double failure_rate);

// Work of `interval` between checkpoints that take `write`; a failure, which may strike at any time (mean time to it:
// `mttf`), costs `restart` and the work since the last one.
struct CheckpointCase {
  double mttf = 0, write = 0, restart = 0;
};
double youngInterval(const CheckpointCase& which);
double dalyInterval(const CheckpointCase& which);
double bestInterval(const CheckpointCase& which);
double checkpointedTime(const CheckpointCase& which, double interval, double work);
// The same for work with a beginning and an end: nothing is read before the first checkpoint is there, and none is
// written when the work is done.
double checkpointedRun(const CheckpointCase& which, double interval, double work);

}  // namespace jobset_twin::scenarios::theory
