#include "sim/cluster/kueue/pending_queue.hpp"

#include <utility>
#include <vector>

namespace jobset_twin::cluster::kueue {

template <class F>
void PendingQueue::change(ShapeId id, F&& f) {
  Shape& shape = shapes_[id];
  if (!shape.ready.empty()) heads_.erase(*shape.ready.begin());
  parked_ -= shape.parked.size();
  f(shape);
  parked_ += shape.parked.size();
  if (!shape.ready.empty()) heads_.emplace(*shape.ready.begin(), id);
  if (shape.ready.empty() && shape.parked.empty()) shapes_.erase(id);
}

void PendingQueue::push(Rank rank, ShapeId shape) {
  const std::string key = rank.key;
  const bool sticky = sticks(key);
  remove(key);
  if (sticky) stick(key);
  entries_[key] = {rank, shape};
  change(shape, [&](Shape& of) { of.ready.insert(std::move(rank)); });
}

void PendingQueue::remove(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  change(found->second.shape, [&](Shape& of) {
    if (of.ready.erase(found->second.rank) == 0) of.parked.erase(found->second.rank);
  });
  entries_.erase(found);
  release(key);
}

void PendingQueue::release(const std::string& key) {
  if (sticks(key)) sticky_.clear();
}

void PendingQueue::park(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  release(key);
  change(found->second.shape, [&](Shape& of) {
    if (of.ready.erase(found->second.rank) > 0) of.parked.insert(found->second.rank);
  });
}

void PendingQueue::parkShape(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  release(key);
  change(found->second.shape, [](Shape& of) {
    if (of.parked.size() < of.ready.size()) std::swap(of.ready, of.parked);
    of.parked.merge(of.ready);
  });
}

bool PendingQueue::requeueParked() {
  if (parked_ == 0) return false;
  std::vector<ShapeId> ids;
  for (const auto& [id, shape] : shapes_) {
    if (!shape.parked.empty()) ids.push_back(id);
  }
  for (const ShapeId id : ids) {
    change(id, [](Shape& of) {
      if (of.ready.size() < of.parked.size()) std::swap(of.ready, of.parked);
      of.ready.merge(of.parked);
    });
  }
  return true;
}

const Rank* PendingQueue::head() const {
  if (!sticky_.empty()) {
    const Entry& entry = entries_.at(sticky_);
    const auto shape = shapes_.find(entry.shape);
    if (const auto at = shape->second.ready.find(entry.rank); at != shape->second.ready.end()) return &*at;
  }
  return heads_.empty() ? nullptr : &heads_.begin()->first;
}

bool PendingQueue::isAt(const Rank& rank, ShapeId shape) const {
  const auto found = entries_.find(rank.key);
  return found != entries_.end() && found->second.rank == rank && found->second.shape == shape;
}

bool PendingQueue::parked(const std::string& key) const {
  const auto found = entries_.find(key);
  return found != entries_.end() && shapes_.at(found->second.shape).parked.contains(found->second.rank);
}

}  // namespace jobset_twin::cluster::kueue
