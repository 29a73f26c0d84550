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
    schedule(ctx, wait - since, kProbe, slot, probeTimer(c, index, which));
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
             probeTimer(c, index, kBehaviour));
  }
  begin(kLiveness);
}

// A command runs beside the container's own, in its file system; what it asks of the network is answered as the network
// is now. Past its timeout it has failed.
Kubelet::ProbeRun Kubelet::runProbe(Context& ctx, PodRuntime& pod, std::size_t index, const api::Probe& probe) {
  const ContainerRuntime& c = pod.containers[index];
  const Duration limit = seconds(std::max(probe.timeoutSeconds, 1));
  if (c.hung) return {false, false, limit};
  if (const auto* agent = std::get_if<workload::RestartAgent>(&c.machine.run))
    return {agent->barrier_down, false, Duration{}};
  if (!probe.exec) return {true, true, Duration{}};
  const workload::Compiled& program = compiled(probe.exec->command);
  if (!program.known) return {true, true, Duration{}};
  const std::vector<std::string>& argv = program.program->argv;
  const bool constant = program.program->kind == workload::ProgramKind::kCommand && !argv.empty() &&
                        (argv[0] == "echo" || argv[0] == "true" || argv[0] == "false");
  const api::Container& spec = specOf(pod, index);
  workload::Options options;
  options.pid1 = false;
  if (!spec.workingDir.empty()) options.directory = spec.workingDir;
  workload::Machine machine;
  machine.run = workload::Process::start(program.program, environmentOf(pod, spec), options, ctx.now());
  Duration took{};
  constexpr int kMostRounds = 10'000;
  for (int round = 0; round < kMostRounds && took < limit; ++round) {
    MachineHost host(*this, pod, index, ctx.now() + took, ctx.kernel.seed());
    const workload::MachineStep step = machine.resume(host);
    if (step.exit_code) return {*step.exit_code == 0, constant, took};
    for (const workload::MachineRequest& request : step.requests)
      machine.answer(request.id, answerNow(ctx, pod, request, took));
    if (!step.requests.empty()) continue;
    if (!step.wake) break;
    took = std::max(*step.wake - ctx.now(), took);
  }
  return {false, false, limit};
}

// `what`: which probe, and whether and how it has answered (probeTimer()).
void Kubelet::probe(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t what) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const std::uint32_t which = what & 3U;
  if (c.state != ContainerState::kRunning) return;
  if (which == kBehaviour) {
    c.readiness.result = !c.hung;
    c.ready = readyNow(pod, index);
    syncStatus(ctx, slot);
    return;
  }
  const std::optional<api::Probe>& probe = probeOf(specOf(pod, index), which);
  if (!probe || (pod.terminating && which != kReadiness)) return;  // K-POD-32
  if (which == kStartup && c.startup.result.value_or(false)) return;
  ProbeState& state = which == kStartup ? c.startup : which == kReadiness ? c.readiness : c.liveness;
  if (which != kReadiness && state.result == std::optional(false)) return;  // it is being killed
  const bool over = (what & 4U) != 0;
  ProbeRun run{(what & 8U) != 0, false, Duration{}};
  if (!over) {
    state.asked = ctx.now();
    run = runProbe(ctx, pod, index, *probe);
    if (run.took > Duration{}) {
      return schedule(ctx, run.took, kProbe, slot, probeTimer(c, index, which, true, run.passed),
                      ctx.kernel.currentClass());
    }
  }
  probed(ctx, slot, index, which, *probe, run.passed);
  if (!pods_[slot].used || c.state != ContainerState::kRunning) return;
  const bool settled = state.result.has_value() && *state.result == run.passed;
  const bool done = (run.constant && settled) || (which == kStartup && c.startup.result.value_or(false));
  if (done) return;
  // Below its threshold a result comes to something in bounded time. One that has is asked again: what the container
  // does later may change it.
  const bool counts_down = !settled && (run.passed || which != kReadiness);
  if (counts_down) ctx.kernel.setCurrentClass(kernel::EventClass::kWork);
  schedule(ctx, std::max(state.asked + period(*probe) - ctx.now(), Duration{}), kProbe, slot,
           probeTimer(c, index, which), counts_down ? kernel::EventClass::kWork : kernel::EventClass::kRetry);
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
          fmt::format("Container {} failed {} probe{}", name, which == kStartup ? "startup" : "liveness",
                      startsAgainAfterProbe(pod, index) ? ", will be restarted" : ""));
    const auto grace = probe.terminationGracePeriodSeconds.value_or(
        api::as<api::Pod>(pod.pod).spec->terminationGracePeriodSeconds.value_or(30));
    c.probe_killed = true;
    stopContainer(ctx, slot, index, seconds(grace));
  }
}

}  // namespace jobset_twin::cluster
