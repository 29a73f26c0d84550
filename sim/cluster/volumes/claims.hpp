// claims.hpp - storage: binds PersistentVolumeClaims to PersistentVolumes, provisions volumes, and takes them away
// again.
//
// Stands for the PersistentVolume controller, the provisioner of every StorageClass, and the protection of claims in
// use. A claim is bound to the smallest fitting volume that is there, else its class provisions one within
// volumes.provision: at once (volumeBindingMode Immediate), or when the first Pod that uses it has a node
// (WaitForFirstConsumer). A claim without a class, or whose class does not provision, waits for a volume made by
// somebody else. A deleted claim goes when no Pod object that has a node uses it (finished ones count). Source:
// kubernetes v1.36 pkg/controller/volume/{persistentvolume,pvcprotection}. Not modelled: node affinity and zones of
// volumes, attaching, resizing, ephemeral claims, a default class that comes later than the claim; a Pod's binding to
// its node does not wait for its claims.
#pragma once

#include <cereal/cereal.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"

namespace jobset_twin::cluster {

class Claims {
 public:
  void start(Context& ctx);
  void stop(Context& ctx);  // the process ends, and the provisioners with it: its timers are cancelled
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // Claims that are not bound: "namespace/name", and what they wait for.
  std::vector<std::pair<std::string, std::string>> waiting() const;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, recorder_, claims_, ids_, next_id_, unbound_, uses_, classes_, volumes_, free_volumes_, again_,
       next_again_);
  }

 private:
  using Name = std::pair<std::string, std::string>;  // namespace, name
  using Id = std::uint64_t;
  struct Claim {
    api::ObjectPtr object;
    std::string volume;        // that it is bound to, or is being bound to
    std::string why;           // it waits, as last reported
    bool provisioned = false;  // the volume was or is being made for it
    bool busy = false;         // a request is on its way
    bool again = false;        // something changed meanwhile
    std::int32_t failures = 0;
    kernel::EventHandle timer;  // provisioning, or a wait before the next try
    template <class Archive>
    void serialize(Archive& ar) {
      ar(object, volume, why, provisioned, busy, again, failures, timer);
    }
  };
  struct Use {
    std::set<std::string> pods;  // that use it and have a node
    std::string node;            // of the first
    template <class Archive>
    void serialize(Archive& ar) {
      ar(pods, node);
    }
  };
  struct Again {  // about a volume alone: refused, to be sent again
    api::Request request;
    kernel::EventHandle timer;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(request, timer);
    }
  };
  struct Class {
    std::string provisioner, reclaim;
    bool waits = false;  // for the first consumer
    template <class Archive>
    void serialize(Archive& ar) {
      ar(provisioner, reclaim, waits);
    }
  };

  void onClaim(Context& ctx, const apiserver::WatchEvent& event);
  void onPod(Context& ctx, const apiserver::WatchEvent& event);
  void onClass(Context& ctx, const apiserver::WatchEvent& event);
  void onVolume(Context& ctx, const apiserver::WatchEvent& event);
  void forget(Context& ctx, Id id);

  // The next request or wait that brings the claim forward.
  void advance(Context& ctx, Id id);
  void choose(Context& ctx, Id id, Claim& claim);
  void wait(Context& ctx, Claim& claim, EventType type, std::string_view reason, std::string message);
  std::string freeVolumeFor(const api::Object& claim) const;
  void adoptVolume(const api::ObjectPtr& volume);
  void release(Context& ctx, const std::string& volume);
  void send(Context& ctx, Id id, api::Request request);

  apiserver::ClientId client_ = 0;
  CoreEventRecorder recorder_{"persistentvolume-controller"};
  std::map<Id, Claim> claims_;
  std::map<Name, Id> ids_;
  Id next_id_ = 1;
  std::set<Id> unbound_;
  std::map<Name, Use> uses_;
  std::map<std::string, Class> classes_;
  std::map<std::string, api::ObjectPtr> volumes_;
  std::set<std::string> free_volumes_;  // without a claim
  std::map<std::uint64_t, Again> again_;
  std::uint64_t next_again_ = 1;
};

}  // namespace jobset_twin::cluster
