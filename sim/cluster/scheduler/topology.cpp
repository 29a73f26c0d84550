#include "sim/cluster/scheduler/topology.hpp"

namespace jobset_twin::cluster {

int Topology::find(std::string_view key) const {
  for (int at = 1; at < size(); ++at) {
    if (column(at).key == key) return at;
  }
  return -1;
}

int Topology::add(const std::string& key) {
  TopologyColumn column;
  column.key = key;
  column.domain.assign(columns_[kNodeItself].domain.size(), kNoDomain);
  columns_.push_back(std::move(column));
  return size() - 1;
}

void Topology::setNode(int at, NodeSlot slot, const api::StringMap* labels) {
  TopologyColumn& column = columns_[static_cast<std::size_t>(at)];
  if (column.domain.size() <= slot) column.domain.resize(slot + 1, kNoDomain);
  DomainId& domain = column.domain[slot];
  if (at == kNodeItself) {
    domain = labels ? static_cast<DomainId>(slot) : kNoDomain;
    return;
  }
  const std::string* value = labels ? labels->find(column.key) : nullptr;
  if (!value) {
    domain = kNoDomain;
    return;
  }
  const auto [found, fresh] = column.ids.try_emplace(*value, static_cast<DomainId>(column.names.size()));
  if (fresh) column.names.push_back(*value);
  domain = found->second;
}

}  // namespace jobset_twin::cluster
