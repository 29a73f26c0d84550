// host.hpp - what a container's commands ask of the world around them, and get at once.
//
// Everything that takes virtual time (sleeping, name look-ups, programs that are not known) is a Request of
// process.hpp instead. Paths are absolute by the time they arrive here; there is no symbolic link and no mode.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobset_twin::workload {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::sys_time<Duration>;

// A file holds no more; what goes beyond fails as on a full disk.
inline constexpr std::size_t kMaxFileBytes = 16 << 20;

class Host {
 public:
  virtual ~Host() = default;

  [[nodiscard]] virtual TimePoint now() = 0;
  // Uniform in 0..32767, from the container's own stream: $RANDOM, mktemp, shuf.
  [[nodiscard]] virtual std::uint32_t random15() = 0;
  [[nodiscard]] virtual std::string hostname() = 0;
  // Processors that nproc reports.
  [[nodiscard]] virtual int processors() { return 1; }

  // The content of a regular file; nothing if there is none.
  [[nodiscard]] virtual std::optional<std::string> readFile(std::string_view path) = 0;
  // Creates, replaces or extends a file. False if the directory does not exist or is read-only, or the file would be
  // longer than kMaxFileBytes.
  virtual bool writeFile(std::string_view path, std::string_view content, bool append) = 0;
  [[nodiscard]] virtual bool isFile(std::string_view path) = 0;
  [[nodiscard]] virtual bool isDirectory(std::string_view path) = 0;
  // The names in a directory, without "." and "..", in any order.
  [[nodiscard]] virtual std::vector<std::string> list(std::string_view directory) = 0;
  // Removes a file or a directory with all it holds. False if there was none.
  virtual bool remove(std::string_view path) = 0;
  // Creates one directory; the parent must exist. False if it is there already or the parent is not.
  virtual bool makeDirectory(std::string_view path) = 0;
};

}  // namespace jobset_twin::workload
