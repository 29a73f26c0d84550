#include "sim/cluster/network/endpoint_packing.hpp"

#include <algorithm>

#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster::network {
namespace {

bool hasEnded(const api::PodStatus& status) { return status.phase == "Succeeded" || status.phase == "Failed"; }

std::vector<std::string> addressesOf(const api::PodStatus& status) {
  if (!status.podIPs.empty()) return {status.podIPs.front().ip};
  if (!status.podIP.empty()) return {status.podIP};
  return {};
}

std::optional<std::int32_t> portNumber(const api::Pod& pod, const api::ServicePort& port) {
  if (!port.targetPort.isString()) return port.targetPort.isZero() ? port.port : port.targetPort.number();
  for (const auto* containers : {&pod.spec->containers, &pod.spec->initContainers}) {
    for (const api::Container& container : *containers) {
      if (containers == &pod.spec->initContainers && container.restartPolicy != "Always") continue;  // sidecars only
      for (const api::ContainerPort& declared : container.ports) {
        const std::string_view protocol =
            declared.protocol.empty() ? std::string_view("TCP") : std::string_view(declared.protocol);
        if (declared.name == port.targetPort.text() && protocol == port.protocol) return declared.containerPort;
      }
    }
  }
  return std::nullopt;
}

// The packing of one call: working copies of the slices that change, and what is decided of them.
class Packing {
 public:
  Packing(const api::Object& service, const SliceMap& slices, const Places& where)
      : service_(service), slices_(slices), where_(where) {
    for (const auto& [name, slice] : slices) {
      const api::OwnerReference* owner = api::controllerOf(slice->meta);
      if (!owner || owner->uid != service.meta.uid) foreign_.push_back(name);
    }
  }

  void wish(Wish&& wish) {
    const auto place = where_.find(wish.pod);
    if (place != where_.end() && !isForeign(place->second)) {
      const std::vector<api::Endpoint>& endpoints = bodyNow(place->second).endpoints;
      const auto at = std::find_if(endpoints.begin(), endpoints.end(), [&](const api::Endpoint& e) {
        return e.targetRef && e.targetRef->name == wish.pod;
      });
      TWIN_ASSERT(at != endpoints.end(), "a Pod is not in the slice that is said to have it", wish.pod, place->second);
      const auto index = at - endpoints.begin();
      // The same endpoint (Pod's name and addresses, upstream's hash) is brought up to date where it is.
      if (wish.endpoint && wish.endpoint->addresses == at->addresses && wish.ports == bodyOf(place->second).ports) {
        if (!(*wish.endpoint == *at)) {
          *(edit(place->second).begin() + index) = std::move(*wish.endpoint);
          changed_.insert_or_assign(place->second, true);
        }
        return;
      }
      std::vector<api::Endpoint>& edited = edit(place->second);
      edited.erase(edited.begin() + index);
      changed_.insert_or_assign(place->second, true);
    }
    if (wish.endpoint) groupOf(wish.ports).added.push_back(std::move(*wish.endpoint));
  }

  SliceWrites finish(bool check_labels) {
    const api::StringMap labels = sliceLabels(service_);
    for (const auto& [name, slice] : slices_) {
      if (isForeign(name)) continue;
      Group& group = groupOf(bodyOf(name).ports);
      group.slices.push_back(name);
      group.wanted = group.wanted || count(name) > 0;
    }
    for (const std::string& name : foreign_) writes_.remove.push_back(slices_.at(name));
    for (Group& group : groups_) settle(group, labels, check_labels);
    keepOne(labels);
    turnCreatesIntoUpdates();
    return std::move(writes_);
  }

 private:
  struct Group {  // slices and new endpoints that have the same ports
    std::vector<api::EndpointPort> ports;
    std::vector<std::string> slices;
    std::vector<api::Endpoint> added;
    bool wanted = false;
  };

  bool isForeign(const std::string& name) const {
    return std::find(foreign_.begin(), foreign_.end(), name) != foreign_.end();
  }
  const api::EndpointSlice& bodyOf(const std::string& name) const {
    return api::as<api::EndpointSlice>(slices_.at(name));
  }
  std::vector<api::Endpoint>& edit(const std::string& name) {
    api::MutableObjectPtr& slice = edited_[name];
    if (!slice) slice = api::edit(slices_.at(name));
    return api::as<api::EndpointSlice>(*slice).endpoints;
  }
  const api::EndpointSlice& bodyNow(const std::string& name) const {
    const auto at = edited_.find(name);
    return at == edited_.end() ? bodyOf(name) : api::as<api::EndpointSlice>(*at->second);
  }
  std::size_t count(const std::string& name) const { return bodyNow(name).endpoints.size(); }
  Group& groupOf(const std::vector<api::EndpointPort>& ports) {
    for (Group& group : groups_) {
      if (group.ports == ports) return group;
    }
    groups_.push_back({ports, {}, {}, false});
    return groups_.back();
  }

  api::MutableObjectPtr newSlice(const std::vector<api::EndpointPort>& ports, const api::StringMap& labels) const {
    const api::MutableObjectPtr slice = api::makeObject(api::EndpointSlice());
    slice->meta.namespace_ = service_.meta.namespace_;
    slice->meta.generateName = service_.meta.name + "-";
    slice->meta.labels = labels;
    slice->meta.ownerReferences.mut().push_back({"v1", "Service", service_.meta.name, service_.meta.uid, true, true});
    const auto& families = api::as<api::Service>(service_).spec.ipFamilies;
    auto& body = api::as<api::EndpointSlice>(*slice);
    body.addressType = families.empty() ? "IPv4" : families.front();
    body.ports = ports;
    return slice;
  }

  // Moves endpoints that are still to be placed into a slice, as many as it takes.
  static void fill(std::vector<api::Endpoint>& into, std::vector<api::Endpoint>& from, std::size_t& next) {
    while (next < from.size() && into.size() < kMaxEndpointsPerSlice) into.push_back(std::move(from[next++]));
  }

  void settle(Group& group, const api::StringMap& labels, bool check_labels) {
    if (group.added.empty() && !group.wanted) {
      for (const std::string& name : group.slices) writes_.remove.push_back(slices_.at(name));
      return;
    }
    std::vector<std::string> update, unchanged;
    for (const std::string& name : group.slices) {
      if (changed_.contains(name) && count(name) == 0) {
        writes_.remove.push_back(slices_.at(name));
      } else if (changed_.contains(name) || (check_labels && !(slices_.at(name)->meta.labels == labels))) {
        update.push_back(name);
      } else {
        unchanged.push_back(name);
      }
    }
    std::size_t next = 0;
    std::vector<std::string> by_length = update;
    std::stable_sort(by_length.begin(), by_length.end(),
                     [&](const std::string& a, const std::string& b) { return count(a) > count(b); });
    for (const std::string& name : by_length) {
      if (next < group.added.size()) fill(edit(name), group.added, next);
    }
    while (next < group.added.size()) {
      const std::size_t left = group.added.size() - next;
      // The slice that will be the fullest of those that take all that is left.
      auto best = unchanged.end();
      for (auto at = unchanged.begin(); at != unchanged.end(); ++at) {
        if (count(*at) + left <= kMaxEndpointsPerSlice && (best == unchanged.end() || count(*at) > count(*best)))
          best = at;
      }
      if (left < kMaxEndpointsPerSlice && best != unchanged.end()) {
        fill(edit(*best), group.added, next);
        update.push_back(*best);
        unchanged.erase(best);
        continue;
      }
      const api::MutableObjectPtr slice = newSlice(group.ports, labels);
      fill(api::as<api::EndpointSlice>(*slice).endpoints, group.added, next);
      writes_.create.push_back(slice);
    }
    std::sort(update.begin(), update.end());
    for (const std::string& name : update) {
      edit(name);
      const api::MutableObjectPtr& slice = edited_.at(name);
      slice->meta.labels = labels;
      writes_.update.push_back(slice);
    }
  }

  // A Service without endpoints has one empty slice.
  void keepOne(const api::StringMap& labels) {
    if (slices_.size() != writes_.remove.size() || !writes_.create.empty()) return;
    if (writes_.remove.size() == 1) {
      const api::Object& last = *writes_.remove.front();
      const auto& body = api::as<api::EndpointSlice>(last);
      if (foreign_.empty() && body.endpoints.empty() && body.ports.empty() && last.meta.labels == labels) {
        writes_.remove.clear();
        return;
      }
    }
    writes_.create.push_back(newSlice({}, labels));
  }

  void turnCreatesIntoUpdates() {
    std::vector<api::ObjectPtr> remove;
    for (const api::ObjectPtr& old : writes_.remove) {
      const bool ours = !isForeign(old->meta.name);
      if (!ours || writes_.create.empty() ||
          api::as<api::EndpointSlice>(writes_.create.back()).addressType !=
              api::as<api::EndpointSlice>(old).addressType) {
        remove.push_back(old);
        continue;
      }
      const api::MutableObjectPtr slice = api::edit(old);
      slice->meta.labels = writes_.create.back()->meta.labels;
      slice->body = writes_.create.back()->body;
      writes_.create.pop_back();
      writes_.update.push_back(slice);
    }
    writes_.remove = std::move(remove);
  }

  const api::Object& service_;
  const SliceMap& slices_;
  const Places& where_;
  std::vector<std::string> foreign_;                     // slices of an earlier Service of the same name
  std::map<std::string, api::MutableObjectPtr> edited_;  // slices that differ from those of slices_
  std::map<std::string, bool> changed_;
  std::vector<Group> groups_;
  SliceWrites writes_;
};

}  // namespace

bool isHeadless(const api::Service& service) { return service.spec.clusterIP == "None"; }

bool hasManagedSlices(const api::Object& service) {
  const api::ServiceSpec& spec = api::as<api::Service>(service).spec;
  return spec.type != "ExternalName" && !spec.selector.empty();
}

std::optional<api::Endpoint> endpointOf(const api::Object& object, const api::Object& service,
                                        const std::string* zone) {
  const api::Pod& pod = api::as<api::Pod>(object);
  if (hasEnded(pod.status)) return std::nullopt;
  api::Endpoint endpoint;
  endpoint.addresses = addressesOf(pod.status);
  if (endpoint.addresses.empty()) return std::nullopt;
  const bool serving = api::conditionIs(pod.status.conditions, "Ready", "True");
  const bool terminating = object.meta.deletionTimestamp.has_value();
  const bool ready = api::as<api::Service>(service).spec.publishNotReadyAddresses || (serving && !terminating);
  endpoint.conditions = {ready, serving, terminating};
  if (!pod.hostname.empty() && pod.spec->subdomain == service.meta.name &&
      object.meta.namespace_ == service.meta.namespace_) {
    endpoint.hostname = pod.hostname;
  }
  if (!pod.nodeName.empty()) endpoint.nodeName = pod.nodeName;
  if (zone && !zone->empty()) endpoint.zone = *zone;
  endpoint.targetRef =
      api::ObjectReference{"Pod", object.meta.namespace_, object.meta.name, object.meta.uid, {}, {}, {}};
  return endpoint;
}

std::vector<api::EndpointPort> portsOf(const api::Object& pod, const api::Object& service) {
  std::vector<api::EndpointPort> ports;
  for (const api::ServicePort& port : api::as<api::Service>(service).spec.ports) {
    const std::optional<std::int32_t> number = portNumber(api::as<api::Pod>(pod), port);
    if (number) ports.push_back({port.name, port.protocol, port.appProtocol, *number});
  }
  return ports;
}

bool sameEndpoint(const api::Object& a, const api::Object& b) {
  const api::Pod& left = api::as<api::Pod>(a);
  const api::Pod& right = api::as<api::Pod>(b);
  return a.meta.uid == b.meta.uid && left.nodeName == right.nodeName && left.hostname == right.hostname &&
         hasEnded(left.status) == hasEnded(right.status) && addressesOf(left.status) == addressesOf(right.status) &&
         a.meta.deletionTimestamp.has_value() == b.meta.deletionTimestamp.has_value() &&
         api::conditionIs(left.status.conditions, "Ready", "True") ==
             api::conditionIs(right.status.conditions, "Ready", "True");
}

api::StringMap sliceLabels(const api::Object& service) {
  api::StringMap labels;
  for (const auto& [key, value] : service.meta.labels) {
    if (key != kServiceNameLabel && key != kManagedByLabel && key != kHeadlessLabel) labels.set(key, value);
  }
  if (isHeadless(api::as<api::Service>(service))) labels.set(kHeadlessLabel, "");
  labels.set(kServiceNameLabel, service.meta.name);
  labels.set(kManagedByLabel, kManagedBy);
  return labels;
}

SliceWrites packEndpoints(const api::Object& service, const SliceMap& slices, const Places& where,
                          std::vector<Wish> wishes, bool check_labels) {
  Packing packing(service, slices, where);
  for (Wish& wish : wishes) packing.wish(std::move(wish));
  return packing.finish(check_labels);
}

}  // namespace jobset_twin::cluster::network
