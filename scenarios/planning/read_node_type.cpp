// spec.nodes[] of a CapacityPlan: a node pool, how many of it there may be, what one costs, how often it fails.
#include <array>

#include <fmt/format.h>

#include "scenarios/planning/read_plan_parts.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

constexpr std::int64_t kNodesMost = 100'000;
constexpr double kThousandNodeDays = 1000.0 * 24 * 3600;  // in seconds

void readCount(Reader& reader, const Place& place, std::int32_t& out) {
  std::int64_t count = 0;
  if (reader.integer(place, count, 0, kNodesMost)) out = static_cast<std::int32_t>(count);
}

constexpr std::array<Field<NodeType>, 2> kCountFields = {{
    {"min", "integer", "at least so many (0)",
     [](Reader& r, const Place& p, NodeType& t) { readCount(r, p, t.least); }},
    {"max", "integer", "at most so many", [](Reader& r, const Place& p, NodeType& t) { readCount(r, p, t.most); },
     true},
}};

void readCounts(Reader& reader, const Place& place, NodeType& out) {
  if (!place.node.isMap()) {
    readCount(reader, place, out.most);
    out.least = out.most;
    return;
  }
  out.least = 0;
  const std::size_t errors = reader.errors.size();
  reader.object<NodeType>(place, kCountFields, out);
  if (errors == reader.errors.size() && out.least > out.most && place.node.find("max"))
    reader.invalid(place, "max must not be less than min");
}

// A field that node types share with the node pools of a Scenario.
void readPoolField(Reader& reader, const Place& place, NodeType& out) {
  const std::size_t dot = place.path.rfind('.');
  api::TreeNode alone;
  alone.kind = api::TreeNode::Kind::kMap;
  alone.at = place.node.at;
  alone.entries.push_back({place.path.substr(dot + 1), place.node.at, place.node});
  out.pool.count = static_cast<std::int32_t>(kNodesMost);  // as many domains as you like
  readNodePool(reader, {alone, place.path.substr(0, dot)}, out.pool);
}

void readRate(Reader& reader, const Place& place, NodeType& out) {
  double rate = 0;
  if (!reader.number(place, rate, 0, 1e6)) return;
  out.fails.reset();
  if (rate > 0) {
    out.fails.emplace();
    out.fails->kind = TimeDistribution::Kind::kExponential;
    out.fails->a = Duration(static_cast<std::int64_t>(kThousandNodeDays / rate * 1e9));
  }
}

void readMtbf(Reader& reader, const Place& place, NodeType& out) {
  Duration mean{};
  if (!reader.positiveDuration(place, mean)) return;
  out.fails.emplace();
  out.fails->kind = TimeDistribution::Kind::kExponential;
  out.fails->a = mean;
}

void readLaw(Reader& reader, const Place& place, std::optional<TimeDistribution>& out) {
  TimeDistribution law;
  if (readDistribution(reader, place, law)) out = law;
}

void readShare(Reader& reader, const Place& place, double& out) {
  double share = 0;
  if (!reader.number(place, share, 0, 1)) return;
  if (!(share > 0 && share < 1)) return reader.invalid(place, "must be greater than 0 and less than 1");
  out = share;
}

constexpr std::array<Field<SpareRule>, 3> kSpareFields = {{
    {"share", "number", "so sure that failed nodes do not outnumber the spares (0.99)",
     [](Reader& r, const Place& p, SpareRule& s) { readShare(r, p, s.share); }},
    {"down", "number", "share of nodes that are down; from failures and repair when left out",
     [](Reader& r, const Place& p, SpareRule& s) {
       double down = 0;
       const std::size_t before = r.errors.size();
       readShare(r, p, down);
       if (r.errors.size() == before) s.down = down;
     }},
    {"period", "duration", "at no time in such a period; at any one moment when left out",
     [](Reader& r, const Place& p, SpareRule& s) {
       Duration period{};
       if (r.positiveDuration(p, period)) s.period = period;
     }},
}};

constexpr std::array<Field<NodeType>, 15> kNodeFields = {{
    {"name", "string", "nodes are called <name>-0, <name>-1, …", readPoolField, true},
    {"count", "integer or {min, max}", "how many nodes: a number, or what the planner may choose from", readCounts,
     true},
    {"price", "number", "of a node for an hour",
     [](Reader& r, const Place& p, NodeType& t) {
       double price = 0;
       if (r.number(p, price, 0, 1e9)) t.price = price;
     }},
    {"mtbf", "duration", "mean time between failures of a node, which are exponential", readMtbf},
    {"failuresPerThousandNodeDays", "number", "the same as a rate", readRate},
    {"hazard", "Distribution", "the same by any distribution",
     [](Reader& r, const Place& p, NodeType& t) { readLaw(r, p, t.fails); }},
    {"repair", "Distribution", "how long a failed node is away; for good when left out",
     [](Reader& r, const Place& p, NodeType& t) { readLaw(r, p, t.repair); }},
    {"spares", "Spares", "nodes beside `count` for those that fail; the planner says how many",
     [](Reader& r, const Place& p, NodeType& t) {
       t.spares.emplace();
       r.object<SpareRule>(p, kSpareFields, *t.spares);
     }},
    {"labels", "map[string]string", "labels of each node", readPoolField},
    {"capacity", "map[string]quantity", "as of a Scenario's node pool", readPoolField},
    {"taints", "[]Taint", "taints of each node", readPoolField},
    {"topology", "[]TopologyLevel", "labels that divide the type's nodes into domains", readPoolField},
    {"zones", "integer", "short for a contiguous level topology.kubernetes.io/zone", readPoolField},
    {"blocks", "integer", "short for a contiguous level topology.jobset-twin.dev/block", readPoolField},
    {"racks", "integer", "short for a contiguous level topology.jobset-twin.dev/rack", readPoolField},
}};

}  // namespace

void readNodeType(Reader& reader, const Place& place, NodeType& out) {
  out.origin = reader.origin(place);
  reader.object<NodeType>(place, kNodeFields, out);
  if (!place.node.isMap()) return;
  int laws = 0;
  for (const char* law : {"mtbf", "failuresPerThousandNodeDays", "hazard"}) laws += place.node.find(law) ? 1 : 0;
  if (laws > 1) reader.invalid(place, "must have at most one of mtbf, failuresPerThousandNodeDays and hazard");
  if (out.repair && !out.fails && !place.node.find("failuresPerThousandNodeDays"))
    reader.error(place.at(*place.node.findEntry("repair")),
                 api::forbiddenField(place.path + ".repair", "may not be given for nodes that do not fail"));
  const api::TreeNode* spares = place.node.find("spares");
  if (spares && out.spares) {
    if (!out.spares->down && (!out.fails || !out.repair))
      reader.missing(place, "spares.down", "or say how often nodes fail, and for how long");
    if (out.spares->period && (out.spares->down || !out.fails || !out.repair))
      reader.error(place, api::forbiddenField(place.path + ".spares.period",
                                              "needs the nodes' failures and repair, and no share of them"));
    if (out.least != out.most)
      reader.error(place, api::forbiddenField(place.path + ".spares",
                                              "needs a count that is a number: spares are "
                                              "for so many nodes in use"));
  }
}

void addNodeTypeFields(FieldTexts& out) {
  addFields<NodeType>(out, "NodeType", kNodeFields);
  addFields<NodeType>(out, "Counts", kCountFields);
  addFields<SpareRule>(out, "Spares", kSpareFields);
}

}  // namespace jobset_twin::scenarios::planning
