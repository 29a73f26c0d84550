// seen_jobs.hpp - a JobSet's Jobs as its reconcile passes see them: by name, each with what every pass asks of it.
//
// Passes are many and look at all Jobs; a Job changes rarely. So what they ask is read from the object once, when it
// comes in, and lies side by side. A copy shares everything until one of them changes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::jobset {

// What one finished or running Job says about itself.
enum class JobOutcome : std::uint8_t { kStillActive, kHasCompleted, kHasFailed };
JobOutcome jobOutcome(const api::Job& job);

class SeenJobs {
 public:
  using NameId = std::uint32_t;
  static constexpr std::uint32_t kNoNumber = 0xffffffff;

  struct Entry {
    api::ObjectPtr job;
    std::int64_t attempt = 0;   // label restart-attempt
    NameId replicated_job = 0;  // its label, name(0) == "" without one
    NameId stem = 0;            // its own name without "-<number>"
    std::uint32_t number = 0;   // that number; kNoNumber: the name does not end in one as child Jobs' do
    JobOutcome outcome = JobOutcome::kStillActive;
    bool attempt_known = false;  // false: the label is no number
    bool ready = false, active = false, suspended = false;
  };

  SeenJobs() = default;
  explicit SeenJobs(const std::vector<api::ObjectPtr>& jobs);

  void put(const api::ObjectPtr& job);  // replaces the one of the same name
  void erase(std::string_view name);
  // nullptr: no Job of that name.
  const Entry* find(std::string_view name) const;

  std::span<const Entry> all() const { return data_->entries; }  // by name
  std::size_t size() const { return data_->entries.size(); }
  bool empty() const { return data_->entries.empty(); }
  std::string_view name(NameId id) const { return data_->names[id]; }
  std::size_t nameCount() const { return data_->names.size(); }

  // The same Jobs: the same objects in the same order.
  friend bool operator==(const SeenJobs& a, const SeenJobs& b);

  // As the objects alone: the rest is read from them again.
  template <class Archive>
  void save(Archive& ar) const {
    ar(objects());
  }
  template <class Archive>
  void load(Archive& ar) {
    std::vector<api::ObjectPtr> jobs;
    ar(jobs);
    *this = SeenJobs(jobs);
  }

 private:
  struct Data {
    std::vector<Entry> entries;
    std::vector<std::string> names{""};
  };
  std::vector<api::ObjectPtr> objects() const;
  static NameId idOf(Data& data, std::string_view name);
  static Entry read(Data& data, const api::ObjectPtr& job);

  api::Shared<Data> data_;
};

}  // namespace jobset_twin::jobset
