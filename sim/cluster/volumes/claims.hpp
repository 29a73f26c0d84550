// claims.hpp - storage: binds PersistentVolumeClaims to PersistentVolumes, provisions volumes, and takes them away
// again.
//
// Stands for the PersistentVolume controller, the provisioner of every StorageClass and the protection controllers
// (claims and volumes are not removed while they are in use). A claim is bound to the smallest fitting volume that is
// there, else its class provisions one, volumes.provision later: at once (volumeBindingMode Immediate), or when the
// first Pod that uses it has a node (WaitForFirstConsumer). A claim without a class, or whose class does not provision,
// waits for a volume made by somebody. Source: kubernetes v1.36 pkg/controller/volume/{persistentvolume,pvcprotection}.
// Not modelled: capacity of the provisioner, node affinity and zones of volumes, attaching and mounting, resizing,
// populators; the Pod's binding to its node does not wait for the claim.
#pragma once

#include <cereal/cereal.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>
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
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // Claims that are not bound: "namespace/name", and what they wait for.
  std::vector<std::pair<std::string, std::string>> waiting() const;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, recorder_, claims_, names_, next_id_, classes_, volumes_, taken_, users_, pods_);
  }

 private:
  using Name = std::pair<std::string, std::string>;  // namespace, name
  using Id = std::uint64_t;
  enum class Step : std::uint8_t {
    kIdle,
    kProvisioning,
    kCreateVolume,
    kBindVolume,
    kBindClaim,
    kClaimStatus,
    kVolumeStatus,
    kUnprotect
  };
  struct Claim {
    api::ObjectPtr object;
    std::uint8_t step = 0;
    std::string volume;  // that it is being bound to
    std::string why;     // it waits, as last reported
    std::int32_t failures = 0;
    kernel::EventHandle timer;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(object, step, volume, why, failures, timer);
    }
  };
  struct Class {
    std::string provisioner, reclaim;
    bool waits = false;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(provisioner, reclaim, waits);
    }
  };

  apiserver::ClientId client_ = 0;
  CoreEventRecorder recorder_{"persistentvolume-controller"};
  std::map<Id, Claim> claims_;
  std::map<Name, Id> names_;
  Id next_id_ = 1;
  std::map<std::string, Class> classes_;
  std::map<std::string, api::ObjectPtr> volumes_;
  std::map<std::string, Name> taken_;            // volume -> the claim that it is bound or promised to
  std::map<Name, std::set<std::string>> users_;  // claim -> Pods (names) that use it and have not ended
  std::map<Name, std::pair<std::string, std::set<std::string>>> pods_;  // Pod -> its node, its claims
};

}  // namespace jobset_twin::cluster
