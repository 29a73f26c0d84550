#include "sim/cluster/job/job_pods.hpp"

#include <algorithm>

namespace jobset_twin::cluster::job {
namespace {

void putOrErase(JobPods::Slots& slots, JobPods::Slot slot, bool member, int delta) {
  if (!member) return;
  if (delta > 0) {
    slots.insert(slot);
  } else {
    slots.erase(slot);
  }
}

std::uint32_t& counter(std::vector<std::uint32_t>& counts, std::int32_t index) {
  const auto at = static_cast<std::size_t>(index);
  if (at >= counts.size()) counts.resize(at + 1);
  return counts[at];
}

}  // namespace

void JobPods::tally(Slot slot, int delta) {
  const PodFacts& facts = slots_[slot];
  putOrErase(active_, slot, facts.active(), delta);
  putOrErase(terminating_, slot, facts.terminating(), delta);
  putOrErase(done_, slot, facts.done() && facts.finalizer, delta);
  putOrErase(failed_, slot, facts.phase == PodPhase::kFailed, delta);
  restarts_ += delta * facts.restarts;
  if (facts.finalizer) finalizers_ += delta;
  if (facts.active()) {
    if (facts.ready) ready_ += delta;
    if (facts.index == kNoIndex) {
      without_index_ += delta;
    } else {
      std::uint32_t& count = counter(active_at_, facts.index);
      if (delta > 0 ? count++ > 0 : --count > 0) repeated_ += delta;
    }
  }
  if (facts.terminating() && facts.index != kNoIndex) {
    counter(terminating_at_, facts.index) += static_cast<std::uint32_t>(delta);
  }
}

void JobPods::place(Slot slot, api::ObjectPtr pod) {
  by_uid_[pod->meta.uid] = slot;
  slots_[slot] = factsOf(std::move(pod));
  tally(slot, 1);
}

void JobPods::put(api::ObjectPtr pod) {
  const auto known = by_uid_.find(pod->meta.uid);
  if (known != by_uid_.end()) {
    const Slot slot = known->second;
    tally(slot, -1);
    slots_[slot] = factsOf(std::move(pod));
    tally(slot, 1);
    return;
  }
  Slot slot = static_cast<Slot>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  place(slot, std::move(pod));
}

bool JobPods::remove(const std::string& uid) {
  const auto known = by_uid_.find(uid);
  if (known == by_uid_.end()) return false;
  const Slot slot = known->second;
  tally(slot, -1);
  slots_[slot] = PodFacts{};
  free_.push_back(slot);
  by_uid_.erase(known);
  return true;
}

const PodFacts* JobPods::find(const std::string& uid) const {
  const auto known = by_uid_.find(uid);
  return known == by_uid_.end() ? nullptr : &slots_[known->second];
}

std::vector<JobPods::Slot> JobPods::withFinalizer() const {
  std::vector<Slot> result;
  for (Slot slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].pod && slots_[slot].finalizer) result.push_back(slot);
  }
  return result;
}

bool JobPods::hasSurplus(std::int32_t completions) const {
  if (without_index_ > 0 || repeated_ > 0) return true;
  for (std::size_t at = static_cast<std::size_t>(std::max(completions, 0)); at < active_at_.size(); ++at) {
    if (active_at_[at] > 0) return true;
  }
  return false;
}

std::vector<std::int32_t> JobPods::pendingIndexes(std::int32_t count, std::int32_t completions, bool replaced_when_gone,
                                                  const IndexSet& succeeded, const IndexSet* failed) const {
  std::vector<std::int32_t> result;
  auto succeeded_at = succeeded.intervals().begin();
  const auto succeeded_end = succeeded.intervals().end();
  for (std::int32_t index = 0; index < completions && static_cast<std::int32_t>(result.size()) < count; ++index) {
    while (succeeded_at != succeeded_end && succeeded_at->last < index) ++succeeded_at;
    if (succeeded_at != succeeded_end && succeeded_at->first <= index) {
      index = succeeded_at->last;  // skips the whole run
      continue;
    }
    if (activeAt(index) || (replaced_when_gone && terminatingAt(index))) continue;
    if (failed && failed->has(index)) continue;
    result.push_back(index);
  }
  return result;
}

}  // namespace jobset_twin::cluster::job
