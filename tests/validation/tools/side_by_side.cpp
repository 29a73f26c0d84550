#include "tests/validation/tools/side_by_side.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace jobset_twin::validation {
namespace {

// Runs every `step`-th seed and writes how many values each gave, and these.
[[noreturn]] void work(std::FILE* out, std::uint64_t first, std::size_t from, std::size_t step, std::size_t count,
                       const Replication& run) {
  try {
    for (std::size_t i = from; i < count; i += step) {
      const std::vector<double> values = run(first + i);
      const std::size_t size = values.size();
      if (std::fwrite(&size, sizeof size, 1, out) != 1 ||
          std::fwrite(values.data(), sizeof(double), size, out) != size || std::fflush(out) != 0)
        _exit(2);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "validation: {}\n", error.what());
    _exit(1);
  }
  _exit(0);
}

std::vector<double> readOne(std::FILE* in) {
  std::size_t size = 0;
  if (std::fread(&size, sizeof size, 1, in) != 1) throw std::runtime_error("a replication failed");
  std::vector<double> values(size);
  if (std::fread(values.data(), sizeof(double), size, in) != size) throw std::runtime_error("a replication failed");
  return values;
}

}  // namespace

std::vector<std::vector<double>> sideBySide(std::uint64_t first, std::size_t count, const Replication& run) {
  const std::size_t workers = std::min<std::size_t>(count, std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::vector<double>> out(count);
  if (workers <= 1) {
    for (std::size_t i = 0; i < count; ++i) out[i] = run(first + i);
    return out;
  }
  std::fflush(nullptr);  // or the children would write it once more
  struct Worker {
    pid_t pid = 0;
    std::FILE* in = nullptr;
  };
  std::vector<Worker> all(workers);
  for (std::size_t w = 0; w < workers; ++w) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    all[w].pid = fork();
    if (all[w].pid < 0) throw std::runtime_error("no process");
    if (all[w].pid == 0) {
      close(ends[0]);
      work(fdopen(ends[1], "w"), first, w, workers, count, run);
    }
    close(ends[1]);
    all[w].in = fdopen(ends[0], "r");
  }
  for (std::size_t i = 0; i < count; ++i) out[i] = readOne(all[i % workers].in);
  for (const Worker& worker : all) {
    std::fclose(worker.in);
    waitpid(worker.pid, nullptr, 0);
  }
  return out;
}

std::vector<double> flat(const std::vector<std::vector<double>>& replications) {
  std::vector<double> out;
  for (const std::vector<double>& one : replications) out.insert(out.end(), one.begin(), one.end());
  return out;
}

std::vector<std::vector<double>> byValue(const std::vector<std::vector<double>>& replications) {
  std::vector<std::vector<double>> out(replications.empty() ? 0 : replications.front().size());
  for (const std::vector<double>& one : replications) {
    if (one.size() != out.size()) throw std::runtime_error("replications differ in what they give");
    for (std::size_t i = 0; i < one.size(); ++i) out[i].push_back(one[i]);
  }
  return out;
}

}  // namespace jobset_twin::validation
