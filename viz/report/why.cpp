#include "viz/report/why.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/api/ascii.hpp"
#include "engine/api/names.hpp"
#include "engine/jobset/names.hpp"
#include "viz/columns.hpp"
#include "viz/facts_text.hpp"
#include "viz/report/explain.hpp"
#include "viz/timeline.hpp"

namespace jobset_twin::viz::report {
namespace {

constexpr std::size_t kMostTold = 3;  // instances of one name

struct Asked {
  Thing thing = Thing::kNothing;
  std::string namespace_, name;
};

Thing thingOf(const std::string& kind) {
  for (const auto& [word, thing] : {std::pair{"pod", Thing::kPod},
                                    {"pods", Thing::kPod},
                                    {"po", Thing::kPod},
                                    {"job", Thing::kJob},
                                    {"jobs", Thing::kJob},
                                    {"jobset", Thing::kJobSet},
                                    {"jobsets", Thing::kJobSet},
                                    {"js", Thing::kJobSet},
                                    {"node", Thing::kNode},
                                    {"nodes", Thing::kNode},
                                    {"no", Thing::kNode}}) {
    if (kind == word) return thing;
  }
  return Thing::kNothing;
}

Asked read(const std::string& asked, const std::string& default_namespace) {
  const std::size_t first = asked.find('/'), last = asked.rfind('/');
  if (first == std::string::npos) return {};
  Asked out;
  out.thing = thingOf(api::lowerCase(asked.substr(0, first)));
  out.name = asked.substr(last + 1);
  out.namespace_ = first == last ? default_namespace : asked.substr(first + 1, last - first - 1);
  return out;
}

bool isPodsName(const std::string& name, const std::string& asked) {
  if (name == asked) return true;
  return jobset::podNameWithoutSuffix(name) == std::optional<std::string_view>(asked);
}

std::vector<Id> matches(const Ledger& ledger, const Asked& asked) {
  std::vector<Id> out;
  const auto take = [&](const auto& records, const auto& fits) {
    for (std::size_t i = records.size(); i-- > 0;) {
      if (fits(records[i])) out.push_back(static_cast<Id>(i));
    }
  };
  const auto named = [&](const auto& record) {
    return record.name == asked.name && ledger.word(record.space) == asked.namespace_;
  };
  switch (asked.thing) {
    case Thing::kPod:
      take(ledger.pods(), [&](const PodRecord& pod) {
        return isPodsName(pod.name, asked.name) && ledger.word(pod.space) == asked.namespace_;
      });
      break;
    case Thing::kJob: take(ledger.jobs(), named); break;
    case Thing::kJobSet: take(ledger.jobsets(), named); break;
    case Thing::kNode: take(ledger.nodes(), [&](const NodeRecord& node) { return node.name == asked.name; }); break;
    default: break;
  }
  return out;
}

std::string nearest(const Ledger& ledger, const Asked& asked) {
  std::set<std::string> names;
  const auto add = [&](const auto& records) {
    for (const auto& record : records) names.insert(record.name);
  };
  switch (asked.thing) {
    case Thing::kPod:
      add(ledger.pods());
      for (const PodRecord& pod : ledger.pods()) {
        if (const auto base = jobset::podNameWithoutSuffix(pod.name)) names.emplace(*base);
      }
      break;
    case Thing::kJob: add(ledger.jobs()); break;
    case Thing::kJobSet: add(ledger.jobsets()); break;
    case Thing::kNode: add(ledger.nodes()); break;
    default: break;
  }
  const std::string near = api::nearestName(asked.name, {names.begin(), names.end()});
  if (!near.empty()) return fmt::format("did you mean {}?", near);
  if (names.empty()) return {};
  return fmt::format(
      "there was {}{}", *names.begin(),
      names.size() > 1 ? fmt::format(" and {} more", withThousands(static_cast<std::int64_t>(names.size() - 1))) : "");
}

}  // namespace

std::string whyProblem(const std::string& asked_text) {
  const Asked asked = read(asked_text, "default");
  if (asked.thing != Thing::kNothing && !asked.name.empty()) return {};
  return fmt::format(
      "--why {}: it takes Pod/NAME, Job/NAME, JobSet/NAME or Node/NAME, "
      "also with a namespace: Pod/NAMESPACE/NAME",
      asked_text);
}

std::string askedPod(const std::string& asked_text, const std::string& default_namespace) {
  const Asked asked = read(asked_text, default_namespace);
  return asked.thing == Thing::kPod && !asked.name.empty() ? asked.namespace_ + "/" + asked.name : std::string();
}

WhyAnswer why(const Ledger& ledger, const std::string& asked_text, const std::string& default_namespace) {
  WhyAnswer answer;
  answer.asked = asked_text;
  answer.problem = whyProblem(asked_text);
  if (!answer.problem.empty()) return answer;
  const Asked asked = read(asked_text, default_namespace);
  const std::vector<Id> found = matches(ledger, asked);
  if (found.empty()) {
    answer.problem = fmt::format("--why {}: nothing of that name was there in this run", asked_text);
    answer.hint = nearest(ledger, asked);
    return answer;
  }
  for (const Id id : found) {
    if (answer.found.size() == kMostTold) break;
    answer.found.push_back(explain(ledger, asked.thing, id));
  }
  answer.left_out = found.size() - answer.found.size();
  return answer;
}

std::string whyText(const WhyAnswer& answer, TimePoint start) {
  constexpr int kClockWidth = 14, kStep = 2;
  std::string text;
  for (const Explanation& one : answer.found) {
    if (!text.empty()) text += "\n";
    text += one.object + one.about + "\n";
    for (const WhyLine& line : one.lines) {
      const std::string clock = line.at ? clockTime(*line.at - start) : std::string();
      if (line.depth == 0) {
        text += fmt::format("{:<{}}{}\n", clock, kClockWidth, line.text);
      } else {
        text += fmt::format("{:{}}because {}{}\n", "", kClockWidth + kStep * line.depth, line.text,
                            line.at ? ", at " + clock : "");
      }
    }
  }
  if (answer.left_out > 0)
    text += fmt::format("(and {} earlier of that name)\n", withThousands(static_cast<std::int64_t>(answer.left_out)));
  return text;
}

}  // namespace jobset_twin::viz::report
