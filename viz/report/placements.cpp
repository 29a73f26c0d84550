#include "viz/report/placements.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/cluster/component.hpp"
#include "viz/columns.hpp"
#include "viz/timeline.hpp"

namespace jobset_twin::viz::report {
namespace {

using nlohmann::json;

constexpr std::size_t kMostScored = 10, kMostNamed = 6, kMostTries = 5;

// "default/x-w-0-0-abcde" of "default/x-w-0-0".
bool isGenerated(const std::string& name, const std::string& stem) {
  constexpr std::size_t kEnd = 6;
  return name.size() == stem.size() + kEnd && name.starts_with(stem) && name[stem.size()] == '-';
}

std::string nodesText(std::size_t count) {
  return withThousands(static_cast<std::int64_t>(count)) + (count == 1 ? " node" : " nodes");
}

std::string headOf(const PlacementTry& one, api::TimePoint start) {
  const json& d = one.decision;
  const auto all = d.at("nodes").get<std::size_t>(), evaluated = d.at("evaluated").get<std::size_t>();
  const std::string looked = evaluated == all ? nodesText(all) : fmt::format("{} of {}", evaluated, nodesText(all));
  std::string text = fmt::format("try {} at {}: ", d.at("attempt").get<int>(), clockTime(one.at - start));
  const std::size_t fitting = d.at("scores").size();
  if (!d.contains("node") && fitting > 0) {
    return text + fmt::format("it would fit on {}, one of {} that fit, of {} looked at",
                              d.at("nominated").get<std::string>(), nodesText(fitting), looked);
  }
  if (!d.contains("node")) return text + fmt::format("none of {} fits", looked);
  text += fmt::format("{}, ", d.at("node").get<std::string>());
  if (fitting == 1) return text + fmt::format("the only one of {} that fits", looked);
  return text + fmt::format("one of {} that fit, of {} looked at", nodesText(fitting), looked);
}

std::string refusedText(const json& refused) {
  std::string text;
  for (const json& group : refused) {
    const json& nodes = group.at("nodes");
    std::vector<std::string> named;
    for (std::size_t i = 0; i < nodes.size() && i < kMostNamed; ++i) named.push_back(nodes[i].get<std::string>());
    if (nodes.size() > kMostNamed) named.push_back("…");
    text += fmt::format("    {}: {} ({})\n", nodesText(nodes.size()),
                        fmt::join(group.at("reasons").get<std::vector<std::string>>(), ", "), fmt::join(named, ", "));
  }
  return text.empty() ? text : "  refused\n" + text;
}

std::string scoresText(const json& scores, const std::string& chosen) {
  if (scores.empty()) return {};
  Table table;
  table.header = {"NODE", "TOTAL"};
  std::vector<std::string> plugins;
  for (const auto& [plugin, score] : scores.front().at("plugins").items()) plugins.push_back(plugin);
  table.header.insert(table.header.end(), plugins.begin(), plugins.end());
  const std::int64_t best = scores.front().at("total").get<std::int64_t>();
  std::size_t equal = 0;
  const auto add = [&](const json& one) {
    const auto name = one.at("node").get<std::string>();
    Row row{(name == chosen ? "* " : "  ") + name, std::to_string(one.at("total").get<std::int64_t>())};
    for (const std::string& plugin : plugins)
      row.push_back(std::to_string(one.at("plugins").at(plugin).get<std::int64_t>()));
    table.rows.push_back(std::move(row));
  };
  bool shown = false;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    equal += scores[i].at("total").get<std::int64_t>() == best ? 1 : 0;
    const bool is_chosen = scores[i].at("node").get<std::string>() == chosen;
    if (i < kMostScored || (is_chosen && !shown)) add(scores[i]);
    shown = shown || is_chosen;
  }
  std::string text = "  scores, each times its plugin's weight\n";
  const std::string lines = formatTable(table);
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    text += "    " + lines.substr(at, end + 1 - at);
    at = end + 1;
  }
  if (scores.size() > table.rows.size())
    text += fmt::format("    and {} more with lower scores; -o json has all\n", scores.size() - table.rows.size());
  if (equal > 1 && !chosen.empty())
    text += fmt::format("  {} have the best score: one of them is drawn\n", nodesText(equal));
  return text;
}

}  // namespace

void Placements::onNote(const kernel::Note& note) {
  if (note.kind != static_cast<std::uint16_t>(cluster::NoteKind::kPlacement)) return;
  tries_.push_back({note.at, note.subject.substr(note.subject.find('/') + 1), json::parse(note.text)});
}

std::vector<const PlacementTry*> Placements::of(const std::string& pod) const {
  std::vector<const PlacementTry*> out;
  for (const PlacementTry& one : tries_) {
    if (one.pod == pod || isGenerated(one.pod, pod)) out.push_back(&one);
  }
  return out;
}

std::string placementsText(const std::vector<const PlacementTry*>& tries, const std::string& pod,
                           api::TimePoint start) {
  if (tries.empty()) return fmt::format("pod/{}: the scheduler never tried it\n", pod);
  std::string text;
  const std::size_t left_out = tries.size() > kMostTries ? tries.size() - kMostTries : 0;
  if (left_out > 0) text += fmt::format("({} earlier tries; -o json has all)\n", left_out);
  for (std::size_t i = left_out; i < tries.size(); ++i) {
    const json& d = tries[i]->decision;
    text += fmt::format("pod/{}, {}\n", tries[i]->pod, headOf(*tries[i], start));
    text += refusedText(d.at("refused"));
    text += scoresText(d.at("scores"), d.value("node", ""));
    if (d.contains("gang")) text += "  " + d.at("gang").get<std::string>() + "\n";
    if (d.contains("victims"))
      text += fmt::format("  room is made for it on {}: {} have to go\n", d.at("nominated").get<std::string>(),
                          fmt::join(d.at("victims").get<std::vector<std::string>>(), ", "));
    if (d.contains("message")) text += "  " + d.at("message").get<std::string>() + "\n";
  }
  return text;
}

nlohmann::json placementsJson(const std::vector<const PlacementTry*>& tries, api::TimePoint start) {
  json out = json::array();
  for (const PlacementTry* one : tries) {
    json entry = one->decision;
    entry["pod"] = one->pod;
    entry["seconds"] = std::chrono::duration<double>(one->at - start).count();
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace jobset_twin::viz::report
