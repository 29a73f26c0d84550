#include "scenarios/planning/planner.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "scenarios/planning/build_scenario.hpp"
#include "scenarios/planning/spares.hpp"
#include "scenarios/planning/trials.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

constexpr double kGrowths[] = {1.1, 1.5, 2.0};
constexpr std::size_t kCombinationsMost = 256, kPilotRuns = 2, kVariationRuns = 4, kVariationRunsMost = 16;

class Planner {
 public:
  Planner(const api::Tree& tree, const PlanReadOptions& read, const CapacityPlan& plan, const PlannerOptions& options)
      : tree_(tree), read_(read), options_(options) {
    result_.answer.plan = plan;
    result_.answer.seed = options.seed;
  }

  PlannerResult go() {
    addSpares(answer().plan);
    describeLoad({});
    if (answer().plan.levels.empty()) {
      answer().outcome = Outcome::kMet;
      answer().search.best = Tried{most(), priceOf(answer().plan, most()), {}};
      answer().search.best->judgement.finding = Finding::kMet;
      return std::move(result_);
    }
    if (!prepareAll() || !somethingIsJudged()) return std::move(result_);
    if (hopeless()) return cannot();
    const std::vector<double> held = pilot();
    if (stopped()) return std::move(result_);
    describeLoad(held);
    std::vector<Bounds> bounds;  // of each combination
    for (const Prepared& one : prepared_) bounds.emplace_back(one.plan, held);
    std::size_t chosen = 0;
    if (!makeSpace(bounds, bounds[chosen])) return std::move(result_);
    if (combinations_.size() > 1) {
      chosen = settle(bounds);
      if (stopped()) return std::move(result_);
      describeLoad(held);
      if (!makeSpace({&bounds[chosen], 1}, bounds[chosen])) return std::move(result_);
    }
    find(bounds[chosen]);
    return std::move(result_);
  }

 private:
  Answer& answer() { return result_.answer; }
  const CapacityPlan& plan() const { return result_.answer.plan; }
  bool stopped() const { return (options_.stopped && options_.stopped()) || (judge_ && judge_->stopped()); }
  void say(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }

  Counts most() const {
    Counts out;
    for (const NodeType& type : plan().nodes) out.push_back(type.most);
    return out;
  }

  // Spares are nodes like the others: the counts are of both together from here on.
  void addSpares(CapacityPlan& plan) {
    answer().spares.clear();
    for (NodeType& type : plan.nodes) {
      answer().spares.push_back(type.spares ? sparesOf(type) : 0);
      type.least += answer().spares.back();
      type.most += answer().spares.back();
    }
  }

  void describeLoad(const std::vector<double>& held) {
    const Bounds bounds(plan(), held);
    answer().loads = bounds.loads();
    answer().demand = bounds.demand();
    answer().steady.clear();
    for (const Workload& workload : plan().workloads) answer().steady.push_back(steadyCase(plan(), workload));
  }

  bool somethingIsJudged() {
    const std::vector<Arrival> arrivals = arrivalsOf(plan(), options_.seed);
    for (const Level& level : plan().levels) {
      const bool any = std::any_of(arrivals.begin(), arrivals.end(), [&](const Arrival& one) {
        return one.at >= plan().warm_up && level.isAbout(plan().workloads[one.workload].name);
      });
      if (any) continue;
      api::Error error = level.origin;
      error.code = "Invalid";
      error.text = fmt::format("{}: no JobSet that it is about is submitted between warmUp and the end of arrivals",
                               level.origin.field);
      error.hint = "longer arrivals, or a shorter warmUp";
      return fail({std::move(error)});
    }
    return true;
  }

  // By theory, whatever the settings.
  bool hopeless() {
    for (const Prepared& one : prepared_) {
      std::vector<Bounds::Hopeless> why = Bounds(one.plan, {}).hopeless();
      if (why.empty()) {
        answer().hopeless.clear();
        return false;
      }
      if (answer().hopeless.empty()) answer().hopeless = std::move(why);
    }
    return true;
  }

  PlannerResult cannot() {
    answer().outcome = Outcome::kCannot;
    answer().use = Bounds(plan(), {}).use(most());
    return std::move(result_);
  }

  bool fail(api::Errors errors) {
    result_.errors = std::move(errors);
    return false;
  }

  // One plan for each combination of settings.
  bool prepareAll() {
    std::vector<std::size_t> values(plan().settings.size(), 0);
    while (true) {
      if (combinations_.size() == kCombinationsMost)
        return fail({api::plainError(
            "Invalid", fmt::format("more than {} combinations of settings: leave values out", kCombinationsMost))});
      Combination one;
      one.values = values;
      for (std::size_t i = 0; i < values.size(); ++i)
        one.text += fmt::format("{}{} {}", i == 0 ? "" : ", ", plan().settings[i].name,
                                plan().settings[i].values[values[i]].first);
      PlanRead changed = withSettings(tree_, read_, values);
      if (!changed.errors.empty()) return fail(changed.errors);
      addSpares(changed.plan);
      api::Result<Prepared> prepared = prepare(std::move(changed.plan));
      if (!prepared) return fail(prepared.errors());
      combinations_.push_back(std::move(one));
      prepared_.push_back(std::move(*prepared));
      std::size_t i = 0;
      for (; i < values.size(); ++i) {
        if (++values[i] < plan().settings[i].values.size()) break;
        values[i] = 0;
      }
      if (i == values.size()) break;
    }
    use(0);
    return true;
  }

  // From here on candidates are run with this combination.
  void use(std::size_t combination) {
    TrialHooks hooks;
    hooks.stopped = options_.stopped;
    JudgeOptions options;
    for (const Level& level : plan().levels) options.wanted.push_back(level.share);
    options.confidence = plan().confidence;
    options.most_runs = static_cast<std::size_t>(plan().most_runs);
    options.seed = options_.seed;
    if (judge_) answer().runs += judge_->runs();
    judge_.emplace(options, onFarm(prepared_[combination], options_.farm, hooks));
    CapacityPlan chosen = prepared_[combination].plan;
    answer().plan = std::move(chosen);
  }

  // How long JobSets of manifests hold their nodes only runs can tell: some on the most nodes that there may be.
  std::vector<double> pilot() {
    std::vector<double> held(plan().workloads.size(), 0);
    const bool needed = std::any_of(plan().workloads.begin(), plan().workloads.end(),
                                    [](const Workload& one) { return !one.shape.has_value(); });
    if (!needed) return held;
    say(fmt::format("pilot: {} runs on the most nodes", kPilotRuns));
    std::vector<int> count(held.size(), 0);
    for (const Observed& run : judge_->observe(most(), 1, kPilotRuns)) {
      for (std::size_t i = 0; i < held.size(); ++i) {
        held[i] += run.held[i];
        count[i] += run.held[i] > 0 ? 1 : 0;
      }
    }
    for (std::size_t i = 0; i < held.size(); ++i) held[i] = count[i] > 0 ? held[i] / count[i] : 0;
    return held;
  }

  // any: of settings, of which one may do where another cannot.
  bool makeSpace(std::span<const Bounds> any, const Bounds& bounds) {
    std::string problem;
    Foreknown known;
    known.may = [&](const Counts& counts) {
      return std::any_of(any.begin(), any.end(), [&](const Bounds& one) { return one.whyNever(counts).empty(); });
    };
    known.likely = [&](const Counts& counts) { return bounds.likely(counts); };
    known.room = [&](const Counts& counts) { return bounds.room(counts); };
    space_ = searchSpace(plan(), known, problem);
    if (!problem.empty()) return fail({api::plainError("Invalid", problem)});
    double all = 1;
    for (const NodeType& type : plan().nodes) all *= type.most - type.least + 1;
    answer().candidates = static_cast<std::size_t>(all);
    answer().ruled_out = answer().candidates - space_.candidates.size();
    if (space_.candidates.empty()) {
      answer().outcome = Outcome::kCannot;
      answer().why_not = bounds.whyNever(most());
      answer().use = bounds.use(most());
      return false;
    }
    answer().guess = space_.candidates[space_.begin];
    return true;
  }

  // The combination that is used from then on.
  std::size_t settle(const std::vector<Bounds>& bounds) {
    const Counts counts = space_.candidates[space_.begin];
    const auto run = [&](std::size_t index, std::size_t first, std::size_t count) {
      say(fmt::format("settings: {} with {} runs", combinations_[index].text, first + count));
      std::vector<Trial> trials;
      for (std::size_t i = 0; i < count; ++i) trials.push_back({counts, 1, options_.seed + first + i});
      TrialHooks hooks;
      hooks.stopped = options_.stopped;
      std::vector<Observed> observed = onFarm(prepared_[index], options_.farm, hooks)(trials);
      answer().runs += observed.size();
      return observed;
    };
    answer().settings =
        chooseSettings(combinations_, run, static_cast<std::size_t>(plan().most_runs), plan().confidence);
    if (stopped()) return 0;
    // Of those that runs cannot tell from the best, the one for which theory needs the cheapest nodes.
    std::vector<Combination>& found = answer().settings->combinations;
    std::size_t chosen = 0;
    double least = likelyPrice(bounds[indexOf(found[0])]);
    for (std::size_t i = 1; i < found.size(); ++i) {
      if (found[i].separated) continue;
      const double price = likelyPrice(bounds[indexOf(found[i])]);
      if (price < least) chosen = i;
      least = std::min(least, price);
    }
    std::rotate(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(chosen),
                found.begin() + static_cast<std::ptrdiff_t>(chosen) + 1);
    const std::size_t combination = indexOf(found.front());
    use(combination);
    return combination;
  }

  std::size_t indexOf(const Combination& one) const {
    std::size_t at = 0;
    while (combinations_[at].values != one.values) ++at;
    return at;
  }

  double likelyPrice(const Bounds& bounds) const {
    for (std::size_t i = 0; i < space_.candidates.size(); ++i) {
      const Counts& counts = space_.candidates[i];
      if (bounds.likely(counts) && bounds.whyNever(counts).empty()) return space_.prices[i];
    }
    return HUGE_VAL;
  }

  void find(const Bounds& bounds) {
    SearchResult& found = answer().search;
    const auto tell = [&](const Tried& tried) {
      const Finding finding = tried.judgement.finding;
      say(fmt::format("{}: {} after {} runs{}", countsText(tried.counts),
                      finding == Finding::kMet      ? "meets the levels"
                      : finding == Finding::kMissed ? "misses a level"
                                                    : "not decided",
                      tried.judgement.runs, judge_->confirmed(tried.counts) ? " with other seeds" : ""));
    };
    found = search(space_, *judge_, tell);
    if (!judge_->stopped() && (!found.best || failuresMatter(bounds))) findWithFewerTypes(tell);
    answer().runs += judge_->runs();
    if (judge_->stopped()) return;
    const bool open = std::any_of(found.tried.begin(), found.tried.end(),
                                  [](const Tried& one) { return one.judgement.finding == Finding::kOpen; });
    answer().outcome = found.best ? Outcome::kMet : open ? Outcome::kNotShown : Outcome::kCannot;
    const Tried& about = found.best ? *found.best : *found.closest;
    answer().use = bounds.use(about.counts);
    if (!options_.sensitivity) return;
    const std::size_t before = judge_->runs();
    vary(about);
    answer().runs += judge_->runs() - before;
  }

  // A JobSet is likely to meet a failure on nodes of one type, and far less so on those of another.
  bool failuresMatter(const Bounds& bounds) const {
    constexpr double kMatters = 0.1;
    double at_risk = 0;  // hours of Pods
    for (const WorkloadLoad& load : bounds.loads()) {
      double pods = 0;
      for (const PlacedGroup& group : load.gang) pods += group.pods;
      at_risk = std::max(at_risk, pods * load.hours);
    }
    double least = HUGE_VAL, most = 0;
    for (const NodeType& type : plan().nodes) {
      const double failures = type.fails ? at_risk * 3600 / meanSeconds(*type.fails) : 0;
      least = std::min(least, failures);
      most = std::max(most, failures);
    }
    return most >= kMatters && least < most / 2;
  }

  // Nodes of one type may do what all types together do not, if others fail so often that they are better left out.
  void findWithFewerTypes(const std::function<void(const Tried&)>& tell) {
    constexpr std::size_t kTypesMost = 4;
    const std::size_t types = plan().nodes.size();
    if (types < 2 || types > kTypesMost) return;
    std::vector<std::pair<double, std::vector<bool>>> parts;  // by what all of their nodes cost
    for (unsigned mask = 1; mask + 1 < 1U << types; ++mask) {
      std::vector<bool> keep;
      for (std::size_t t = 0; t < types; ++t) keep.push_back((mask >> t & 1U) != 0);
      parts.emplace_back(priceOf(plan(), fullOf(keep)), keep);
    }
    std::stable_sort(parts.begin(), parts.end());
    for (const auto& [price, keep] : parts) {
      const Counts counts = fullOf(keep);
      const SearchSpace part = without(space_, keep, counts);
      if (part.candidates.empty() || part.candidates[part.begin] != counts) continue;
      if (judge_->decide(counts).finding != Finding::kMet || judge_->stopped()) continue;
      SearchResult found = search(part, *judge_, tell);
      const std::optional<Tried>& known = answer().search.best;
      if (!found.best || (known && known->price <= found.best->price)) continue;
      for (const Tried& tried : answer().search.tried) {
        if (std::none_of(found.tried.begin(), found.tried.end(),
                         [&](const Tried& one) { return one.counts == tried.counts; }))
          found.tried.push_back(tried);
      }
      std::stable_sort(found.tried.begin(), found.tried.end(),
                       [](const Tried& a, const Tried& b) { return a.price < b.price; });
      answer().search = std::move(found);
    }
  }

  Counts fullOf(const std::vector<bool>& keep) const {
    Counts out;
    for (std::size_t t = 0; t < keep.size(); ++t) out.push_back(keep[t] ? plan().nodes[t].most : plan().nodes[t].least);
    return out;
  }

  std::string countsText(const Counts& counts) const {
    std::string out;
    for (std::size_t i = 0; i < counts.size(); ++i)
      out += fmt::format("{}{} {}", i == 0 ? "" : ", ", counts[i], plan().nodes[i].pool.name);
    return out;
  }

  // What one more node of each type buys, with as many runs as the answer had, for pairs; and what more load does, with
  // as many at most.
  void vary(const Tried& about) {
    const std::size_t runs = std::clamp(about.judgement.runs, kVariationRuns, kVariationRunsMost);
    const std::vector<Observed> base = judge_->observe(about.counts, 1, runs);
    const std::size_t level = judge_->judged(base).worst();
    for (std::size_t i = 0; i < about.counts.size() && !stopped(); ++i) {
      Variation one;
      one.what = fmt::format("one more {}", plan().nodes[i].pool.name);
      one.counts = about.counts;
      ++one.counts[i];
      say(one.what);
      const std::vector<Observed> observed = judge_->observe(one.counts, 1, runs);
      if (observed.size() != base.size()) return cutVariations();
      one.judgement = judge_->judged(observed);
      one.gain =
          study::pairedDifference(shares(base, level), shares(observed, level), about.counts.size(), plan().confidence);
      answer().more_nodes.push_back(std::move(one));
    }
    if (!answer().search.best) return;  // what is broken already cannot break first
    for (const double growth : kGrowths) {
      if (stopped()) return cutVariations();
      Variation one;
      one.what = fmt::format("{:.0f} % more load", (growth - 1) * 100);
      one.counts = about.counts;
      one.growth = growth;
      say(one.what);
      one.judgement = judge_->decide(about.counts, growth, runs);
      if (judge_->stopped()) return cutVariations();
      answer().more_load.push_back(std::move(one));
    }
  }

  void cutVariations() { answer().variations_cut = true; }

  static std::vector<std::optional<double>> shares(const std::vector<Observed>& runs, std::size_t level) {
    std::vector<std::optional<double>> out;
    for (const Observed& run : runs) {
      const Tally& tally = run.levels[level];
      out.push_back(tally.judged == 0
                        ? std::nullopt
                        : std::optional(static_cast<double>(tally.met) / static_cast<double>(tally.judged)));
    }
    return out;
  }

  const api::Tree& tree_;
  const PlanReadOptions& read_;
  const PlannerOptions& options_;
  PlannerResult result_;
  std::vector<Combination> combinations_;
  std::vector<Prepared> prepared_;
  std::optional<Judge> judge_;
  SearchSpace space_;
};

}  // namespace

PlannerResult answerPlan(const api::Tree& tree, const PlanReadOptions& read, const CapacityPlan& plan,
                         const PlannerOptions& options) {
  return Planner(tree, read, plan, options).go();
}

}  // namespace jobset_twin::scenarios::planning
