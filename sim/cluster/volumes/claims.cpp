#include "sim/cluster/volumes/claims.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "sim/cluster/volumes/volume.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::uint16_t kDue = kFirstTimer, kAgain = kFirstTimer + 1;
constexpr auto kResync = 15s;  // pv_controller_base.go: volumes are looked at again that often
constexpr Component kSelf = Component::kVolumes;
constexpr auto kBackoff = 1s, kBackoffMax = 120s;
constexpr std::string_view kProtection = "kubernetes.io/pvc-protection",
                           kBindCompleted = "pv.kubernetes.io/bind-completed";
constexpr std::string_view kNoProvisioner = "kubernetes.io/no-provisioner",
                           kSelectedNode = "volume.kubernetes.io/selected-node";
constexpr std::uint64_t kNoClaim = 0;  // tag of requests that concern a volume alone

const api::PersistentVolumeClaim& bodyOf(const api::ObjectPtr& claim) {
  return api::as<api::PersistentVolumeClaim>(claim);
}

bool isBound(const api::ObjectPtr& claim) {
  return bodyOf(claim).status.phase == "Bound" && claim->meta.annotations.contains(kBindCompleted);
}

bool isProtected(const api::ObjectPtr& claim) {
  const auto& finalizers = claim->meta.finalizers;
  return std::find(finalizers.begin(), finalizers.end(), kProtection) != finalizers.end();
}

bool isKind(const api::Object& object, std::string_view kind) {
  return object.kind() == api::Kind::kGeneric && api::kindNameOf(object) == kind;
}

std::string textOf(const nlohmann::json& content, const char* name, const char* otherwise) {
  const auto found = content.is_object() ? content.find(name) : content.end();
  return found != content.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

// The claim once it refers to the volume (spec.volumeName), and its status once it is bound.
api::ObjectPtr referring(const api::Object& claim, const std::string& volume, const std::string& provisioner,
                         const std::string& node) {
  const api::MutableObjectPtr out = api::edit(claim);
  api::as<api::PersistentVolumeClaim>(*out).spec.volumeName = volume;
  out->meta.annotations.set(kBindCompleted, "yes");
  out->meta.annotations.set("pv.kubernetes.io/bound-by-controller", "yes");
  if (!provisioner.empty()) out->meta.annotations.set("volume.kubernetes.io/storage-provisioner", provisioner);
  if (!node.empty()) out->meta.annotations.set(kSelectedNode, node);
  return out;
}

api::ObjectPtr withStatus(const api::Object& claim, const char* phase, const api::Object* volume) {
  const api::MutableObjectPtr out = api::edit(claim);
  auto& body = api::as<api::PersistentVolumeClaim>(*out);
  body.status.phase = phase;
  if (volume) {
    body.status.accessModes = body.spec.accessModes;
    body.status.capacity["storage"] = volumeSize(*volume);
  }
  return out;
}

api::Request withoutProtection(const api::Object& claim) {
  return api::patchRequest(api::keyOf(claim), api::RemoveFinalizer{std::string(kProtection)});
}

}  // namespace

void Claims::start(Context& ctx) {
  const ClientTiming& clients = ctx.timing.clients;
  client_ = ctx.transport.addClient({"kube-controller-manager/persistentvolume-binder", clients.controller_manager_qps,
                                     clients.controller_manager_burst});
  recorder_.start(ctx,
                  {"kube-controller-manager/persistentvolume-binder-events", clients.controller_manager_qps,
                   clients.controller_manager_burst},
                  Component::kVolumes);
  for (const api::Kind kind : {api::Kind::kPersistentVolumeClaim, api::Kind::kPod, api::Kind::kGeneric})
    ctx.transport.subscribe(kind, ctx.self(kSelf));
}

void Claims::stop(Context& ctx) {
  for (const auto& [id, claim] : claims_) ctx.kernel.cancel(claim.timer);
  for (const auto& [number, again] : again_) ctx.kernel.cancel(again.timer);
}

void Claims::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Object& object = *event.object;
  if (object.kind() == api::Kind::kPersistentVolumeClaim) {
    onClaim(ctx, event);
  } else if (object.kind() == api::Kind::kPod) {
    onPod(ctx, event);
  } else if (isKind(object, "StorageClass")) {
    onClass(ctx, event);
  } else if (isKind(object, "PersistentVolume")) {
    onVolume(ctx, event);
  }
}

void Claims::onClaim(Context& ctx, const apiserver::WatchEvent& event) {
  const api::ObjectMeta& meta = event.object->meta;
  const Name name{meta.namespace_, meta.name};
  const auto known = ids_.find(name);
  if (event.type == apiserver::WatchType::kDeleted) {
    if (known != ids_.end() && claims_[known->second].object->meta.uid == meta.uid) forget(ctx, known->second);
    return;
  }
  if (known != ids_.end() && claims_[known->second].object->meta.uid != meta.uid) forget(ctx, known->second);
  const auto [at, fresh] = ids_.try_emplace(name, next_id_);
  if (fresh) ++next_id_;
  Claim& claim = claims_[at->second];
  if (claim.object && claim.object->meta.resourceVersion >= meta.resourceVersion) return;
  claim.object = event.object;
  advance(ctx, at->second);
}

void Claims::forget(Context& ctx, Id id) {
  Claim& claim = claims_[id];
  ctx.kernel.cancel(claim.timer);
  const auto volume = volumes_.find(claim.volume);
  const bool held = volume != volumes_.end() && volumeFacts(*volume->second).claim_uid == claim.object->meta.uid;
  if (held) release(ctx, claim.volume);
  ids_.erase({claim.object->meta.namespace_, claim.object->meta.name});
  unbound_.erase(id);
  claims_.erase(id);
}

// Only Pods that have a node count: the others are not known to a kubelet, which would not start them with a claim that
// goes.
void Claims::onPod(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Pod& pod = api::as<api::Pod>(event.object);
  if (pod.spec->volumes.empty() || pod.nodeName.empty()) return;
  const bool gone = event.type == apiserver::WatchType::kDeleted;
  if (!gone && event.previous && !api::as<api::Pod>(event.previous).nodeName.empty()) return;
  for (const api::Volume& volume : pod.spec->volumes) {
    if (!volume.persistentVolumeClaim) continue;
    const Name name{event.object->meta.namespace_, volume.persistentVolumeClaim->claimName};
    Use& use = uses_[name];
    if (!gone) {
      use.pods.insert(event.object->meta.name);
      if (use.node.empty()) use.node = pod.nodeName;
    } else {
      use.pods.erase(event.object->meta.name);
      if (use.pods.empty()) uses_.erase(name);
    }
    if (const auto claim = ids_.find(name); claim != ids_.end()) advance(ctx, claim->second);
  }
}

void Claims::onClass(Context& ctx, const apiserver::WatchEvent& event) {
  const std::string& name = event.object->meta.name;
  if (event.type == apiserver::WatchType::kDeleted) {
    classes_.erase(name);
    return;
  }
  const nlohmann::json& content = api::as<api::Generic>(event.object).content.get();
  classes_[name] = {textOf(content, "provisioner", ""), textOf(content, "reclaimPolicy", "Delete"),
                    textOf(content, "volumeBindingMode", "Immediate") == "WaitForFirstConsumer"};
  const std::set<Id> unbound = unbound_;
  for (const Id id : unbound) {
    if (bodyOf(claims_[id].object).spec.storageClassName == name) advance(ctx, id);
  }
}

void Claims::adoptVolume(const api::ObjectPtr& volume) {
  const std::string& name = volume->meta.name;
  api::ObjectPtr& known = volumes_[name];
  if (known && known->meta.uid == volume->meta.uid && known->meta.resourceVersion >= volume->meta.resourceVersion)
    return;
  known = volume;
  const VolumeFacts facts = volumeFacts(*volume);
  if (facts.claim_uid.empty() && facts.phase != "Released" && facts.phase != "Failed") {
    free_volumes_.insert(name);
  } else {
    free_volumes_.erase(name);
  }
}

void Claims::onVolume(Context& ctx, const apiserver::WatchEvent& event) {
  const std::string& name = event.object->meta.name;
  const VolumeFacts facts = volumeFacts(*event.object);
  if (event.type == apiserver::WatchType::kDeleted) {
    volumes_.erase(name);
    free_volumes_.erase(name);
    const std::set<Id> unbound = unbound_;
    for (const Id id : unbound) {  // a promise that cannot be kept
      Claim& claim = claims_[id];
      if (claim.volume != name || claim.provisioned) continue;
      claim.volume.clear();
      advance(ctx, id);
    }
    const auto id = ids_.find({facts.claim_namespace, facts.claim_name});
    if (id == ids_.end() || claims_[id->second].object->meta.uid != facts.claim_uid ||
        !isBound(claims_[id->second].object))
      return;
    recorder_.record(ctx, *claims_[id->second].object, EventType::kWarning, "ClaimLost",
                     "Bound claim has lost its PersistentVolume. Any data on the volume is lost!");
    return send(ctx, id->second, api::updateStatusRequest(withStatus(*claims_[id->second].object, "Lost", nullptr)));
  }
  adoptVolume(event.object);
  if (!free_volumes_.contains(name)) return;
  if (facts.phase != "Available") send(ctx, kNoClaim, api::updateRequest(volumeInPhase(*event.object, "Available")));
  const std::set<Id> unbound = unbound_;
  for (const Id id : unbound) advance(ctx, id);
}

// --- one claim ---

void Claims::send(Context& ctx, Id id, api::Request request) {
  if (id != kNoClaim) claims_[id].busy = true;
  ctx.transport.send(ctx.kernel, client_, ctx.self(kSelf), std::move(request), id);
}

void Claims::advance(Context& ctx, Id id) {
  Claim& claim = claims_[id];
  if (claim.busy) {
    claim.again = true;
    return;
  }
  const api::ObjectPtr& object = claim.object;
  const Name name{object->meta.namespace_, object->meta.name};
  if (object->meta.deletionTimestamp) {
    if (isProtected(object) && !uses_.contains(name)) send(ctx, id, withoutProtection(*object));
    return;
  }
  if (isBound(object) || bodyOf(object).status.phase == "Lost") {
    claim.volume = bodyOf(object).spec.volumeName;
    unbound_.erase(id);
    return;
  }
  unbound_.insert(id);
  if (ctx.kernel.isPending(claim.timer)) return;
  if (claim.volume.empty()) choose(ctx, id, claim);
  if (claim.volume.empty() || claim.busy || ctx.kernel.isPending(claim.timer)) return;

  const auto volume = volumes_.find(claim.volume);
  const auto storage = classes_.find(bodyOf(object).spec.storageClassName.value_or(""));
  const std::string provisioner = claim.provisioned && storage != classes_.end() ? storage->second.provisioner : "";
  if (volume == volumes_.end()) {
    const std::string reclaim = storage != classes_.end() ? storage->second.reclaim : "Delete";
    return send(ctx, id, api::createRequest(makeVolume(*object, claim.volume, provisioner, reclaim)));
  }
  if (volumeFacts(*volume->second).claim_uid != object->meta.uid)
    return send(ctx, id, api::updateRequest(boundVolume(*volume->second, *object)));
  if (bodyOf(object).spec.volumeName != claim.volume || !object->meta.annotations.contains(kBindCompleted)) {
    const auto use = uses_.find(name);
    const bool selected = storage != classes_.end() && storage->second.waits && use != uses_.end();
    return send(ctx, id,
                api::updateRequest(referring(*object, claim.volume, provisioner, selected ? use->second.node : "")));
  }
  send(ctx, id, api::updateStatusRequest(withStatus(*object, "Bound", volume->second.get())));
}

// Which volume the claim shall have, if that can be said now.
void Claims::choose(Context& ctx, Id id, Claim& claim) {
  const api::Object& object = *claim.object;
  const api::PersistentVolumeClaimSpec& spec = bodyOf(claim.object).spec;
  if (!spec.volumeName.empty()) {
    const auto named = volumes_.find(spec.volumeName);
    if (named == volumes_.end())
      return wait(ctx, claim, EventType::kNormal, "", fmt::format("volume \"{}\" not found", spec.volumeName));
    const std::string uid = volumeFacts(*named->second).claim_uid;
    if (!uid.empty() && uid != object.meta.uid) {
      return wait(ctx, claim, EventType::kWarning, "FailedBinding",
                  fmt::format("volume \"{}\" already bound to a different claim.", spec.volumeName));
    }
    claim.volume = spec.volumeName;
    free_volumes_.erase(claim.volume);
    return;
  }
  const std::string class_name = spec.storageClassName.value_or("");
  const auto found = classes_.find(class_name);
  const bool used = uses_.contains({object.meta.namespace_, object.meta.name});
  if (found != classes_.end() && found->second.waits && !used) {
    return wait(ctx, claim, EventType::kNormal, "WaitForFirstConsumer",
                "waiting for first consumer to be created before binding");
  }
  claim.volume = freeVolumeFor(object);
  if (!claim.volume.empty()) {
    free_volumes_.erase(claim.volume);  // promised
    return;
  }
  if (class_name.empty() || (found != classes_.end() && found->second.provisioner == kNoProvisioner)) {
    return wait(ctx, claim, EventType::kNormal, "FailedBinding",
                "no persistent volumes available for this claim and no storage class is set");
  }
  if (found == classes_.end()) {
    return wait(ctx, claim, EventType::kWarning, "ProvisioningFailed",
                fmt::format("storageclass.storage.k8s.io \"{}\" not found", class_name));
  }
  claim.volume = "pvc-" + object.meta.uid;
  claim.provisioned = true;
  wait(ctx, claim, EventType::kNormal, "ExternalProvisioning",
       fmt::format("Waiting for a volume to be created either by the external provisioner '{}' or manually by the "
                   "system administrator. If volume "
                   "creation is delayed, please verify that the provisioner is running and correctly registered.",
                   found->second.provisioner));
  const kernel::Duration time = kernel::sample(ctx.timing.volumes.provision, ctx.kernel.seed(),
                                               "provisioner/" + object.meta.namespace_ + "/" + object.meta.name,
                                               static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()));
  claim.timer = ctx.kernel.scheduleAfter(time, ctx.self(kSelf), kDue, id);
}

// Says once what the claim waits for.
void Claims::wait(Context& ctx, Claim& claim, EventType type, std::string_view reason, std::string message) {
  if (claim.why == message) return;
  claim.why = message;
  if (!reason.empty()) recorder_.record(ctx, *claim.object, type, reason, std::move(message));
}

// The smallest that fits; one that was made for this claim before any other.
std::string Claims::freeVolumeFor(const api::Object& claim) const {
  const api::Object* best = nullptr;
  for (const std::string& name : free_volumes_) {
    const api::Object& volume = *volumes_.at(name);
    const VolumeFacts facts = volumeFacts(volume);
    const bool ours = facts.claim_namespace == claim.meta.namespace_ && facts.claim_name == claim.meta.name;
    if (!facts.claim_name.empty() && !ours) continue;
    if (!volumeFits(volume, claim)) continue;
    if (ours) return name;
    if (!best || volumeSize(volume) < volumeSize(*best)) best = &volume;
  }
  return best ? best->meta.name : std::string();
}

// Its claim is gone: the volume goes too, or is kept for somebody to look after.
void Claims::release(Context& ctx, const std::string& volume) {
  const api::Object& object = *volumes_.at(volume);
  if (volumeFacts(object).reclaim == "Delete") {
    send(ctx, kNoClaim, api::deleteRequest(api::keyOf(object), {}));
  } else {
    send(ctx, kNoClaim, api::updateRequest(volumeInPhase(object, "Released")));
  }
}

void Claims::onResponse(Context& ctx, const apiserver::Call& call) {
  if (recorder_.owns(call)) return recorder_.onResponse(ctx, call);
  const api::Response& response = call.response;
  const bool about_volume = response.ok() && isKind(*response.object, "PersistentVolume");
  const bool made = call.request.verb == api::Verb::kCreate;
  if (about_volume && call.request.verb != api::Verb::kDelete) adoptVolume(response.object);
  const auto at = claims_.find(call.tag);
  if (at == claims_.end()) {
    if (call.tag != kNoClaim && about_volume) release(ctx, response.object->meta.name);  // the claim went meanwhile
    const bool outdated = response.reason == api::Reason::kNotFound || response.reason == api::Reason::kConflict;
    if (call.tag != kNoClaim || response.ok() || outdated) return;
    const std::uint64_t number = next_again_++;
    again_[number] = {call.request, ctx.kernel.scheduleAfter(kResync, ctx.self(kSelf), kAgain, number, 0,
                                                             kernel::EventClass::kRetry)};
    return;
  }
  Claim& claim = at->second;
  claim.busy = false;
  const bool again = std::exchange(claim.again, false);
  if (response.ok()) {
    claim.failures = 0;
    if (!about_volume && response.object->meta.resourceVersion > claim.object->meta.resourceVersion)
      claim.object = response.object;
    if (made)
      recorder_.record(ctx, *claim.object, EventType::kNormal, "ProvisioningSucceeded",
                       "Successfully provisioned volume " + claim.volume);
    if (call.request.verb != api::Verb::kPatch || again) advance(ctx, call.tag);
    return;
  }
  if (response.reason == api::Reason::kNotFound && call.request.key.kind == api::Kind::kPersistentVolumeClaim)
    return;                                                                         // it will be seen to be gone
  if (!made && call.request.key.kind == api::Kind::kGeneric) claim.volume.clear();  // another one, then
  kernel::Duration delay = kBackoff;
  for (std::int32_t i = 0; i < claim.failures && delay < kBackoffMax; ++i) delay *= 2;
  ++claim.failures;
  claim.timer = ctx.kernel.scheduleAfter(std::min<kernel::Duration>(delay, kBackoffMax), ctx.self(kSelf), kDue,
                                         call.tag, 0, kernel::EventClass::kRetry);
}

void Claims::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t) {
  if (kind == kAgain) {
    const auto request = again_.find(a);
    send(ctx, kNoClaim, std::move(request->second.request));
    again_.erase(request);
    return;
  }
  claims_[a].timer = kernel::EventHandle{};
  advance(ctx, a);
}

std::vector<std::pair<std::string, std::string>> Claims::waiting() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, id] : ids_) {
    const Claim& claim = claims_.at(id);
    if (unbound_.contains(id)) out.emplace_back(name.first + "/" + name.second, claim.why);
  }
  return out;
}

}  // namespace jobset_twin::cluster
