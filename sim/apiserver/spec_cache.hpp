// spec_cache.hpp - lets the Pods of one template share one admitted spec: defaults, priority and tolerations are worked
// out once for each spec as sent, and its validation too.
//
// A memo, not state: found by the identity of the shared value, which it holds on to, and never seen from outside. Not
// saved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/pod.hpp"

namespace jobset_twin::apiserver {

class SpecCache {
 public:
  struct Entry {
    api::Shared<api::PodSpec> sent, admitted;
    std::uint64_t classes = 0;  // changes of PriorityClasses when it was made
    std::string qos;
    bool valid = false;  // `admitted` passed validation
  };

  // The entry of a spec as sent; null: none.
  Entry* find(const api::Shared<api::PodSpec>& sent, std::uint64_t classes);
  // The entry whose admitted spec this is; null: none.
  Entry* findAdmitted(const api::Shared<api::PodSpec>& admitted);
  Entry& keep(Entry entry);

 private:
  static constexpr std::size_t kSlots = 1024;
  static std::size_t slotOf(const api::Shared<api::PodSpec>& spec);
  std::vector<Entry> slots_;                // by `sent`
  std::vector<std::uint32_t> by_admitted_;  // slot + 1
};

}  // namespace jobset_twin::apiserver
