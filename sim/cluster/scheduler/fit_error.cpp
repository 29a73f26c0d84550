#include "sim/cluster/scheduler/fit_error.hpp"

#include <algorithm>
#include <vector>

#include "sim/cluster/scheduler/taints.hpp"

namespace jobset_twin::cluster {

void addReasons(Histogram& to, const NodeVerdict& verdict, const ResourceRows& rows, const NodeEntry& node,
                const PodShape& shape, bool with_taint) {
  switch (verdict.refusal) {
    case Refusal::kNone: return;
    case Refusal::kUnschedulable: ++to["node(s) were unschedulable"]; return;
    case Refusal::kNodeName: ++to["node(s) didn't match the requested node name"]; return;
    case Refusal::kTaint: {
      const api::Taint* taint =
          with_taint ? firstUntolerated(node.node().spec.taints, shape.spec->tolerations) : nullptr;
      ++to[taint ? "node(s) had untolerated taint {" + taint->key + ": " + taint->value + "}"
                 : "node(s) had untolerated taint(s)"];
      return;
    }
    case Refusal::kNodeAffinity: ++to["node(s) didn't match Pod's node affinity/selector"]; return;
    case Refusal::kPorts: ++to["node(s) didn't have free ports for the requested pod ports"]; return;
    case Refusal::kResources:
      for (int row = 0; row < rows.size(); ++row) {
        if ((verdict.insufficient >> row & 1) == 0) continue;
        ++to[row == ResourceRows::kPods ? "Too many pods" : "Insufficient " + rows.name(row)];
      }
      return;
    case Refusal::kVolumeNode: ++to["node(s) didn't match PersistentVolume's node affinity"]; return;
    case Refusal::kSpread: ++to["node(s) didn't match pod topology spread constraints"]; return;
    case Refusal::kSpreadMissingLabel:
      ++to["node(s) didn't match pod topology spread constraints (missing required label)"];
      return;
    case Refusal::kAffinity: ++to["node(s) didn't match pod affinity rules"]; return;
    case Refusal::kAntiAffinity: ++to["node(s) didn't match pod anti-affinity rules"]; return;
    case Refusal::kExistingAntiAffinity: ++to["node(s) didn't satisfy existing pods anti-affinity rules"]; return;
  }
}

std::string textOf(std::size_t nodes, const Histogram& reasons) {
  std::string out = "0/" + std::to_string(nodes) + " nodes are available:";
  std::vector<std::string> lines;
  for (const auto& [reason, count] : reasons) lines.push_back(std::to_string(count) + " " + reason);
  std::sort(lines.begin(), lines.end());  // as strings: "10 x" before "2 y"
  for (std::size_t i = 0; i < lines.size(); ++i) out += (i == 0 ? " " : ", ") + lines[i];
  if (!lines.empty()) out += '.';
  return out;
}

std::string FitError::text() const {
  if (!group.empty()) return group;
  if (nodes == 0) return "no nodes available to schedule pods";
  std::string out = prefilter.empty() ? textOf(nodes, reasons) : textOf(nodes, {}) + " " + prefilter + ".";
  if (!postfilter.empty()) out += " " + postfilter;
  return out;
}

std::string cutEventText(std::string text) {
  constexpr std::size_t kLimit = 1024;
  if (text.size() <= kLimit) return text;
  text.resize(kLimit - 4);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
    text.pop_back();  // not inside a character
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
  return text + " ...";
}

}  // namespace jobset_twin::cluster
