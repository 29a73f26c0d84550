// serve.cpp - the HTTP face with 10,000 Pods: how long a list takes, how a change spreads to a thousand watches, and
// what both cost in memory. The server is a process of its own, on loopback, its virtual time standing; the ratios are
// to one watch, and to a list of one Pod.
//
// Wall-clock time, so the machine should have two processors to spare.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/serve/served_cluster.hpp"

namespace {

using namespace jobset_twin;
using Clock = std::chrono::steady_clock;

constexpr int kPods = 10'000;
constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";

double seconds(Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); }

volatile std::sig_atomic_t stopped = 0;
void stop(int) { stopped = 1; }

scenarios::RunPlan planOf() {
  const std::string text =
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nmetadata: {name: bench}\nspec:\n  cluster:\n    "
      "nodePools:\n"
      "    - {name: node, count: 100, capacity: {cpu: \"64\", memory: 256Gi, pods: \"110\"}}\n---\n"
      "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: many}\nspec:\n  replicatedJobs:\n"
      "  - name: w\n    replicas: 100\n    template:\n      spec:\n        parallelism: 100\n        completions: 100\n"
      "        template:\n          spec:\n            restartPolicy: Never\n            containers:\n"
      "            - {name: c, image: i, command: [sleep, \"1000000\"], resources: {requests: {cpu: 10m}}}\n";
  return scenarios::load({{"bench", text}}, {}, [](const std::string&) { return std::nullopt; }).plan;
}

// Says its port, and serves until it is told to stop. Time stands.
[[noreturn]] void server(int port_to) {
  std::signal(SIGTERM, stop);
  scenarios::ServeOptions options;
  options.credentials.everybody = true;
  options.credentials.administrator = {"admin", {"system:masters"}};
  options.clock.paused = true;
  scenarios::ServedCluster cluster(planOf(), options);
  const std::uint16_t port = cluster.port();
  if (write(port_to, &port, sizeof port) != sizeof port) _exit(1);
  cluster.serve(&stopped);
  _exit(0);
}

int connectTo(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::perror("connect");
  return fd;
}

void sendAll(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t sent = send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) return;
    at += static_cast<std::size_t>(sent);
  }
}

std::string ask(std::uint16_t port, const std::string& method, const std::string& path, const std::string& body = "") {
  const int fd = connectTo(port);
  sendAll(fd, fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                          "Content-Length: {}\r\n\r\n{}",
                          method, path, body.size(), body));
  std::string out(1 << 20, '\0');
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0; size += static_cast<std::size_t>(got > 0 ? got : 0)) {
    if (out.size() - size < 65536) out.resize(out.size() * 2);
    got = recv(fd, out.data() + size, out.size() - size, 0);
  }
  out.resize(size);
  close(fd);
  return out;
}

double bestOf(int times, const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < times; ++i) {
    const Clock::time_point from = Clock::now();
    work();
    best = std::min(best, seconds(from));
  }
  return best;
}

double megabytesOf(pid_t process) {
  std::ifstream in(fmt::format("/proc/{}/status", process));
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  return 0;
}

// Opens so many watches, makes the changes, and waits until each has seen all of them.
double spread(std::uint16_t port, int watches, int changes, pid_t process, double& memory) {
  std::vector<pollfd> fds;
  for (int i = 0; i < watches; ++i) {
    const int fd = connectTo(port);
    sendAll(fd, fmt::format("GET {}?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n", kMaps));
    fds.push_back({fd, POLLIN, 0});
  }
  std::vector<int> seen(fds.size(), 0);
  std::vector<char> buffer(1 << 16);
  const auto drain = [&](int timeout) {
    poll(fds.data(), fds.size(), timeout);
    for (std::size_t i = 0; i < fds.size(); ++i) {
      if (!(fds[i].revents & POLLIN)) continue;
      const ssize_t got = recv(fds[i].fd, buffer.data(), buffer.size(), 0);
      const std::string_view text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      for (std::size_t at = text.find("\"MODIFIED\""); at != text.npos; at = text.find("\"MODIFIED\"", at + 1))
        ++seen[i];
    }
  };
  drain(500);  // what was there
  memory = megabytesOf(process);
  const Clock::time_point from = Clock::now();
  for (int i = 0; i < changes; ++i) {
    ask(port, "PUT", fmt::format("{}/m", kMaps),
        fmt::format(R"({{"metadata":{{"name":"m"}},"data":{{"n":"{}"}}}})", i));
    drain(0);
  }
  const auto complete = [&] {
    for (const int one : seen)
      if (one < changes) return false;
    return true;
  };
  while (!complete() && seconds(from) < 60) drain(100);
  const double took = seconds(from);
  if (!complete()) std::printf("a watch has missed something\n");
  for (const pollfd& one : fds) close(one.fd);
  return took;
}

}  // namespace

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const pid_t process = fork();
  if (process == 0) server(ends[1]);
  std::uint16_t port = 0;
  if (read(ends[0], &port, sizeof port) != sizeof port) return 1;
  // Until all Pods are there.
  ask(port, "POST", "/apis/jobset-twin.dev/v1alpha1/clocks/clock/step", R"({"duration":"30m"})");
  const double empty = megabytesOf(process);

  std::size_t bytes = 0;
  const double all = bestOf(5, [&] { bytes = ask(port, "GET", "/api/v1/pods").size(); });
  const double one = bestOf(20, [&] { ask(port, "GET", "/api/v1/pods?limit=1"); });
  const double page = bestOf(20, [&] { ask(port, "GET", "/api/v1/pods?limit=500"); });
  std::printf("list of %d Pods: %.0f ms, %.1f MB; a page of 500: %.1f ms; of one: %.2f ms\n", kPods, all * 1e3,
              static_cast<double>(bytes) / 1e6, page * 1e3, one * 1e3);

  ask(port, "POST", kMaps, R"({"metadata":{"name":"m"}})");
  double memory = 0;
  constexpr int kChanges = 100, kWatches = 1000;
  const double few = spread(port, 1, kChanges, process, memory);
  const double many = spread(port, kWatches, kChanges, process, memory);
  std::printf("%d changes to 1 watch: %.0f ms; to %d watches: %.0f ms, %.1f us for each watch and change\n", kChanges,
              few * 1e3, kWatches, many * 1e3, many * 1e6 / kWatches / kChanges);
  std::printf("memory: %.0f MiB with %d Pods, %.0f MiB with %d watches\n", empty, kPods, memory, kWatches);
  std::printf("ratios: a list of %d Pods is %.0f times one of one; %d watches take %.1f times as long as one\n", kPods,
              all / one, kWatches, many / few);
  kill(process, SIGTERM);
  waitpid(process, nullptr, 0);
  return 0;
}
