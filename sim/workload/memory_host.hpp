// memory_host.hpp - a Host whose files live in memory: the container's own writable layer and its volumes.
//
// A plain value (copyable, serialisable). Time, randomness and the host name are set by whoever owns it. A map of
// paths, not a file system: no links, modes, owners or sizes on disk.
#pragma once

#include <map>
#include <set>

#include "sim/workload/host.hpp"

namespace jobset_twin::workload {

class MemoryHost : public Host {
 public:
  MemoryHost();

  TimePoint now_value{};
  std::uint64_t random_state = 1;
  std::string name = "localhost";
  int cpus = 1;

  TimePoint now() override { return now_value; }
  std::uint32_t random15() override;
  std::string hostname() override { return name; }
  int processors() override { return cpus; }
  std::optional<std::string> readFile(std::string_view path) override;
  bool writeFile(std::string_view path, std::string_view content, bool append) override;
  bool isFile(std::string_view path) override;
  bool isDirectory(std::string_view path) override;
  std::vector<std::string> list(std::string_view directory) override;
  bool remove(std::string_view path) override;
  bool makeDirectory(std::string_view path) override;

  std::map<std::string, std::string, std::less<>> files;
  std::set<std::string, std::less<>> directories;
};

}  // namespace jobset_twin::workload
