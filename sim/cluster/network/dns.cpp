#include "sim/cluster/network/dns.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/api/ascii.hpp"
#include "engine/api/names.hpp"
#include "sim/cluster/network/endpoint_packing.hpp"
#include "sim/kernel/check.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::uint32_t kTarget = targetOf(Component::kDns);
constexpr int kNdots = 5;                           // K-DNS-22
constexpr std::size_t kServices = 16, kHosts = 64;  // compared for the nearest name

// "10-0-0-7" of 10.0.0.7, as CoreDNS calls an endpoint without a hostname (K-DNS-12).
std::string dashed(std::string address) {
  std::replace_if(
      address.begin(), address.end(), [](char c) { return c == '.' || c == ':'; }, '-');
  return address;
}

std::string hostOf(const api::Endpoint& endpoint) {
  return endpoint.hostname && !endpoint.hostname->empty() ? api::lowerCase(*endpoint.hostname)
                                                          : dashed(endpoint.addresses.front());
}

// A dotted IPv4 address, its parts apart by `separator`.
bool isAddress(std::string_view text, char separator = '.') {
  int parts = 0;
  while (true) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9')
      value = value * 10 + (text[digits++] - '0');
    if (digits == 0 || digits > 3 || value > 255) return false;
    ++parts;
    text.remove_prefix(digits);
    if (text.empty()) return parts == 4;
    if (text.front() != separator) return false;
    text.remove_prefix(1);
  }
}

// The text before the suffix; empty if it does not end so.
std::optional<std::string_view> without(std::string_view name, std::string_view suffix) {
  if (name.size() <= suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  return name.substr(0, name.size() - suffix.size());
}

std::pair<std::string_view, std::string_view> splitAtLastDot(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return {{}, text};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

// The keys of a map that are worth comparing with `to`: all of a small one, else those around its place.
template <class Map>
std::vector<const std::string*> candidates(const Map& map, std::string_view to, std::size_t limit) {
  std::vector<const std::string*> keys;
  auto first = map.begin(), last = map.end();
  if (map.size() > limit) {
    first = last = map.lower_bound(to);
    for (std::size_t i = 0; i < limit / 2 && first != map.begin(); ++i) --first;
    for (std::size_t i = 0; i < limit / 2 && last != map.end(); ++i) ++last;
  }
  for (; first != last; ++first) keys.push_back(&first->first);
  return keys;
}

}  // namespace

std::string nearestHost(std::string_view name, const std::vector<std::string>& names) {
  std::string nearest = api::nearestName(name, names);
  if (!nearest.empty()) return nearest;
  const std::size_t dot = name.find('.');
  if (dot == 0 || dot == std::string_view::npos) return {};
  const std::string host = fmt::format("-{}-", name.substr(0, dot));
  for (const std::string& other : names) {
    const std::size_t other_dot = other.find('.');
    if (other_dot == std::string::npos || other.substr(other_dot) != name.substr(dot)) continue;
    const std::string whole = fmt::format("-{}-", other.substr(0, other_dot));
    if (whole.find(host) == std::string::npos) continue;
    if (nearest.empty() ||
        std::pair(other.size(), std::string_view(other)) < std::pair(nearest.size(), std::string_view(nearest)))
      nearest = other;
  }
  return nearest;
}

Dns::Dns(std::string cluster_domain, bool short_names) : domain_(api::lowerCase(cluster_domain)) {
  short_names_.enabled = short_names;
}

void Dns::start(Context& ctx) {
  negative_ttl_ = ctx.timing.network.negative_ttl;
  positive_ttl_ = ctx.timing.network.positive_ttl;
  seed_ = ctx.kernel.seed();
  tracing_ = ctx.trace.enabled;
  if (short_names_.enabled) ctx.transport.subscribe(api::Kind::kJobSet, kTarget);
  ctx.transport.subscribe(api::Kind::kService, kTarget);
  ctx.transport.subscribe(api::Kind::kEndpointSlice, kTarget);
}

void Dns::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Object& object = *event.object;
  if (object.kind() == api::Kind::kJobSet) {
    short_names_.onJobSet(event.object, event.type == apiserver::WatchType::kDeleted);
    return;
  }
  const std::string identity =
      std::string("dns/") + std::string(api::kindNameOf(object)) + "/" + object.meta.namespace_ + "/" +
      std::string(object.kind() == api::Kind::kEndpointSlice ? object.meta.labels.get(network::kServiceNameLabel)
                                                             : object.meta.name);
  const Duration lag = kernel::sample(ctx.timing.network.dns_index, ctx.kernel.seed(), identity,
                                      static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()));
  last_due_ = std::max(last_due_, kernel::saturatingAdd(ctx.now(), lag));  // one after the other
  ctx.kernel.schedule(last_due_, kTarget, kIndex);
  pending_.push_back({event.object, event.type == apiserver::WatchType::kDeleted, last_due_});
}

void Dns::onResponse(Context&, const apiserver::Call& call) {
  TWIN_ASSERT(false, "an answer to the DNS, which asks nothing", call.id);
}

void Dns::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t, std::uint64_t) {
  if (kind == kKeptOver) {
    // Whoever asks again gets another answer now: retries are worth while again.
    ctx.kernel.noteEffect();
    return;
  }
  tracing_ = ctx.trace.enabled;
  // While the data are stale, what is pending waits for the end of that.
  if (has(DnsFault::Kind::kStale) || pending_.empty() || pending_.front().due > ctx.now()) return;
  const Change change = std::move(pending_.front());
  pending_.pop_front();
  if (change.object->kind() == api::Kind::kService) {
    indexService(ctx, change);
  } else {
    indexSlice(ctx, change);
  }
}

bool Dns::has(DnsFault::Kind kind) const {
  return std::any_of(faults_.begin(), faults_.end(), [&](const auto& fault) { return fault.second.kind == kind; });
}

void Dns::beginFault(Context& ctx, std::uint64_t number, DnsFault fault) {
  endFault(ctx, number);
  faults_.emplace(number, fault);
}

void Dns::endFault(Context& ctx, std::uint64_t number) {
  const auto at = faults_.find(number);
  if (at == faults_.end()) return;
  const bool was_stale = has(DnsFault::Kind::kStale);
  faults_.erase(at);
  ctx.kernel.noteEffect();
  if (!has(DnsFault::Kind::kDown)) {
    for (const Unheard& one : std::exchange(unheard_, {}))
      resolvable(ctx, one.namespace_, one.service, one.host, one.record);
  }
  if (!was_stale || has(DnsFault::Kind::kStale)) return;
  // Changes whose time came meanwhile had their timers in vain; those to come have theirs still.
  while (!pending_.empty() && pending_.front().due <= ctx.now()) onTimer(ctx, kIndex, 0, 0);
}

void Dns::endPartition(Context& ctx, std::uint64_t number) {
  if (partitions_.end(number)) ctx.kernel.noteEffect();
}

std::string Dns::fullName(std::string_view namespace_, std::string_view service, std::string_view host) const {
  std::string name;
  if (!host.empty()) name.append(host).append(".");
  return name.append(service).append(".").append(namespace_).append(".svc.").append(domain_);
}

void Dns::indexService(Context& ctx, const Change& change) {
  const api::ObjectMeta& meta = change.object->meta;
  const api::ServiceSpec& spec = api::as<api::Service>(change.object).spec;
  Zone& zone = services_[meta.namespace_][meta.name];
  for (const std::string& address : zone.addresses) by_address_.erase(address);
  zone.ports.clear();
  const bool was_known = std::exchange(zone.known, !change.deleted);
  zone.headless = network::isHeadless(api::as<api::Service>(change.object));
  zone.addresses =
      zone.headless || spec.clusterIP.empty() ? std::vector<std::string>() : std::vector<std::string>{spec.clusterIP};
  for (const api::ServicePort& port : spec.ports) zone.ports[port.port] = port.name;
  if (zone.known) {
    for (const std::string& address : zone.addresses) by_address_[address] = {meta.namespace_, meta.name};
  }
  if (was_known != zone.known) {
    for (const auto& [host, records] : zone.hosts) {
      for (const Record& record : records) {
        if (zone.known) {
          appeared(ctx, meta.namespace_, meta.name, host, record);
        } else {
          gone(ctx, meta.namespace_, meta.name, host, record);
        }
      }
    }
  }
  if (!zone.headless) nameChanged(ctx, fullName(meta.namespace_, meta.name));
  dropIfEmpty({meta.namespace_, meta.name});
}

void Dns::indexSlice(Context& ctx, const Change& change) {
  const api::ObjectMeta& meta = change.object->meta;
  const Name name{meta.namespace_, meta.name};
  const auto known = slices_.find(name);
  const api::ObjectPtr old = known == slices_.end() ? nullptr : known->second;
  Endpoints before, after;
  differing(old.get(), change.deleted ? nullptr : change.object.get(), before, after);
  // The new state first: what stays does not disappear in between.
  if (!change.deleted) addRecords(ctx, *change.object, after);
  if (old) removeRecords(ctx, *old, before);
  if (change.deleted) {
    slices_.erase(name);
  } else {
    slices_.insert_or_assign(name, change.object);
  }
}

// Endpoints keep their order in a slice: those that are the same in both, one after the other, have the same records.
void Dns::differing(const api::Object* old, const api::Object* now, Endpoints& before, Endpoints& after) {
  static const std::vector<api::Endpoint> kNone;
  const bool same_service =
      old && now &&
      old->meta.labels.get(network::kServiceNameLabel) == now->meta.labels.get(network::kServiceNameLabel);
  const auto& was = old ? api::as<api::EndpointSlice>(*old).endpoints : kNone;
  const auto& is = now ? api::as<api::EndpointSlice>(*now).endpoints : kNone;
  std::size_t next = 0;
  for (const api::Endpoint& endpoint : was) {
    const api::Endpoint* same = same_service && next < is.size() ? &is[next] : nullptr;
    if (same && *same == endpoint) {
      ++next;
      continue;
    }
    before.push_back(&endpoint);
    // Of the same Pod, but something else about it.
    if (same && same->targetRef && endpoint.targetRef && same->targetRef->name == endpoint.targetRef->name)
      after.push_back(&is[next++]);
  }
  for (; next < is.size(); ++next) after.push_back(&is[next]);
}

void Dns::addRecords(Context& ctx, const api::Object& slice, const Endpoints& endpoints) {
  const std::string& ns = slice.meta.namespace_;
  const std::string service(slice.meta.labels.get(network::kServiceNameLabel));
  if (service.empty()) return;
  Zone& zone = services_[ns][service];
  for (const api::Endpoint* one : endpoints) {
    const api::Endpoint& endpoint = *one;
    if (!endpoint.conditions.ready.value_or(true) || endpoint.addresses.empty()) continue;  // K-DNS-13
    const std::string host = hostOf(endpoint);
    std::vector<Record>& records = zone.hosts[host];
    Record record{endpoint.addresses.front(), {}, {}, endpoint.hostname && !endpoint.hostname->empty(), 1};
    if (endpoint.targetRef) {
      record.pod = endpoint.targetRef->name;
      record.uid = endpoint.targetRef->uid;
    }
    const auto same = std::find_if(records.begin(), records.end(), [&](const Record& other) {
      return other.address == record.address && other.uid == record.uid && other.own_name == record.own_name;
    });
    if (same != records.end()) {
      ++same->slices;
    } else {
      records.push_back(record);
      if (zone.known) appeared(ctx, ns, service, host, record);
    }
  }
  dropIfEmpty({ns, service});
}

void Dns::removeRecords(Context& ctx, const api::Object& slice, const Endpoints& endpoints) {
  const std::string& ns = slice.meta.namespace_;
  const std::string service(slice.meta.labels.get(network::kServiceNameLabel));
  const auto zones = services_.find(ns);
  if (zones == services_.end()) return;
  const auto zone = zones->second.find(service);
  if (zone == zones->second.end()) return;
  for (const api::Endpoint* one : endpoints) {
    const api::Endpoint& endpoint = *one;
    if (!endpoint.conditions.ready.value_or(true) || endpoint.addresses.empty()) continue;
    const auto host = zone->second.hosts.find(hostOf(endpoint));
    if (host == zone->second.hosts.end()) continue;
    const std::string_view uid = endpoint.targetRef ? std::string_view(endpoint.targetRef->uid) : std::string_view();
    const bool own_name = endpoint.hostname && !endpoint.hostname->empty();
    std::vector<Record>& records = host->second;
    const auto at = std::find_if(records.begin(), records.end(), [&](const Record& record) {
      return record.address == endpoint.addresses.front() && record.uid == uid && record.own_name == own_name;
    });
    if (at == records.end() || --at->slices > 0) continue;
    const Record record = *at;
    records.erase(at);
    if (zone->second.known) gone(ctx, ns, service, host->first, record);
    if (records.empty()) zone->second.hosts.erase(host);
  }
  dropIfEmpty({ns, service});
}

void Dns::dropIfEmpty(const Name& name) {
  const auto zones = services_.find(name.first);
  if (zones == services_.end()) return;
  const auto zone = zones->second.find(name.second);
  if (zone == zones->second.end() || zone->second.known || !zone->second.hosts.empty()) return;
  zones->second.erase(zone);
  if (zones->second.empty()) services_.erase(zones);
}

void Dns::appeared(Context& ctx, const std::string& namespace_, const std::string& service, const std::string& host,
                   const Record& record) {
  if (has(DnsFault::Kind::kDown)) {
    if (record.own_name) unheard_.push_back({namespace_, service, host, record});
  } else {
    resolvable(ctx, namespace_, service, host, record);
  }
  namesChanged(ctx, namespace_, service, host);
}

// From now on peers find the Pod by its own name.
void Dns::resolvable(Context& ctx, const std::string& namespace_, const std::string& service, const std::string& host,
                     const Record& record) {
  if (record.own_name && !record.uid.empty()) first_.try_emplace(record.uid, Time{ctx.now()});
  if (record.own_name && ctx.trace.enabled) {
    ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kNameResolvable),
                   "pod/" + namespace_ + "/" + record.pod, fullName(namespace_, service, host));
  }
}

void Dns::gone(Context& ctx, const std::string& namespace_, const std::string& service, const std::string& host,
               const Record& record) {
  namesChanged(ctx, namespace_, service, host);
  const auto heard = std::erase_if(unheard_, [&](const Unheard& one) {
                       return one.record.uid == record.uid && one.namespace_ == namespace_ && one.service == service &&
                              one.host == host;
                     }) == 0;
  if (!record.own_name || !heard || !ctx.trace.enabled) return;
  ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kNameGone), "pod/" + namespace_ + "/" + record.pod,
                 fullName(namespace_, service, host));
}

void Dns::namesChanged(Context& ctx, const std::string& namespace_, const std::string& service,
                       const std::string& host) {
  if (kept_.empty()) return;
  nameChanged(ctx, fullName(namespace_, service, host));
  nameChanged(ctx, fullName(namespace_, service));
  if (!short_names_.enabled) return;
  for (const std::string& other : short_names_.shortOf(namespace_, service, host))
    nameChanged(ctx, fullName(namespace_, service, other));
}

// What nodes keep of the name is no longer true; they will learn it when that runs out: the run has to go on until
// then.
void Dns::nameChanged(Context& ctx, const std::string& name) {
  const auto nodes = kept_.find(name);
  if (nodes == kept_.end()) return;
  for (auto& [node, kept] : nodes->second) {
    if (kept.awaited || kept.until <= ctx.now()) continue;
    kept.awaited = true;
    ctx.kernel.schedule(kept.until, kTarget, kKeptOver);
  }
}

std::optional<std::vector<std::string>> Dns::answerIn(const Zone& zone, std::string_view host) const {
  std::set<std::string> addresses;
  if (!host.empty()) {
    const auto at = zone.hosts.find(host);
    if (at == zone.hosts.end()) return std::nullopt;
    for (const Record& record : at->second) addresses.insert(record.address);
  } else if (!zone.headless) {
    return zone.addresses;
  } else {
    for (const auto& [name, records] : zone.hosts) {
      for (const Record& record : records) addresses.insert(record.address);
    }
    if (addresses.empty()) return std::nullopt;  // K-DNS-14
  }
  return std::vector<std::string>(addresses.begin(), addresses.end());
}

std::optional<std::vector<std::string>> Dns::answer(std::string_view name) const {
  const auto in_domain = without(name, "." + domain_);
  if (!in_domain) return std::nullopt;
  if (const auto pod = without(*in_domain, ".pod")) {  // K-DNS-15
    const auto [host, ns] = splitAtLastDot(*pod);
    if (ns.empty() || !isAddress(host, '-')) return std::nullopt;
    std::string address(host);
    std::replace(address.begin(), address.end(), '-', '.');
    return std::vector<std::string>{address};
  }
  const auto relative = without(*in_domain, ".svc");
  if (!relative) return std::nullopt;
  const auto [before_namespace, ns] = splitAtLastDot(*relative);
  const auto [host, service] = splitAtLastDot(before_namespace);
  const auto zones = services_.find(ns);
  if (zones == services_.end() || service.empty()) return std::nullopt;
  const auto zone = zones->second.find(service);
  if (zone == zones->second.end() || !zone->second.known) return std::nullopt;
  auto found = answerIn(zone->second, host);
  if (found || host.empty() || !short_names_.enabled) return found;
  for (const std::string& own : short_names_.hostsOf(ns, service, host)) {
    if (auto meant = answerIn(zone->second, own)) return meant;
  }
  return std::nullopt;
}

std::optional<std::vector<Names::Backend>> Dns::backendsOf(std::string_view address, std::int32_t port) const {
  const auto service = by_address_.find(std::string(address));
  if (service == by_address_.end()) return std::nullopt;
  const auto& [ns, name] = service->second;
  const Zone& zone = services_.at(ns).at(name);
  std::vector<Backend> out;
  const auto wanted = zone.ports.find(port);
  if (wanted == zone.ports.end()) return out;
  for (auto at = slices_.lower_bound({ns, {}}); at != slices_.end() && at->first.first == ns; ++at) {
    if (at->second->meta.labels.get(network::kServiceNameLabel) != name) continue;
    const auto& slice = api::as<api::EndpointSlice>(at->second);
    for (const api::EndpointPort& own : slice.ports) {
      if (own.name.value_or("") != wanted->second || !own.port) continue;
      for (const api::Endpoint& endpoint : slice.endpoints) {
        if (endpoint.conditions.ready.value_or(true) && !endpoint.addresses.empty())
          out.push_back({endpoint.addresses.front(), *own.port});
      }
    }
  }
  return out;
}

const Dns::Kept* Dns::keptBy(const std::string& name, std::string_view node, kernel::TimePoint now) const {
  const auto nodes = kept_.find(name);
  if (nodes == kept_.end()) return nullptr;
  const auto at = nodes->second.find(node);
  return at != nodes->second.end() && at->second.until > now ? &at->second : nullptr;
}

void Dns::keep(const std::string& name, std::string_view node, kernel::TimePoint now,
               std::vector<std::string> addresses) {
  const Duration ttl = addresses.empty() ? negative_ttl_ : positive_ttl_;
  if (ttl <= Duration::zero()) return;
  while (!expiries_.empty() && expiries_.front().at <= now) {
    const Expiry& old = expiries_.front();
    const auto nodes = kept_.find(old.name);
    if (nodes != kept_.end()) {
      const auto at = nodes->second.find(old.node);
      if (at != nodes->second.end() && at->second.until == old.at) nodes->second.erase(at);
      if (nodes->second.empty()) kept_.erase(nodes);
    }
    expiries_.pop_front();
  }
  const kernel::TimePoint until = kernel::saturatingAdd(now, ttl);
  kept_[name].insert_or_assign(std::string(node), Kept{until, std::move(addresses), false});
  expiries_.push_back({until, name, std::string(node)});
}

// CoreDNS' loadbalance plugin: each answer has an order of its own (K-DNS-12, K-DNS-24).
void Dns::shuffle(std::vector<std::string>& addresses, const std::string& name, std::string_view node,
                  kernel::TimePoint now) const {
  if (addresses.size() < 2) return;
  kernel::Stream stream =
      kernel::stream(seed_, fmt::format("dns/order/{}/{}/{}", name, node, now.time_since_epoch().count()));
  for (std::size_t left = addresses.size(); left > 1; --left)
    std::swap(addresses[left - 1], addresses[kernel::below(stream, left)]);
}

LookUp Dns::lookUp(std::string_view asked, std::string_view namespace_, std::string_view node, kernel::TimePoint now) {
  LookUp result;
  // Neither asks a name server.
  const bool local = asked == "localhost";  // /etc/hosts
  if (local || isAddress(asked)) {
    result.exists = true;
    result.addresses = {local ? "127.0.0.1" : std::string(asked)};
    result.answered_name = asked;
    return result;
  }
  if (has(DnsFault::Kind::kDown)) {
    result.answered = false;
    return result;
  }
  const bool absolute = asked.ends_with('.');
  const std::string name = api::lowerCase(absolute ? asked.substr(0, asked.size() - 1) : asked);
  std::vector<std::string> tries;
  if (!absolute) {
    for (const std::string& suffix : {std::string(namespace_) + ".svc." + domain_, "svc." + domain_, domain_})
      tries.push_back(name + "." + suffix);
  }
  const bool as_is_first = std::count(name.begin(), name.end(), '.') >= kNdots;
  tries.insert(as_is_first ? tries.begin() : tries.end(), name);
  Duration added{};
  for (const auto& [number, fault] : faults_) {
    if (fault.kind == DnsFault::Kind::kSlow) added += fault.added;
  }
  for (const std::string& candidate : tries) {
    result.delay += added;
    const Kept* kept = keptBy(candidate, node, now);
    if (kept && kept->addresses.empty()) {
      result.from_negative_cache = true;
      continue;
    }
    auto found = kept ? kept->addresses : answer(candidate);
    if (!kept) keep(candidate, node, now, found.value_or(std::vector<std::string>()));
    if (!found) continue;
    shuffle(*found, candidate, node, now);
    result.exists = true;
    result.addresses = std::move(*found);
    result.answered_name = candidate;
    result.from_negative_cache = false;
    result.from_cache = kept != nullptr;
    return result;
  }
  if (tracing_) result.nearest = nearestTo(name, namespace_);
  return result;
}

std::string Dns::nearestTo(std::string_view name, std::string_view namespace_) const {
  // What was meant: [host.]service[.namespace[.svc.domain]].
  std::string_view relative = name;
  bool with_namespace = false;
  for (const std::string& suffix : {".svc." + domain_, std::string(".svc")}) {
    const auto cut = without(relative, suffix);
    if (!cut) continue;
    relative = *cut;
    with_namespace = true;
    break;
  }
  std::string_view ns = namespace_;
  if (with_namespace) std::tie(relative, ns) = splitAtLastDot(relative);
  const auto zones = services_.find(ns);
  if (zones == services_.end() || relative.empty()) return {};
  const auto [host, service] = splitAtLastDot(relative);
  std::vector<std::string> names;
  for (const std::string* key : candidates(zones->second, service, kServices)) {
    const Zone& zone = zones->second.find(*key)->second;
    if (!zone.known) continue;
    if (host.empty()) {
      if (answerIn(zone, {})) names.push_back(*key);
      continue;
    }
    for (const std::string* other : candidates(zone.hosts, host, *key == service ? kHosts : kHosts / kServices))
      names.push_back(*other + "." + *key);
    if (*key != service || zone.hosts.size() <= kHosts) continue;
    // Pods of a JobSet are called <jobset>-<replicated job>-…, and its Service as the JobSet, unless it says otherwise.
    const std::string in_full = fmt::format("{}-{}", service, host);
    for (const std::string* other : candidates(zone.hosts, in_full, kHosts / kServices))
      names.push_back(*other + "." + *key);
  }
  const std::string nearest = nearestHost(relative, names);
  return nearest.empty() ? nearest : fullName(ns, nearest);
}

std::vector<std::string> Dns::namesOf(const api::Object& object) const {
  const api::Pod& pod = api::as<api::Pod>(object);
  if (pod.hostname.empty() || pod.spec->subdomain.empty()) return {};
  const std::string& ns = object.meta.namespace_;
  const std::string& service = pod.spec->subdomain;
  std::vector<std::string> names{fullName(ns, service, api::lowerCase(pod.hostname))};
  if (!short_names_.enabled) return names;
  for (const std::string& other : short_names_.shortOf(ns, service, api::lowerCase(pod.hostname)))
    names.push_back(fullName(ns, service, other));
  return names;
}

std::optional<kernel::TimePoint> Dns::firstResolvable(const std::string& pod_uid) const {
  const auto at = first_.find(pod_uid);
  if (at == first_.end()) return std::nullopt;
  return at->second.at;
}

}  // namespace jobset_twin::cluster
