#include "viz/study/label_places.hpp"

#include <algorithm>
#include <numeric>

namespace jobset_twin::viz {
namespace {

struct Placed {
  double at, begin, end;
  std::size_t tier;
};

bool coversLabel(const Placed& a, const Placed& b, double gap) {
  return a.tier == b.tier && a.begin < b.end + gap && b.begin < a.end + gap;
}
bool coversPole(const Placed& label, const Placed& of) {
  return of.tier >= label.tier && of.at > label.begin && of.at < label.end;
}

bool isFree(const std::vector<Placed>& placed, const Placed& next, double gap, bool poles_too) {
  return std::none_of(placed.begin(), placed.end(), [&](const Placed& other) {
    return coversLabel(next, other, gap) || (poles_too && (coversPole(next, other) || coversPole(other, next)));
  });
}

}  // namespace

std::vector<FlagPlace> placeFlags(const std::vector<Flag>& flags, double low, double high, double gap) {
  const auto goesRight = [&](std::size_t i) { return flags[i].at + gap + flags[i].width <= high; };
  // From the side to which they point, so that the poles of those that come later pass beside those that were first.
  std::vector<std::size_t> order(flags.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (goesRight(a) != goesRight(b)) return goesRight(a);
    return goesRight(a) ? flags[a].at > flags[b].at : flags[a].at < flags[b].at;
  });
  std::vector<Placed> placed;
  std::vector<FlagPlace> places(flags.size());
  for (const std::size_t i : order) {
    const double begin =
        goesRight(i) ? flags[i].at + gap : std::max(low, std::min(flags[i].at - gap, high) - flags[i].width);
    Placed next{flags[i].at, begin, begin + flags[i].width, 0};
    bool found = false;
    for (const bool poles_too : {true, false}) {
      for (next.tier = 0; next.tier <= placed.size() && !found; ++next.tier)
        if (isFree(placed, next, gap, poles_too)) {
          found = true;
          break;
        }
      if (found) break;
    }
    placed.push_back(next);
    places[i] = {next.begin, next.tier};
  }
  return places;
}

std::vector<double> spread(std::vector<double> centres, const std::vector<double>& extents, double low, double high) {
  const std::size_t count = centres.size();
  double limit = high;
  for (std::size_t i = count; i-- > 0;) {
    centres[i] = std::min(centres[i], limit - extents[i] / 2);
    limit = centres[i] - extents[i] / 2;
  }
  limit = low;
  for (std::size_t i = 0; i < count; ++i) {
    centres[i] = std::max(centres[i], limit + extents[i] / 2);
    limit = centres[i] + extents[i] / 2;
  }
  return centres;
}

}  // namespace jobset_twin::viz
