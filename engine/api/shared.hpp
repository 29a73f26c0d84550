// shared.hpp - a value that is shared until somebody changes a copy of it.
//
// Shared<T> reads as a T; mut() gives the one owner a T to change, copying it first when others hold it too. Used where
// many objects carry the same part: a Job's ten thousand Pods hold one spec, the versions of an object one label map.
// The count is not atomic: a world belongs to one thread (docs/architecture.md), and a copy for another thread is made
// deep.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace jobset_twin::api {

template <class T>
class Shared {
 public:
  Shared() = default;
  explicit Shared(T value) : node_(new Node(std::move(value))) {}

  const T& get() const { return node_ ? node_->value : emptyValue(); }
  const T& operator*() const { return get(); }
  const T* operator->() const { return &get(); }
  bool present() const { return node_ != nullptr; }  // false until something was stored
  void reset() { node_.reset(); }

  T& mut() {
    if (!node_) {
      node_.reset(new Node(T{}));
    } else if (node_->use_count() > 1) {
      node_.reset(new Node(node_->value));
    } else {
      node_->hashed = false;
    }
    return node_->value;
  }

  bool sameAs(const Shared& other) const { return node_ == other.node_; }  // identity: a fast path for equality

  // A place for the content hash, dropped when the value changes.
  bool cachedHash(std::uint64_t& low, std::uint64_t& high) const {
    if (!node_ || !node_->hashed) return false;
    low = node_->hash_low;
    high = node_->hash_high;
    return true;
  }
  void cacheHash(std::uint64_t low, std::uint64_t high) const {
    if (!node_) return;
    node_->hash_low = low;
    node_->hash_high = high;
    node_->hashed = true;
  }

 private:
  struct Node : boost::intrusive_ref_counter<Node, boost::thread_unsafe_counter> {
    explicit Node(T v) : value(std::move(v)) {}
    Node(const Node&) = delete;
    T value;
    mutable std::uint64_t hash_low = 0, hash_high = 0;
    mutable bool hashed = false;
  };
  static const T& emptyValue() {
    static const T empty{};
    return empty;
  }
  boost::intrusive_ptr<Node> node_;
};

}  // namespace jobset_twin::api
