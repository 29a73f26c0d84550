#include "scenarios/planning/search.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "engine/api/check.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

constexpr double kCandidatesMost = 2e6;
constexpr std::size_t kSteps = 4;  // each is so many times as long as the one before

// Has no more of anything.
template <class T>
bool within(const std::vector<T>& a, const std::vector<T>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] > b[i]) return false;
  return true;
}

class Search {
 public:
  Search(const SearchSpace& space, Judge& judge, const std::function<void(const Tried&)>& tell)
      : space_(space), judge_(judge), tell_(tell), left_(space.candidates.size(), true), best_(left_.size()) {}

  SearchResult go() {
    for (std::size_t next = space_.begin; next < left_.size() && !judge_.stopped(); next = choose()) look(next);
    return result();
  }

 private:
  void look(std::size_t at) {
    const Counts& counts = space_.candidates[at];
    Tried tried{counts, space_.prices[at], judge_.decide(counts)};
    left_[at] = false;
    last_ = at;
    if (tell_ && !judge_.stopped()) tell_(tried);
    const Finding finding = tried.judgement.finding;
    tried_.emplace(at, std::move(tried));
    if (finding == Finding::kMet) {
      best_ = std::min(best_, at);
      for (std::size_t i = at; i < left_.size(); ++i) left_[i] = false;
      passOver(at);
    } else if (finding == Finding::kMissed) {
      missed_.push_back(at);
      for (std::size_t i = 0; i < best_; ++i) left_[i] = left_[i] && !within(space_.room[i], space_.room[at]);
    } else {
      open_.push_back(at);
      // Between two that stay open it would stay open as well.
      for (std::size_t i = 0; i < best_; ++i) left_[i] = left_[i] && !(above(i) && below(i));
    }
  }

  // What is hardly cheaper than this one.
  void passOver(std::size_t at) {
    for (std::size_t i = at; i-- > 0 && space_.prices[i] > space_.prices[at] * (1 - space_.tolerance);)
      left_[i] = false;
  }

  bool above(std::size_t i) const {
    return std::any_of(open_.begin(), open_.end(),
                       [&](std::size_t o) { return within(space_.room[o], space_.room[i]); });
  }
  bool below(std::size_t i) const {
    return std::any_of(open_.begin(), open_.end(),
                       [&](std::size_t o) { return within(space_.room[i], space_.room[o]); });
  }

  // The next to look at; the size of the space: none is left.
  std::size_t choose() {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < best_; ++i)
      if (left_[i]) left.push_back(i);
    if (left.empty()) return left_.size();
    if (best_ == left_.size()) {  // upwards in growing steps
      step_ *= kSteps;
      const auto from = std::upper_bound(left.begin(), left.end(), last_);
      if (from == left.end()) return left.back();
      const auto ahead = static_cast<std::size_t>(left.end() - from);
      return *(from + static_cast<std::ptrdiff_t>(std::min(step_, ahead) - 1));
    }
    if (missed_.empty() && open_.empty()) {  // downwards in growing steps
      step_ *= kSteps;
      return left[left.size() - std::min(step_, left.size())];
    }
    // Between the most expensive that did not do and the best; then whatever is left.
    std::size_t low = 0;
    for (const std::size_t at : missed_) low = std::max(low, at + 1);
    for (const std::size_t at : open_) low = std::max(low, at + 1);
    const auto from = std::lower_bound(left.begin(), left.end(), low);
    const auto first = from == left.end() ? left.begin() : from;
    return *(first + (left.end() - first) / 2);
  }

  SearchResult result() const {
    SearchResult out;
    for (const auto& [at, tried] : tried_) out.tried.push_back(tried);
    if (best_ < left_.size()) {
      out.best = out.least = tried_.at(best_);
      const auto cheapest = std::min_element(open_.begin(), open_.end());
      if (cheapest != open_.end() && *cheapest < best_) out.least = tried_.at(*cheapest);
      return out;
    }
    for (const Tried& one : out.tried) {
      if (one.judgement.levels.empty()) continue;
      const auto margin = [](const Tried& of) { return of.judgement.levels[of.judgement.worst()].margin(); };
      if (!out.closest || margin(one) > margin(*out.closest)) out.closest = one;
    }
    return out;
  }

  const SearchSpace& space_;
  Judge& judge_;
  const std::function<void(const Tried&)>& tell_;
  std::vector<bool> left_;  // not ruled out, and not looked at
  std::size_t best_, last_ = 0, step_ = 1;
  std::vector<std::size_t> missed_, open_;
  std::map<std::size_t, Tried> tried_;
};

}  // namespace

void Judge::add(const std::vector<Trial>& trials, std::vector<Observed>& to) {
  if (trials.empty() || stopped_) return;
  std::vector<Observed> observed = evaluate_(trials);
  runs_ += observed.size();
  stopped_ = observed.size() < trials.size();
  for (Observed& one : observed) to.push_back(std::move(one));
}

const std::vector<Observed>& Judge::observe(const Counts& counts, double growth, std::size_t runs) {
  std::vector<Observed>& seen = seen_[{counts, growth}];
  std::vector<Trial> trials;
  for (std::size_t i = seen.size(); i < runs; ++i) trials.push_back({counts, growth, options_.seed + i});
  add(trials, seen);
  return seen;
}

Judgement Judge::confirm(const Counts& counts) {
  constexpr std::size_t kLooks = 2;
  const double confidence = lookConfidence(options_.confidence, kLooks);
  const double strictest = *std::max_element(options_.wanted.begin(), options_.wanted.end());
  const std::size_t first = std::min(confirmingRuns(strictest, confidence), options_.most_runs);
  std::vector<Observed> runs;
  Judgement out;
  for (const std::size_t wanted : {first, options_.most_runs}) {
    std::vector<Trial> trials;
    for (std::size_t i = runs.size(); i < wanted; ++i)
      trials.push_back({counts, 1, options_.seed + options_.most_runs + i});
    add(trials, runs);
    out = judge(options_.wanted, runs, confidence);
    if (stopped_) return out;
    if (out.finding != Finding::kOpen) break;
  }
  confirmed_[counts] = out;
  return out;
}

Judgement Judge::judged(const std::vector<Observed>& runs) const {
  return judge(options_.wanted, runs, lookConfidence(options_.confidence, looks(options_.most_runs).size()));
}

Judgement Judge::decide(const Counts& counts, double growth, std::size_t most_runs) {
  if (const auto known = confirmed_.find(counts); growth == 1 && known != confirmed_.end()) return known->second;
  Judgement out;
  for (const std::size_t runs : looks(options_.most_runs)) {
    out = judged(observe(counts, growth, std::min(runs, most_runs)));
    if (out.finding != Finding::kOpen || stopped_ || runs >= most_runs) break;
  }
  return out;
}

SearchSpace searchSpace(const CapacityPlan& plan, const Foreknown& known, std::string& problem) {
  SearchSpace out;
  double all = 1;
  for (const NodeType& type : plan.nodes) all *= type.most - type.least + 1;
  if (all > kCandidatesMost) {
    problem = fmt::format("{:.0f} combinations of counts are too many: {:.0f} at most; give node types smaller ranges",
                          all, kCandidatesMost);
    return out;
  }
  Counts counts;
  for (const NodeType& type : plan.nodes) counts.push_back(type.least);
  std::vector<Counts> every;
  while (true) {
    if (std::accumulate(counts.begin(), counts.end(), 0) > 0) every.push_back(counts);
    std::size_t i = 0;
    for (; i < counts.size(); ++i) {
      if (++counts[i] <= plan.nodes[i].most) break;
      counts[i] = plan.nodes[i].least;
    }
    if (i == counts.size()) break;
  }
  std::stable_sort(every.begin(), every.end(),
                   [&](const Counts& a, const Counts& b) { return priceOf(plan, a) < priceOf(plan, b); });
  // What cannot do rules out all within it; few flows are computed then.
  std::vector<Counts> never;
  for (Counts& one : every) {
    if (std::any_of(never.begin(), never.end(), [&](const Counts& other) { return within(one, other); })) continue;
    if (!known.may(one)) {
      never.push_back(std::move(one));
      continue;
    }
    out.prices.push_back(priceOf(plan, one));
    out.room.push_back(known.room(one));
    out.candidates.push_back(std::move(one));
  }
  out.tolerance = plan.tolerance;
  out.begin = out.candidates.size();
  for (std::size_t i = 0; i < out.candidates.size() && out.begin == out.candidates.size(); ++i)
    if (known.likely(out.candidates[i])) out.begin = i;
  if (out.begin == out.candidates.size() && out.begin > 0) --out.begin;
  return out;
}

SearchSpace without(const SearchSpace& space, const std::vector<bool>& keep, const Counts& begin) {
  SearchSpace out;
  out.tolerance = space.tolerance;
  for (std::size_t i = 0; i < space.candidates.size(); ++i) {
    const Counts& counts = space.candidates[i];
    bool fits = true;
    for (std::size_t t = 0; t < counts.size(); ++t) fits = fits && (keep[t] || counts[t] == begin[t]);
    if (!fits) continue;
    if (counts == begin) out.begin = out.candidates.size();
    out.candidates.push_back(counts);
    out.prices.push_back(space.prices[i]);
    out.room.push_back(space.room[i]);
  }
  return out;
}

SearchResult search(const SearchSpace& space, Judge& judge, const std::function<void(const Tried&)>& tell) {
  std::set<Counts> told;
  const auto once = [&](const Tried& tried) {
    if (tell && told.insert(tried.counts).second) tell(tried);
  };
  // What was found is known to the judge: each time over, it is new from the candidate on that did not hold.
  while (true) {
    SearchResult found = Search(space, judge, once).go();
    if (!found.best || judge.stopped() || judge.confirmed(found.best->counts)) return found;
    const Judgement confirmed = judge.confirm(found.best->counts);
    if (tell && !judge.stopped()) tell({found.best->counts, found.best->price, confirmed});
  }
}

}  // namespace jobset_twin::scenarios::planning
