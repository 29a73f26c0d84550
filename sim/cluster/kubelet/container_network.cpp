// What containers find on the network: names (K-DNS-22), somebody who listens, Pods of their JobSet.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/kernel/random.hpp"
#include "sim/workload/shell/known.hpp"

namespace jobset_twin::cluster {
namespace {

// glibc's resolver (K-T-97): a query that is not answered is sent once more; then the search is over.
constexpr Duration kQueryTimeout = std::chrono::seconds(5);
constexpr std::int32_t kQueries = 2;
// Linux, net.ipv4.tcp_syn_retries 6: a SYN is sent again after 1, 2, 4 ... 32 s; 64 s later the connection has failed.
constexpr Duration kConnectTimeout = std::chrono::seconds(127);
constexpr Duration kPingTimeout = std::chrono::seconds(10);  // iputils: after the last echo request

// Programs that ask the DNS itself do not read /etc/hosts.
bool readsHosts(const workload::MachineRequest& request) {
  if (request.argv.empty()) return true;
  const std::string_view program = workload::shell::commandName(request.argv.front());
  return program != "nslookup" && program != "host" && program != "dig";
}

// What the kubelet writes into /etc/hosts: the Pod's own name; on its node's network it is the node's file.
bool isOwnName(const PodRuntime& runtime, const std::string& hostname, const std::string& host, std::string_view name) {
  if (name == hostname) return true;
  const api::PodSpec& spec = *api::as<api::Pod>(runtime.pod).spec;
  if (spec.hostNetwork) return false;
  return name == host || (!spec.subdomain.empty() && name.starts_with(fmt::format("{}.{}.{}.svc.", host, spec.subdomain,
                                                                                  runtime.pod->meta.namespace_)));
}

// And its hostAliases.
std::optional<std::string> aliased(const api::PodSpec& spec, std::string_view name) {
  if (!spec.hostAliases.present()) return std::nullopt;
  for (const nlohmann::json& alias : spec.hostAliases.get()) {
    const auto names = alias.find("hostnames");
    if (names == alias.end() || !alias.contains("ip")) continue;
    if (std::find(names->begin(), names->end(), name) != names->end()) return alias["ip"].get<std::string>();
  }
  return std::nullopt;
}

// K-DNS-22: whose name servers a Pod asks, and where it looks (kubernetes pkg/kubelet/network/dns, getPodDNSType).
struct Resolver {
  bool cluster = true;                // the cluster's name server, else the node's or some other
  bool cluster_search = true;         // with the cluster's search list
  std::vector<std::string> searches;  // further ones
};
Resolver resolverOf(const api::PodSpec& spec) {
  constexpr std::string_view kClusterDns = "10.96.0.10";
  Resolver out;
  const auto listed = [&](const char* key) {
    std::vector<std::string> values;
    if (!spec.dnsConfig.present() || !spec.dnsConfig.get().contains(key)) return values;
    for (const nlohmann::json& value : spec.dnsConfig.get()[key]) values.push_back(value.get<std::string>());
    return values;
  };
  out.searches = listed("searches");
  if (spec.dnsPolicy == "None") {
    const std::vector<std::string> servers = listed("nameservers");
    out.cluster = std::find(servers.begin(), servers.end(), kClusterDns) != servers.end();
    out.cluster_search = false;
  } else {
    out.cluster =
        spec.dnsPolicy == "ClusterFirstWithHostNet" || (spec.dnsPolicy == "ClusterFirst" && !spec.hostNetwork);
  }
  return out;
}

bool needsNoServer(std::string_view name) {
  return name == "localhost" ||
         std::all_of(name.begin(), name.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

}  // namespace

PodEnd Kubelet::endOf(const PodRuntime& pod) const {
  return {pod.pod->meta.namespace_, pod.pod->meta.labels, nodes_[pod.node].name};
}

std::optional<workload::AskAnswer> Kubelet::tryNetwork(Context& ctx, std::uint32_t slot, std::size_t index,
                                                       std::uint32_t id) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  workload::MachineRequest& request = c.open.at(id);
  workload::AskAnswer answer;
  const auto later = [&](Duration after) {
    const std::uint64_t b = (static_cast<std::uint64_t>(c.run & 0xffffU) << 32 | id) << 8 | index;
    schedule(ctx, after, kAnswer, slot, b);
    return std::nullopt;
  };
  if (request.addresses.empty()) {
    Duration again{};
    if (!resolve(ctx, pod, request, answer, again)) return later(again);
    if (!answer.ok || (request.port == 0 && !request.ping)) return answer;
    request.addresses = answer.addresses;
    request.tries = 0;
  }
  answer.ok = true;
  answer.addresses = request.addresses;
  for (; request.next_address < request.addresses.size(); ++request.next_address) {
    const Reply reply = knock(ctx, pod, request.addresses[request.next_address], request.port);
    const bool back = request.ping ? reply != Reply::kSilence : reply == Reply::kAccepted;
    if (back) return answer;
    request.lost = reply == Reply::kSilence;
    const Duration limit = request.patience > Duration::zero() ? request.patience
                           : request.ping                      ? kPingTimeout
                                                               : kConnectTimeout;
    if (request.lost && request.waited < limit) {
      const Duration next = std::chrono::seconds(request.ping ? 1 : 1 << std::min(request.tries, 6));
      const Duration wait = std::min(next, limit - request.waited);
      ++request.tries;
      request.waited += wait;
      return later(wait);
    }
    request.tries = 0;
    request.waited = {};
  }
  answer.connected = false;
  answer.timed_out = request.lost;
  return answer;
}

workload::AskAnswer Kubelet::answerNow(Context& ctx, const PodRuntime& pod, workload::MachineRequest request,
                                       Duration& took) {
  workload::AskAnswer answer;
  if (request.kind != workload::AskKind::kLookUp) return answer;  // a program that nobody knows succeeds
  for (Duration again{}; !resolve(ctx, pod, request, answer, again);) took += again;
  if (!answer.ok || (request.port == 0 && !request.ping)) return answer;
  bool lost = false;
  for (const std::string& address : answer.addresses) {
    const Reply reply = knock(ctx, pod, address, request.port);
    if (request.ping ? reply != Reply::kSilence : reply == Reply::kAccepted) return answer;
    lost = reply == Reply::kSilence;
    if (lost) took += request.patience > Duration::zero() ? request.patience : kConnectTimeout;
  }
  answer.connected = false;
  answer.timed_out = lost;
  return answer;
}

// False: nothing has come back yet; to be tried again after `again`.
bool Kubelet::resolve(Context& ctx, const PodRuntime& pod, workload::MachineRequest& request,
                      workload::AskAnswer& answer, Duration& again) {
  const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
  if (readsHosts(request)) {
    if (!pod.ip.empty() && isOwnName(pod, hostnameOf(pod), hostOf(pod), request.name)) {
      answer.addresses = {pod.ip};
      return true;
    }
    if (const auto address = aliased(spec, request.name)) {
      answer.addresses = {*address};
      return true;
    }
  }
  const Resolver resolver = resolverOf(spec);
  if (!resolver.cluster && !needsNoServer(request.name)) {
    answer.ok = false;
    record(ctx, pod, NoteKind::kLookUp,
           fmt::format("{} does not exist for this Pod, which does not ask the cluster's name server (dnsPolicy {}{})",
                       request.name, spec.dnsPolicy, spec.hostNetwork ? ", hostNetwork" : ""));
    return true;
  }
  if (request.tries == kQueries) {
    answer.ok = false;
    answer.no_server = true;
    record(ctx, pod, NoteKind::kLookUp, fmt::format("{}: no name server answers", request.name));
    return true;
  }
  LookUp found;
  if (needsNoServer(request.name) || ctx.names.reachesDns(endOf(pod))) {
    std::vector<std::string> tries = {request.name};
    if (!resolver.cluster_search && !request.name.ends_with('.') && !needsNoServer(request.name)) tries[0] += '.';
    if (!request.name.ends_with('.')) {
      for (const std::string& search : resolver.searches) tries.push_back(fmt::format("{}.{}.", request.name, search));
    }
    for (const std::string& name : tries) {
      found = ctx.names.lookUp(name, pod.pod->meta.namespace_, nodes_[pod.node].name, ctx.now());
      if (found.exists || !found.answered) break;
    }
  } else {
    found.answered = false;
  }
  if (!found.answered) {
    ++request.tries;
    again = kQueryTimeout;
    return false;
  }
  if (found.delay > Duration::zero() && !request.delayed) {
    request.delayed = true;
    again = std::min(found.delay, kQueryTimeout * kQueries);
    if (again < found.delay) request.tries = kQueries;
    return false;
  }
  answer.ok = found.exists && !found.addresses.empty();
  answer.addresses = found.addresses;
  if (ctx.trace.enabled) {
    record(ctx, pod, NoteKind::kLookUp,
           answer.ok ? fmt::format("{} is {}{}", request.name, fmt::join(found.addresses, ", "),
                                   found.from_cache ? " (from the cache)" : "")
                     : fmt::format("{} does not exist{}{}", request.name,
                                   found.from_negative_cache ? " (negative answer from the cache)" : "",
                                   found.nearest.empty() ? "" : "; the nearest name that does is " + found.nearest));
  }
  return true;
}

// What becomes of a packet to an address; port 0: an echo request.
Kubelet::Reply Kubelet::knock(Context& ctx, const PodRuntime& pod, const std::string& address,
                              std::int32_t port) const {
  if (address.starts_with("127.")) return port == 0 || listens(pod, port) ? Reply::kAccepted : Reply::kRefused;
  if (const auto backends = ctx.names.backendsOf(address, port)) {
    if (backends->empty()) return port == 0 ? Reply::kAccepted : Reply::kRefused;
    const std::uint64_t draw = kernel::bitsAt(ctx.kernel.seed(), fmt::format("connect/{}/{}", pod.identity, address),
                                              static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()));
    const Names::Backend& chosen = (*backends)[draw % backends->size()];
    return knock(ctx, pod, chosen.address, chosen.port);
  }
  const auto slots = by_ip_.find(address);
  if (slots == by_ip_.end()) return Reply::kAccepted;  // outside of the cluster, or a node's
  Reply reply = Reply::kSilence;                       // nobody has the address any more
  for (const std::uint32_t slot : slots->second) {
    const PodRuntime& other = pods_[slot];
    if (nodes_[other.node].down || (&other != &pod && !ctx.names.reaches(endOf(pod), endOf(other)))) continue;
    if (port == 0 || listens(other, port)) return Reply::kAccepted;
    reply = Reply::kRefused;
  }
  return reply;
}

// Something listens when a running container of the Pod declares the port, or when the Pod declares no ports at all.
bool Kubelet::listens(const PodRuntime& pod, std::int32_t port) {
  bool declares_any = false;
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    const api::Container& spec = specOf(pod, i);
    declares_any = declares_any || !spec.ports.empty();
    if (pod.containers[i].state != ContainerState::kRunning) continue;
    for (const api::ContainerPort& declared : spec.ports) {
      if (declared.containerPort == port) return true;
    }
  }
  if (declares_any) return false;
  for (std::size_t i = pod.init_count; i < pod.containers.size(); ++i) {
    if (pod.containers[i].state == ContainerState::kRunning) return true;
  }
  return false;
}

bool Kubelet::peersReady(Context& ctx, const PodRuntime& pod, const std::string& replicated_job) const {
  const api::StringMap& own = pod.pod->meta.labels;
  const auto jobset =
      by_jobset_.find(fmt::format("{}/{}", pod.pod->meta.namespace_, own.get("jobset.sigs.k8s.io/jobset-name")));
  const auto object = jobsets_.find(jobset == by_jobset_.end() ? "" : jobset->first);
  if (object == jobsets_.end()) return false;
  std::int64_t wanted = 0, ready = 0;
  for (const api::ReplicatedJob& job : api::as<api::JobSet>(object->second).spec->replicatedJobs) {
    if (!replicated_job.empty() && job.name != replicated_job) continue;
    const std::int64_t replicas = job.replicas.value_or(1);
    wanted += replicas * job.template_.spec->parallelism.value_or(1);
  }
  for (const std::uint32_t slot : jobset->second) {
    const PodRuntime& peer = pods_[slot];
    if (!replicated_job.empty() && peer.pod->meta.labels.get("jobset.sigs.k8s.io/replicatedjob-name") != replicated_job)
      continue;
    if (peer.terminating) continue;
    if (&peer != &pod && !ctx.names.reaches(endOf(pod), endOf(peer))) continue;
    if (&peer == &pod || api::conditionIs(peer.sent.conditions, "Ready", "True") || peer.sent.phase == "Succeeded")
      ++ready;
  }
  return wanted > 0 && ready >= wanted;
}

}  // namespace jobset_twin::cluster
