// node_taints.hpp - which taints the node lifecycle controller wants on a Node, and one change of a Node's taints as
// the requests that carry it out.
//
// Source: kubernetes pkg/controller/nodelifecycle, pkg/controller/util/node (SwapNodeControllerTaint), K-NODE-5.
#pragma once

#include <cereal/cereal.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/request.hpp"

namespace jobset_twin::cluster {

inline constexpr std::string_view kTaintNotReady = "node.kubernetes.io/not-ready";
inline constexpr std::string_view kTaintUnreachable = "node.kubernetes.io/unreachable";
inline constexpr std::string_view kTaintUnschedulable = "node.kubernetes.io/unschedulable";
inline constexpr std::string_view kTaintOutOfService = "node.kubernetes.io/out-of-service";
inline constexpr std::string_view kNoSchedule = "NoSchedule", kNoExecute = "NoExecute";

// A taint by what tells it apart; the controllers' own have no value.
struct TaintName {
  std::string key, effect;
  friend bool operator==(const TaintName&, const TaintName&) = default;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(key, effect);
  }
};

bool hasTaint(const api::Object& node, std::string_view key, std::string_view effect);
bool hasTaintKey(const api::Object& node, std::string_view key);
// Ready's status: "True", "False", "Unknown"; "" if it was never posted.
std::string readyStatus(const api::Object& node);

// The zone of K-NODE-7: region and zone of the node's labels.
std::string zoneOf(const api::Object& node);

// Taints that go onto a Node, and what comes off it then, group by group: each in its own exchange, as upstream does.
// A value: begin() gives the first request, next() the one after an answer; none: it is over, and ok() says how.
class TaintChange {
 public:
  std::vector<TaintName> add;
  std::vector<std::vector<TaintName>> remove;

  bool empty() const { return add.empty() && remove.empty(); }
  std::optional<api::Request> begin(const api::Object& node);
  std::optional<api::Request> next(const api::Request& request, const api::Response& response, api::TimePoint now);
  bool ok() const { return ok_; }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(add, remove, node_, step_, tries_, ok_);
  }

 private:
  std::optional<api::Request> read();
  std::optional<api::Request> advance(const api::Object& node);

  std::string node_;
  std::size_t step_ = 0;  // 0: add; n: the n-th group that is removed
  std::int32_t tries_ = 0;
  bool ok_ = true;
};

// What brings the NoSchedule taints to what the Node's conditions and spec.unschedulable ask for; empty: they are.
TaintChange noScheduleChange(const api::Object& node);

}  // namespace jobset_twin::cluster
