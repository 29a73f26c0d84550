#include "scenarios/study/farm.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <stdexcept>

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace jobset_twin::scenarios::study {
namespace {

// What a worker answers: this, then `size` bytes of figures, or of text if it broke.
struct AnswerHead {
  std::uint64_t task = 0, size = 0, broke = 0;
};

bool writeAll(int file, const void* data, std::size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t done = write(file, at, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    at += done;
    size -= static_cast<std::size_t>(done);
  }
  return true;
}

bool readAll(int file, void* data, std::size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t done = read(file, at, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    at += done;
    size -= static_cast<std::size_t>(done);
  }
  return true;
}

[[noreturn]] void serve(int in, int out, const std::vector<Task>& tasks, const Work& work, pid_t parent) {
  // Ctrl-C is the parent's business; and without it nobody wants the rest.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  std::uint64_t task = 0;
  while (readAll(in, &task, sizeof task)) {
    AnswerHead head{task, 0, 0};
    std::string body;
    try {
      body = toBytes(work(tasks[task]));
    } catch (const std::exception& error) {
      body = error.what();
      head.broke = 1;
    }
    head.size = body.size();
    if (!writeAll(out, &head, sizeof head) || !writeAll(out, body.data(), body.size())) _exit(1);
  }
  _exit(0);
}

struct Worker {
  pid_t pid = 0;
  int to = -1, from = -1;
  std::string received;
  std::deque<std::size_t> given;  // in order; the first is under way
};

class Pool {
 public:
  Pool(const std::vector<Task>& tasks, const Work& work, const FarmHooks& hooks, unsigned count)
      : tasks_(tasks),
        work_(work),
        hooks_(hooks),
        count_(std::max<std::size_t>(1, std::min<std::size_t>(count, tasks.size()))) {
    for (std::size_t i = 0; i < tasks.size(); ++i) waiting_.push_back(i);
  }
  ~Pool() {
    for (Worker& worker : workers_) end(worker, SIGKILL);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run() {
    while (left_ > 0 || !waiting_.empty()) {
      if (hooks_.stopped && hooks_.stopped()) return;
      while (workers_.size() < count_ && !waiting_.empty()) start();
      feed();
      await();
      if (hooks_.tick) hooks_.tick();
    }
  }

 private:
  void start() {
    int down[2], up[2];
    if (pipe(down) != 0) throw std::runtime_error(fmt::format("no pipe to a worker: {}", std::strerror(errno)));
    if (pipe(up) != 0) {
      close(down[0]);
      close(down[1]);
      throw std::runtime_error(fmt::format("no pipe to a worker: {}", std::strerror(errno)));
    }
    std::fflush(nullptr);  // or the worker would write it once more
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) throw std::runtime_error(fmt::format("no process for a worker: {}", std::strerror(errno)));
    if (pid == 0) {
      close(down[1]);
      close(up[0]);
      for (const Worker& other : workers_) {  // or it would hold the others' pipes open
        close(other.to);
        close(other.from);
      }
      serve(down[0], up[1], tasks_, work_, parent);
    }
    close(down[0]);
    close(up[1]);
    workers_.push_back({pid, down[1], up[0], {}, {}});
  }

  // Two each, so that a worker need not wait for the next; one towards the end, so that none waits behind a long run.
  void feed() {
    const std::size_t most = waiting_.size() > 4 * workers_.size() ? 2 : 1;
    for (std::size_t depth = 1; depth <= most; ++depth) {
      for (Worker& worker : workers_) {
        if (waiting_.empty() || worker.given.size() >= depth) continue;
        const std::uint64_t task = waiting_.front();
        if (!writeAll(worker.to, &task, sizeof task)) continue;  // it is gone: await() sees that
        waiting_.pop_front();
        worker.given.push_back(task);
        ++left_;
      }
    }
  }

  void await() {
    constexpr int kTickMs = 100;
    std::vector<pollfd> files;
    for (const Worker& worker : workers_) files.push_back({worker.from, POLLIN, 0});
    if (poll(files.data(), files.size(), kTickMs) <= 0) return;
    std::vector<std::size_t> gone;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (files[i].revents != 0 && !receive(workers_[i])) gone.push_back(i);
    }
    for (auto i = gone.rbegin(); i != gone.rend(); ++i) {
      bury(workers_[*i]);
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(*i));
    }
  }

  // False: it has ended.
  bool receive(Worker& worker) {
    char buffer[65536];
    const ssize_t got = read(worker.from, buffer, sizeof buffer);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got <= 0) return false;
    worker.received.append(buffer, static_cast<std::size_t>(got));
    while (worker.received.size() >= sizeof(AnswerHead)) {
      AnswerHead head;
      std::memcpy(&head, worker.received.data(), sizeof head);
      if (worker.received.size() < sizeof head + head.size) break;
      std::string body = worker.received.substr(sizeof head, head.size);
      worker.received.erase(0, sizeof head + head.size);
      Finished finished;
      if (head.broke != 0) {
        finished.problem = std::move(body);
      } else {
        finished.figures = figuresFromBytes(body);
      }
      worker.given.pop_front();
      --left_;
      hooks_.done(head.task, std::move(finished));
    }
    return true;
  }

  // What it had under way broke; what else it was given is for others.
  void bury(Worker& worker) {
    int status = 0;
    close(worker.to);
    close(worker.from);
    worker.to = worker.from = -1;
    waitpid(worker.pid, &status, 0);
    worker.pid = 0;
    left_ -= worker.given.size();
    if (worker.given.empty()) return;
    const std::size_t task = worker.given.front();
    worker.given.pop_front();
    for (auto i = worker.given.rbegin(); i != worker.given.rend(); ++i) waiting_.push_front(*i);
    Finished finished;
    finished.problem = WIFSIGNALED(status) ? fmt::format("the run was ended by signal {} ({})", WTERMSIG(status),
                                                         strsignal(WTERMSIG(status)))
                                           : fmt::format("the run ended with exit code {}", WEXITSTATUS(status));
    hooks_.done(task, std::move(finished));
  }

  static void end(Worker& worker, int signal) {
    if (worker.pid <= 0) return;
    close(worker.to);
    close(worker.from);
    kill(worker.pid, signal);
    waitpid(worker.pid, nullptr, 0);
    worker.pid = 0;
  }

  const std::vector<Task>& tasks_;
  const Work& work_;
  const FarmHooks& hooks_;
  std::size_t count_;
  std::deque<std::size_t> waiting_;
  std::size_t left_ = 0;  // given and not answered
  std::vector<Worker> workers_;
};

}  // namespace

unsigned processorsHere() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

Farm processFarm(unsigned workers) {
  const unsigned count = workers == 0 ? processorsHere() : workers;
  return [count](const std::vector<Task>& tasks, const Work& work, const FarmHooks& hooks) {
    if (tasks.empty()) return;
    // A worker that is gone is seen by what it no longer says, not by a signal.
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    try {
      Pool(tasks, work, hooks, count).run();
    } catch (...) {
      std::signal(SIGPIPE, before);
      throw;
    }
    std::signal(SIGPIPE, before);
  };
}

}  // namespace jobset_twin::scenarios::study
