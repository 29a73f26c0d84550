#include "viz/study/axis.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "viz/study/number_text.hpp"

namespace jobset_twin::viz {
namespace {

using Format = Chart::Format;
using Values = std::vector<double>;

constexpr std::size_t kMostTicks = 9, kMostTicksOfLog = 13;
constexpr double kTickHair = 1e-9;

double powerOfTen(int exponent) { return std::pow(10.0, exponent); }
int decadeOf(double value) { return static_cast<int>(std::floor(std::log10(value) + kTickHair)); }

// factors times each power of ten from 10^first to 10^last, times unit, ascending.
void addDecades(Values& to, int first, int last, const Values& factors, double unit = 1) {
  for (int exponent = first; exponent <= last; ++exponent)
    for (const double factor : factors) to.push_back(factor * powerOfTen(exponent) * unit);
}

// Steps of a linear axis, ascending: from too small to the whole span.
Values linearSteps(const Scale& scale, Format format) {
  Values steps;
  const double span = scale.high - scale.low;
  const int last = decadeOf(span);
  if (format != Format::kSeconds) {
    addDecades(steps, scale.whole ? std::max(last - 2, 0) : last - 2, scale.whole ? std::max(last, 0) : last,
               {1, 2, 5});
    return steps;
  }
  addDecades(steps, std::min(last, -1) - 2, -1, {1, 2, 5});
  for (const double unit : {1.0, kMinute})
    for (const double count : {1, 2, 5, 10, 15, 30}) steps.push_back(count * unit);
  for (const double hours : {1, 2, 3, 6, 12}) steps.push_back(hours * kHour);
  addDecades(steps, 0, std::max(decadeOf(span / kDay), 0), {1, 2, 5}, kDay);
  return steps;
}

Values multiplesWithin(const Scale& scale, double step) {
  Values values;
  const double first = std::ceil(scale.low / step - kTickHair), last = std::floor(scale.high / step + kTickHair);
  for (double i = first; i <= last && values.size() <= kMostTicks; ++i)
    if (i != 0 || !scale.log) values.push_back(i == 0 ? 0 : i * step);
  return values;
}

// Ladders of values for log axes, from dense to sparse; the sparsest keep the decades, or what stands for them.
std::vector<Values> logLadders(const Scale& scale, Format format) {
  const int first = decadeOf(scale.low) - 1, last = decadeOf(scale.high) + 1;
  std::vector<Values> ladders;
  if (format != Format::kSeconds) {
    for (const Values& factors : {Values{1, 2, 5}, Values{1}}) addDecades(ladders.emplace_back(), first, last, factors);
    return ladders;
  }
  struct Ladder {
    Values seconds, hours, days, parts;  // of seconds and of minutes; parts of a second
    int exponents = 1;                   // every how many decades, of seconds and of days
  };
  const int last_of_days = std::max(decadeOf(scale.high / kDay) + 1, 0);
  for (const Ladder& ladder : {Ladder{{1, 2, 5, 10, 20, 30}, {1, 2, 4, 8, 12}, {1, 2, 5}, {1, 2, 5}},
                               Ladder{{1, 5, 15}, {1, 6}, {1, 3}, {1, 3}}, Ladder{{1, 10}, {1, 6}, {1}, {1}},
                               Ladder{{1}, {1}, {1}, {1}}, Ladder{{1}, {1}, {1}, {1}, 3}}) {
    Values& values = ladders.emplace_back();
    for (int exponent = -ladder.exponents; exponent >= first; exponent -= ladder.exponents)
      addDecades(values, exponent, exponent, ladder.parts);
    std::sort(values.begin(), values.end());
    for (const double unit : {1.0, kMinute})
      for (const double count : ladder.seconds) values.push_back(count * unit);
    for (const double count : ladder.hours) values.push_back(count * kHour);
    for (int exponent = 0; exponent <= last_of_days; exponent += ladder.exponents)
      addDecades(values, exponent, exponent, ladder.days, kDay);
  }
  return ladders;
}

Values within(const Values& values, const Scale& scale) {
  Values inside;
  std::copy_if(values.begin(), values.end(), std::back_inserter(inside), [&](double value) {
    return value >= scale.low * (1 - kTickHair) && value <= scale.high * (1 + kTickHair);
  });
  return inside;
}

bool fits(const std::vector<Tick>& ticks, const Scale& scale, const Room& room) {
  if (ticks.size() > (scale.log ? kMostTicksOfLog : kMostTicks)) return false;
  for (std::size_t i = 1; i < ticks.size(); ++i) {
    const double apart = std::fabs(scale.at(ticks[i].value) - scale.at(ticks[i - 1].value)) * room.length;
    if (apart < (room.extent(ticks[i].label) + room.extent(ticks[i - 1].label)) / 2 + room.gap) return false;
  }
  return true;
}

// On log axes (step 0) each value is as exact as it must be; on linear ones all are as exact as the step.
std::vector<Tick> labelled(const Values& values, double step, Format format) {
  constexpr double kLarge = 1e7;  // "1e7" is easier to read than its zeros
  std::vector<Tick> ticks;
  for (const double value : values) {
    const bool by_step = step > 0 || (format == Format::kPlain && value >= kLarge);
    ticks.push_back({value, value == 0 ? std::string("0")
                            : by_step  ? textAt(value, step > 0 ? step : value, format)
                                       : numberText(value, format)});
  }
  if (format == Format::kShare && !ticks.empty() && ticks.front().label == "0") ticks.front().label = "0 %";
  return ticks;
}

// The first candidate that fits is taken; one that names a single value only if there is no other.
class Choice {
 public:
  Choice(const Scale& scale, const Room& room) : scale_(scale), room_(room) {}
  void offer(std::vector<Tick> ticks) {
    if (best_.size() > 1 || ticks.empty() || !fits(ticks, scale_, room_)) return;
    if (ticks.size() > best_.size()) best_ = std::move(ticks);
  }
  bool made() const { return best_.size() > 1; }
  const std::vector<Tick>& best() const { return best_; }

 private:
  const Scale& scale_;
  const Room& room_;
  std::vector<Tick> best_;
};

void offerLinear(Choice& choice, const Scale& scale, Format format) {
  Values steps = linearSteps(scale, format);
  for (const double step : steps)
    if ((scale.high - scale.low) / step <= static_cast<double>(kMostTicks))
      choice.offer(labelled(multiplesWithin(scale, step), step, format));
  // No two labels fit: the roundest value there is.
  std::reverse(steps.begin(), steps.end());
  for (const double step : steps) {
    const Values values = multiplesWithin(scale, step);
    if (!values.empty()) choice.offer(labelled({values[values.size() / 2]}, step, format));
  }
}

void offerLog(Choice& choice, const Scale& scale, Format format) {
  constexpr double kFewFold = 4;
  if (scale.high / scale.low < kFewFold) offerLinear(choice, scale, format);
  Values values;
  for (Values& ladder : logLadders(scale, format)) {
    values = within(ladder, scale);
    choice.offer(labelled(values, 0, format));
  }
  // Too many decades for all of them: every second, every third...
  for (std::size_t stride = 2; stride < values.size() && !choice.made(); ++stride) {
    Values some;
    for (std::size_t i = 0; i < values.size(); i += stride) some.push_back(values[i]);
    choice.offer(labelled(some, 0, format));
  }
  if (!choice.made()) offerLinear(choice, scale, format);
}

}  // namespace

void Range::add(double value) {
  low = empty ? value : std::min(low, value);
  high = empty ? value : std::max(high, value);
  empty = false;
  whole = whole && value == std::floor(value);
}

double Scale::at(double value) const {
  return log ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
}

Scale scaleOf(const Range& range, const ScaleOptions& options) {
  constexpr double kMargin = 0.05, kNoSpan = 1e-12, kAround = 0.1, kFold = 1.5;
  if (range.empty) return {options.log ? 1.0 : 0.0, options.log ? 10.0 : 1.0, options.log, false};
  double low = range.low, high = range.high;
  const double size = std::max(std::fabs(low), std::fabs(high));
  const bool no_span = high - low <= size * kNoSpan;
  if (options.log) {
    const double fold = no_span ? kFold : std::pow(high / low, kMargin);
    return {low / fold, high * fold, true, false};
  }
  if (options.from_zero) {
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
  }
  const bool whole = range.whole && options.format == Format::kPlain;
  if (low == 0 && high == 0) return {0, 1, false, whole};
  const double margin = high - low <= size * kNoSpan ? size * kAround : (high - low) * kMargin;
  Scale scale{low - margin, high + margin, false, whole};
  if (low >= 0) scale.low = std::max(scale.low, 0.0);
  if (high <= 0) scale.high = std::min(scale.high, 0.0);
  if (options.format == Format::kShare && high <= 1) scale.high = std::min(scale.high, 1.0);
  // All of them 1: what is left must still be an interval.
  if (scale.high <= scale.low) scale.low = scale.high - margin;
  return scale;
}

std::vector<Tick> ticksOf(const Scale& scale, Chart::Format format, const Room& room) {
  Choice choice(scale, room);
  if (scale.log) {
    offerLog(choice, scale, format);
  } else {
    offerLinear(choice, scale, format);
  }
  return choice.best();
}

}  // namespace jobset_twin::viz
