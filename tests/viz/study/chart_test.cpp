// svgOf and textOf: what a chart shows, for every kind of chart and at the edges of what can be drawn.
#include "viz/study/chart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string_view>

#include "engine/api/utf8.hpp"
#include "tests/viz/study/sample_charts.hpp"
#include "tests/viz/study/xml_reader.hpp"
#include "viz/study/text_fit.hpp"

namespace jobset_twin::viz {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Area {
  double left, top, right, bottom;
  std::string text;
  bool overlaps(const Area& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

// Where the letters of a text are at most, by the widths that the layout goes by.
Area areaOf(const Element& text) {
  const std::string style = text.attribute("class");
  const double size = style == "t" ? 16 : style == "s" ? 13 : 12;
  const double width = emWidth(text.text) * size * (style == "t" ? 1.1 : 1);
  const double x = text.number("x"), y = text.number("y");
  const std::string anchor = text.attribute("text-anchor");
  const double before = anchor == "middle" ? width / 2 : anchor == "end" ? width : 0;
  constexpr double kAbove = 0.75, kBelow = 0.22;
  const std::string turn = text.attribute("transform");
  if (turn.empty()) return {x - before, y - kAbove * size, x - before + width, y + kBelow * size, text.text};
  // "rotate(-90 X Y)": what was right is up, what was below is right.
  std::istringstream numbers(turn.substr(std::string_view("rotate(-90 ").size()));
  double centre_x = 0, centre_y = 0;
  numbers >> centre_x >> centre_y;
  const double base = centre_x + (y - centre_y);
  return {base - kAbove * size, y - (width - before), base + kBelow * size, y + before, text.text};
}

// All letters are inside of the picture, and none covers another.
void expectApart(const Element& svg) {
  const double width = svg.number("width"), height = svg.number("height");
  std::vector<Area> areas;
  for (const Element& text : allOf(svg, "text"))
    if (!text.text.empty()) areas.push_back(areaOf(text));
  for (std::size_t i = 0; i < areas.size(); ++i) {
    EXPECT_GE(areas[i].left, 0) << areas[i].text;
    EXPECT_GE(areas[i].top, 0) << areas[i].text;
    EXPECT_LE(areas[i].right, width) << areas[i].text;
    EXPECT_LE(areas[i].bottom, height) << areas[i].text;
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_FALSE(areas[i].overlaps(areas[j])) << areas[i].text << " over " << areas[j].text << " in " << width;
  }
}

class EveryChart : public ::testing::TestWithParam<NamedChart> {};

TEST_P(EveryChart, IsWellFormedAndAccessible) {
  for (const SvgSize size : {SvgSize{}, SvgSize{320, 100}, SvgSize{1200, 700}, SvgSize{0, -5}}) {
    const std::string text = svgOf(GetParam().chart, size);
    const Element svg = elementOf(text);
    EXPECT_EQ(svg.name, "svg");
    EXPECT_EQ(svg.attribute("role"), "img");
    EXPECT_EQ(svg.attribute("xmlns"), "http://www.w3.org/2000/svg");
    ASSERT_GE(svg.children.size(), 2U);
    EXPECT_EQ(svg.children[0].name, "title");
    EXPECT_FALSE(svg.children[0].text.empty());
    EXPECT_EQ(svg.children[1].name, "desc");
    EXPECT_THAT(svg.attribute("viewBox"), "0 0 " + svg.attribute("width") + " " + svg.attribute("height"));
    for (const Element& element : allOf(svg, ""))
      for (const auto& [name, value] : element.attributes) {
        EXPECT_THAT(value, Not(HasSubstr("nan"))) << name;
        EXPECT_THAT(value, Not(HasSubstr("inf"))) << name;
      }
    EXPECT_EQ(text, svgOf(GetParam().chart, size));
  }
}

TEST_P(EveryChart, HasLettersInsideThatDoNotOverlap) {
  for (const SvgSize size : {SvgSize{}, SvgSize{480, 300}, SvgSize{1200, 700}}) {
    expectApart(elementOf(svgOf(GetParam().chart, size)));
  }
}

TEST_P(EveryChart, HasItsShapesInside) {
  const Element svg = elementOf(svgOf(GetParam().chart));
  for (const Element& circle : allOf(svg, "circle")) {
    EXPECT_GE(circle.number("cx"), 0);
    EXPECT_LE(circle.number("cx"), svg.number("width"));
    EXPECT_GE(circle.number("cy"), 0);
    EXPECT_LE(circle.number("cy"), svg.number("height"));
  }
  for (const Element& line : allOf(svg, "line"))
    for (const char* y : {"y1", "y2"}) {
      EXPECT_GE(line.number(y), 0);
      EXPECT_LE(line.number(y), svg.number("height"));
    }
}

TEST_P(EveryChart, FitsATerminal) {
  for (const int columns : {-1, 40, 60, 100, 200}) {
    for (const bool utf8 : {true, false}) {
      const std::string text = textOf(GetParam().chart, columns, utf8);
      EXPECT_EQ(api::utf8FirstInvalid(text), std::string::npos);
      EXPECT_TRUE(text.ends_with('\n'));
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(cellWidth(line), std::max(columns, 40)) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
      }
    }
  }
}

TEST_P(EveryChart, IsAsciiForOthers) {
  Chart chart = GetParam().chart;
  for (std::string& category : chart.categories)
    std::replace_if(
        category.begin(), category.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; }, '?');
  const std::string text = textOf(chart, 100, false);
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
      << text;
}

INSTANTIATE_TEST_SUITE_P(Charts, EveryChart, ::testing::ValuesIn(sampleCharts()), [](const auto& tested) {
  std::string name = tested.param.name;
  name.erase(std::remove_if(name.begin(), name.end(), [](char c) { return c == ' ' || c == ','; }), name.end());
  return name;
});

std::vector<std::string> textsOf(const Element& svg, const std::string& style) {
  std::vector<std::string> texts;
  for (const Element& text : allOf(svg, "text"))
    if (text.attribute("class") == style) texts.push_back(text.text);
  return texts;
}

TEST(Svg, RowsHaveNamesIntervalsAndNumbers) {
  const Element svg = elementOf(svgOf(forestChart()));
  EXPECT_THAT(textsOf(svg, "t"), ElementsAre("Makespan"));
  EXPECT_THAT(textsOf(svg, "s"), ElementsAre("Means of 30 replications, 95 % intervals"));
  EXPECT_THAT(textsOf(svg, "l"), ElementsAre("as it is", "restart all", "spare nodes"));
  EXPECT_THAT(textsOf(svg, "a"), ElementsAre("alternative", "makespan"));
  EXPECT_THAT(textsOf(svg, "m"), ElementsAre("service level"));
  EXPECT_THAT(textsOf(svg, "n"),
              ElementsAre("2h", "2h10m", "2h20m", "2h30m", "2h40m", "2h31m ± 4m", "2h20m [2h15m, 2h28m]", "2h02m ± 0"));
  const std::vector<Element> points = allOf(svg, "circle");
  ASSERT_EQ(points.size(), 3U);
  EXPECT_GT(points[0].number("cx"), points[1].number("cx"));  // more is further right
  EXPECT_LT(points[0].number("cy"), points[1].number("cy"));  // in order from above
  EXPECT_THAT(svg.children[1].text, HasSubstr("restart all: 2h20m [2h15m, 2h28m]"));
  EXPECT_THAT(svg.children[1].text, HasSubstr("service level at 2h47m"));
}

TEST(Svg, GrowsWithTheCategories) {
  Chart chart = forestChart();
  const double three = elementOf(svgOf(chart)).number("height");
  for (int i = 0; i < 10; ++i) chart.categories.push_back("more");
  const double thirteen = elementOf(svgOf(chart)).number("height");
  EXPECT_NEAR(thirteen - three, 10 * 30, 1);
  EXPECT_EQ(elementOf(svgOf(chart, {720, 2000})).number("height"), thirteen);
  EXPECT_EQ(elementOf(svgOf(intervalsChart(), {720, 600})).number("width"), 720);
}

TEST(Svg, AxesHaveTicksOfTimeMarksAndLegend) {
  const Element svg = elementOf(svgOf(intervalsChart()));
  EXPECT_THAT(textsOf(svg, "l"), ElementsAre("simulated", "in place"));
  EXPECT_THAT(textsOf(svg, "m"), ElementsAre("Young", "Daly", "service level"));
  EXPECT_THAT(textsOf(svg, "n"), ElementsAre("12h", "14h", "16h", "18h", "20h", "22h", "1m", "5m", "15m", "1h", "6h"));
  std::vector<std::string> lines;
  for (const Element& path : allOf(svg, "path"))
    if (path.attribute("class") == "line") lines.push_back(path.attribute("d"));
  EXPECT_EQ(lines.size(), 2U);
  EXPECT_EQ(allOf(svg, "circle").size(), 5U + 1);   // the first series and its key
  EXPECT_EQ(allOf(svg, "polygon").size(), 5U + 1);  // the second has another shape
}

TEST(Charts, PutPointsAndEndsInOrder) {
  const Chart ordered = intervalsChart();
  Chart mixed = ordered;
  for (ChartSeries& series : mixed.series) {
    std::reverse(series.points.begin(), series.points.end());
    for (ChartPoint& point : series.points) std::swap(point.low, point.high);
  }
  EXPECT_EQ(svgOf(mixed), svgOf(ordered));
  EXPECT_EQ(textOf(mixed), textOf(ordered));
}

// Wide labels of few ticks are moved inwards at the ends; there may be no room for all then.
TEST(Charts, KeepLabelsOfTicksApart) {
  struct Case {
    double value, more;  // a share of the value
    bool rows;
  };
  const Case cases[] = {{123456, 0.3, true},
                        {3221068791283.4282, 0.054325033149243307, true},
                        {349945167028357.69, 0.022750974307720717, true},
                        {93972331056.463562, 0.0053579665751334171, false},
                        {98627948563121, 0.014223287871228198, true}};
  for (const Case& c : cases) {
    Chart chart;
    chart.x_format = chart.y_format = Chart::Format::kMoney;
    if (c.rows) chart.categories = {"", ""};
    const double x = c.rows ? 0 : c.value, step = c.rows ? 1 : c.value * c.more;
    chart.series = {{"", {{x, c.value, {}, {}}, {x + step, c.value * (1 + c.more), {}, {}}}, false}};
    expectApart(elementOf(svgOf(chart, {320, 200})));
    std::istringstream lines(textOf(chart, 40));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(cellWidth(line), 40) << line;
  }
}

TEST(Svg, OneNameNeedsNoLegend) {
  Chart chart = intervalsChart();
  chart.series.pop_back();
  const Element svg = elementOf(svgOf(chart));
  EXPECT_TRUE(textsOf(svg, "l").empty());
  EXPECT_EQ(allOf(svg, "circle").size(), 5U);
}

TEST(Svg, StandsSideBySideOnlyIfNamesFit) {
  Chart chart;
  chart.categories = {"8", "16"};
  chart.series = {{"", {{0, 1, {}, {}}, {1, 2, {}, {}}}, true}};
  const auto isSideBySide = [&] {
    const std::vector<Element> points = allOf(elementOf(svgOf(chart)), "circle");
    return points[0].number("cy") > points[1].number("cy");  // more is further up
  };
  EXPECT_TRUE(isSideBySide());
  chart.categories[1] = std::string(60, 'm');
  EXPECT_FALSE(isSideBySide());
  chart.categories[1] = "16";
  chart.series[0].line = false;
  EXPECT_FALSE(isSideBySide());
}

TEST(Svg, TextIsNeverMarkup) {
  Chart chart = forestChart();
  const std::string bad = "</title><script>alert(\"1\")</script> & 'x'\x01";
  chart.title = chart.subtitle = chart.x_title = chart.y_title = bad;
  chart.categories[0] = chart.series[0].name = chart.marks[0].label = bad;
  const std::string text = svgOf(chart);
  EXPECT_THAT(text, Not(HasSubstr("<script")));
  const Element svg = elementOf(text);
  EXPECT_EQ(svg.children[0].text, "</title><script>alert(\"1\")</script> & 'x'?");
}

TEST(Svg, StyleReachesNothingElse) {
  const std::string text = svgOf(forestChart());
  const std::size_t begin = text.find("<style>") + std::string_view("<style>\n").size(), end = text.find("</style>");
  std::istringstream lines(text.substr(begin, end - begin));
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.starts_with(".twin-chart") || line.starts_with("@media") || line == "}") << line;
  EXPECT_THAT(text, HasSubstr("prefers-color-scheme:dark"));
}

TEST(Notes, SayWhatIsNotShown) {
  Chart chart = forestChart();
  const double nan = std::nan("");
  chart.series[0].points.push_back({0, nan, {}, {}});
  chart.series[0].points.push_back({1, INFINITY, {}, {}});
  chart.series[0].points.push_back({0.5, 9000, {}, {}});
  chart.series[0].points.push_back({3, 9000, {}, {}});
  chart.series[0].points.push_back({-1, 9000, {}, {}});
  chart.series[0].points.push_back({2, 9000, nan, 9100.0});
  chart.marks.push_back({nan, "nowhere", true});
  chart.marks.push_back({7, "beside all categories", false});
  const auto notes =
      ElementsAre("2 points are not shown: not a finite number.", "3 points are not shown: of no category.",
                  "1 error bar is not shown: an end is not a finite number.",
                  "2 marks are not shown: it has no place on its axis.");
  EXPECT_THAT(textsOf(elementOf(svgOf(chart)), "o"), notes);
  EXPECT_THAT(textOf(chart), HasSubstr("3 points are not shown: of no category.\n"));
  EXPECT_TRUE(textsOf(elementOf(svgOf(forestChart())), "o").empty());
}

TEST(Notes, LogAxesNeedPositiveValues) {
  Chart chart = intervalsChart();
  chart.log_y = true;
  EXPECT_TRUE(textsOf(elementOf(svgOf(chart)), "o").empty());
  chart.marks.push_back({0, "nowhere", false});
  EXPECT_THAT(textsOf(elementOf(svgOf(chart)), "o"), ElementsAre("1 mark is not shown: it has no place on its axis."));
  chart.series[0].points[0].x = 0;
  chart.series[0].points[0].low = -5;
  EXPECT_THAT(textsOf(elementOf(svgOf(chart)), "o"),
              ElementsAre("The horizontal axis is linear: not all values are positive.",
                          "The value axis is linear: not all values are positive."));
}

TEST(Text, Rows) {
  EXPECT_EQ(textOf(forestChart(), 80), R"(Makespan
Means of 30 replications, 95 % intervals

alternative                                            ┊service level
as it is    │                        ├───●───┤         ┊  │ 2h31m ± 4m
restart all │              ├───●───────┤               ┊  │ 2h20m [2h15m, 2h28m]
spare nodes │  ●                                       ┊  │ 2h02m ± 0
            └┴────────┴────────┴────────┴────────┴────────┘
             2h     2h10m    2h20m    2h30m    2h40m
                               makespan
)");
}

TEST(Text, RowsInAscii) {
  Chart chart = forestChart();
  chart.series.push_back({"in place", {{0, 8900, 8800, 9000}}, false});
  chart.series[0].name = "recreate";
  EXPECT_EQ(textOf(chart, 80, false), R"(Makespan
Means of 30 replications, 95 % intervals

alternative                                            :service level
as it is     recreate |                   [--o-]       :  | 2h31m +- 4m
             in place |                   [#]          :  | 2h28m20s +- 1m40s
restart all  recreate |           [--o-----]           :  | 2h20m [2h15m, 2h28m]
spare nodes  recreate |  o                             :  | 2h02m +- 0
                      ++----------+---------+---------+---+
                       2h       2h15m     2h30m     2h45m
                                    makespan
)");
}

TEST(Text, RowsOfNumbersWithMarks) {
  Chart chart = intervalsChart();
  chart.series.pop_back();
  EXPECT_EQ(textOf(chart, 80), R"(Checkpoints

checkpoint interval      ┊service level
1m           │           ┊                               ├──●──┤  │ 22h14m ± 40m
5m           │        ├●─┤                                        │ 13h25m ± 24m
15m          │  ├─●┤     ┊                                        │ 12h06m ± 22m
25m Daly     │┈┈┈┈┈┈┈┈┈┈┈┊┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈│
25m49s Young │┈┈┈┈┈┈┈┈┈┈┈┊┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈│
1h           │   ├─●┤    ┊                                        │ 12h18m ± 22m
6h           │           ┊           ├─●─┤                        │ 17h09m ± 31m
             └───┴────────┴───────┴───────┴────────┴───────┴──────┘
                12h      14h     16h     18h      20h     22h
                                    makespan
)");
}

TEST(Text, TinyTimesInAscii) {
  Chart chart;
  chart.x_format = chart.y_format = Chart::Format::kSeconds;
  chart.series = {{"", {{1e-6, 2e-6, 1e-6, 3e-6}, {2e-6, 3e-6, {}, {}}}}};
  EXPECT_THAT(textOf(chart, 60), HasSubstr("2.0 µs ± 1.0 µs"));
  const std::string text = textOf(chart, 60, false);
  EXPECT_THAT(text, HasSubstr("2.0 us +- 1.0 us"));
  EXPECT_THAT(text, HasSubstr("1 us |"));
  EXPECT_THAT(text, Not(HasSubstr("µ")));
}

TEST(Text, PointsThatDifferReadDifferently) {
  Chart chart;
  chart.x_format = Chart::Format::kSeconds;
  chart.series = {{"", {{90000, 1, {}, {}}, {90600, 2, {}, {}}, {90600, 3, {}, {}}}, false}};
  const std::string text = textOf(chart, 60);
  EXPECT_THAT(text, HasSubstr("1d 1h    │"));
  EXPECT_THAT(text, HasSubstr("1d 1h10m │"));
  EXPECT_THAT(text, HasSubstr("\n         │"));  // the second of the same x
}

TEST(Text, LongNamesGoOnBelow) {
  Chart chart = forestChart();
  chart.categories[1] = "restart all Jobs of the gang at once, whichever failed";
  const std::string text = textOf(chart, 60);
  EXPECT_THAT(text, HasSubstr("\nrestart all Jobs of  │"));
  EXPECT_THAT(text, HasSubstr("\nthe gang at once,    │"));
  EXPECT_THAT(text, HasSubstr("\nwhichever failed     │"));
}

TEST(Text, NothingOfATitleOrLabelIsLost) {
  Chart chart = forestChart();
  chart.x_title = "alternative that was compared by the study";
  EXPECT_THAT(textOf(chart, 50), HasSubstr("\nalternative that was\ncompared by the study     ┊service level\n"));
  chart.marks[0] = {7400, "a level that needs nearly the whole of a line", true};
  EXPECT_THAT(textOf(chart, 50),
              HasSubstr("\nalternative that was compared by the study\na level that needs nearly the whole of a line"));
}

TEST(Text, NothingToShow) { EXPECT_EQ(textOf({}), "There is nothing to show.\n"); }

}  // namespace
}  // namespace jobset_twin::viz
