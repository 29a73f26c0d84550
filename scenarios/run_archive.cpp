// Saving a run and going on with it: what the run itself keeps, then its world, each in a frame of its own.
#include <cereal/cereal.hpp>  // before chrono.hpp, which needs it and does not say so
#include <cereal/types/chrono.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/request_archive.hpp"
#include "engine/api/saved_file.hpp"
#include "scenarios/run.hpp"
#include "sim/faults/injector_archive.hpp"

namespace jobset_twin::scenarios {
namespace {

// What a saved run must find again: all of the plan that the world's own configuration does not hold and that decides
// how it goes on. `until` may differ: that is what going on is for.
std::uint64_t planHash(const RunPlan& plan) {
  api::ArchiveWriter ar;
  ar(plan.setup, plan.submissions.size(), plan.horizon);
  for (const cluster::Submission& submission : plan.submissions) ar(submission.at, submission.request);
  for (const Expectation& expectation : plan.expectations) ar(expectation.object, describeExpectation(expectation));
  for (const faults::Fault& fault : plan.faults) ar(fault.name, faults::faultText(fault), fault.crew_size);
  return api::hashOfBytes(ar.take());
}

}  // namespace

template <class Archive>
void serialize(Archive& ar, PodNames& names) {
  ar(names.pod, names.names, names.first_resolvable, names.deleted);
}

template <class Archive>
void Run::archive(Archive& ar) {
  ar(ended_, reason_, end_, seen_revision_, warnings_, recorder_);
  ar(gone_names_, injector_, unfinished_revision_);
  for (std::uint64_t& cursor : cursors_) ar(cursor);
  std::uint64_t count = jobsets_.size();
  ar(count);
  if constexpr (Archive::is_loading::value) {
    jobsets_.clear();
    for (; count > 0; --count) {
      const std::string uid = ar.text();
      jobsets_[uid].archive(ar);
    }
  } else {
    for (auto& [uid, tracked] : jobsets_) {
      ar.text(uid);
      tracked.archive(ar);
    }
  }
}

template <class Archive>
void Run::Tracked::archive(Archive& ar) {
  ar(last, submitted, ready, finished, deleted, order);
  if (!last || last->kind() != api::Kind::kJobSet) api::damagedArchive("a JobSet that is none");
}

void Run::save(std::ostream& out) const {
  api::ArchiveWriter ar;
  const_cast<Run*>(this)->archive(ar);  // changes nothing when it writes
  api::writeFrame(out, "run", planHash(plan_), ar.take());
  world_.save(out);
}

void Run::load(std::istream& in) {
  const std::string state = api::readFrame(in, "run", planHash(plan_));
  Run loaded = *this;
  api::ArchiveReader ar(state);
  loaded.archive(ar);
  ar.expectEnd();
  loaded.world_.load(in);
  // It ended because somebody wanted to see it there; now it goes on.
  if (loaded.reason_ == EndReason::kUntil || loaded.reason_ == EndReason::kInterrupted) loaded.ended_ = false;
  *this = std::move(loaded);
}

}  // namespace jobset_twin::scenarios
