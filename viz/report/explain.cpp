#include "viz/report/explain.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "viz/columns.hpp"
#include "viz/report/report_text.hpp"

namespace jobset_twin::viz::report {
namespace {

std::string_view deleterName(DeletedBy who) {
  constexpr std::string_view kNames[] = {"somebody",
                                         "the Job controller",
                                         "the garbage collector",
                                         "the scheduler, to make room for a Pod of higher priority",
                                         "the taint eviction controller",
                                         "the Pod garbage collector",
                                         "an eviction through the API",
                                         "the kubelet",
                                         "the JobSet controller",
                                         "the TTL controller",
                                         "a request from outside"};
  return kNames[static_cast<std::size_t>(who)];
}

class Teller {
 public:
  Teller(const Ledger& ledger, Thing thing, Id id) : ledger_(ledger) { out_.object = ledger.nameOf(thing, id); }

  Explanation pod(Id id);
  Explanation job(Id id);
  Explanation jobSet(Id id);
  Explanation node(Id id);

 private:
  void line(TimePoint at, std::string text) {
    if (reached(at)) out_.lines.push_back({0, at, std::move(text)});
  }
  void unknownTime(std::string text) { out_.lines.push_back({0, std::nullopt, std::move(text)}); }
  void because(int depth, TimePoint at, std::string text) { out_.lines.push_back({depth, at, std::move(text)}); }
  // The event and what brought it about, one below the other.
  void chain(Id event, int depth = 1) {
    for (; event != kNone; event = ledger_.events()[event].cause, ++depth) {
      const Event& one = ledger_.events()[event];
      because(depth, one.at, ledger_.textOf(event) + (one.times > 1 ? fmt::format(" ({} times)", one.times) : ""));
    }
  }
  void chainOf(Id event, int depth = 1) { chain(event == kNone ? kNone : ledger_.events()[event].cause, depth); }
  void jobMade(Id job, int depth);
  void podEnd(const PodRecord& pod);
  void podPending(const PodRecord& pod);
  // The faults that hindered the step to `at`, which began at `from`.
  void heldUp(const Work& work, TimePoint from, TimePoint at) {
    if (!reached(from) || !reached(at)) return;
    for (const Held& held : ledger_.heldBy(work, from, at))
      because(1, ledger_.events()[held.event].at,
              fmt::format("{}: {} of the time", ledger_.textOf(held.event), shortDuration(held.time)));
  }
  Id replacedBy(const JobRecord& job, Id pod) const;
  // In the order of time; causes stay below what they explain.
  void sort();

  const Ledger& ledger_;
  Explanation out_;
};

void Teller::sort() {
  struct Block {
    TimePoint at;
    std::vector<WhyLine> lines;
  };
  std::vector<Block> blocks;
  for (WhyLine& line : out_.lines) {
    if (line.depth == 0) blocks.push_back({line.at.value_or(kNever), {}});
    blocks.back().lines.push_back(std::move(line));
  }
  std::stable_sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) { return a.at < b.at; });
  out_.lines.clear();
  for (Block& block : blocks) {
    for (WhyLine& line : block.lines) out_.lines.push_back(std::move(line));
  }
}

// Why a Job was made: the JobSet, or the restart that made it again.
void Teller::jobMade(Id id, int depth) {
  const JobRecord& job = ledger_.jobs()[id];
  if (job.jobset == kNone) return;
  const JobSetRecord& jobset = ledger_.jobsets()[job.jobset];
  if (job.start != kNone && ledger_.starts()[job.start].event != kNone && reached(job.created) &&
      job.created >= ledger_.starts()[job.start].began)
    return chain(ledger_.starts()[job.start].event, depth);
  if (reached(jobset.created))
    because(depth, jobset.created, ledger_.nameOf(Thing::kJobSet, job.jobset) + " was created");
}

// The Pod of the Job whose end made the controller create this one; kNone if it is among the first.
Id Teller::replacedBy(const JobRecord& job, Id id) const {
  const PodRecord& pod = ledger_.pods()[id];
  const auto base = jobset::podNameWithoutSuffix(pod.name);
  Id last = kNone;
  for (const Id other : job.pods) {
    const PodRecord& before = ledger_.pods()[other];
    if (other == id || before.created >= pod.created || jobset::podNameWithoutSuffix(before.name) != base) continue;
    const TimePoint ended = std::min(before.over, before.deleting);
    const bool resumed_since = std::any_of(job.resumes.begin(), job.resumes.end(),
                                           [&](TimePoint at) { return at >= ended && at <= pod.created; });
    if (ended > pod.created || resumed_since) continue;
    if (last == kNone || before.created > ledger_.pods()[last].created) last = other;
  }
  return last;
}

void Teller::podPending(const PodRecord& pod) {
  if (reached(pod.scheduled)) {
    if (reached(pod.refused_node)) {
      because(1, pod.refused_node, "the scheduler found no node before: " + ledger_.word(pod.no_node));
      if (pod.freed_by != kNone) {
        const PodRecord& freed = ledger_.pods()[pod.freed_by];
        because(1, std::min(freed.over, freed.gone),
                fmt::format("{} made room on {}", ledger_.nameOf(Thing::kPod, pod.freed_by),
                            ledger_.nodes()[pod.node].name));
      }
    }
    return;
  }
  if (reached(pod.over) || reached(pod.deleting)) return;
  if (reached(pod.refused_node)) {
    line(pod.refused_node, "pending: the scheduler finds no node: " + ledger_.word(pod.no_node));
  } else {
    unknownTime("pending: the scheduler has not looked at it, or a scheduling gate holds it");
  }
}

void Teller::podEnd(const PodRecord& pod) {
  if (pod.failure != kNone) {
    line(ledger_.events()[pod.failure].at, ledger_.events()[pod.failure].text);
    chainOf(pod.failure);
  } else if (pod.container_failure != kNone) {
    const Event& failed = ledger_.events()[pod.container_failure];
    line(failed.at, failed.text + (failed.times > 1 ? fmt::format(", for the {}th time", failed.times) : ""));
    chainOf(pod.container_failure);
  }
  if (pod.container_restarts > 0)
    unknownTime(fmt::format("its containers were restarted in place {} times", pod.container_restarts));
  line(pod.over, pod.succeeded ? "Succeeded" : "Failed");
  if (reached(pod.deleting)) {
    line(pod.deleting, fmt::format("deleted by {}", deleterName(pod.deleted_by)));
    if (pod.deletion != pod.failure) {
      chain(pod.deletion);
    } else {
      chainOf(pod.deletion);
    }
  }
  if (reached(pod.gone) && pod.gone != pod.deleting) line(pod.gone, "gone");
}

Explanation Teller::pod(Id id) {
  const PodRecord& pod = ledger_.pods()[id];
  if (pod.node != kNone) out_.about += ", on " + ledger_.nodes()[pod.node].name;
  if (pod.job != kNone) {
    const JobRecord& job = ledger_.jobs()[pod.job];
    out_.about += ", of " + ledger_.nameOf(Thing::kJob, pod.job);
    line(pod.created, "created by the Job controller");
    if (const Id before = replacedBy(job, id); before != kNone) {
      const PodRecord& old = ledger_.pods()[before];
      because(1, std::min(old.over, old.deleting), ledger_.nameOf(Thing::kPod, before) + " ended");
      chain(old.failure != kNone ? old.failure : old.deletion, 2);
    } else {
      const auto resumed =
          std::find_if(job.resumes.rbegin(), job.resumes.rend(), [&](TimePoint at) { return at <= pod.created; });
      const bool anew = resumed != job.resumes.rend();
      const TimePoint since = anew ? *resumed : job.created;
      because(1, since, ledger_.nameOf(Thing::kJob, pod.job) + (anew ? " was resumed" : " was created"));
      jobMade(pod.job, 2);
      heldUp({doing::kJobController | doing::kWebhooks, id, {}}, since, pod.created);
    }
  } else {
    line(pod.created, "created");
  }
  line(pod.scheduled, fmt::format("scheduled to {}", pod.node == kNone ? "" : ledger_.nodes()[pod.node].name));
  const Work placing{doing::kScheduler | (reached(pod.refused_node) ? doing::kRoom : 0U), id, {}};
  if (reached(pod.scheduled)) heldUp(placing, pod.created, pod.scheduled);
  podPending(pod);
  if (!reached(pod.scheduled) && !reached(pod.over) && !reached(pod.deleting))
    heldUp(placing, pod.created, ledger_.end());
  line(pod.pulled, "images are there");
  if (reached(pod.pulled)) heldUp({doing::kImages | doing::kKubelet, id, {}}, pod.scheduled, pod.pulled);
  line(pod.started, "containers started");
  if (reached(pod.looked_up) && pod.looked_up_pod != kNone)
    because(1, pod.looked_up,
            fmt::format("it found the name of {} after {} look-ups in vain",
                        ledger_.nameOf(Thing::kPod, pod.looked_up_pod), pod.denied_look_ups));
  if (!pod.succeeded || pod.ready != pod.over) {
    line(pod.ready, "ready");
    heldUp({doing::kContainers | (pod.asked ? doing::kNames : 0U), id, {}}, pod.pulled, pod.ready);
  }
  line(pod.resolvable, "its name resolves");
  const bool ends = reached(pod.over) || reached(pod.deleting);
  if (!reached(pod.ready) && !ends && reached(pod.started))
    unknownTime("not ready: its readiness probe has not succeeded");
  if (!reached(pod.started) && !ends && reached(pod.scheduled))
    unknownTime(reached(pod.pulled) ? "not started: its containers, or its init containers, are not running yet"
                                    : "not started: its images are not there yet");
  if (!reached(pod.ready) && !ends && reached(pod.scheduled)) {
    const Doings work = reached(pod.pulled) ? doing::kContainers : doing::kImages;
    heldUp({work | doing::kKubelet | (pod.asked ? doing::kNames : 0U), id, {}},
           reached(pod.pulled) ? pod.pulled : pod.scheduled, ledger_.end());
  }
  podEnd(pod);
  sort();
  return std::move(out_);
}

Explanation Teller::job(Id id) {
  const JobRecord& job = ledger_.jobs()[id];
  if (job.jobset != kNone) {
    out_.about = ", of " + ledger_.nameOf(Thing::kJobSet, job.jobset);
    if (job.start != kNone && ledger_.starts()[job.start].number > 0)
      out_.about += fmt::format(", restart {}", ledger_.starts()[job.start].number);
  }
  line(job.created, job.jobset == kNone ? "created" : "created by the JobSet controller");
  jobMade(id, 1);
  if (job.jobset != kNone && job.start != kNone)
    heldUp({doing::kJobSetController, kNone, {}}, ledger_.starts()[job.start].began, job.created);
  for (const Id event : job.suspensions) {
    line(ledger_.events()[event].at, "suspended");
    chainOf(event);
  }
  for (const TimePoint at : job.resumes) line(at, "resumed");
  line(job.ready, fmt::format("ready: {} of {} Pods", job.wanted, job.wanted));
  if (job.failed_pods > 0 && job.failure == kNone)
    unknownTime(fmt::format("{} of its Pods failed", withThousands(job.failed_pods)));
  if (job.failure != kNone) {
    line(ledger_.events()[job.failure].at, ledger_.events()[job.failure].text);
    chainOf(job.failure);
  }
  line(job.failed, "Failed");
  line(job.complete, "Complete");
  if (reached(job.deleting)) {
    line(job.deleting, fmt::format("deleted by {}", deleterName(job.deleted_by)));
    chain(job.deletion);
  }
  if (reached(job.gone) && job.gone != job.deleting) line(job.gone, "gone");
  if (!reached(job.ready) && !reached(job.failure == kNone ? job.deleting : TimePoint{})) {
    std::size_t unscheduled = 0, unready = 0;
    for (const Id pod : job.pods) {
      const PodRecord& record = ledger_.pods()[pod];
      if (reached(record.over) || reached(record.deleting)) continue;
      unscheduled += reached(record.scheduled) ? 0 : 1;
      unready += reached(record.ready) ? 0 : 1;
    }
    unknownTime(fmt::format("not ready: {} of {} Pods exist, {} of them without a node, {} not ready", job.pods.size(),
                            job.wanted, unscheduled, unready));
  }
  sort();
  return std::move(out_);
}

Explanation Teller::jobSet(Id id) {
  const JobSetRecord& jobset = ledger_.jobsets()[id];
  line(jobset.created, jobset.suspended && jobset.starts.size() == 1 ? "created, suspended" : "created");
  constexpr std::size_t kMostRestarts = 10;
  std::size_t restarts = 0;
  for (const Id start : jobset.starts) restarts += ledger_.starts()[start].event != kNone ? 1 : 0;
  std::size_t left_out = restarts > kMostRestarts ? restarts - kMostRestarts : 0;
  if (left_out > 0)
    unknownTime(fmt::format("{} earlier restarts are left out: --report text counts them by cause", left_out));
  for (const Id start_id : jobset.starts) {
    const StartRecord& start = ledger_.starts()[start_id];
    if (start.event != kNone && left_out > 0) {
      --left_out;
      continue;
    }
    if (start.kind == StartKind::kResume) line(start.began, "resumed");
    if (start.event != kNone) {
      const Event& event = ledger_.events()[start.event];
      line(event.at,
           event.thing == Thing::kJob ? ledger_.nameOf(Thing::kJob, event.subject) + " " + event.text : event.text);
      chainOf(start.event);
    }
    if (reached(start.ready))
      line(start.ready, fmt::format("ready, {} after {}",
                                    shortDuration(start.ready - (start.event == kNone ? start.began : start.fault)),
                                    start.event == kNone ? "it began" : "the fault"));
  }
  for (const Id event : jobset.suspensions) line(ledger_.events()[event].at, "suspended");
  if (jobset.end != kNone) {
    line(jobset.over, ledger_.events()[jobset.end].text);
    chainOf(jobset.end);
  }
  if (jobset.deletion != kNone) {
    line(jobset.deleting, ledger_.events()[jobset.deletion].text);
    chainOf(jobset.deletion);
  }
  if (reached(jobset.gone) && jobset.gone != jobset.deleting) line(jobset.gone, "gone");
  sort();
  return std::move(out_);
}

Explanation Teller::node(Id id) {
  for (std::size_t i = 0; i < ledger_.events().size(); ++i) {
    const Event& event = ledger_.events()[i];
    if (event.thing != Thing::kNode || event.subject != id) continue;
    line(event.at, event.text);
    chainOf(static_cast<Id>(i));
    std::size_t failed = 0;
    std::string first;
    for (std::size_t j = i + 1; j < ledger_.events().size(); ++j) {
      if (ledger_.events()[j].cause != i || ledger_.events()[j].kind != EventKind::kPodFailed) continue;
      if (failed++ == 0) first = ledger_.nameOf(Thing::kPod, ledger_.events()[j].subject);
    }
    if (failed > 0)
      unknownTime(
          fmt::format("  so {} Pod{} ended: {}{}", failed, failed == 1 ? "" : "s", first, failed > 1 ? ", …" : ""));
  }
  std::size_t running = 0, ever = 0;
  for (const PodRecord& pod : ledger_.pods()) {
    if (pod.node != id) continue;
    ++ever;
    if (!reached(pod.over) && !reached(pod.gone)) ++running;
  }
  out_.about = fmt::format(", {} at the end, {} Pods were bound to it, {} of them are there",
                           reached(ledger_.nodes()[id].gone) ? "gone"
                           : ledger_.isDown(id)              ? "not Ready"
                                                             : "Ready",
                           ever, running);
  if (out_.lines.empty()) unknownTime("nothing went wrong with it");
  return std::move(out_);
}

}  // namespace

Explanation explain(const Ledger& ledger, Thing thing, Id id) {
  Teller teller(ledger, thing, id);
  switch (thing) {
    case Thing::kPod: return teller.pod(id);
    case Thing::kJob: return teller.job(id);
    case Thing::kJobSet: return teller.jobSet(id);
    default: return teller.node(id);
  }
}

}  // namespace jobset_twin::viz::report
