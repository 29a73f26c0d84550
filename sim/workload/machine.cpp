#include "sim/workload/machine.hpp"

namespace jobset_twin::workload {
namespace {

constexpr std::int32_t kSigterm = 15;

MachineRequest translate(const Request& request) {
  MachineRequest out;
  out.id = request.id;
  out.name = request.name;
  out.port = request.port;
  out.patience = request.patience;
  out.argv = request.argv;
  switch (request.kind) {
    case RequestKind::kResolve: break;
    case RequestKind::kConnect: break;
    case RequestKind::kPing: out.ping = true; break;
    case RequestKind::kUnknown: out.kind = AskKind::kRunUnknown; break;
  }
  return out;
}

// An agent and the worker that it runs put their questions to the same kubelet: their ids must differ.
constexpr std::uint32_t kAgentIds = std::uint32_t{1} << 24;

MachineStep resumeProcess(Process& process, Host& host) {
  Step step = process.resume(host);
  MachineStep out;
  out.output = std::move(step.output);
  out.wake = step.wake;
  if (step.exit_code) out.exit_code = *step.exit_code;
  out.idle = process.idle();
  for (const Request& request : step.requests) out.requests.push_back(translate(request));
  return out;
}

}  // namespace

MachineStep Machine::resume(Host& host) {
  MachineStep out;
  if (ended_by_ != 0) {
    out.exit_code = 128 + ended_by_;
    return out;
  }
  if (auto* process = std::get_if<Process>(&run)) return resumeProcess(*process, host);
  if (auto* fixed = std::get_if<FixedRun>(&run)) {
    if (fixed->begun) {
      out.exit_code = fixed->exit_code;
    } else {
      fixed->begun = true;
      out.wake = host.now() + fixed->run_time;
    }
    return out;
  }
  std::vector<std::string> lines;
  Ask ask;
  if (auto* behavior = std::get_if<BehaviorRun>(&run)) {
    ask = behavior->advance(answer_, lines);
  } else if (auto* agent = std::get_if<RestartAgent>(&run)) {
    ask = agent->advance(answer_, lines);
  }
  answer_ = {};
  open_ = 0;
  for (std::string& line : lines) out.output.push_back({1, std::move(line), true});
  out.idle = ask.idle;
  switch (ask.kind) {
    case AskKind::kSleep: out.wake = host.now() + ask.duration; break;
    case AskKind::kForever: break;
    case AskKind::kExit: out.exit_code = ask.exit_code; break;
    default: {
      if (ask.kind == AskKind::kGroup && ask.duration > Duration{}) out.wake = host.now() + ask.duration;
      MachineRequest request;
      request.id = open_ = next_id_++;
      if (std::holds_alternative<RestartAgent>(run)) request.id = open_ |= kAgentIds;
      request.kind = ask.kind;
      request.name = std::move(ask.name);
      request.port = ask.port;
      request.argv = std::move(ask.argv);
      out.requests.push_back(std::move(request));
    }
  }
  return out;
}

void Machine::answer(std::uint32_t id, const AskAnswer& given) {
  if (auto* process = std::get_if<Process>(&run)) {
    Answer answer;
    answer.addresses = given.addresses;
    answer.exit_code = given.exit_code;
    answer.output = given.output;
    answer.outcome = given.no_server    ? Outcome::kNoServer
                     : !given.ok        ? Outcome::kNoSuchName
                     : given.timed_out  ? Outcome::kTimedOut
                     : !given.connected ? Outcome::kRefused
                                        : Outcome::kDone;
    process->answer(id, answer);
  } else if (id == open_) {
    answer_ = given;
  }
}

void Machine::signal(std::int32_t number) {
  if (auto* process = std::get_if<Process>(&run)) {
    process->signal(number);
  } else if (const auto* behavior = std::get_if<BehaviorRun>(&run)) {
    if (number == kSigterm && behavior->spec.handles_term) ended_by_ = number;
  } else if (present()) {
    ended_by_ = number;
  }
}

}  // namespace jobset_twin::workload
