#include "viz/trace.hpp"

#include <ostream>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/jobset/names.hpp"
#include "sim/cluster/component.hpp"

namespace jobset_twin::viz {
namespace {

using api::TimePoint;
using apiserver::WatchEvent;
using apiserver::WatchType;

constexpr std::string_view kPlainJobs = "Jobs without a JobSet";

std::string jsonText(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Pairs as the "args" of an event; values are strings.
using Args = std::vector<std::pair<std::string_view, std::string>>;
std::string argsText(const Args& args) {
  std::string out;
  for (const auto& [key, value] : args)
    out += fmt::format("{}{}:{}", out.empty() ? "" : ",", jsonText(key), jsonText(value));
  return "{" + out + "}";
}

std::string_view containerState(const api::ContainerState& state, bool terminating) {
  if (state.terminated) return "";
  if (state.running) return terminating ? "terminating" : "running";
  return "starting";
}

std::string jobState(const api::Object& object) {
  const api::Job& job = api::as<api::Job>(object);
  const auto is = [&](std::string_view type) { return api::conditionIs(job.status.conditions, type, "True"); };
  if (is("Complete") || is("Failed")) return "";
  if (object.meta.deletionTimestamp) return "being deleted";
  if (is("FailureTarget")) return "failing";
  if (is("SuccessCriteriaMet")) return "succeeding";
  return job.spec->suspend.value_or(false) ? "suspended" : "running";
}

std::string jobSetState(const api::Object& object) {
  const api::JobSet& jobset = api::as<api::JobSet>(object);
  if (!jobset.status.terminalState.empty()) return "";
  if (object.meta.deletionTimestamp) return "being deleted";
  if (jobset.spec->suspend.value_or(false)) return "suspended";
  return fmt::format("attempt {}", jobset.status.restarts);
}

}  // namespace

class TraceFile::Impl {
 public:
  Impl(std::ostream& out, TimePoint start) : out_(out), start_(start) {
    out_ << "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
  }

  void change(const WatchEvent& change) {
    switch (change.object->kind()) {
      case api::Kind::kJobSet: jobSet(change); break;
      case api::Kind::kJob: job(change); break;
      case api::Kind::kPod: pod(change); break;
      default: break;
    }
  }
  void note(const kernel::Note& note);
  void finish(TimePoint end);
  bool finished() const { return finished_; }

 private:
  // A place on the screen: a process and a thread of the trace.
  struct Track {
    int pid = 0, tid = 0;
  };
  // A slice that goes on: its end is not known yet.
  struct Open {
    std::string state;  // "": none
    TimePoint since{};
  };
  struct Owner {  // a JobSet, or all plain Jobs
    int pid = 0, threads = 0;
    std::map<std::string, int> lanes;  // of Jobs, by name: a Job that is made again goes on in its lane
    Open slice;
    std::string last_step;
  };
  struct JobSlice {
    std::string name;
    Track track;
    Open slice;
  };
  struct Node {
    int pid = 0, lanes = 0;
    std::set<int> free;
  };
  struct ContainerSlice {
    std::string name;
    int lane = 0;
    Open slice;
  };
  struct PodSlices {
    std::string name, node, owner;
    TimePoint created{};
    bool scheduled = false;
    std::vector<ContainerSlice> containers;
  };

  void jobSet(const WatchEvent& change);
  void job(const WatchEvent& change);
  void pod(const WatchEvent& change);
  void containers(const WatchEvent& change, PodSlices& slices, bool over);
  void pending(const std::string& uid, const PodSlices& pod, TimePoint until);
  void release(PodSlices& pod, TimePoint at);
  void conditions(const std::vector<api::Condition>& before, const std::vector<api::Condition>& now,
                  std::string_view who, Track track, TimePoint at);

  Owner& owner(const std::string& key);
  std::string ownerOf(const api::Object& object) const;
  Node& node(const std::string& name);

  std::string ts(TimePoint at) const;
  void event(std::string_view text);
  void name(std::string_view what, Track track, std::string_view text);
  void slice(Track track, std::string_view name, std::string_view category, TimePoint from, TimePoint to,
             const Args& args);
  void instant(Track track, std::string_view name, TimePoint at, const Args& args);
  void go(Open& open, std::string state, TimePoint at, Track track, std::string_view name, const Args& args);

  std::ostream& out_;
  TimePoint start_;
  bool first_ = true, finished_ = false;
  int processes_ = 0;
  std::map<std::string, Owner> owners_;    // by namespace/name
  std::map<std::string, JobSlice> jobs_;   // by UID
  std::map<std::string, PodSlices> pods_;  // by UID
  std::map<std::string, Node> nodes_;      // by name
};

std::string TraceFile::Impl::ts(TimePoint at) const {
  constexpr std::int64_t kPerMicro = 1000;
  const std::int64_t ns = (at - start_).count();
  if (ns % kPerMicro == 0 || ns < 0) return std::to_string(ns / kPerMicro);
  return fmt::format("{}.{:03}", ns / kPerMicro, ns % kPerMicro);
}

void TraceFile::Impl::event(std::string_view text) {
  if (!first_) out_ << ",\n";
  first_ = false;
  out_ << text;
}

void TraceFile::Impl::name(std::string_view what, Track track, std::string_view text) {
  event(fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"{}","args":{{"name":{}}}}})", track.pid, track.tid, what,
                    jsonText(text)));
}

void TraceFile::Impl::slice(Track track, std::string_view name, std::string_view category, TimePoint from, TimePoint to,
                            const Args& args) {
  event(fmt::format(R"({{"ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"name":{},"cat":{},"args":{}}})", track.pid,
                    track.tid, ts(from), ts(start_ + (to - from)), jsonText(name), jsonText(category), argsText(args)));
}

void TraceFile::Impl::instant(Track track, std::string_view name, TimePoint at, const Args& args) {
  event(fmt::format(R"({{"ph":"i","s":"t","pid":{},"tid":{},"ts":{},"name":{},"args":{}}})", track.pid, track.tid,
                    ts(at), jsonText(name), argsText(args)));
}

// Ends the slice that is open, if its state is another, and opens the next.
void TraceFile::Impl::go(Open& open, std::string state, TimePoint at, Track track, std::string_view name,
                         const Args& args) {
  if (open.state == state) return;
  if (!open.state.empty()) slice(track, fmt::format("{} ({})", name, open.state), open.state, open.since, at, args);
  open = {std::move(state), at};
}

// --- processes

TraceFile::Impl::Owner& TraceFile::Impl::owner(const std::string& key) {
  const auto [at, added] = owners_.try_emplace(key);
  Owner& owner = at->second;
  if (added) {
    owner.pid = ++processes_;
    owner.threads = 1;
    name("process_name", {owner.pid, 0}, key == kPlainJobs ? key : "JobSet " + key);
    event(fmt::format(R"({{"ph":"M","pid":{0},"tid":0,"name":"process_sort_index","args":{{"sort_index":{0}}}}})",
                      owner.pid));
    name("thread_name", {owner.pid, 1}, key == kPlainJobs ? "decisions" : "JobSet");
  }
  return owner;
}

TraceFile::Impl::Node& TraceFile::Impl::node(const std::string& node_name) {
  constexpr int kAfterJobSets = 1'000'000;
  const auto [at, added] = nodes_.try_emplace(node_name);
  if (added) {
    at->second.pid = ++processes_;
    name("process_name", {at->second.pid, 0}, "Node " + node_name);
    event(fmt::format(R"({{"ph":"M","pid":{},"tid":0,"name":"process_sort_index","args":{{"sort_index":{}}}}})",
                      at->second.pid, kAfterJobSets + at->second.pid));
  }
  return at->second;
}

std::string TraceFile::Impl::ownerOf(const api::Object& object) const {
  const std::string_view jobset = object.meta.labels.get(jobset::kJobSetNameKey);
  return jobset.empty() ? std::string(kPlainJobs) : fmt::format("{}/{}", object.meta.namespace_, jobset);
}

// --- objects

void TraceFile::Impl::conditions(const std::vector<api::Condition>& before, const std::vector<api::Condition>& now,
                                 std::string_view who, Track track, TimePoint at) {
  for (const api::Condition& condition : now) {
    const api::Condition* old = api::findCondition(before, condition.type);
    if (old ? old->status == condition.status : condition.status != "True") continue;
    instant(track, fmt::format("{}{}{}", who, condition.status == "True" ? "" : "no longer ", condition.type), at,
            {{"reason", condition.reason}, {"message", condition.message}});
  }
}

void TraceFile::Impl::jobSet(const WatchEvent& change) {
  const std::string& name = change.object->meta.name;
  Owner& jobset = owner(change.object->meta.namespace_ + "/" + name);
  const Track track{jobset.pid, 1};
  const bool gone = change.type == WatchType::kDeleted;
  if (change.previous && !gone) {
    const api::JobSetStatus& before = api::as<api::JobSet>(change.previous).status;
    const api::JobSetStatus& now = api::as<api::JobSet>(change.object).status;
    if (now.restarts > before.restarts) instant(track, fmt::format("restart {}", now.restarts), change.at, {});
    conditions(before.conditions, now.conditions, "", track, change.at);
  }
  go(jobset.slice, gone ? std::string() : jobSetState(*change.object), change.at, track, name, {});
  if (gone) instant(track, "deleted", change.at, {});
}

void TraceFile::Impl::job(const WatchEvent& change) {
  const api::ObjectMeta& meta = change.object->meta;
  const auto [at, added] = jobs_.try_emplace(meta.uid);
  JobSlice& job = at->second;
  if (added) {
    Owner& jobset = owner(ownerOf(*change.object));
    const std::string lane = ownerOf(*change.object) == kPlainJobs ? meta.namespace_ + "/" + meta.name : meta.name;
    const auto [known, new_lane] = jobset.lanes.try_emplace(lane, jobset.threads + 1);
    if (new_lane) {
      ++jobset.threads;
      name("thread_name", {jobset.pid, known->second}, "Job " + lane);
    }
    job.name = meta.name;
    job.track = {jobset.pid, known->second};
  }
  if (change.previous) {
    conditions(api::as<api::Job>(change.previous).status.conditions, api::as<api::Job>(change.object).status.conditions,
               "", job.track, change.at);
  }
  const bool gone = change.type == WatchType::kDeleted;
  go(job.slice, gone ? std::string() : jobState(*change.object), change.at, job.track, job.name,
     {{"attempt", std::string(meta.labels.get(jobset::kRestartAttemptKey))}});
  if (gone) jobs_.erase(at);
}

void TraceFile::Impl::pending(const std::string& uid, const PodSlices& pod, TimePoint until) {
  const int pid = owner(pod.owner).pid;
  const std::string common = fmt::format(R"("cat":"pending","id":{},"pid":{},"tid":1,"name":{},"args":{{}}}})",
                                         jsonText(uid), pid, jsonText(pod.name + " (waits for a node)"));
  event(fmt::format(R"({{"ph":"b","ts":{},{})", ts(pod.created), common));
  event(fmt::format(R"({{"ph":"e","ts":{},{})", ts(until), common));
}

void TraceFile::Impl::release(PodSlices& pod, TimePoint at) {
  if (pod.containers.empty()) return;
  Node& on = node(pod.node);
  for (ContainerSlice& container : pod.containers) {
    go(container.slice, "", at, {on.pid, container.lane}, pod.name + "/" + container.name, {{"owner", pod.owner}});
    on.free.insert(container.lane);
  }
  pod.containers.clear();
}

void TraceFile::Impl::containers(const WatchEvent& change, PodSlices& slices, bool over) {
  const api::Pod& pod = api::as<api::Pod>(change.object);
  Node& on = node(slices.node);
  if (slices.containers.empty() && !over) {
    for (const api::Container& container : pod.spec->containers) {
      int lane = 0;
      if (on.free.empty()) {
        lane = ++on.lanes;
        name("thread_name", {on.pid, lane}, fmt::format("containers {}", lane));
      } else {
        lane = *on.free.begin();
        on.free.erase(on.free.begin());
      }
      slices.containers.push_back({container.name, lane, {"starting", change.at}});
    }
  }
  const bool terminating = change.object->meta.deletionTimestamp.has_value();
  for (ContainerSlice& container : slices.containers) {
    for (const api::ContainerStatus& status : pod.status.containerStatuses) {
      if (status.name != container.name) continue;
      Args args{{"owner", slices.owner}};
      if (status.state.terminated) args.emplace_back("exitCode", std::to_string(status.state.terminated->exitCode));
      if (status.restartCount > 0) args.emplace_back("restart", std::to_string(status.restartCount));
      go(container.slice, std::string(containerState(status.state, terminating)), change.at, {on.pid, container.lane},
         slices.name + "/" + container.name, args);
    }
  }
  if (over) release(slices, change.at);
}

void TraceFile::Impl::pod(const WatchEvent& change) {
  const api::ObjectMeta& meta = change.object->meta;
  const api::Pod& pod = api::as<api::Pod>(change.object);
  const auto [at, added] = pods_.try_emplace(meta.uid);
  PodSlices& slices = at->second;
  if (added) {
    slices.name = meta.name;
    slices.owner = ownerOf(*change.object);
    slices.created = change.at;
  }
  const bool gone = change.type == WatchType::kDeleted;
  if (!slices.scheduled && (!pod.nodeName.empty() || gone)) {
    slices.scheduled = true;
    slices.node = pod.nodeName;
    pending(meta.uid, slices, change.at);
  }
  const bool over = gone || pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
  if (!slices.node.empty()) containers(change, slices, over);
  if (gone) pods_.erase(at);
}

void TraceFile::Impl::note(const kernel::Note& note) {
  constexpr std::string_view kJobSetPrefix = "JobSet/";
  if (note.kind != static_cast<std::uint16_t>(cluster::NoteKind::kDecision) || !note.subject.starts_with(kJobSetPrefix))
    return;
  const auto at = owners_.find(note.subject.substr(kJobSetPrefix.size()));
  if (at == owners_.end() || at->second.last_step == note.text) return;
  at->second.last_step = note.text;
  instant({at->second.pid, 1}, note.text, note.at, {});
}

void TraceFile::Impl::finish(TimePoint end) {
  if (finished_) return;
  finished_ = true;
  for (auto& [uid, pod] : pods_) {
    if (!pod.scheduled) pending(uid, pod, end);
    release(pod, end);
  }
  for (auto& [uid, job] : jobs_) go(job.slice, "", end, job.track, job.name, {});
  for (auto& [key, jobset] : owners_)
    go(jobset.slice, "", end, {jobset.pid, 1}, std::string_view(key).substr(key.find('/') + 1), {});
  out_ << "\n]}\n";
  out_.flush();
}

TraceFile::TraceFile(std::ostream& out, TimePoint start) : impl_(std::make_unique<Impl>(out, start)) {}
TraceFile::~TraceFile() = default;
void TraceFile::onChange(const WatchEvent& change) { impl_->change(change); }
void TraceFile::onNote(const kernel::Note& note) { impl_->note(note); }
void TraceFile::finish(TimePoint end) { impl_->finish(end); }

}  // namespace jobset_twin::viz
