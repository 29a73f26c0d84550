// What runs in the containers: choosing it, running it, and answering what it asks of the world.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/cluster/kubelet/machine_host.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr Duration kUnknownCommandTime = std::chrono::seconds(1);  // of a command inside a script that nobody knows

// How long it takes at that speed.
Duration atSpeed(Duration time, double speed) {
  if (speed == 1 || time == Duration::max()) return time;
  const double scaled = static_cast<double>(time.count()) / speed;
  return scaled < 9e18 ? Duration(static_cast<std::int64_t>(std::ceil(scaled))) : Duration::max();
}

bool listedAttempt(const std::vector<std::int32_t>& wanted, std::int64_t value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool listedText(const std::vector<std::int32_t>& wanted, std::string_view value) {
  if (wanted.empty()) return true;
  return std::any_of(wanted.begin(), wanted.end(), [&](std::int32_t w) { return std::to_string(w) == value; });
}

bool same(const std::string& wanted, std::string_view value) { return wanted.empty() || wanted == value; }

bool isAgent(const api::Container& container) {
  return container.command.empty() && (container.name == "in-place-restart-agent" ||
                                       container.image.find("in-place-restart-agent") != std::string::npos);
}

using Environment = std::vector<std::pair<std::string, std::string>>;

const std::string* find(const Environment& environment, std::string_view name) {
  for (const auto& entry : environment) {
    if (entry.first == name) return &entry.second;
  }
  return nullptr;
}

workload::AskAnswer statusOf(const api::Object& object) {
  const api::JobSet& jobset = api::as<api::JobSet>(object);
  workload::AskAnswer answer;
  answer.in_place = jobset.spec->failurePolicy && jobset.spec->failurePolicy->restartStrategy == "InPlaceRestart" &&
                    !object.meta.annotations.contains("jobset.sigs.k8s.io/disable-in-place-restart");
  answer.previous_attempt = jobset.status.previousInPlaceRestartAttempt;
  answer.current_attempt = jobset.status.currentInPlaceRestartAttempt;
  return answer;
}

}  // namespace

std::int32_t Kubelet::behaviorFor(const PodRuntime& pod, const api::Container& container, std::int32_t attempt) const {
  const api::StringMap& labels = pod.pod->meta.labels;
  const bool first = container.name == api::as<api::Pod>(pod.pod).spec->containers.front().name;
  for (std::size_t i = 0; i < config_.behaviors.size(); ++i) {
    const workload::BehaviorMatch& match = config_.behaviors[i].match;
    if (config_.behaviors[i].model && match.container.empty() && !first) continue;  // one member a Pod
    if (same(match.namespace_, pod.pod->meta.namespace_) &&
        same(match.jobset, labels.get("jobset.sigs.k8s.io/jobset-name")) &&
        same(match.replicated_job, labels.get("jobset.sigs.k8s.io/replicatedjob-name")) &&
        same(match.job, labels.get("batch.kubernetes.io/job-name")) && same(match.container, container.name) &&
        listedText(match.job_index, labels.get("jobset.sigs.k8s.io/job-index")) &&
        listedText(match.pod_index, labels.get("batch.kubernetes.io/job-completion-index")) &&
        listedAttempt(match.attempt, attempt)) {
      return static_cast<std::int32_t>(i);
    }
  }
  return -1;
}

const workload::Compiled& Kubelet::compiled(const std::vector<std::string>& argv) {
  std::string key;
  for (const std::string& word : argv) {
    key += word;
    key += '\0';
  }
  const auto found = programs_.find(key);
  return found != programs_.end() ? found->second
                                  : programs_.emplace(std::move(key), workload::compile(argv)).first->second;
}

void Kubelet::launch(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const api::Container& spec = specOf(pod, index);
  c.attempt = starts_[pod.identity + "/" + spec.name]++;
  c.machine = {};
  c.worker = {};
  c.began_at.reset();
  c.random_draws = 0;
  c.files.clear();
  c.behavior = behaviorFor(pod, spec, c.attempt);
  c.clock = c.clock_set = ctx.now();
  c.wake_at.reset();
  const auto environment = isAgent(spec) ? environmentOf(pod, spec) : Environment();
  const std::string* worker = find(environment, "WORKER_COMMAND");
  if (c.crash_code) {
    c.machine.run = workload::FixedRun{std::chrono::milliseconds(500), *c.crash_code, false};
  } else if (c.behavior >= 0 && (!worker || worker->empty())) {
    c.machine.run = behaviorRun(ctx, pod, index);
  } else if (isAgent(spec)) {
    workload::RestartAgent agent;
    if (const std::string* code = find(environment, "IN_PLACE_RESTART_EXIT_CODE"); code && !code->empty()) {
      agent.restart_exit_code = static_cast<std::int32_t>(std::strtol(code->c_str(), nullptr, 10));
    }
    c.machine.run = agent;
    for (const std::string_view name : {"JOBSET_NAME", "POD_NAME"}) {
      const std::string* value = find(environment, name);
      if (value && !value->empty()) continue;
      logLines(ctx, pod, spec.name, {{1, fmt::format("env var must be set: {}", name), true}});
      c.machine.run = workload::FixedRun{Duration{}, 1, false};
      break;
    }
  } else {
    const Environment own = environmentOf(pod, spec);
    const std::vector<std::string> argv = commandOf(spec, own);
    const workload::Compiled& program = compiled(argv);
    if (spec.command.empty() || !program.runnable) {
      c.machine.run = workload::FixedRun{config_.default_run_time, config_.default_exit_code, false};
    } else {
      workload::Options options;
      if (!spec.workingDir.empty()) options.directory = spec.workingDir;
      c.machine.run = workload::Process::start(program.program, own, options, ctx.now());
    }
  }
  planUsage(ctx, slot, index);
  runMachine(ctx, slot, index);
}

// What the scenario says that the container does; in main-container mode, what the worker of its restart agent does.
workload::BehaviorRun Kubelet::behaviorRun(Context& ctx, const PodRuntime& pod, std::size_t index) const {
  const ContainerRuntime& c = pod.containers[index];
  const std::string who = pod.identity + "/" + specOf(pod, index).name;
  const auto kept = checkpoints_.find(who);
  return workload::BehaviorRun::start(config_.behaviors[static_cast<std::size_t>(c.behavior)],
                                      kernel::stream(ctx.kernel.seed(), fmt::format("container/{}/{}", who, c.attempt)),
                                      c.attempt, kept == checkpoints_.end() ? Duration{} : kept->second.checkpointed);
}

void Kubelet::logLines(Context& ctx, const PodRuntime& pod, const std::string& container,
                       const std::vector<workload::LogLine>& lines) {
  for (const workload::LogLine& line : lines) {
    const std::string source = fmt::format("{}/{}", pod.identity, container);
    ctx.kernel.fingerprint().line(ctx.now(), source, line.text);
    if (ctx.trace.enabled) {
      std::uint64_t restarts = 0;
      for (std::size_t i = 0; i < pod.containers.size(); ++i)
        if (specOf(pod, i).name == container && pod.containers[i].run > 0) restarts = pod.containers[i].run - 1;
      ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kLog),
                     fmt::format("Pod/{}/{}/{}", pod.pod->meta.namespace_, pod.pod->meta.name, container), line.text,
                     static_cast<std::uint64_t>(line.stream), restarts * 2 + (line.whole ? 1 : 0));
    }
  }
}

// What a container's own clock shows: on a slow node it loses time, so that all it does takes longer.
TimePoint Kubelet::clockOf(const PodRuntime& pod, std::size_t index, TimePoint now) const {
  const ContainerRuntime& c = pod.containers[index];
  return c.clock + atSpeed(now - c.clock_set, 1 / nodes_[pod.node].speed);
}

void Kubelet::setWake(Context& ctx, std::uint32_t slot, std::size_t index, kernel::EventClass event_class) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  ctx.kernel.cancel(c.wake);
  const Duration left =
      atSpeed(std::max(*c.wake_at - clockOf(pod, index, ctx.now()), Duration{}), nodes_[pod.node].speed);
  c.wake = ctx.kernel.scheduleAfter(left, targetOf(Component::kKubelet), kWake, handleOf(slot),
                                    c.wake_sequence << 8 | index, event_class);
}

// Runs the container's machine (and, in main-container mode, the worker beside the agent) and follows up.
void Kubelet::runMachine(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kRunning || c.hung) return;
  const std::string& name = specOf(pod, index).name;
  MachineHost host(*this, pod, index, clockOf(pod, index, ctx.now()), ctx.kernel.seed());
  workload::Machine& machine = c.worker.present() ? c.worker : c.machine;
  workload::MachineStep step = machine.resume(host);
  logLines(ctx, pod, name, step.output);
  if (!step.idle || !step.output.empty() || host.wroteShared()) {
    c.waits_for.clear();
    if (ctx.kernel.currentClass() != kernel::EventClass::kWork) ctx.kernel.setCurrentClass(kernel::EventClass::kWork);
  } else if (c.waits_for.empty()) {
    c.waits_for = fmt::format("container {} goes round in a loop that only something outside can end", name);
  }
  if (auto* run = std::get_if<workload::BehaviorRun>(&machine.run); run && run->began && !c.began_at) {
    c.began_at = ctx.now();
    if (run->spec.ready_after) {
      schedule(ctx, atSpeed(*run->spec.ready_after, nodes_[pod.node].speed), kProbe, slot, probeTimer(c, index, 3));
    }
  }
  if (step.exit_code) {
    const std::int32_t code = *step.exit_code;
    exited(ctx, slot, index, code, code > 128 ? code - 128 : 0, {});
    return;
  }
  ++c.wake_sequence;
  ctx.kernel.cancel(c.wake);
  c.wake_at = step.wake;
  if (step.wake) {
    setWake(ctx, slot, index, step.idle ? kernel::EventClass::kRetry : kernel::EventClass::kWork);
  } else if (step.requests.empty() && c.open.empty() && c.waits_for.empty()) {
    c.waits_for = fmt::format("container {} sleeps for ever", name);
  }
  for (const workload::MachineRequest& request : step.requests) {
    c.open[request.id] = request;
    handleRequest(ctx, slot, index, request, step.idle);
  }
}

void Kubelet::handleRequest(Context& ctx, std::uint32_t slot, std::size_t index,
                            const workload::MachineRequest& request, bool idle) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const kernel::EventClass event_class = idle ? kernel::EventClass::kRetry : kernel::EventClass::kWork;
  const std::uint64_t b = (static_cast<std::uint64_t>(c.run & 0xffffU) << 32 | request.id) << 8 | index;
  switch (request.kind) {
    case workload::AskKind::kLookUp: {
      const Duration wait = latency(ctx, ctx.timing.network.look_up, pod, "look-up",
                                    static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()));
      schedule(ctx, wait, kAnswer, slot, b, event_class);
      break;
    }
    case workload::AskKind::kPeers:
      schedule(ctx, ctx.timing.network.look_up.median, kAnswer, slot, b, event_class);
      break;
    case workload::AskKind::kRunUnknown: schedule(ctx, kUnknownCommandTime, kAnswer, slot, b, event_class); break;
    case workload::AskKind::kAnnotate:
      c.annotating = request.id;
      sendAnnotation(ctx, slot, request.name);
      break;
    case workload::AskKind::kWatchJobSet: {
      const std::string key =
          fmt::format("{}/{}", pod.pod->meta.namespace_, pod.pod->meta.labels.get("jobset.sigs.k8s.io/jobset-name"));
      const bool first = !std::get<workload::RestartAgent>(c.machine.run).looked;
      const auto found = jobsets_.find(key);
      c.watches_jobset = request.id;
      watchers_[key].insert(slot);
      if (first && found != jobsets_.end()) {
        schedule(ctx, ctx.timing.transport.read.median, kAnswer, slot, b);
      } else if (found != jobsets_.end()) {
        // What it was last told may be older than what is known: it is told again at once when that differs.
        schedule(ctx, ctx.timing.transport.watch.median, kAnswer, slot, b);
      }
      break;
    }
    case workload::AskKind::kGroup: joinGroup(ctx, slot, index, request.id); break;
    default: break;
  }
}

void Kubelet::answerDue(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t id) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const auto found = c.open.find(id);
  if (found == c.open.end() || c.state != ContainerState::kRunning || c.hung) return;
  const workload::MachineRequest request = found->second;
  workload::AskAnswer answer;
  if (request.kind == workload::AskKind::kLookUp) {
    auto came = tryNetwork(ctx, slot, index, id);
    if (!came) return;
    answer = std::move(*came);
    if (!answer.ok || !answer.connected || answer.timed_out)
      c.waits_for = fmt::format("container {} waits for the name {}{}", specOf(pod, index).name, request.name,
                                answer.ok          ? " to answer"
                                : answer.no_server ? " while no name server answers"
                                                   : " to exist");
  } else if (request.kind == workload::AskKind::kPeers) {
    answer.ok = peersReady(ctx, pod, request.name);
    if (!answer.ok)
      c.waits_for = fmt::format("container {} waits for {} to be ready", specOf(pod, index).name,
                                request.name.empty() ? "its peers" : request.name);
  } else if (request.kind == workload::AskKind::kWatchJobSet) {
    if (nodes_[pod.node].partitioned) return;  // told when the way to the API server is there again
    const auto jobset = jobsets_.find(
        fmt::format("{}/{}", pod.pod->meta.namespace_, pod.pod->meta.labels.get("jobset.sigs.k8s.io/jobset-name")));
    if (jobset == jobsets_.end()) return;  // told when it appears
    answer = statusOf(*jobset->second);
    c.watches_jobset.reset();
    auto& agent = std::get<workload::RestartAgent>(c.machine.run);
    if (agent.looked && agent.sameAsLast(answer)) {
      c.watches_jobset = id;  // nothing new: it goes on watching
      return;
    }
    agent.remember(answer);
  }
  answerMachine(ctx, slot, index, id, answer);
}

void Kubelet::answerMachine(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t id,
                            const workload::AskAnswer& answer) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const auto found = c.open.find(id);
  if (found == c.open.end() || c.hung) return;
  const bool for_agent =
      found->second.kind == workload::AskKind::kWatchJobSet || found->second.kind == workload::AskKind::kAnnotate;
  c.open.erase(found);
  if (!for_agent) {
    (c.worker.present() ? c.worker : c.machine).answer(id, answer);
    runMachine(ctx, slot, index);
    return;
  }
  // The agent; in main-container mode its worker runs beside it.
  c.machine.answer(id, answer);
  MachineHost host(*this, pod, index, clockOf(pod, index, ctx.now()), ctx.kernel.seed());
  const workload::MachineStep step = c.machine.resume(host);
  const api::Container& spec = specOf(pod, index);
  logLines(ctx, pod, spec.name, step.output);
  if (step.exit_code) {
    exited(ctx, slot, index, *step.exit_code, 0, {});
    return;
  }
  for (const workload::MachineRequest& request : step.requests) {
    c.open[request.id] = request;
    handleRequest(ctx, slot, index, request, false);
  }
  if (!std::get<workload::RestartAgent>(c.machine.run).barrier_down || c.worker.present()) return;
  const auto environment = environmentOf(pod, spec);
  const std::string* command = find(environment, "WORKER_COMMAND");
  if (!command || command->empty()) {
    startProbes(ctx, slot, index);  // the startup probe passes at its next try
    return;
  }
  if (c.behavior >= 0) {
    c.worker.run = behaviorRun(ctx, pod, index);
  } else {
    c.worker.run = workload::Process::start(compiled({"bash", "-c", *command}).program, environment, {},
                                            clockOf(pod, index, ctx.now()));
  }
  runMachine(ctx, slot, index);
}

void Kubelet::answerJobSetWatchers(Context& ctx, const api::Object& jobset) {
  const auto watchers = watchers_.find(jobset.meta.namespace_ + "/" + jobset.meta.name);
  if (watchers == watchers_.end()) return;
  const std::set<std::uint32_t> slots = watchers->second;  // answers change it
  for (const std::uint32_t slot : slots) {
    for (std::size_t i = 0; pods_[slot].used && i < pods_[slot].containers.size(); ++i) {
      if (pods_[slot].containers[i].watches_jobset) answerDue(ctx, slot, i, *pods_[slot].containers[i].watches_jobset);
    }
  }
}

void Kubelet::signalMachine(Context& ctx, std::uint32_t slot, std::size_t index, std::int32_t number) {
  ContainerRuntime& c = pods_[slot].containers[index];
  if (c.hung || pods_[slot].stuck) return;
  if (c.worker.present()) {  // the agent is PID 1 and ends, its worker with it
    constexpr std::int32_t kBySignal = 128;
    exited(ctx, slot, index, kBySignal + number, number, {});
    return;
  }
  const auto* run = std::get_if<workload::BehaviorRun>(&c.machine.run);
  if (run && !run->spec.handles_term) return;  // nothing happens to it, and what it is at goes on
  c.machine.signal(number);
  runMachine(ctx, slot, index);
}

void Kubelet::reattach() {
  watchers_.clear();
  for (const auto& [jobset, slots] : by_jobset_) {
    for (const std::uint32_t slot : slots) {
      if (slot >= pods_.size()) throw std::runtime_error("the saved state is damaged: a Pod that is not there");
      for (const ContainerRuntime& c : pods_[slot].containers) {
        if (c.watches_jobset) watchers_[jobset].insert(slot);
      }
    }
  }
  for (PodRuntime& pod : pods_) {
    for (ContainerRuntime& c : pod.containers) {
      for (workload::Machine* machine : {&c.machine, &c.worker}) {
        auto* run = std::get_if<workload::BehaviorRun>(&machine->run);
        if (!run) continue;
        const auto at = static_cast<std::size_t>(c.behavior);
        if (c.behavior < 0 || at >= config_.behaviors.size())
          throw std::runtime_error("the saved state is damaged: a behaviour that the scenario has not");
        run->spec = config_.behaviors[at];
      }
    }
  }
  for (auto& [key, group] : groups_) {
    const auto at = static_cast<std::size_t>(group.behavior);
    if (group.behavior < 0 || at >= config_.behaviors.size() || !config_.behaviors[at].model ||
        !workload::attach(group.model, *config_.behaviors[at].model))
      throw std::runtime_error("the saved state is damaged: a workload model that the scenario has not");
  }
}

}  // namespace jobset_twin::cluster
