// log_source.hpp - what containers have printed, as the HTTP face asks for it. Whoever runs the cluster keeps it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/api/time.hpp"

namespace jobset_twin::apiserver::http {

struct PrintedLine {
  api::TimePoint at;
  std::string text;           // without its newline
  std::int32_t stream = 1;    // 1 stdout, 2 stderr
  std::int32_t instance = 0;  // of the container in its Pod: its restarts so far
  std::uint64_t number = 0;   // of all lines of that container, ascending
  bool whole = true;          // false: it had no newline
};

// The lines of a Pod's container that are kept, from that number on.
using LogSource = std::function<std::vector<PrintedLine>(const std::string& namespace_, const std::string& pod,
                                                         const std::string& container, std::uint64_t from)>;

}  // namespace jobset_twin::apiserver::http
