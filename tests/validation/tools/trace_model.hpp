// trace_model.hpp - a trace of a GPU cluster as it was recorded: jobs of whole nodes or parts of one, each in a queue
// with nodes of its own. Taken one after the other, by arrival or the shortest first: by a recursion that knows of free
// GPUs only, and as JobSets through the whole control plane.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "sim/kernel/time.hpp"

namespace jobset_twin::validation {

struct TraceJob {
  std::string queue;
  kernel::Duration submitted{}, runs{};  // submitted: since the beginning of the trace
  int gpus = 0;                          // in all
};
// A file with the columns tenant, submit_time (microseconds), num_chips and duration_s; lines that begin with # are
// left out. Throws std::runtime_error with what is wrong with it.
std::vector<TraceJob> readTrace(const std::string& path);

constexpr int kGpusEach = 8;
struct TraceRun {
  std::vector<TraceJob> jobs;        // by submission
  std::map<std::string, int> nodes;  // of each queue, with 8 GPUs each
  bool shortest_first = false;       // of those that wait; else in the order of the trace
};
// Who is first in its queue is taken once its GPUs are free there; nobody is taken before it has its nodes. It needs
// whole nodes, or a part of one, for which the fullest that has room is taken. When each job begins.
std::vector<kernel::Duration> beginsByRecursion(const TraceRun& what);
// The same of JobSets that are there from their submission on, suspended, and are resumed so; the scheduler finds their
// nodes, all at once.
std::vector<kernel::Duration> beginsInCluster(const TraceRun& what);

}  // namespace jobset_twin::validation
