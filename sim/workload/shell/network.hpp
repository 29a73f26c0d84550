// network.hpp - programs that look a name up or connect: what they ask for, and what they print about the answer.
//
// getent hosts, nslookup, host, dig, ping -c, nc -z, wget, curl. Only whether a name resolves and whether somebody
// answers is modelled; a server's content is what the Answer says, usually nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/workload/process.hpp"

namespace jobset_twin::workload::shell {

[[nodiscard]] bool isNetworkProgram(std::string_view name);
// Why the command line is not known, or "".
[[nodiscard]] std::string whyNotNetwork(const std::vector<std::string>& argv);
bool networkRequest(const std::vector<std::string>& argv, Request& request, std::string& problem);

struct NetworkResult {
  int status = 0;
  std::string out;
  std::string err;
};
[[nodiscard]] NetworkResult networkResult(const std::vector<std::string>& argv, const Answer& answer);

}  // namespace jobset_twin::workload::shell
