// queue_tables.hpp - ClusterQueues and Workloads of Kueue as `kubectl get` prints them.
// Source: the printer columns of Kueue's CRDs (v1beta2).
#pragma once

#include <vector>

#include "viz/printers.hpp"

namespace jobset_twin::viz {

struct QueueTables {
  Table cluster_queues, workloads;
  Table summary;  // of the Workloads: how many are in which state, by queue
};

QueueTables queueTables(const std::vector<api::ObjectPtr>& objects, api::TimePoint now, bool namespaces);

}  // namespace jobset_twin::viz
