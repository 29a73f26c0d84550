// spec.cluster and spec.timing of a Scenario.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "scenarios/default_cluster.hpp"
#include "scenarios/read_parts.hpp"
#include "scenarios/timing_profile.hpp"

namespace jobset_twin::scenarios {
namespace {

constexpr std::int64_t kNodesMost = 1'000'000;
constexpr double kLatencySigmaMost = 10;

void readSubdomain(Reader& reader, const Place& place, std::string& out) {
  std::string value;
  if (!reader.text(place, value)) return;
  const std::vector<std::string> problems = api::dns1123SubdomainErrors(value);
  if (!problems.empty()) return reader.invalid(place, problems.front());
  out = value;
}

void readLabels(Reader& reader, const Place& place, api::StringMap& out) {
  api::StringMap labels;
  if (!reader.stringMap(place, labels)) return;
  for (api::Error& error : api::labelsErrors(place.path, labels)) reader.error(place, std::move(error));
  out = labels;
}

void readCapacity(Reader& reader, const Place& place, api::ResourceList& out) {
  reader.quantities(place, out);
  for (const auto& [resource, amount] : out) {
    const std::vector<std::string> problems = api::qualifiedNameErrors(resource);
    if (!problems.empty()) reader.error(place, api::invalidValue(place.path, api::quoted(resource), problems.front()));
  }
}

constexpr std::array<Field<api::Taint>, 3> kTaintFields = {{
    {"key", "string", "the taint's key", [](Reader& r, const Place& p, api::Taint& t) { r.text(p, t.key); }, true},
    {"value", "string", "the taint's value", [](Reader& r, const Place& p, api::Taint& t) { r.text(p, t.value); }},
    {"effect", "string", "NoSchedule, PreferNoSchedule or NoExecute",
     [](Reader& r, const Place& p, api::Taint& t) {
       r.choice(p, t.effect, {"NoSchedule", "PreferNoSchedule", "NoExecute"});
     },
     true},
}};

constexpr std::array<Field<TopologyLevel>, 4> kTopologyFields = {{
    {"key", "string", "the node label", [](Reader& r, const Place& p, TopologyLevel& t) { r.text(p, t.key); }, true},
    {"prefix", "string", "values are the prefix and a number from 0; the key's last part and a dash when left out",
     [](Reader& r, const Place& p, TopologyLevel& t) { r.text(p, t.prefix); }},
    {"domains", "integer", "how many values there are",
     [](Reader& r, const Place& p, TopologyLevel& t) { r.integer(p, t.domains, 1); }, true},
    {"contiguous", "boolean", "true: consecutive nodes share a value; false: they take turns",
     [](Reader& r, const Place& p, TopologyLevel& t) { r.flag(p, t.contiguous); }},
}};

void readLevel(Reader& reader, const Place& place, TopologyLevel& out) {
  reader.object<TopologyLevel>(place, kTopologyFields, out);
  if (out.prefix.empty() && !place.node.find("prefix")) out.prefix = out.key.substr(out.key.rfind('/') + 1) + "-";
}

void addLevel(Reader& reader, const Place& place, NodePool& pool, std::string_view key, std::string_view prefix) {
  TopologyLevel level{std::string(key), std::string(prefix), 1, true};
  if (reader.integer(place, level.domains, 1)) pool.topology.push_back(std::move(level));
}

constexpr std::array<Field<NodePool>, 9> kPoolFields = {{
    {"name", "string", "nodes are called <name>-0, <name>-1, …",
     [](Reader& r, const Place& p, NodePool& n) { readSubdomain(r, p, n.name); }},
    {"count", "integer", "how many nodes",
     [](Reader& r, const Place& p, NodePool& n) {
       std::int64_t count = 0;
       if (r.integer(p, count, 0, kNodesMost)) n.count = static_cast<std::int32_t>(count);
     }},
    {"labels", "map[string]string", "labels of each node",
     [](Reader& r, const Place& p, NodePool& n) { readLabels(r, p, n.labels); }},
    {"capacity", "map[string]quantity",
     "cpu, memory, pods, ephemeral-storage, extended resources; an ordinary node's where left out",
     [](Reader& r, const Place& p, NodePool& n) { readCapacity(r, p, n.capacity); }},
    {"taints", "[]Taint", "taints of each node",
     [](Reader& r, const Place& p, NodePool& n) {
       r.list<api::Taint>(
           p, n.taints, [](Reader& r2, const Place& p2, api::Taint& t) { r2.object<api::Taint>(p2, kTaintFields, t); });
     }},
    {"topology", "[]TopologyLevel", "labels that divide the pool into domains",
     [](Reader& r, const Place& p, NodePool& n) { r.list<TopologyLevel>(p, n.topology, readLevel); }},
    {"zones", "integer", "short for a contiguous level topology.kubernetes.io/zone",
     [](Reader& r, const Place& p, NodePool& n) { addLevel(r, p, n, kZoneKey, "zone-"); }},
    {"blocks", "integer", "short for a contiguous level topology.jobset-twin.dev/block",
     [](Reader& r, const Place& p, NodePool& n) { addLevel(r, p, n, kBlockKey, "block-"); }},
    {"racks", "integer", "short for a contiguous level topology.jobset-twin.dev/rack",
     [](Reader& r, const Place& p, NodePool& n) { addLevel(r, p, n, kRackKey, "rack-"); }},
}};

}  // namespace

void readNodePool(Reader& reader, const Place& place, NodePool& out) {
  reader.object<NodePool>(place, kPoolFields, out);
  std::set<std::string> keys;
  for (const TopologyLevel& level : out.topology) {
    if (level.domains > out.count && out.count > 0) {
      reader.error(
          place, api::invalidValue(place.path + ".topology", api::quoted(level.key),
                                   fmt::format("has {} domains, but the pool has {} nodes", level.domains, out.count)));
    }
    if (!keys.insert(level.key).second)
      reader.error(place, api::duplicateValue(place.path + ".topology", api::quoted(level.key)));
  }
}

namespace {

constexpr std::array<Field<Scenario>, 2> kClusterFields = {{
    {"domain", "string", "the cluster's DNS domain",
     [](Reader& r, const Place& p, Scenario& s) { readSubdomain(r, p, s.cluster_domain); }},
    {"nodePools", "[]NodePool", "groups of like nodes; derived from the manifests when left out",
     [](Reader& r, const Place& p, Scenario& s) { r.list<NodePool>(p, s.node_pools, readNodePool); }},
}};

// --- timing ---

void readLatency(Reader& reader, const Place& place, kernel::Latency& out) {
  if (!place.node.isMap()) {
    Duration median{};
    if (reader.duration(place, median)) out = {median, 0};
    return;
  }
  static constexpr std::array<Field<kernel::Latency>, 2> kLatencyFields = {{
      {"median", "duration", "the median",
       [](Reader& r, const Place& p, kernel::Latency& l) { r.duration(p, l.median); }},
      {"sigma", "number", "of the underlying normal distribution",
       [](Reader& r, const Place& p, kernel::Latency& l) { r.number(p, l.sigma, 0, kLatencySigmaMost); }},
  }};
  reader.object<kernel::Latency>(place, kLatencyFields, out);
}
// A wait, period, rate or number of workers of nothing would be a world that cannot go on; few may be 0.
bool mayBeZero(std::string_view field) {
  constexpr std::array<std::string_view, 17> kEndings = {
      "PerChild",       "perNode",           "perAffinityPod",
      "syncBatch",      "negativeTtl",       "positiveTtl",
      "shutdownGrace",  "Critical",          "percentageOfNodesToScore",
      "jobset.pass",    "scheduler.backoff", "pleg",
      "failureBackoff", "kueue.pass",        "perHead",
      "requeueBatch",   "statusBatch"};
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view end) { return field.ends_with(end); });
}

void readTimingRow(Reader& reader, const Place& place, const cluster::TimingRow& row) {
  const std::int64_t least = mayBeZero(row.field) ? 0 : 1;
  std::visit(
      [&](auto* value) {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Duration>) {
          least == 0 ? reader.duration(place, *value) : reader.positiveDuration(place, *value);
        } else if constexpr (std::is_same_v<T, double>) {
          constexpr double kRateLeast = 0.001;
          const bool unlimited = row.field.starts_with("clients.") && place.node.text == "0";
          if (unlimited) *value = 0;
          if (!unlimited) reader.number(place, *value, kRateLeast);
        } else if constexpr (std::is_same_v<T, bool>) {
          reader.flag(place, *value);
        } else if constexpr (std::is_same_v<T, kernel::Latency>) {
          readLatency(reader, place, *value);
        } else {
          reader.integer(place, *value, least);
        }
      },
      row.value);
}

void readTimingMap(Reader& reader, const Place& place, const std::string& prefix,
                   const std::vector<cluster::TimingRow>& rows) {
  if (!reader.isMap(place)) return;
  for (const api::TreeEntry& entry : place.node.entries) {
    if (prefix.empty() && (entry.key == "zeroJitter" || entry.key == "profile")) continue;
    const std::string name = prefix.empty() ? entry.key : prefix + "." + entry.key;
    const Place inner = place.at(entry);
    bool group = false;
    const cluster::TimingRow* found = nullptr;
    std::vector<std::string> known;
    for (const cluster::TimingRow& row : rows) {
      if (row.field == name) found = &row;
      group = group || row.field.starts_with(name + ".");
      known.emplace_back(row.field);
      if (const auto dot = row.field.find('.'); prefix.empty() && dot != std::string_view::npos)
        known.emplace_back(row.field.substr(0, dot));
    }
    if (entry.value.isNull()) continue;
    if (found) {
      readTimingRow(reader, inner, *found);
    } else if (group) {
      readTimingMap(reader, inner, name, rows);
    } else {
      reader.unknown(entry.at, inner.path, name, known);
    }
  }
}

}  // namespace

void readCluster(Reader& reader, const Place& place, Scenario& out) {
  reader.object<Scenario>(place, kClusterFields, out);
  std::set<std::string> names;
  for (const NodePool& pool : out.node_pools) {
    if (!names.insert(pool.name).second)
      reader.error(place, api::duplicateValue(place.path + ".nodePools", api::quoted(pool.name)));
  }
}

void readTiming(Reader& reader, const Place& place, cluster::Timing& out) {
  if (!reader.isMap(place)) return;
  if (const api::TreeEntry* entry = place.node.findEntry("profile")) {
    std::string profile;
    if (reader.choice(place.at(*entry), profile, timingProfiles())) applyTimingProfile(profile, out);
  }
  bool zero_jitter = false;
  if (const api::TreeEntry* entry = place.node.findEntry("zeroJitter");
      entry && reader.flag(place.at(*entry), zero_jitter) && zero_jitter) {
    out = cluster::zeroJitter(out);
  }
  readTimingMap(reader, place, "", cluster::timingTable(out));
}

void addClusterFields(FieldTexts& out) {
  addFields<Scenario>(out, "Cluster", kClusterFields);
  addFields<NodePool>(out, "NodePool", kPoolFields);
  addFields<api::Taint>(out, "Taint", kTaintFields);
  addFields<TopologyLevel>(out, "TopologyLevel", kTopologyFields);
}

}  // namespace jobset_twin::scenarios
