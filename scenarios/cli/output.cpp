#include "scenarios/cli/output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace jobset_twin::cli {

WholeFile::WholeFile(std::string path) : path_(std::move(path)) {
  struct stat status {};
  if (stat(path_.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) problem_ = fmt::format("{}: is a directory", path_);
    // Pipes and devices (/dev/stdout, /dev/null) cannot be replaced by a file.
    if (!S_ISREG(status.st_mode)) beside_ = path_;
  }
  if (!problem_.empty()) return;
  if (beside_.empty()) beside_ = fmt::format("{}.{}.part", path_, getpid());
  stream_.open(beside_, std::ios::binary | std::ios::trunc);
  if (!stream_) problem_ = fmt::format("{}: cannot be written: {}", path_, std::strerror(errno));
}

WholeFile::~WholeFile() {
  stream_.close();
  if (problem_.empty() && !beside_.empty() && beside_ != path_) std::remove(beside_.c_str());
}

std::string WholeFile::keep() {
  if (!problem_.empty()) return problem_;
  stream_.close();
  if (!stream_) return fmt::format("{}: could not be written whole", path_);
  if (beside_ == path_) return {};
  if (std::rename(beside_.c_str(), path_.c_str()) != 0) {
    return fmt::format("{}: cannot be replaced: {}", path_, std::strerror(errno));
  }
  beside_.clear();
  return {};
}

Output::Output(const std::string& path) {
  if (!path.empty()) file_ = std::make_unique<WholeFile>(path);
}

void Output::write(std::string_view text) {
  if (file_) {
    file_->stream().write(text.data(), static_cast<std::streamsize>(text.size()));
  } else {
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
}

std::string Output::finish() {
  if (file_) return file_->keep();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return fmt::format("standard output could not be written: {}", std::strerror(errno));
  }
  return {};
}

}  // namespace jobset_twin::cli
