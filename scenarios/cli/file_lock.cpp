#include "scenarios/cli/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>

#include <fmt/format.h>

namespace jobset_twin::cli {

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string FileLock::take(const std::string& path) {
  std::error_code unknown;
  if (const auto status = std::filesystem::status(path, unknown); exists(status) && !is_regular_file(status)) return {};
  constexpr mode_t kUsual = 0666;
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kUsual);
  if (descriptor_ < 0) return fmt::format("cannot write {}", path);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return fmt::format("another jobset-twin is writing {}", path);
}

}  // namespace jobset_twin::cli
