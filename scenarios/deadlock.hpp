// deadlock.hpp - JobSets of which each holds a part of the cluster and waits for what the others hold (K-GOT-22).
#pragma once

#include <map>
#include <string>

#include "sim/apiserver/server.hpp"

namespace jobset_twin::scenarios {

// By UID of a JobSet that has some Pods on nodes and others that find no room, while another one is like it: why
// neither goes on. Empty: nobody waits like that. `gangs`: the scheduler has them already.
std::map<std::string, std::string> deadlocked(const apiserver::Server& server,
                                              const std::map<std::string, std::string>& unschedulable, bool gangs);

}  // namespace jobset_twin::scenarios
