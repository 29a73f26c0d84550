// kubectl.hpp - what kubectl does in more than one request: drain and taint (K-NODE-17). A client of its own, told what
// to do by a submission; whatever it cannot do, it says in kubectl's words.
//
// Source: kubectl 1.36 pkg/drain, pkg/cmd/taint. A drain cordons the node, lists its Pods, evicts them side by side,
// asks again for those that a budget protects, and waits until they are gone.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/nodes/node_cache.hpp"
#include "sim/cluster/nodes/node_taints.hpp"

namespace jobset_twin::cluster {

struct DrainOptions {
  std::optional<std::int64_t> grace_seconds;  // --grace-period; the Pods' own when left out
  kernel::Duration timeout{};                 // --timeout; 0: for ever
  bool force = false, delete_empty_dir_data = false;
};

// Submissions that are commands: they never reach the API server as such.
api::Request drainCommand(const std::string& node, const DrainOptions& options);
// `remove`: an empty effect stands for all.
api::Request taintCommand(const std::string& node, const std::vector<api::Taint>& add,
                          const std::vector<TaintName>& remove);
bool isCommand(const api::Request& request);

class Kubectl {
 public:
  void start(Context& ctx);
  // `tag`: the submission, given back with its failure.
  void begin(Context& ctx, const api::Request& command, std::uint64_t tag);
  bool owns(const apiserver::Call& call) const { return call.client == client_; }
  // `server`: for lists, which are read at an instant. An answer: the command of this tag has failed, and why.
  struct Failure {
    std::uint64_t tag = 0;
    std::string message;
  };
  std::optional<Failure> onResponse(Context& ctx, const apiserver::Server& server, const apiserver::Call& call);
  std::optional<Failure> onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a);

  static constexpr std::uint16_t kRetry = kFirstTimer + 1, kPoll = kFirstTimer + 2, kTimeout = kFirstTimer + 3;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, commands_, pods_, next_);
  }

 private:
  struct Command {
    std::uint64_t tag = 0;
    bool drain = true;
    api::Request request;
    std::uint64_t left = 0;  // Pods that are not gone yet
    kernel::EventHandle timeout;
    std::int32_t tries = 0;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(tag, drain, request, left, timeout, tries);
    }
  };
  struct Evicting {
    std::uint64_t command = 0;
    PodName pod;
    std::string uid;
    bool evicted = false;
    kernel::EventHandle timer;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(command, pod, uid, evicted, timer);
    }
  };
  std::optional<Failure> onNode(Context& ctx, const apiserver::Server& server, std::uint64_t id,
                                const apiserver::Call& call);
  std::optional<Failure> evictAll(Context& ctx, const apiserver::Server& server, std::uint64_t id);
  std::optional<Failure> fail(Context& ctx, std::uint64_t id, std::string message);
  std::optional<Failure> taint(Context& ctx, std::uint64_t id, const apiserver::Call& call);
  void evict(Context& ctx, std::uint64_t id);
  void gone(Context& ctx, std::uint64_t id);
  void finish(Context& ctx, std::uint64_t id);
  void read(Context& ctx, api::ObjectKey key, std::uint64_t id);
  void say(Context& ctx, const std::string& subject, std::string text);

  apiserver::ClientId client_ = apiserver::kNoClient;
  std::map<std::uint64_t, Command> commands_;
  std::map<std::uint64_t, Evicting> pods_;
  std::uint64_t next_ = 1;
};

}  // namespace jobset_twin::cluster
