#include "sim/faults/hazard.hpp"

namespace jobset_twin::faults {

void Hazards::arm(std::uint64_t seed, std::uint32_t fault, const std::string& unit, const std::string& stream,
                  const TimeDistribution& distribution, TimePoint now) {
  const auto [found, added] = index_[fault].try_emplace(unit, static_cast<std::uint32_t>(units_.size()));
  if (added) {
    Unit made;
    made.fault = fault;
    made.name = unit;
    made.stream = kernel::stream(seed, stream);
    units_.push_back(std::move(made));
  }
  Unit& one = units_[found->second];
  if (one.armed) return;
  one.armed = true;
  one.due = kernel::saturatingAdd(now, workload::draw(distribution, one.stream));
  queue_.emplace(one.due, found->second);
}

void Hazards::disarm(std::uint32_t fault, const std::string& unit) {
  const auto units = index_.find(fault);
  if (units == index_.end()) return;
  const auto found = units->second.find(unit);
  if (found == units->second.end() || !units_[found->second].armed) return;
  units_[found->second].armed = false;
  queue_.erase({units_[found->second].due, found->second});
}

void Hazards::disarmAll(std::uint32_t fault) {
  const auto units = index_.find(fault);
  if (units == index_.end()) return;
  for (const auto& [name, number] : units->second) {
    if (units_[number].armed) queue_.erase({units_[number].due, number});
    units_[number].armed = false;
  }
}

bool Hazards::armed(std::uint32_t fault, const std::string& unit) const {
  const auto units = index_.find(fault);
  if (units == index_.end()) return false;
  const auto found = units->second.find(unit);
  return found != units->second.end() && units_[found->second].armed;
}

std::optional<TimePoint> Hazards::next() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

std::vector<Hazards::Due> Hazards::takeDue(TimePoint now) {
  std::vector<Due> out;
  while (!queue_.empty() && queue_.begin()->first <= now) {
    Unit& one = units_[queue_.begin()->second];
    queue_.erase(queue_.begin());
    one.armed = false;
    out.push_back({one.fault, one.name, one.failures++});
  }
  return out;
}

void Hazards::requeue() {
  queue_.clear();
  for (std::uint32_t i = 0; i < units_.size(); ++i) {
    if (units_[i].armed) queue_.emplace(units_[i].due, i);
  }
}

}  // namespace jobset_twin::faults
