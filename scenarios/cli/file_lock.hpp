// file_lock.hpp - files that this program writes for long, and that no second one may write at the same time.
#pragma once

#include <string>

namespace jobset_twin::cli {

// Held as long as the value lives; the system gives it back if the program is killed.
class FileLock {
 public:
  FileLock() = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

  // "" or why not. The file is made if it is not there, and else left as it is. What cannot be locked (a pipe) need not
  // be.
  std::string take(const std::string& path);

 private:
  int descriptor_ = -1;
};

}  // namespace jobset_twin::cli
