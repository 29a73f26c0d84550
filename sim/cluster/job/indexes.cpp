#include "sim/cluster/job/indexes.hpp"

#include <algorithm>
#include <charconv>

namespace jobset_twin::cluster::job {
namespace {

bool readNumber(std::string_view text, std::int32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 0;
}

}  // namespace

void IndexSet::append(std::int32_t first, std::int32_t last) {
  if (!intervals_.empty() && first <= intervals_.back().last + 1) {
    Interval& back = intervals_.back();
    if (last > back.last) {
      total_ += last - back.last;
      back.last = last;
    }
    return;
  }
  intervals_.push_back({first, last});
  total_ += last - first + 1;
}

IndexSet IndexSet::parse(std::string_view text, std::int32_t completions) {
  IndexSet result;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const std::size_t dash = part.find('-');
    std::int32_t first = 0, last = 0;
    if (!readNumber(part.substr(0, dash), first)) continue;
    last = first;
    if (dash != std::string_view::npos && !readNumber(part.substr(dash + 1), last)) continue;
    if (first >= completions || last < first) continue;
    result.append(first, std::min(last, completions - 1));
  }
  return result;
}

bool IndexSet::has(std::int32_t index) const {
  const auto after =
      std::upper_bound(intervals_.begin(), intervals_.end(), index,
                       [](std::int32_t value, const Interval& interval) { return value < interval.first; });
  return after != intervals_.begin() && std::prev(after)->last >= index;
}

std::string IndexSet::text() const {
  std::string out;
  for (const Interval& interval : intervals_) {
    if (!out.empty()) out += ',';
    out += std::to_string(interval.first);
    if (interval.last > interval.first) {
      out += interval.last == interval.first + 1 ? ',' : '-';
      out += std::to_string(interval.last);
    }
  }
  return out;
}

void IndexSet::add(std::vector<std::int32_t> indexes) {
  if (indexes.empty()) return;
  std::sort(indexes.begin(), indexes.end());
  IndexSet merged;
  std::size_t next = 0;
  for (const Interval& interval : intervals_) {
    for (; next < indexes.size() && indexes[next] < interval.first; ++next) merged.append(indexes[next], indexes[next]);
    merged.append(interval.first, interval.last);
  }
  for (; next < indexes.size(); ++next) merged.append(indexes[next], indexes[next]);
  *this = std::move(merged);
}

std::int64_t IndexSet::countCommon(const IndexSet& other) const {
  std::int64_t common = 0;
  auto left = intervals_.begin();
  auto right = other.intervals_.begin();
  while (left != intervals_.end() && right != other.intervals_.end()) {
    const std::int32_t first = std::max(left->first, right->first);
    const std::int32_t last = std::min(left->last, right->last);
    if (first <= last) common += last - first + 1;
    if (left->last < right->last) {
      ++left;
    } else {
      ++right;
    }
  }
  return common;
}

}  // namespace jobset_twin::cluster::job
