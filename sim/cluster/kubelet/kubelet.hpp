// kubelet.hpp - the kubelets and container runtimes of all nodes: one component, because they share nothing but the
// clock and are many. Each node has its own client, PLEG phase and image pulls.
//
// Rules: spec/kubernetes.md section 3 (K-POD-*). Files: pod_runtime, node_runtime (state), pod_status (what is
// written), containers (start, exit, restart), termination (SIGTERM, grace, removal), hooks, probes, environment (env,
// downward API), configs (ConfigMaps, Secrets), mounts (volumes), files, machines (answers what containers ask),
// container_network, node_status (lease, conditions), images, admission, eviction, faults, node_faults, shutdown,
// groups, checkpoints. Left out: docs/fidelity.md.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/kubelet/kubelet_config.hpp"
#include "sim/cluster/kubelet/node_runtime.hpp"
#include "sim/cluster/kubelet/pod_runtime.hpp"

namespace jobset_twin::cluster {

// What is wrong with an image: its registry does not have it, or sends it slower.
struct ImageFault {
  bool missing = false;
  double slow_factor = 1;
};
// Why a kubelet does not run a Pod.
struct Rejection {
  std::string reason, message;
};

class Kubelet {
 public:
  explicit Kubelet(KubeletConfig config = {}, std::string cluster_domain = "cluster.local")
      : config_(std::move(config)), cluster_domain_(std::move(cluster_domain)) {}

  void start(Context& ctx);
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // After a load: gives the containers the scenario's behaviours again, which are not archived, and finds those that
  // watch their JobSet. Throws std::runtime_error if there are fewer.
  void reattach();

  // Says that this ConfigMap or Secret is to come later: until then it is not there, and what needs it waits.
  void expect(const api::Object& config);

  // Pods that wait for something that may never come, for "stuck": namespace/name and why.
  std::vector<std::pair<std::string, std::string>> waiting() const;

  // Groups of containers that work together (behaviour `model`), in the order of their JobSets' names; of one
  // name the older JobSet's first.
  std::vector<WorkloadFigures> workloads(TimePoint now) const;

  // Containers whose behaviour keeps checkpoints, by Pod and container: where their time went, all runs together. What
  // a run that goes on has not saved counts as useful: nothing has gone wrong with it yet.
  std::vector<CheckpointFigures> checkpointed(TimePoint now) const;

  // --- what can be made to go wrong; false: there was nothing that it could hit ---

  // Containers (faults.cpp). `container` "": all main containers of the Pod.
  // They end now, with this code; `reason` "": Completed or Error.
  bool exitContainer(Context& ctx, const api::ObjectKey& pod, const std::string& container, std::int32_t code,
                     std::string reason = {});
  bool oomKill(Context& ctx, const api::ObjectKey& pod, const std::string& container);
  // They do nothing any more: no end, no answer to SIGTERM or to probes. A liveness probe or SIGKILL ends them.
  bool hang(Context& ctx, const api::ObjectKey& pod, const std::string& container);
  bool setUnready(Context& ctx, const api::ObjectKey& pod, const std::string& container, bool unready);
  // Each run, also one under way, ends with the code within a second of its start.
  bool crashLoop(Context& ctx, const api::ObjectKey& pod, const std::string& container, std::int32_t code, bool on);
  // Its processes do not end, not even at SIGKILL, and do nothing once they were told to end; until `stuck` is false.
  bool setStuckTerminating(Context& ctx, const api::ObjectKey& pod, bool stuck);

  // Evicted by pressure of "memory" or "ephemeral-storage" (eviction.cpp, K-NODE-21).
  bool evict(Context& ctx, const api::ObjectKey& pod, const std::string& reason);

  // Images (images.cpp), by name; '*' stands for anything. What a node pulled before stays there; that images are on
  // the nodes from the start is not taken for granted of those. True: a Pod uses such an image.
  bool setImage(Context& ctx, const std::string& pattern, ImageFault fault);
  bool clearImage(Context& ctx, const std::string& pattern);  // the pattern as it was given

  // Nodes (node_faults.cpp).
  // Containers die with it, nothing is written any more (K-NODE-13).
  bool powerOff(Context& ctx, const std::string& node);
  bool powerOn(Context& ctx, const std::string& node);  // its kubelet's first word: whoever calls it has let it boot
  bool setHung(Context& ctx, const std::string& node, bool hung);
  bool setPartitioned(Context& ctx, const std::string& node, bool partitioned);
  // Of all that containers on it do; 1 is ordinary, 0.5 takes twice as long. Requires: speed > 0.
  bool setSpeed(Context& ctx, const std::string& node, double speed);
  // So many devices of that resource are lost, 0: none. With a code, containers that used them end with it.
  bool setDevices(Context& ctx, const std::string& node, const std::string& resource, std::int64_t lost,
                  std::optional<std::int32_t> exit_code = std::nullopt);
  // Graceful (shutdown.cpp, K-NODE-20), as far as timing.nodes.shutdown_grace allows; then its power goes off.
  bool shutDown(Context& ctx, const std::string& node);

  template <class Archive>
  void serialize(Archive& ar);  // kubelet_archive.hpp

 private:
  enum Timer : std::uint16_t {
    kSee = kFirstTimer,
    kAdmitted,
    kSandbox,
    kPulled,
    kStarted,
    kRelist,
    kWake,
    kAnswer,
    kProbe,
    kSignal,
    kHook,
    kKill,
    kRemove,
    kRestart,
    kDeadline,
    kAskAgain,
    kUsage,
    kGroupWake,
    kNodeStatus,  // of a node from here on: its number in a
    kStatusRetry,
    kBooted,
    kPullDone,
    kPressure,
    kShutdown
  };
  static constexpr std::uint64_t kStatusPatch = 1, kDeletePod = 2, kAnnotation = 3, kNodeWrite = 4,
                                 kScale = 5;  // tags of calls
  static std::uint64_t tagOf(std::uint64_t what, std::uint64_t handle) { return what << 56 | handle; }
  static constexpr Duration kReportEvery = std::chrono::seconds(10);  // K-T-3

  // kubelet.cpp
  void see(Context& ctx, const api::ObjectPtr& pod);
  void forget(Context& ctx, const api::ObjectPtr& pod);
  void onNodeTimer(Context& ctx, Timer kind, std::uint32_t node, std::uint64_t b);
  std::uint32_t nodeIndex(Context& ctx, const std::string& name);
  PodRuntime* live(std::uint64_t handle);
  std::uint64_t handleOf(std::uint32_t slot) const;
  void schedule(Context& ctx, Duration after, Timer kind, std::uint32_t slot, std::uint64_t b = 0,
                kernel::EventClass event_class = kernel::EventClass::kWork);
  static void keepTimer(Context& ctx, ContainerRuntime& c, kernel::EventHandle handle);
  static void cancelTimers(Context& ctx, ContainerRuntime& c);
  Duration latency(Context& ctx, const kernel::Latency& latency, const PodRuntime& pod, std::string_view purpose,
                   std::uint64_t index = 0) const;
  void noticeSoon(Context& ctx, std::uint32_t slot);
  void relist(Context& ctx, std::uint32_t node);
  void syncStatus(Context& ctx, std::uint32_t slot);
  void sendStatus(Context& ctx, std::uint32_t slot);
  void retrySoon(Context& ctx, std::uint32_t node);
  void retry(Context& ctx, std::uint32_t node);
  void sendDelete(Context& ctx, std::uint32_t slot);
  void sendAnnotation(Context& ctx, std::uint32_t slot, const std::string& value);
  void event(Context& ctx, const PodRuntime& pod, std::string_view type, std::string_view reason, std::string text);
  void record(Context& ctx, const PodRuntime& pod, NoteKind kind, std::string text, const std::string& container = {},
              std::uint64_t a = 0, std::uint64_t b = 0);

  // node_status.cpp
  void onNode(Context& ctx, const api::ObjectPtr& node, bool deleted);
  void beat(Context& ctx, NodeRuntime& node);
  void reportSoon(Context& ctx, std::uint32_t node, Duration after);
  void report(Context& ctx, std::uint32_t node);
  static std::map<std::string, std::string> allocatable(const NodeRuntime& node);
  bool reportDue(const NodeRuntime& node, TimePoint now) const;
  std::vector<api::Condition> nodeConditions(const NodeRuntime& node, TimePoint now) const;
  Duration untilTick(Context& ctx, const NodeRuntime& node, std::string_view purpose, Duration period) const;

  // node_faults.cpp
  NodeRuntime* nodeOf(const std::string& name);
  void catchUp(Context& ctx, std::uint32_t node);
  void goOn(Context& ctx, std::uint32_t node);
  void rebooted(Context& ctx, std::uint32_t slot);

  // faults.cpp
  std::vector<std::pair<std::uint32_t, std::size_t>> containersOf(const api::ObjectKey& pod,
                                                                  const std::string& container) const;

  // images.cpp
  const ImageFault* imageFault(const std::string& image) const;
  bool imagePresent(Context& ctx, const NodeRuntime& node, const std::string& image) const;
  void ensureImage(Context& ctx, std::uint32_t slot, std::size_t index);
  void pacePulls(Context& ctx, std::uint32_t node);
  void pullDone(Context& ctx, std::uint32_t node, std::uint64_t number);
  void pullFailed(Context& ctx, std::uint32_t slot, std::size_t index);
  void block(Context& ctx, std::uint32_t slot, std::size_t index, std::string_view reason, const std::string& message,
             std::string_view event_reason, const std::string& event_text);
  void askAgain(Context& ctx, std::uint32_t slot, std::size_t index, Duration least);
  void dropPulls(Context& ctx, std::uint32_t slot);

  // admission.cpp
  static constexpr std::int64_t kCriticalPriority = 2'000'000'000;
  std::optional<Rejection> rejects(std::uint32_t slot) const;
  bool admit(Context& ctx, std::uint32_t slot);

  // eviction.cpp
  std::int64_t usage(const PodRuntime& pod, std::size_t index, std::string_view resource) const;
  void planUsage(Context& ctx, std::uint32_t slot, std::size_t index);
  void uses(Context& ctx, std::uint32_t slot, std::size_t index, bool storage);
  std::pair<std::int64_t, std::int64_t> available(const NodeRuntime& node, std::string_view resource) const;
  std::size_t overStorageLimit(const PodRuntime& pod) const;
  void lookAtPressure(Context& ctx, std::uint32_t node);
  void relievePressure(Context& ctx, std::uint32_t node);
  void setPressure(Context& ctx, std::uint32_t node, std::string_view resource);
  void watchPressure(Context& ctx, std::uint32_t node);
  std::optional<std::uint32_t> victimOf(std::uint32_t node, std::string_view resource) const;
  void evictPod(Context& ctx, std::uint32_t slot, std::string_view resource, std::int64_t left, std::int64_t least);
  void failPod(Context& ctx, std::uint32_t slot, const std::string& reason, const std::string& message, Duration grace);

  // shutdown.cpp
  void shutdownStep(Context& ctx, std::uint32_t node);
  void shutdownProgress(Context& ctx, std::uint32_t node);

  // configs.cpp
  using Data = std::map<std::string, std::string>;
  void onConfig(const api::Object& object, bool deleted);
  const Data* dataOf(std::string_view kind, const std::string& namespace_, const std::string& name) const;
  bool isLost(std::string_view kind, const std::string& namespace_, const std::string& name) const;
  std::string missingConfig(const PodRuntime& pod, std::size_t index) const;
  std::string missingMount(const PodRuntime& pod, std::string& volume) const;
  std::optional<Data> volumeFiles(const PodRuntime& pod, const api::Volume& volume) const;

  // environment.cpp
  std::vector<std::pair<std::string, std::string>> environmentOf(const PodRuntime& pod,
                                                                 const api::Container& container) const;
  static std::string hostOf(const PodRuntime& pod);  // in its names, and in /etc/hosts
  std::string hostnameOf(const PodRuntime& pod) const;
  std::string fieldOf(const PodRuntime& pod, std::string_view path) const;
  std::string resourceOf(const PodRuntime& pod, const api::Container& container, const std::string& resource,
                         const std::optional<api::Quantity>& divisor) const;

  // mounts.cpp
  void mount(Context& ctx, std::uint32_t slot);
  void onClaim(Context& ctx, const api::Object& claim, bool deleted);

  // hooks.cpp
  void beginHook(Context& ctx, std::uint32_t slot, std::size_t index, const api::LifecycleHandler& hook);
  void runHook(Context& ctx, std::uint32_t slot, std::size_t index);
  void hookDone(Context& ctx, std::uint32_t slot, std::size_t index, std::int32_t code);
  void afterPreStop(Context& ctx, std::uint32_t slot, std::size_t index);

  // containers.cpp
  void goLive(Context& ctx, std::uint32_t slot, std::size_t index);
  void hooked(Context& ctx, std::uint32_t slot, std::size_t index, std::int32_t code);
  bool readyNow(const PodRuntime& pod, std::size_t index) const;
  static void prepareContainers(PodRuntime& pod);
  void notice(Context& ctx, std::uint32_t slot);
  void advancePod(Context& ctx, std::uint32_t slot);
  void beginContainer(Context& ctx, std::uint32_t slot, std::size_t index);
  void pulled(Context& ctx, std::uint32_t slot, std::size_t index);
  void started(Context& ctx, std::uint32_t slot, std::size_t index);
  void exited(Context& ctx, std::uint32_t slot, std::size_t index, std::int32_t code, std::int32_t signal,
              std::string reason);
  static bool startsAgainAfterProbe(const PodRuntime& pod, std::size_t index);
  bool shouldRestart(const PodRuntime& pod, std::size_t index, bool& restart_all) const;
  void considerRestart(Context& ctx, std::uint32_t slot, std::size_t index);
  void restartAll(Context& ctx, std::uint32_t slot);

  // termination.cpp
  void beginTermination(Context& ctx, std::uint32_t slot);
  void sendTerm(Context& ctx, std::uint32_t slot, bool sidecars);
  void beginSidecarHooks(Context& ctx, std::uint32_t slot);
  bool stopNextSidecar(Context& ctx, std::uint32_t slot);
  void term(Context& ctx, std::uint32_t slot, std::size_t index);
  void kill(Context& ctx, std::uint32_t slot, std::size_t index, std::string reason);
  void stopContainer(Context& ctx, std::uint32_t slot, std::size_t index, Duration grace);
  void finishTermination(Context& ctx, std::uint32_t slot);

  // probes.cpp
  void startProbes(Context& ctx, std::uint32_t slot, std::size_t index);
  void probe(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t what);
  void probed(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t which, const api::Probe& probe,
              bool passed);
  struct ProbeRun {
    bool passed = false, constant = false;  // the answer cannot change
    Duration took{};
  };
  ProbeRun runProbe(Context& ctx, PodRuntime& pod, std::size_t index, const api::Probe& probe);

  // machines.cpp
  TimePoint clockOf(const PodRuntime& pod, std::size_t index, TimePoint now) const;
  void setWake(Context& ctx, std::uint32_t slot, std::size_t index, kernel::EventClass event_class);
  void signalMachine(Context& ctx, std::uint32_t slot, std::size_t index, std::int32_t number);
  void launch(Context& ctx, std::uint32_t slot, std::size_t index);
  workload::BehaviorRun behaviorRun(Context& ctx, const PodRuntime& pod, std::size_t index) const;
  void runMachine(Context& ctx, std::uint32_t slot, std::size_t index);
  void handleRequest(Context& ctx, std::uint32_t slot, std::size_t index, const workload::MachineRequest& request,
                     bool idle);
  void answerDue(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t id);
  void answerMachine(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t id,
                     const workload::AskAnswer& answer);
  void logLines(Context& ctx, const PodRuntime& pod, const std::string& container,
                const std::vector<workload::LogLine>& lines);
  void answerJobSetWatchers(Context& ctx, const api::Object& jobset);
  const workload::Compiled& compiled(const std::vector<std::string>& argv);
  std::int32_t behaviorFor(const PodRuntime& pod, const api::Container& container, std::int32_t attempt) const;

  // checkpoints.cpp
  void keepCheckpoint(const PodRuntime& pod, std::size_t index, TimePoint now, std::int32_t code);
  workload::GroupTimes timesOfRun(const PodRuntime& pod, std::size_t index, TimePoint now, Duration resumed,
                                  bool finished) const;

  // groups.cpp
  const workload::ModelSpec& modelOf(const WorkGroup& group) const;
  void joinGroup(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t request);
  void leaveGroup(Context& ctx, ContainerRuntime& c);
  void followGroup(Context& ctx, const std::string& key, const workload::GroupStep& step);
  void wakeGroup(Context& ctx, std::uint64_t number);
  bool isOver(const WorkGroup& group) const;
  void closeGroups(Context& ctx, const api::Object& jobset);
  void closeIfOver(Context& ctx, WorkGroup& group);
  void tellGroupsOfSpeed(Context& ctx, std::uint32_t node);
  void resizeGroup(Context& ctx, const std::string& key, const api::Object& jobset);
  void scaleGroup(Context& ctx, WorkGroup& group, std::int32_t workers);
  void notScaled(Context& ctx, const PodRuntime& pod, const std::string& message);

  // container_network.cpp
  enum class Reply : std::uint8_t { kAccepted, kRefused, kSilence };
  PodEnd endOf(const PodRuntime& pod) const;
  // What a look-up, and the connection or the echoes that follow it, came to; absent: it goes on later.
  std::optional<workload::AskAnswer> tryNetwork(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t id);
  // The same for a probe or a hook, at once, and how long it would have taken.
  workload::AskAnswer answerNow(Context& ctx, const PodRuntime& pod, workload::MachineRequest request, Duration& took);
  bool resolve(Context& ctx, const PodRuntime& pod, workload::MachineRequest& request, workload::AskAnswer& answer,
               Duration& again);
  Reply knock(Context& ctx, const PodRuntime& pod, const std::string& address, std::int32_t port) const;
  static bool listens(const PodRuntime& pod, std::int32_t port);
  bool peersReady(Context& ctx, const PodRuntime& pod, const std::string& replicated_job) const;

  KubeletConfig config_;
  std::string cluster_domain_;
  std::vector<NodeRuntime> nodes_;
  std::map<std::string, std::uint32_t> node_index_;
  std::vector<PodRuntime> pods_;
  std::vector<std::uint32_t> free_;
  std::map<std::string, std::uint32_t> slot_by_uid_;
  std::map<std::string, std::int32_t> starts_;                // identity/container -> starts so far
  std::map<std::string, KeptWork> checkpoints_;               // identity/container -> work kept
  std::map<std::string, Data> claims_;                        // namespace/claim -> path -> content
  std::map<std::string, Data> configs_;                       // "configmap namespace/name" and "secret …" -> data
  std::map<std::string, api::ObjectPtr> jobsets_;             // namespace/name, for the in-place restart agent
  std::map<std::string, std::set<std::uint32_t>> by_jobset_;  // namespace/name -> slots
  // Slots with a container that may watch the JobSet, by its namespace/name; not archived: reattach() finds them again.
  std::map<std::string, std::set<std::uint32_t>> watchers_;
  std::map<std::string, std::set<std::uint32_t>> by_ip_;
  std::map<std::string, workload::Compiled> programs_;            // a cache: argv -> program
  std::map<apiserver::ClientId, std::uint32_t> event_clients_;    // of which node
  std::vector<std::pair<std::string, ImageFault>> image_faults_;  // by pattern, the newest last
  std::set<std::string> lost_configs_;                            // keys like those: deleted, or yet to come
  std::set<std::string> unbound_claims_;                          // namespace/name
  std::map<std::string, std::set<std::uint64_t>> claim_waiters_;  // of such: Pods' handles
  std::map<std::string, WorkGroup> groups_;                       // by JobSet, its UID and the behaviour
  std::map<std::uint64_t, std::string> group_names_;              // by number
  friend class MachineHost;
};

}  // namespace jobset_twin::cluster
