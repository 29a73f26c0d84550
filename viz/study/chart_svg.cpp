// svgOf: the layout of a chart's picture as SVG.
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "viz/study/chart.hpp"
#include "viz/study/markup.hpp"
#include "viz/study/svg_layout.hpp"

namespace jobset_twin::viz {
namespace {

// Colours of Okabe and Ito, told apart by people with all kinds of colour vision; on a dark ground the light ones come
// first. Selectors begin with the class of the picture: inside a page they must not reach anything else.
constexpr std::string_view kChartStyle = R"(<style>
.twin-chart{max-width:100%;height:auto}
.twin-chart text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.twin-chart text{font-size:12px;fill:#24292f}
.twin-chart .t{font-size:16px;font-weight:600}
.twin-chart .s{font-size:13px;fill:#57606a}
.twin-chart .n{font-variant-numeric:tabular-nums}
.twin-chart .a,.twin-chart .o{fill:#57606a}
.twin-chart .m{font-style:italic;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
.twin-chart .bg{fill:#fff}
.twin-chart .band{fill:#f3f5f7}
.twin-chart .grid{stroke:#dfe3e8}
.twin-chart .axis{stroke:#8c959f}
.twin-chart .zero{stroke:#57606a;stroke-width:1.2}
.twin-chart .mark{stroke:#24292f;stroke-width:1.2;stroke-dasharray:5 3}
.twin-chart .bar,.twin-chart .line{fill:none;stroke:currentColor;stroke-width:1.6}
.twin-chart .line{stroke-linejoin:round}
.twin-chart .dot{fill:currentColor;stroke:#fff;stroke-width:.8}
.twin-chart .dense .bar{stroke-width:1;opacity:.5}
.twin-chart .dense .dot{stroke:none}
.twin-chart .c0{color:#0072b2}.twin-chart .c1{color:#d55e00}.twin-chart .c2{color:#009e73}.twin-chart .c3{color:#cc79a7}
.twin-chart .c4{color:#e69f00}.twin-chart .c5{color:#56b4e9}.twin-chart .c6{color:#000}
@media screen and (prefers-color-scheme:dark){
.twin-chart text{fill:#e6e9ec}
.twin-chart .s,.twin-chart .a,.twin-chart .o{fill:#a3adb8}
.twin-chart .m{stroke:#15191e}
.twin-chart .bg{fill:#15191e}
.twin-chart .band{fill:#1d232a}
.twin-chart .grid{stroke:#333b45}
.twin-chart .axis{stroke:#7d8793}
.twin-chart .zero{stroke:#a3adb8}
.twin-chart .mark{stroke:#e6e9ec}
.twin-chart .dot{stroke:#15191e}
.twin-chart .c0{color:#56b4e9}.twin-chart .c1{color:#e69f00}.twin-chart .c2{color:#00b383}.twin-chart .c4{color:#f0e442}
.twin-chart .c5{color:#d55e00}.twin-chart .c6{color:#fff}
}
</style>
)";
constexpr std::size_t kColours = 7;
constexpr double kKeyRadius = 4.5;

// Tenths of a pixel, without zeros: the same bytes everywhere.
std::string px(double value) {
  const double tenths = std::round(value * 10);
  if (tenths == 0) return "0";
  std::string text = fmt::format("{:.1f}", tenths / 10);
  if (text.ends_with(".0")) text.erase(text.size() - 2);
  return text;
}

std::string_view classOf(TextStyle style) {
  switch (style) {
    case TextStyle::kTitle: return "t";
    case TextStyle::kSubtitle: return "s";
    case TextStyle::kNumber: return "n";
    case TextStyle::kAxisTitle: return "a";
    case TextStyle::kMark: return "m";
    case TextStyle::kNote: return "o";
    case TextStyle::kLabel: break;
  }
  return "l";
}

double lineHeightOf(TextStyle style) {
  constexpr double kTitleLine = 22, kSubtitleLine = 17;
  return style == TextStyle::kTitle ? kTitleLine : style == TextStyle::kSubtitle ? kSubtitleLine : kLineHeight;
}

std::string_view classOf(StrokeStyle style) {
  switch (style) {
    case StrokeStyle::kGrid: return "grid";
    case StrokeStyle::kAxis: return "axis";
    case StrokeStyle::kZero: return "zero";
    case StrokeStyle::kMark: break;
  }
  return "mark";
}

std::string hintElement(std::string_view hint) {
  return hint.empty() ? std::string() : fmt::format("<title>{}</title>", escaped(hint));
}

std::string textElement(const Words& words) {
  const std::string_view anchor = words.anchor == Anchor::kStart    ? ""
                                  : words.anchor == Anchor::kMiddle ? " text-anchor=\"middle\""
                                                                    : " text-anchor=\"end\"";
  const std::string turn =
      words.upwards ? fmt::format(" transform=\"rotate(-90 {} {})\"", px(words.x), px(words.y)) : std::string();
  std::string out;
  double y = words.y;
  for (const std::string& line : words.lines) {
    out += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\"{}{}>{}</text>\n", classOf(words.style), px(words.x), px(y),
                       anchor, turn, escaped(line));
    y += lineHeightOf(words.style);
  }
  return out;
}

std::string strokeElement(const Stroke& stroke) {
  const std::string hint = hintElement(stroke.hint);
  return fmt::format("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{}\n", classOf(stroke.style),
                     px(stroke.x1), px(stroke.y1), px(stroke.x2), px(stroke.y2),
                     hint.empty() ? "/>" : ">" + hint + "</line>");
}

std::string rectangle(std::string_view style, const Box& box) {
  return fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", style, px(box.left),
                     px(box.top), px(box.width()), px(box.height()));
}

// Shapes of about the same area, so that no series looks more important.
std::string shapeElement(std::size_t series, double x, double y, double r) {
  const auto polygon = [&](std::initializer_list<std::array<double, 2>> corners) {
    std::string points;
    for (const auto& [dx, dy] : corners)
      points += fmt::format("{}{},{}", points.empty() ? "" : " ", px(x + dx * r), px(y + dy * r));
    return fmt::format("<polygon class=\"dot\" points=\"{}\"/>", points);
  };
  constexpr std::size_t kShapes = 6;
  switch (series % kShapes) {
    case 0: break;
    case 1: return polygon({{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}});
    case 2: return polygon({{0, -1.3}, {1.2, 0.9}, {-1.2, 0.9}});
    case 3: return polygon({{0, -1.35}, {1.35, 0}, {0, 1.35}, {-1.35, 0}});
    case 4: return polygon({{0, 1.3}, {1.2, -0.9}, {-1.2, -0.9}});
    case 5:
      return polygon({{-0.4, -1.2},
                      {0.4, -1.2},
                      {0.4, -0.4},
                      {1.2, -0.4},
                      {1.2, 0.4},
                      {0.4, 0.4},
                      {0.4, 1.2},
                      {-0.4, 1.2},
                      {-0.4, 0.4},
                      {-1.2, 0.4},
                      {-1.2, -0.4},
                      {-0.4, -0.4}});
    default: break;
  }
  return fmt::format("<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>", px(x), px(y), px(r));
}

// The bar from end to end, with a cap where an end is given.
std::string barElement(const DrawnPoint& point, bool across, double cap) {
  if (!point.low && !point.high) return {};
  const double centre = across ? point.x : point.y, aside = across ? point.y : point.x;
  const auto at = [&](double along, double off) {
    return across ? px(along) + " " + px(aside + off) : px(aside + off) + " " + px(along);
  };
  std::string path = fmt::format("M{}L{}", at(point.low.value_or(centre), 0), at(point.high.value_or(centre), 0));
  for (const std::optional<double>& end : {point.low, point.high})
    if (end) path += fmt::format("M{}L{}", at(*end, -cap), at(*end, cap));
  return fmt::format("<path class=\"bar\" d=\"{}\"/>", path);
}

std::string seriesElement(const SvgLayout& layout, std::size_t series, bool line) {
  const std::vector<DrawnPoint>& points = layout.series[series];
  if (points.empty()) return {};
  constexpr double kSmall = 3;
  std::string out = fmt::format("<g class=\"c{}{}\">\n", series % kColours, layout.radius < kSmall ? " dense" : "");
  if (line && points.size() > 1) {
    std::string path;
    for (const DrawnPoint& point : points)
      path += fmt::format("{}{} {}", path.empty() ? "M" : "L", px(point.x), px(point.y));
    out += fmt::format("<path class=\"line\" d=\"{}\"/>\n", path);
  }
  for (const DrawnPoint& point : points)
    out += fmt::format("<g>{}{}{}</g>\n", hintElement(point.hint), barElement(point, layout.values_across, layout.cap),
                       shapeElement(series, point.x, point.y, layout.radius));
  return out + "</g>\n";
}

}  // namespace

std::string svgOf(const Chart& chart, const SvgSize& size) {
  const Plot plot = plotOf(chart);
  const SvgLayout layout = svgLayoutOf(plot, size);
  const std::string name = plot.chart.title.empty() ? "Chart" : escaped(plot.chart.title);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"twin-chart\" role=\"img\" aria-label=\"{}\" width=\"{}\" "
      "height=\"{}\" viewBox=\"0 0 {} {}\">\n<title>{}</title>\n<desc>{}</desc>\n",
      name, px(layout.width), px(layout.height), px(layout.width), px(layout.height), name,
      escaped(descriptionOf(plot)));
  out += kChartStyle;
  out += rectangle("bg", {0, 0, layout.width, layout.height});
  for (const Box& band : layout.bands) out += rectangle("band", band);
  for (const Stroke& stroke : layout.strokes) out += strokeElement(stroke);
  for (std::size_t i = 0; i < layout.series.size(); ++i) out += seriesElement(layout, i, plot.chart.series[i].line);
  for (const Key& key : layout.keys)
    out += fmt::format("<g class=\"c{}\">{}</g>\n", key.series % kColours,
                       shapeElement(key.series, key.x, key.y, kKeyRadius));
  for (const Words& words : layout.words) out += textElement(words);
  return out + "</svg>\n";
}

}  // namespace jobset_twin::viz
