// topology.hpp - domains: for each topology key in use, which domain (value of the label) each node belongs to.
//
// A column is made when a key is first asked for and kept up to date from then on. Domain numbers are local to this
// table and mean nothing outside. Column 0 is the node itself: its domain is its slot.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/api/string_map.hpp"

namespace jobset_twin::cluster {

using NodeSlot = std::uint32_t;
inline constexpr NodeSlot kNoNode = ~NodeSlot{0};
using DomainId = std::int32_t;
inline constexpr DomainId kNoDomain = -1;

struct TopologyColumn {
  std::string key;
  std::vector<DomainId> domain;  // by node slot
  std::vector<std::string> names;
  std::map<std::string, DomainId, std::less<>> ids;

  DomainId idOf(std::string_view name) const {
    const auto found = ids.find(name);
    return found == ids.end() ? kNoDomain : found->second;
  }
  template <class Archive>
  void serialize(Archive& ar) {
    ar(key, domain, names);
    ids.clear();
    for (std::size_t i = 0; i < names.size(); ++i) ids.emplace(names[i], static_cast<DomainId>(i));
  }
};

class Topology {
 public:
  static constexpr int kNodeItself = 0;

  Topology() : columns_(1) {}
  int find(std::string_view key) const;  // -1: no such column
  int add(const std::string& key);       // its nodes are all unknown: the caller sets them
  void setNode(int column, NodeSlot slot, const api::StringMap* labels);  // null: the node is gone
  int size() const { return static_cast<int>(columns_.size()); }
  const TopologyColumn& column(int at) const { return columns_[static_cast<std::size_t>(at)]; }
  DomainId domain(int at, NodeSlot slot) const { return columns_[static_cast<std::size_t>(at)].domain[slot]; }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(columns_);
  }

 private:
  std::vector<TopologyColumn> columns_;
};

}  // namespace jobset_twin::cluster
