// Lifecycle hooks (K-POD-40, K-POD-42): their commands run beside the container's own, in its file system and volumes,
// as long as they take. What they ask of the network is answered at once; httpGet hooks succeed at once. Source:
// kubernetes 1.36 pkg/kubelet/lifecycle/handlers.go, pkg/kubelet/kuberuntime/kuberuntime_container.go.
#include <algorithm>

#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/cluster/kubelet/machine_host.hpp"

namespace jobset_twin::cluster {

// hookDone() follows, possibly before this returns.
void Kubelet::beginHook(Context& ctx, std::uint32_t slot, std::size_t index, const api::LifecycleHandler& hook) {
  const PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pods_[slot].containers[index];
  c.hook = {};
  if (hook.sleep && hook.sleep->seconds > 0) {
    c.hook.run = workload::FixedRun{std::chrono::seconds(hook.sleep->seconds), 0, false};
  } else if (hook.exec) {
    const workload::Compiled& program = compiled(hook.exec->command);
    const api::Container& spec = specOf(pod, index);
    workload::Options options;
    options.pid1 = false;
    if (!spec.workingDir.empty()) options.directory = spec.workingDir;
    if (program.runnable)
      c.hook.run = workload::Process::start(program.program, environmentOf(pod, spec), options, ctx.now());
  }
  if (!c.hook.present()) return hookDone(ctx, slot, index, 0);
  runHook(ctx, slot, index);
}

void Kubelet::runHook(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  constexpr int kMostRounds = 10'000;
  for (int round = 0; round < kMostRounds && c.hook.present(); ++round) {
    MachineHost host(*this, pod, index, ctx.now(), ctx.kernel.seed());
    const workload::MachineStep step = c.hook.resume(host);
    for (const workload::MachineRequest& request : step.requests) {
      Duration took{};
      c.hook.answer(request.id, answerNow(ctx, pod, request, took));
    }
    if (step.exit_code) c.hook = {};
    if (!step.idle) ctx.kernel.setCurrentClass(kernel::EventClass::kWork);
    if (host.wrote()) {
      // Who waits for a file may find it at its next look.
      for (std::size_t i = 0; i < pod.containers.size(); ++i) {
        if (pod.containers[i].wake_at && ctx.kernel.isPending(pod.containers[i].wake))
          setWake(ctx, slot, i, kernel::EventClass::kWork);
      }
    }
    if (step.exit_code) return hookDone(ctx, slot, index, *step.exit_code);
    if (!step.requests.empty()) continue;
    if (step.wake) {
      schedule(ctx, std::max(*step.wake - ctx.now(), Duration{}), kHook, slot, timerOf(c, index),
               step.idle ? kernel::EventClass::kRetry : kernel::EventClass::kWork);
    }
    return;
  }
}

void Kubelet::hookDone(Context& ctx, std::uint32_t slot, std::size_t index, std::int32_t code) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  c.hook = {};
  if (c.state != ContainerState::kRunning) return;
  if (c.post_start) return hooked(ctx, slot, index, code);
  if (code != 0) event(ctx, pod, "Warning", "FailedPreStopHook", "PreStopHook failed");
  if (c.kill_at) afterPreStop(ctx, slot, index);  // otherwise its turn has not come yet
}

// The preStop hook is over, or there is none: SIGTERM now, and SIGKILL not before the least grace has passed (K-T-21).
void Kubelet::afterPreStop(Context& ctx, std::uint32_t slot, std::size_t index) {
  ContainerRuntime& c = pods_[slot].containers[index];
  c.hook = {};
  if (*c.kill_at < ctx.now() + kMinimumGrace) {
    c.kill_at = ctx.now() + kMinimumGrace;
    schedule(ctx, kMinimumGrace, kKill, slot, timerOf(c, index));
  }
  term(ctx, slot, index);
}

}  // namespace jobset_twin::cluster
