#include "tests/validation/tools/trace_model.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::validation {
namespace {

using kernel::Duration;
using kernel::TimePoint;

std::vector<std::string> cellsOf(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream cells(line);
  for (std::string cell; std::getline(cells, cell, ',');) out.push_back(cell);
  return out;
}

int wholeNodes(const TraceJob& job) { return job.gpus / kGpusEach; }
int partOfNode(const TraceJob& job) { return job.gpus % kGpusEach; }

// Who waits in a queue, the first first.
using Waiting = std::set<std::pair<Duration, std::size_t>>;
std::pair<Duration, std::size_t> rankOf(const TraceRun& what, std::size_t job) {
  return {what.shortest_first ? what.jobs[job].runs : what.jobs[job].submitted, job};
}

// The nodes of one queue, by their free GPUs.
class Pool {
 public:
  explicit Pool(int nodes) : free_(static_cast<std::size_t>(nodes), kGpusEach) {}
  int freeGpus() const {
    int sum = 0;
    for (const int one : free_) sum += one;
    return sum;
  }
  // What was taken of each node; nothing if it does not fit.
  std::optional<std::vector<std::pair<std::size_t, int>>> take(const TraceJob& job) {
    std::vector<std::pair<std::size_t, int>> out;
    int whole = wholeNodes(job);
    for (std::size_t i = 0; i < free_.size() && whole > 0; ++i) {
      if (free_[i] < kGpusEach) continue;
      out.emplace_back(i, kGpusEach);
      --whole;
    }
    if (whole > 0) return std::nullopt;
    if (const int part = partOfNode(job); part > 0) {
      std::optional<std::size_t> fullest;
      for (std::size_t i = 0; i < free_.size(); ++i) {
        if (free_[i] >= part && (!fullest || free_[i] < free_[*fullest])) fullest = i;
      }
      if (!fullest) return std::nullopt;
      out.emplace_back(*fullest, part);
    }
    for (const auto& [node, gpus] : out) free_[node] -= gpus;
    return out;
  }
  void giveBack(const std::vector<std::pair<std::size_t, int>>& taken) {
    for (const auto& [node, gpus] : taken) free_[node] += gpus;
  }

 private:
  std::vector<int> free_;
};

void queueByRecursion(const TraceRun& what, const std::string& queue, int nodes, std::vector<Duration>& begins) {
  Pool pool(nodes);
  int promised = 0;  // GPUs of who was taken and has no nodes yet
  constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();
  std::size_t taken = kNobody;
  Waiting waiting;
  std::multimap<Duration, std::vector<std::pair<std::size_t, int>>> running;  // by their end
  std::vector<std::size_t> own;
  for (std::size_t i = 0; i < what.jobs.size(); ++i) {
    if (what.jobs[i].queue == queue) own.push_back(i);
  }
  for (std::size_t next = 0; next < own.size() || taken != kNobody || !waiting.empty();) {
    Duration now = Duration::max();
    if (next < own.size()) now = what.jobs[own[next]].submitted;
    if (!running.empty()) now = std::min(now, running.begin()->first);
    if (now == Duration::max()) throw std::runtime_error("a job that never fits");
    for (; !running.empty() && running.begin()->first <= now; running.erase(running.begin()))
      pool.giveBack(running.begin()->second);
    for (; next < own.size() && what.jobs[own[next]].submitted <= now; ++next) waiting.insert(rankOf(what, own[next]));
    while (taken != kNobody || !waiting.empty()) {
      if (taken == kNobody) {
        const std::size_t first = waiting.begin()->second;
        if (what.jobs[first].gpus > pool.freeGpus() - promised) break;
        taken = first;
        promised = what.jobs[first].gpus;
        waiting.erase(waiting.begin());
      }
      const auto got = pool.take(what.jobs[taken]);
      if (!got) break;
      begins[taken] = now;
      running.emplace(now + what.jobs[taken].runs, *got);
      taken = kNobody;
      promised = 0;
    }
  }
}

// --- the whole control plane

// JobSets are called j0, j1, …
std::size_t numberOf(const std::string& name) {
  std::size_t out = 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), out);
  return out;
}

class Seen final : public scenarios::Observer {
 public:
  Seen(const TraceRun& what, TimePoint start) : start_(start), jobs(what.jobs.size()) {
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].pods = std::max(1, wholeNodes(what.jobs[i]));
  }
  void onChange(const apiserver::WatchEvent& change) override {
    const api::Object& object = *change.object;
    if (object.kind() == api::Kind::kJobSet && change.type == apiserver::WatchType::kAdded)
      arrived.push_back(numberOf(object.meta.name));
    if (object.kind() != api::Kind::kPod || change.type == apiserver::WatchType::kDeleted || !change.previous) return;
    const api::Pod& pod = api::as<api::Pod>(object);
    const api::Pod& before = api::as<api::Pod>(*change.previous);
    Job& job = jobs.at(numberOf(object.meta.name));
    if (!pod.nodeName.empty() && before.nodeName.empty() && ++job.bound == job.pods) job.began = change.at - start_;
    if (pod.status.phase == "Succeeded" && before.status.phase != "Succeeded" && ++job.done == job.pods)
      ended.push_back(numberOf(object.meta.name));
  }
  void onNote(const kernel::Note&) override {}
  bool wantsNotes() const override { return false; }

  struct Job {
    int pods = 0, bound = 0, done = 0;
    std::optional<Duration> began;
  };

 private:
  TimePoint start_;

 public:
  std::vector<Job> jobs;
  std::vector<std::size_t> arrived, ended;  // since they were emptied last
};

std::string documentsOf(const TraceRun& what) {
  std::string text =
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: 100d\n"
      "  timing: {profile: zero, scheduler.flushAfter: 100000h}\n"
      "  scheduler:\n    gangs: {scope: JobSet}\n    profiles:\n    - plugins: {score: {disabled: [{name: '*'}], "
      "enabled: "
      "[{name: NodeResourcesFit}]}}\n"
      "      pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated, resources: [{name: "
      "nvidia.com/gpu, weight: 1}]}}}]\n"
      "  actions: [{at: 99d, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: last}}}]\n"
      "  cluster:\n    nodePools:\n";
  for (const auto& [queue, nodes] : what.nodes) {
    text += fmt::format(
        "    - {{name: {0}, count: {1}, labels: {{queue: {2}}}, capacity: {{cpu: 64, nvidia.com/gpu: {3}}}}}\n",
        fmt::format("q{}", std::distance(what.nodes.begin(), what.nodes.find(queue))), nodes, queue, kGpusEach);
  }
  for (std::size_t i = 0; i < what.jobs.size(); ++i) {
    const TraceJob& job = what.jobs[i];
    if (wholeNodes(job) > 0 && partOfNode(job) > 0) throw std::runtime_error("a job of whole nodes and a part of one");
    text += fmt::format(
        "---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: j{0}}}\n"
        "spec: {{suspend: true, ttlSecondsAfterFinished: 0, network: {{enableDNSHostnames: false}}, replicatedJobs: "
        "[{{name: w, template: {{spec: {{completions: {1}, parallelism: {1}, template: {{spec: {{restartPolicy: Never, "
        "nodeSelector: {{queue: {2}}}, containers: [{{name: c, image: x, command: [sleep, \"{3}\"], resources: "
        "{{limits: {{nvidia.com/gpu: {4}}}}}}}]}}}}}}}}}}]}}\n",
        i, std::max(1, wholeNodes(job)), job.queue, job.runs / std::chrono::seconds(1),
        partOfNode(job) > 0 ? partOfNode(job) : kGpusEach);
  }
  return text;
}

scenarios::RunPlan planOf(const TraceRun& what) {
  scenarios::Loaded loaded =
      scenarios::load({{"-", documentsOf(what)}}, {}, [](const std::string&) { return std::optional<std::string>(); });
  if (!loaded.errors.empty()) throw std::runtime_error(api::describe(loaded.errors.front()));
  for (cluster::Submission& submission : loaded.plan.submissions) {
    const api::ObjectPtr& object = submission.request.object;
    if (object && object->kind() == api::Kind::kJobSet)
      submission.at = loaded.plan.world.start + what.jobs[numberOf(object->meta.name)].submitted;
  }
  return std::move(loaded.plan);
}

// What is in front of the cluster: a queue for each quota, that resumes one JobSet at a time.
class Gate {
 public:
  explicit Gate(const TraceRun& what) : what_(what) {
    for (const auto& [queue, nodes] : what.nodes) queues_[queue].free = nodes * kGpusEach;
  }
  // Takes in what happened; the JobSets to be resumed now, one at most of each queue.
  std::vector<std::size_t> look(Seen& seen) {
    for (const std::size_t job : seen.arrived) queues_.at(what_.jobs[job].queue).waiting.insert(rankOf(what_, job));
    for (const std::size_t job : seen.ended) queues_.at(what_.jobs[job].queue).free += what_.jobs[job].gpus;
    seen.arrived.clear();
    seen.ended.clear();
    std::vector<std::size_t> out;
    for (auto& [name, queue] : queues_) {
      if (queue.last && !seen.jobs[*queue.last].began) continue;
      if (queue.waiting.empty() || what_.jobs[queue.waiting.begin()->second].gpus > queue.free) continue;
      queue.last = queue.waiting.begin()->second;
      queue.free -= what_.jobs[*queue.last].gpus;
      queue.waiting.erase(queue.waiting.begin());
      out.push_back(*queue.last);
    }
    return out;
  }

 private:
  struct Queue {
    int free = 0;
    Waiting waiting;
    std::optional<std::size_t> last;
  };
  const TraceRun& what_;
  std::map<std::string, Queue> queues_;
};

}  // namespace

std::vector<TraceJob> readTrace(const std::string& path) {
  std::ifstream in(path);
  std::map<std::string, std::size_t> columns;
  std::vector<TraceJob> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> cells = cellsOf(line);
    if (columns.empty()) {
      for (std::size_t i = 0; i < cells.size(); ++i) columns[cells[i]] = i;
      continue;
    }
    const auto cell = [&](const char* name) { return cells.at(columns.at(name)); };
    try {
      out.push_back({cell("tenant"), std::chrono::microseconds(std::stoll(cell("submit_time"))),
                     std::chrono::seconds(std::stoll(cell("duration_s"))), std::stoi(cell("num_chips"))});
    } catch (const std::exception&) {
      throw std::runtime_error(path + ": cannot read " + line);
    }
  }
  if (out.empty()) throw std::runtime_error(path + ": there are no jobs in it");
  std::stable_sort(out.begin(), out.end(),
                   [](const TraceJob& a, const TraceJob& b) { return a.submitted < b.submitted; });
  return out;
}

std::vector<Duration> beginsByRecursion(const TraceRun& what) {
  std::vector<Duration> begins(what.jobs.size());
  for (const auto& [queue, nodes] : what.nodes) queueByRecursion(what, queue, nodes, begins);
  return begins;
}

std::vector<Duration> beginsInCluster(const TraceRun& what) {
  scenarios::RunPlan plan = planOf(what);
  const TimePoint start = plan.world.start;
  Seen seen(what, start);
  scenarios::RunHooks hooks;
  hooks.observers.push_back(&seen);
  scenarios::Run run(std::move(plan), hooks);
  Gate gate(what);
  std::set<Duration> times;  // at which something happens
  for (const TraceJob& job : what.jobs) times.insert(job.submitted);
  std::vector<char> known(what.jobs.size(), 0);  // whose end is among them
  for (; !times.empty(); times.erase(times.begin())) {
    const TimePoint now = start + *times.begin();
    run.advance(now);
    for (std::vector<std::size_t> resumed = gate.look(seen); !resumed.empty(); resumed = gate.look(seen)) {
      for (const std::size_t job : resumed) {
        const api::ObjectKey key{api::Kind::kJobSet, "default", fmt::format("j{}", job)};
        const api::Raw body = api::Raw(nlohmann::json{{"spec", {{"suspend", false}}}});
        run.world().submit({now, api::patchRequest(key, api::MergePatch{body}), "the queue"});
      }
      run.advance(now);
    }
    for (std::size_t i = 0; i < what.jobs.size(); ++i) {
      if (!seen.jobs[i].began || known[i]) continue;
      known[i] = 1;
      times.insert(*seen.jobs[i].began + what.jobs[i].runs);
    }
  }
  std::vector<Duration> begins;
  for (const Seen::Job& job : seen.jobs) {
    if (!job.began) throw std::runtime_error("a job that did not begin");
    begins.push_back(*job.began);
  }
  return begins;
}

}  // namespace jobset_twin::validation
