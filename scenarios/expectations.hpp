// expectations.hpp - whether a run did what its scenario expects: watches the objects that expectations name while the
// run goes, and judges at any point of it. docs/scenario.md says what each field means.
//
// The recorder is part of the run's state: a saved and continued run judges as the uninterrupted one. Without
// expectations it costs nothing.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cereal/types/array.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "scenarios/observer.hpp"
#include "scenarios/outcome.hpp"
#include "scenarios/scenario.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::scenarios {

// When something happened first; order 0: not yet. The order decides between things of one instant.
struct Stamp {
  TimePoint at{};
  std::uint64_t order = 0;
  bool happened() const { return order != 0; }
  template <class Archive>
  void serialize(Archive& ar) {
    kernel::serializeTime(ar, at);
    ar(order);
  }
};

// An object by its lasting name. A Pod of an Indexed Job is the same object after a restart; a Pod of a NonIndexed Job
// has no lasting name, so each is an object of its own, and `alias` is the name that they share.
struct ObjectRecord {
  std::string name, alias, uid;
  std::array<Stamp, kMomentCount> first{};
  std::int32_t instances = 0;
  // Of the last instance:
  std::int64_t restarts = 0;
  std::string phase, terminal_state;
  std::vector<std::pair<std::string, std::string>> conditions;  // those that are True: type, reason
  std::map<std::uint32_t, std::int64_t> counts;                 // expectation -> Events or lines of log that fit it

  template <class Archive>
  void serialize(Archive& ar) {
    ar(name, alias, uid, first, instances, restarts, phase, terminal_state, conditions, counts);
  }
};

class ExpectationRecorder final : public Observer {
 public:
  ExpectationRecorder() = default;
  explicit ExpectationRecorder(const std::vector<Expectation>& expectations);

  bool watches() const { return !patterns_.empty(); }
  bool wantsNotes() const override { return wants_notes_; }  // logs or names that became resolvable
  void onChange(const apiserver::WatchEvent& change) override;
  void onNote(const kernel::Note& note) override;
  // A fault started or ended.
  void onFault(const std::string& name, Moment moment, TimePoint at);

  const std::map<std::string, ObjectRecord>& records() const { return records_; }
  const std::set<std::string>& seen() const { return seen_; }  // names of the run, as far as they are kept

  // What it has seen; what it watches comes with the expectations.
  template <class Archive>
  void serialize(Archive& ar) {
    ar(records_, identity_, seen_, order_);
  }

 private:
  bool wanted(std::string_view name) const;
  void reach(ObjectRecord& record, Moment moment, TimePoint at);
  void onEvent(const apiserver::WatchEvent& change);
  ObjectRecord* recordOf(const std::string& full_name);

  std::vector<std::string> patterns_;
  struct Counted {  // an expectation that counts Events or lines
    std::uint32_t index = 0;
    std::string object;
    std::optional<std::string> reason, type, message, line;
  };
  std::vector<Counted> events_, lines_;
  bool wants_notes_ = false;
  std::map<std::string, ObjectRecord> records_;  // by lasting name
  std::map<std::string, std::string> identity_;  // a Pod's full name -> its lasting name
  std::set<std::string> seen_;
  std::uint64_t order_ = 0;
};

// Each expectation, in order.
std::vector<ExpectationResult> judge(const std::vector<Expectation>& expectations, const ExpectationRecorder& recorder,
                                     EndReason reason, TimePoint start);

// An expectation in words, for results.
std::string describeExpectation(const Expectation& expectation);

using api::matchesPattern;

// " (did you mean X?)" or " (there are: a, b, c)" or "".
std::string nearestHint(const std::string& wrong, const std::set<std::string>& names);

}  // namespace jobset_twin::scenarios
