// short_names.hpp - names of our own for the Pods of JobSets, shorter than the real ones, as articles about JobSet
// write them: `leader-0.<subdomain>` for `<jobset>-leader-0-0.<subdomain>`. Off unless a scenario asks for them.
//
// A Pod has two: `<replicated job>-<n>`, the n-th Pod of its replicated job (Pods of its first Job, then of the
// second), and `<replicated job>-<job index>-<pod index>`. A real name always goes before them.
#pragma once

#include <cereal/cereal.hpp>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster {

class ShortNames {
 public:
  bool enabled = false;

  void onJobSet(const api::ObjectPtr& jobset, bool deleted);

  // The hosts of a Service that may be meant by a short host name, in order of their JobSets' names.
  std::vector<std::string> hostsOf(std::string_view namespace_, std::string_view service, std::string_view host) const;
  // The short host names of a host of a Service; none if it is not that of a JobSet's Pod.
  std::vector<std::string> shortOf(std::string_view namespace_, std::string_view service, std::string_view host) const;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(enabled, jobsets_);
  }

 private:
  std::map<std::pair<std::string, std::string>, api::ObjectPtr> jobsets_;  // by namespace and name
};

}  // namespace jobset_twin::cluster
