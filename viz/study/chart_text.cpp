// textOf: a chart for terminals. Columns: names (or x), series, the plot, numbers.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "viz/study/chart.hpp"
#include "viz/study/label_places.hpp"
#include "viz/study/plot.hpp"

namespace jobset_twin::viz {
namespace {

constexpr std::size_t kLeastColumns = 40, kLeastPlot = 16, kLeastName = 8;

struct Glyphs {
  std::string_view low, high, bar, mark_on_bar, mark, zero, side, corner_left, corner_right, floor, tick, level;
  std::array<std::string_view, 6> points;
};

constexpr Glyphs kUtf8{"├", "┤", "─", "┼", "┊", "│", "│", "└", "┘", "─", "┴", "┈", {"●", "■", "▲", "◆", "▼", "✚"}};
constexpr Glyphs kAscii{"[", "]", "-", "+", ":", ".", "|", "+", "+", "-", "+", ".", {"o", "#", "^", "*", "v", "x"}};

// A line of cells. What is put later covers what was there.
class Cells {
 public:
  explicit Cells(std::size_t count) : cells_(count, " ") {}
  void put(std::size_t at, std::string_view cell) {
    if (at < cells_.size()) cells_[at] = cell;
  }
  // A text; its characters may be wider than a cell.
  void write(std::size_t at, const std::string& text) {
    const auto width = static_cast<std::size_t>(cellWidth(text));
    if (width == 0 || at + width > cells_.size()) return;
    cells_[at] = text;
    for (std::size_t i = 1; i < width; ++i) cells_[at + i].clear();
  }
  const std::string& at(std::size_t i) const { return cells_[i]; }
  // Whether a text may be written here without touching another.
  bool isFree(std::size_t from, std::size_t count) const {
    for (std::size_t i = from > 0 ? from - 1 : 0; i < std::min(from + count + 1, cells_.size()); ++i)
      if (cells_[i] != " ") return false;
    return from + count <= cells_.size();
  }
  std::string text() const {
    std::string out;
    for (const std::string& cell : cells_) out += cell;
    return out;
  }

 private:
  std::vector<std::string> cells_;
};

// A row of the plot: a point, a mark of x, or a category without points.
struct TextRow {
  std::string name, series, number;
  const ChartPoint* point = nullptr;
  std::size_t shape = 0;
  bool level = false;
};

struct Writer {
  const Plot& plot;
  const Glyphs& glyphs;
  bool utf8;
  std::size_t columns;
  std::size_t name_width = 0, series_width = 0, plot_width = 0;
  std::vector<TextRow> rows{};

  std::size_t left() const { return name_width + (series_width > 0 ? series_width + 2 : 0) + 1; }  // of the plot's side
  std::size_t cellOf(double y) const {
    const double cell = std::round(plot.y.at(y) * static_cast<double>(plot_width - 1));
    return static_cast<std::size_t>(std::clamp(cell, 0.0, static_cast<double>(plot_width - 1)));
  }
};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

// The characters beyond ASCII that numbers may contain.
std::string inAscii(std::string number) { return replaced(replaced(std::move(number), "±", "+-"), "µ", "u"); }

std::string padded(const std::string& text, std::size_t width) { return fmt::format("{:<{}}", text, width); }

std::string trimmedLine(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string paragraph(const std::string& text, std::size_t columns) {
  std::string out;
  if (text.empty()) return out;
  for (const std::string& line : wrapped(text, static_cast<double>(columns), cellWidth)) out += line + "\n";
  return out;
}

std::string numberOf(const Writer& writer, const std::string& text) { return writer.utf8 ? text : inAscii(text); }

TextRow pointRow(const Writer& writer, std::string name, std::size_t series, const ChartPoint& point) {
  const Chart& chart = writer.plot.chart;
  const std::string series_name = writer.plot.hasLegend() ? chart.series[series].name : std::string();
  return {std::move(name), series_name, numberOf(writer, valueText(chart, point)), &point, series, false};
}

// Points and marks of x by x; of points at the same x only the first is named.
void addRowsOfNumbers(Writer& writer) {
  const Chart& chart = writer.plot.chart;
  struct Entry {
    double x;
    std::size_t series;
    const ChartPoint* point;  // nullptr: a mark
    std::string label;
  };
  std::vector<Entry> entries;
  for (std::size_t s = 0; s < chart.series.size(); ++s)
    for (const ChartPoint& point : chart.series[s].points) entries.push_back({point.x, s, &point, {}});
  for (const ChartMark& mark : chart.marks)
    if (!mark.of_y) entries.push_back({mark.at, 0, nullptr, mark.label});
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.x < b.x; });
  const ChartPoint* last = nullptr;
  for (const Entry& entry : entries) {
    const std::string x = numberOf(writer, xText(writer.plot, entry.x));
    if (!entry.point) {
      writer.rows.push_back({x + (entry.label.empty() ? "" : " " + entry.label), {}, {}, nullptr, 0, true});
      last = nullptr;
      continue;
    }
    writer.rows.push_back(pointRow(writer, last && last->x == entry.x ? std::string() : x, entry.series, *entry.point));
    last = entry.point;
  }
}

void addRowsOfCategories(Writer& writer) {
  const Chart& chart = writer.plot.chart;
  for (std::size_t c = 0; c < chart.categories.size(); ++c) {
    for (const ChartMark& mark : chart.marks)
      if (!mark.of_y && mark.at < static_cast<double>(c) && mark.at >= static_cast<double>(c) - 1)
        writer.rows.push_back({mark.label, {}, {}, nullptr, 0, true});
    const std::size_t before = writer.rows.size();
    for (std::size_t s = 0; s < chart.series.size(); ++s)
      for (const ChartPoint& point : chart.series[s].points)
        if (point.x == static_cast<double>(c))
          writer.rows.push_back(
              pointRow(writer, writer.rows.size() == before ? chart.categories[c] : std::string(), s, point));
    if (writer.rows.size() == before) writer.rows.push_back({chart.categories[c], {}, {}, nullptr, 0, false});
  }
  for (const ChartMark& mark : chart.marks)
    if (!mark.of_y && mark.at >= static_cast<double>(chart.categories.size()) - 1)
      writer.rows.push_back({mark.label, {}, {}, nullptr, 0, true});
}

// Names and series take what they need, but leave room for plot and numbers; longer ones go on on further lines. Where
// there is no room for numbers, they are left out.
void shareColumns(Writer& writer) {
  const auto widest = [&](std::string TextRow::*part) {
    double most = 0;
    for (const TextRow& row : writer.rows) most = std::max(most, cellWidth(row.*part));
    return static_cast<std::size_t>(most);
  };
  const std::size_t names = widest(&TextRow::name), series = widest(&TextRow::series);
  std::size_t numbers = widest(&TextRow::number);
  constexpr std::size_t kFrame = 2 + 2;  // blank and side; side and blank
  const auto columns = writer.columns;
  if (numbers + kFrame + kLeastPlot + std::min(names, kLeastName) +
          (series > 0 ? std::min(series, kLeastName) + 2 : 0) >
      columns) {
    for (TextRow& row : writer.rows) row.number.clear();
    numbers = 0;
  }
  const std::size_t most = columns - kFrame - kLeastPlot - numbers;
  writer.series_width = std::min(series, std::max(kLeastName, most / 2));
  const std::size_t for_names = most - (series > 0 ? writer.series_width + 2 : 0);
  // Names may take two fifths of the line before the plot gets narrower than it would like to be.
  writer.name_width = std::min({names, for_names, std::max(kLeastName, columns * 2 / 5)});
  writer.plot_width = columns - kFrame - numbers - (writer.left() - 1);
}

void putMarks(const Writer& writer, Cells& cells, std::size_t from) {
  if (writer.plot.y.low < 0 && writer.plot.y.high > 0) cells.put(from + writer.cellOf(0), writer.glyphs.zero);
  for (const ChartMark& mark : writer.plot.chart.marks)
    if (mark.of_y) cells.put(from + writer.cellOf(mark.at), writer.glyphs.mark);
}

std::string plotOfRow(const Writer& writer, const TextRow& row) {
  const Glyphs& glyphs = writer.glyphs;
  Cells cells(writer.plot_width);
  if (row.level)
    for (std::size_t i = 0; i < writer.plot_width; ++i) cells.put(i, glyphs.level);
  putMarks(writer, cells, 0);
  if (!row.point) return cells.text();
  const ChartPoint& point = *row.point;
  const std::size_t centre = writer.cellOf(point.y), low = writer.cellOf(point.low.value_or(point.y)),
                    high = writer.cellOf(point.high.value_or(point.y));
  for (std::size_t i = std::min(low, centre); i <= std::max(high, centre); ++i)
    cells.put(i, cells.at(i) == " " ? glyphs.bar : glyphs.mark_on_bar);
  if (point.low) cells.put(low, glyphs.low);
  if (point.high) cells.put(high, glyphs.high);
  cells.put(centre, glyphs.points[row.shape % glyphs.points.size()]);
  return cells.text();
}

std::string rowText(const Writer& writer, const TextRow& row) {
  const auto lines = [](const std::string& text, std::size_t width) {
    return wrapped(text, static_cast<double>(std::max<std::size_t>(width, 1)), cellWidth);
  };
  const std::vector<std::string> names = lines(row.name, writer.name_width),
                                 series = lines(row.series, writer.series_width);
  std::string out;
  for (std::size_t i = 0; i < std::max(names.size(), series.size()); ++i) {
    std::string line = padded(i < names.size() ? names[i] : "", writer.name_width);
    if (writer.series_width > 0) line += "  " + padded(i < series.size() ? series[i] : "", writer.series_width);
    // The lines on which a long name goes on show marks, but no point.
    const TextRow more{{}, {}, {}, nullptr, 0, false};
    line += fmt::format(" {}{}{} {}", writer.glyphs.side, plotOfRow(writer, i == 0 ? row : more), writer.glyphs.side,
                        i == 0 ? row.number : "");
    out += trimmedLine(line) + "\n";
  }
  return out;
}

// The title of the names, and on tiers above the plot the labels of the marks of y.
std::string headText(const Writer& writer) {
  const double columns = static_cast<double>(writer.columns);
  std::vector<std::string> labels;
  std::vector<Flag> flags;
  for (const ChartMark& mark : writer.plot.chart.marks) {
    if (!mark.of_y || mark.label.empty()) continue;
    labels.push_back(shortened(mark.label, columns - 1, cellWidth, writer.utf8 ? "…" : "..."));
    flags.push_back({static_cast<double>(writer.left() + 1 + writer.cellOf(mark.at)), cellWidth(labels.back())});
  }
  const std::vector<FlagPlace> places = placeFlags(flags, 0, columns, 1);
  // The title stands beside the tiers, or above them if a label needs its place.
  double room = columns;
  for (std::size_t i = 0; i < flags.size(); ++i) room = std::min({room, flags[i].at - 2, places[i].begin - 2});
  const bool beside = room >= static_cast<double>(writer.name_width) && room >= static_cast<double>(kLeastName);
  std::vector<std::string> titles;
  if (!writer.plot.chart.x_title.empty())
    titles = wrapped(writer.plot.chart.x_title, beside ? room : columns, cellWidth);
  std::size_t tiers = beside ? titles.size() : 0;
  for (const FlagPlace& place : places) tiers = std::max(tiers, place.tier + 1);
  std::string out;
  if (!beside)
    for (const std::string& title : titles) out += title + "\n";
  for (std::size_t tier = tiers; tier-- > 0;) {
    Cells cells(writer.columns);
    if (beside && tier < titles.size()) cells.write(0, titles[titles.size() - 1 - tier]);
    for (std::size_t i = 0; i < flags.size(); ++i)
      if (places[i].tier >= tier) cells.put(static_cast<std::size_t>(flags[i].at), writer.glyphs.mark);
    for (std::size_t i = 0; i < flags.size(); ++i)
      if (places[i].tier == tier) cells.write(static_cast<std::size_t>(places[i].begin), labels[i]);
    out += trimmedLine(cells.text()) + "\n";
  }
  return out;
}

std::string axisText(const Writer& writer) {
  const Glyphs& glyphs = writer.glyphs;
  const Chart& chart = writer.plot.chart;
  const auto label = [&](const std::string& text) { return numberOf(writer, text); };
  const std::vector<Tick> ticks = ticksOf(writer.plot.y, chart.y_format,
                                          {static_cast<double>(writer.plot_width - 1), 3,
                                           [&](std::string_view text) { return cellWidth(label(std::string(text))); }});
  const std::size_t from = writer.left() + 1;
  Cells line(writer.columns), labels(writer.columns);
  line.put(from - 1, glyphs.corner_left);
  for (std::size_t i = 0; i < writer.plot_width; ++i) line.put(from + i, glyphs.floor);
  line.put(from + writer.plot_width, glyphs.corner_right);
  for (const Tick& tick : ticks) {
    const std::size_t cell = from + writer.cellOf(tick.value);
    const std::string text = label(tick.label);
    const auto width = static_cast<std::size_t>(cellWidth(text));
    line.put(cell, glyphs.tick);
    const std::size_t begin = std::min(cell - std::min(cell, (width - 1) / 2), writer.columns - width);
    if (labels.isFree(begin, width)) labels.write(begin, text);
  }
  std::string out = trimmedLine(line.text()) + "\n" + trimmedLine(labels.text()) + "\n";
  if (chart.y_title.empty()) return out;
  // In the middle below the plot, if it is short enough.
  const auto width = static_cast<std::size_t>(cellWidth(chart.y_title));
  const std::size_t middle = from + writer.plot_width / 2;
  const std::size_t begin =
      width > writer.columns ? 0 : std::min(middle - std::min(middle, width / 2), writer.columns - width);
  return out + paragraph(std::string(begin, ' ') + chart.y_title, writer.columns);
}

}  // namespace

std::string textOf(const Chart& chart, int columns, bool utf8) {
  const Plot plot = plotOf(chart);
  Writer writer{plot, utf8 ? kUtf8 : kAscii, utf8, static_cast<std::size_t>(std::max(columns, 0))};
  writer.columns = std::max(writer.columns, kLeastColumns);
  std::string out = paragraph(plot.chart.title, writer.columns) + paragraph(plot.chart.subtitle, writer.columns);
  if (!out.empty()) out += "\n";
  if (plot.hasPoints()) {
    if (plot.chart.categories.empty()) {
      addRowsOfNumbers(writer);
    } else {
      addRowsOfCategories(writer);
    }
    shareColumns(writer);
    out += headText(writer);
    for (const TextRow& row : writer.rows) out += rowText(writer, row);
    out += axisText(writer);
  } else {
    out += "There is nothing to show.\n";
  }
  for (const std::string& note : plot.notes) out += paragraph(note, writer.columns);
  return out;
}

}  // namespace jobset_twin::viz
