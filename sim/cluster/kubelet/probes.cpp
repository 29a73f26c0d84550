// Startup, readiness and liveness probes (K-POD-30 to K-POD-32, K-T-20).
//
// A probe whose answer cannot change while the container runs (HTTP, TCP and gRPC ones, commands that only print) is
// asked until it has answered once and then costs no event. Others go on at their period.
#include <algorithm>

#include <fmt/format.h>

#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/cluster/kubelet/machine_host.hpp"

namespace jobset_twin::cluster {
namespace {

using std::chrono::seconds;

enum Which : std::uint32_t { kStartup = 0, kReadiness = 1, kLiveness = 2, kBehaviour = 3 };

const std::optional<api::Probe>& probeOf(const api::Container& container, std::uint32_t which) {
  return which == kStartup     ? container.startupProbe
         : which == kReadiness ? container.readinessProbe
                               : container.livenessProbe;
}

Duration period(const api::Probe& probe) { return seconds(probe.periodSeconds > 0 ? probe.periodSeconds : 10); }

// Probes tick from the container's start at their period; one that comes before initialDelaySeconds does nothing.
Duration firstTick(const api::Probe& probe) {
  const Duration every = period(probe);
  const Duration delay = seconds(probe.initialDelaySeconds);
  const auto ticks = (delay.count() + every.count() - 1) / every.count();
  return every * ticks;
}

// A scenario that says when a container is ready says what its readiness probe would find.
bool readyByBehavior(const KubeletConfig& config, const ContainerRuntime& container) {
  return container.behavior >= 0 &&
         config.behaviors[static_cast<std::size_t>(container.behavior)].ready_after.has_value();
}

std::string_view nameOf(std::uint32_t which) {
  return which == kStartup ? "Startup" : which == kReadiness ? "Readiness" : "Liveness";
}

}  // namespace

void Kubelet::startProbes(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kRunning) return;
  const api::Container& spec = specOf(pod, index);
  const auto begin = [&](std::uint32_t which) {
    const std::optional<api::Probe>& probe = probeOf(spec, which);
    if (!probe) return;
    ProbeState& state = which == kStartup ? c.startup : which == kReadiness ? c.readiness : c.liveness;
    ctx.kernel.cancel(state.tick);
    // From the start of the container; after the startup probe, from now on.
    const Duration since = ctx.now() - c.started_at;
    Duration wait = firstTick(*probe);
    if (wait < since) wait += period(*probe) * ((since - wait + period(*probe) - Duration(1)) / period(*probe));
    schedule(ctx, wait - since, kProbe, slot, (static_cast<std::uint64_t>(c.run) << 2 | which) << 8 | index);
  };
  if (spec.startupProbe && !c.startup.result.value_or(false)) {
    begin(kStartup);
    return;
  }
  if (!readyByBehavior(config_, c)) {
    begin(kReadiness);
  } else if (c.hung && c.readiness.result.value_or(false)) {
    // What the probe would find, had it been asked.
    const api::Probe probe = spec.readinessProbe.value_or(api::Probe{});
    schedule(ctx, spec.readinessProbe ? period(probe) * std::max(probe.failureThreshold, 1) : Duration{}, kProbe, slot,
             (static_cast<std::uint64_t>(c.run) << 2 | kBehaviour) << 8 | index);
  }
  begin(kLiveness);
}

bool Kubelet::probePasses(Context& ctx, PodRuntime& pod, std::size_t index, const api::Probe& probe, bool& constant) {
  constant = true;
  ContainerRuntime& c = pod.containers[index];
  if (c.hung) {
    constant = false;
    return false;
  }
  if (const auto* agent = std::get_if<workload::RestartAgent>(&c.machine.run)) {
    constant = false;
    return agent->barrier_down;
  }
  if (!probe.exec) return true;
  const workload::Compiled& program = compiled(probe.exec->command);
  if (!program.known) return true;
  constant =
      program.program->kind == workload::ProgramKind::kCommand && !program.program->argv.empty() &&
      (program.program->argv[0] == "echo" || program.program->argv[0] == "true" || program.program->argv[0] == "false");
  const auto run = runBeside(ctx, pod, index, probe.exec->command, seconds(std::max(probe.timeoutSeconds, 1)));
  return run && run->exit_code == 0;
}

// A command that the runtime starts beside a container's own, in its environment and on its files. It is run ahead, on
// a clock of its own: what it does, and what it finds out about others, is of this instant. Absent: it takes longer
// than `limit`.
std::optional<workload::CommandRun> Kubelet::runBeside(Context& ctx, PodRuntime& pod, std::size_t index,
                                                       const std::vector<std::string>& command, Duration limit) {
  constexpr int kRounds = 10'000;
  workload::Options options;
  options.pid1 = false;
  const TimePoint start = ctx.now();
  TimePoint now = start;
  workload::Process process = workload::Process::start(
      compiled(command).program, environmentOf(pod, specOf(pod, index), configs_, nodes_[pod.node]), options, start);
  for (int round = 0; round < kRounds; ++round) {
    MachineHost host(*this, pod, index, now, ctx.kernel.seed());
    const workload::Step step = process.resume(host);
    if (step.exit_code) return workload::CommandRun{now - start, *step.exit_code};
    for (const workload::Request& request : step.requests) process.answer(request.id, answerBeside(ctx, pod, request));
    if (!step.requests.empty()) continue;
    if (!step.wake || *step.wake - start > limit) return std::nullopt;
    now = *step.wake;
  }
  return std::nullopt;
}

workload::Answer Kubelet::answerBeside(Context& ctx, const PodRuntime& pod, const workload::Request& request) {
  workload::Answer answer;
  if (request.kind == workload::RequestKind::kUnknown) return answer;  // succeeds
  workload::MachineRequest asked;
  asked.name = request.name;
  asked.port = request.port;
  asked.ping = request.kind == workload::RequestKind::kPing;
  asked.argv = request.argv;
  workload::AskAnswer found;
  found.ok = true;
  for (Duration again{}; !resolve(ctx, pod, asked, found, again);) {
  }
  answer.addresses = found.addresses;
  if (found.no_server || !found.ok) {
    answer.outcome = found.no_server ? workload::Outcome::kNoServer : workload::Outcome::kNoSuchName;
    return answer;
  }
  if (asked.port == 0 && !asked.ping) return answer;
  answer.outcome = workload::Outcome::kRefused;
  for (const std::string& address : found.addresses) {
    const Reply reply = knock(ctx, pod, address, asked.port);
    if (reply == Reply::kAccepted || (asked.ping && reply == Reply::kRefused)) {
      answer.outcome = workload::Outcome::kDone;
      break;
    }
    if (reply == Reply::kSilence) answer.outcome = workload::Outcome::kTimedOut;
  }
  return answer;
}

void Kubelet::probe(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t which) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kRunning) return;
  if (which == kBehaviour) {
    c.readiness.result = !c.hung;
    c.ready = readyNow(pod, index);
    syncStatus(ctx, slot);
    return;
  }
  const std::optional<api::Probe>& probe = probeOf(specOf(pod, index), which);
  if (!probe || (pod.terminating && which != kReadiness)) return;
  if (which == kStartup && c.startup.result.value_or(false)) return;
  bool constant = false;
  const bool passed = probePasses(ctx, pod, index, *probe, constant);
  probed(ctx, slot, index, which, *probe, passed);
  if (!pods_[slot].used || c.state != ContainerState::kRunning) return;
  const ProbeState& state = which == kStartup ? c.startup : which == kReadiness ? c.readiness : c.liveness;
  const bool settled = state.result.has_value() && *state.result == passed;
  const bool done = (constant && settled) || (which == kStartup && c.startup.result.value_or(false));
  if (done) return;
  // Below its threshold a result comes to something in bounded time. One that has is asked again: what the container
  // does later may change it.
  const bool counts_down = !settled && (passed || which != kReadiness);
  if (counts_down) ctx.kernel.setCurrentClass(kernel::EventClass::kWork);
  schedule(ctx, period(*probe), kProbe, slot, (static_cast<std::uint64_t>(c.run) << 2 | which) << 8 | index,
           counts_down ? kernel::EventClass::kWork : kernel::EventClass::kRetry);
}

void Kubelet::probed(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t which, const api::Probe& probe,
                     bool passed) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  ProbeState& state = which == kStartup ? c.startup : which == kReadiness ? c.readiness : c.liveness;
  const std::int32_t success_at = std::max(probe.successThreshold, 1);
  const std::int32_t failure_at = probe.failureThreshold > 0 ? probe.failureThreshold : 3;
  state.successes = passed ? state.successes + 1 : 0;
  state.failures = passed ? 0 : state.failures + 1;
  if (!passed) {
    event(ctx, pod, "Warning", "Unhealthy", fmt::format("{} probe failed: ", nameOf(which)));
  }
  if (passed && state.successes >= success_at && state.result != std::optional(true)) {
    state.result = true;
    if (which == kStartup) {
      c.started = true;
      c.ready = readyNow(pod, index);
      startProbes(ctx, slot, index);
      noticeSoon(ctx, slot);
    } else if (which == kReadiness) {
      c.ready = readyNow(pod, index);
    }
    syncStatus(ctx, slot);
    advancePod(ctx, slot);
  } else if (!passed && state.failures >= failure_at && state.result != std::optional(false)) {
    state.result = false;
    if (which == kReadiness) {
      c.ready = false;
      syncStatus(ctx, slot);
      return;
    }
    const std::string& name = specOf(pod, index).name;
    event(ctx, pod, "Normal", "Killing",
          fmt::format("Container {} failed {} probe, will be restarted", name,
                      which == kStartup ? "startup" : "liveness"));
    const auto grace = probe.terminationGracePeriodSeconds.value_or(
        api::as<api::Pod>(pod.pod).spec->terminationGracePeriodSeconds.value_or(30));
    stopContainer(ctx, slot, index, std::max<Duration>(seconds(grace), kMinimumGrace));
  }
}

}  // namespace jobset_twin::cluster
