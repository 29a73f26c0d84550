// ran.hpp - a run of manifests and scenarios from text to its end, with everything that was stored and noted on the
// way: what the conformance tests look at. Through the public interfaces only (scenarios/load.hpp, run.hpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios::test {

// The kinds that most tests ask for.
inline constexpr api::Kind kJob = api::Kind::kJob, kPod = api::Kind::kPod;

class Ran : private Observer {
 public:
  // What is done to the run when it has gone on for so long; not if it has ended before.
  struct Meanwhile {
    Duration at{};
    std::function<void(Ran&)> act;
  };

  explicit Ran(const std::vector<InputFile>& files, const LoadOptions& options = {},
               const std::vector<Meanwhile>& meanwhile = {});
  // One document or several.
  explicit Ran(const std::string& text, const LoadOptions& options = {}, const std::vector<Meanwhile>& meanwhile = {})
      : Ran(std::vector{InputFile{"-", text}}, options, meanwhile) {}
  Ran(const Ran&) = delete;
  Ran& operator=(const Ran&) = delete;

  using Change = apiserver::WatchEvent;
  // Whether a stored change is one that is looked for.
  using Wanted = std::function<bool(const Change&)>;

  // A request of a user's, now.
  void submit(api::Request request);

  double seconds(TimePoint at) const { return std::chrono::duration<double>(at - loaded.plan.world.start).count(); }
  // Times since the start, in order, of the changes of objects of a kind whose names begin with `prefix`.
  std::vector<double> times(api::Kind kind, const std::string& prefix, const Wanted& wanted) const;
  // The first of them; fails the test if there is none.
  double first(api::Kind kind, const std::string& prefix, const Wanted& wanted) const;
  // Of the notes of a kind whose subject and text contain these.
  std::vector<double> noted(cluster::NoteKind kind, const std::string& subject, const std::string& text = {}) const;

  // As they are at the end; null: gone, or never there.
  api::ObjectPtr find(api::Kind kind, const std::string& name, const std::string& namespace_ = "default") const;
  std::vector<api::ObjectPtr> all(api::Kind kind, const std::string& prefix = {}) const;
  // Throws if it was never submitted.
  const JobSetOutcome& jobset(const std::string& name) const;

  Loaded loaded;
  std::unique_ptr<Run> run;  // null: the input had errors
  Outcome outcome;
  std::vector<Change> changes;
  std::vector<kernel::Note> notes;

 private:
  void onChange(const Change& change) override { changes.push_back(change); }
  void onNote(const kernel::Note& note) override { notes.push_back(note); }
};

// What is looked for most.
Ran::Wanted created();
Ran::Wanted deleted();
Ran::Wanted deleting();                       // deletionTimestamp set
Ran::Wanted scheduled();                      // of a Pod
Ran::Wanted phase(std::string phase);         // of a Pod
Ran::Wanted conditionTrue(std::string type);  // of a JobSet, Job or Pod: first change in which it holds
Ran::Wanted job(std::function<bool(const api::JobStatus&)> wanted);

// Events that say that a Pod had to make room, as they are at the end.
std::size_t preemptions(const Ran& ran);

}  // namespace jobset_twin::scenarios::test
