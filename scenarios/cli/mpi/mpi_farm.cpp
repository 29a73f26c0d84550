#include "scenarios/cli/mpi/mpi_farm.hpp"

#include <chrono>
#include <deque>
#include <exception>
#include <thread>

#include <boost/mpi/nonblocking.hpp>
#include <boost/serialization/string.hpp>

namespace jobset_twin::cli {
namespace {

using namespace scenarios::study;

// Down: the task's number, its point and its seed; a number of kEnd ends it. Up: the number, then figures or a problem.
constexpr int kTaskTag = 1, kAnswerTag = 2, kBodyTag = 3;
constexpr std::uint64_t kEnd = ~std::uint64_t{0};

void handOut(const boost::mpi::communicator& world, int rank, std::uint64_t number, const Task& task) {
  const std::uint64_t message[3] = {number, task.point, task.seed};
  world.send(rank, kTaskTag, message, 3);
}

Finished receive(const boost::mpi::communicator& world, int rank, std::size_t& number) {
  std::uint64_t head[2];
  std::string body;
  world.recv(rank, kAnswerTag, head, 2);
  world.recv(rank, kBodyTag, body);
  number = head[0];
  Finished out;
  if (head[1] != 0) {
    out.problem = std::move(body);
  } else {
    out.figures = figuresFromBytes(body);
  }
  return out;
}

}  // namespace

Farm mpiFarm(const boost::mpi::communicator& world) {
  return [world](const std::vector<Task>& tasks, const Work&, const FarmHooks& hooks) {
    std::size_t next = 0, under_way = 0;
    std::deque<int> idle;
    for (int rank = 1; rank < world.size(); ++rank) idle.push_back(rank);
    while (next < tasks.size() || under_way > 0) {
      const bool stopped = hooks.stopped && hooks.stopped();
      if (stopped && under_way == 0) return;
      while (!stopped && next < tasks.size() && !idle.empty()) {
        handOut(world, idle.front(), next, tasks[next]);
        idle.pop_front();
        ++next;
        ++under_way;
      }
      if (hooks.tick) hooks.tick();
      const boost::optional<boost::mpi::status> answer = world.iprobe(boost::mpi::any_source, kAnswerTag);
      if (!answer) {
        // MPI has no wait with a time limit, and waiting must not take a processor from those that work.
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      std::size_t number = 0;
      Finished finished = receive(world, answer->source(), number);
      --under_way;
      idle.push_back(answer->source());
      hooks.done(number, std::move(finished));
    }
  };
}

void serveMpi(const boost::mpi::communicator& world, const Work& work) {
  while (true) {
    while (!world.iprobe(0, kTaskTag)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::uint64_t message[3];
    world.recv(0, kTaskTag, message, 3);
    if (message[0] == kEnd) return;
    std::uint64_t head[2] = {message[0], 0};
    std::string body;
    try {
      body = work ? toBytes(work({static_cast<std::uint32_t>(message[1]), message[2]})) : "";
      if (!work) {
        body = "this process could not read the study";
        head[1] = 1;
      }
    } catch (const std::exception& error) {
      body = error.what();
      head[1] = 1;
    }
    world.send(0, kAnswerTag, head, 2);
    world.send(0, kBodyTag, body);
  }
}

void endMpi(const boost::mpi::communicator& world) {
  for (int rank = 1; rank < world.size(); ++rank) handOut(world, rank, kEnd, {});
}

}  // namespace jobset_twin::cli
