// htmlOf: structure, escaping, and that a page needs nothing else.
#include "viz/study/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viz/study/sample_charts.hpp"
#include "tests/viz/study/xml_reader.hpp"

namespace jobset_twin::viz {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Page samplePage() {
  Page page;
  page.title = "What if";
  page.intro = {"First.", "Second."};
  PageTable table{"Makespan",
                  {{"alternative", false}, {"mean", true}},
                  {{"as it is", "2h31m"}, {"restart all", "2h20m", "too much"}, {"short"}}};
  page.sections = {{"Result", {PageParagraph{"Text."}, table, PageChart{forestChart(), {}}}},
                   {"Log", {PagePreformatted{"a  b\n  c"}}}};
  page.footer = "made by a test";
  return page;
}

std::vector<std::string> textsOf(const std::vector<Element>& elements) {
  std::vector<std::string> texts;
  for (const Element& element : elements) texts.push_back(element.text);
  return texts;
}

TEST(Page, HasItsPartsInOrder) {
  const std::string html = htmlOf(samplePage());
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
  const Element root = elementOf(html);
  EXPECT_THAT(textsOf(allOf(root, "h1")), ElementsAre("What if"));
  EXPECT_THAT(textsOf(allOf(root, "h2")), ElementsAre("Result", "Log"));
  EXPECT_THAT(textsOf(allOf(root, "p")), ElementsAre("First.", "Second.", "Text."));
  EXPECT_THAT(textsOf(allOf(root, "pre")), ElementsAre("a  b\n  c"));
  EXPECT_THAT(textsOf(allOf(root, "footer")), ElementsAre("made by a test"));
  std::vector<std::string> blocks;
  const std::vector<Element> sections = allOf(root, "section");
  for (const Element& block : sections.at(0).children) blocks.push_back(block.name);
  EXPECT_THAT(blocks, ElementsAre("h2", "p", "div", "figure"));
  EXPECT_EQ(allOf(root, "figure")[0].children[0].attribute("class"), "twin-chart");
}

TEST(Page, AlignsNumbersAndFillsRows) {
  const Element root = elementOf(htmlOf(samplePage()));
  EXPECT_THAT(textsOf(allOf(root, "caption")), ElementsAre("Makespan"));
  EXPECT_THAT(textsOf(allOf(root, "th")), ElementsAre("alternative", "mean"));
  EXPECT_THAT(textsOf(allOf(root, "td")), ElementsAre("as it is", "2h31m", "restart all", "2h20m", "short", ""));
  for (const char* name : {"th", "td"}) {
    const std::vector<Element> cells = allOf(root, name);
    for (std::size_t i = 0; i < cells.size(); ++i)
      EXPECT_EQ(cells[i].attribute("class"), i % 2 == 0 ? "" : "number") << name << i;
  }
}

TEST(Page, ListsManySections) {
  Page page = samplePage();
  EXPECT_TRUE(allOf(elementOf(htmlOf(page)), "nav").empty());
  page.sections.push_back({"Method & data", {}});
  const Element root = elementOf(htmlOf(page));
  const std::vector<Element> links = allOf(root, "a"), sections = allOf(root, "section");
  EXPECT_THAT(textsOf(links), ElementsAre("Result", "Log", "Method & data"));
  ASSERT_EQ(sections.size(), 3U);
  for (std::size_t i = 0; i < sections.size(); ++i)
    EXPECT_EQ(links[i].attribute("href"), "#" + sections[i].attribute("id"));
}

TEST(Page, TextIsNeverMarkup) {
  const std::string bad = "</style><script src='x'>&\"</script>\x1b";
  Page page;
  page.title = page.footer = bad;
  page.intro = {bad};
  Chart chart = forestChart();
  chart.title = bad;
  page.sections = {
      {bad, {PageParagraph{bad}, PageTable{bad, {{bad, true}}, {{bad}}}, PageChart{chart, {}}, PagePreformatted{bad}}}};
  const std::string html = htmlOf(page);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  const std::string shown = "</style><script src='x'>&\"</script>?";
  const Element root = elementOf(html);
  for (const char* name : {"h1", "h2", "p", "caption", "th", "td", "pre", "footer"})
    for (const Element& element : allOf(root, name)) EXPECT_EQ(element.text, shown) << name;
}

TEST(Page, NeedsNothingElse) {
  const Element root = elementOf(htmlOf(samplePage()));
  for (const Element& element : allOf(root, "")) {
    for (const char* name : {"script", "link", "img", "iframe", "object"}) EXPECT_NE(element.name, name);
    for (const char* name : {"src", "xlink:href", "onload", "onclick"}) EXPECT_EQ(element.attribute(name), "");
    EXPECT_THAT(element.text, Not(HasSubstr("url("))) << element.name;
    EXPECT_THAT(element.text, Not(HasSubstr("@import"))) << element.name;
  }
}

TEST(Page, OfNothing) {
  const Element root = elementOf(htmlOf({}));
  EXPECT_TRUE(allOf(root, "section").empty());
  EXPECT_TRUE(allOf(root, "footer").empty());
}

TEST(Page, IsTheSameAgain) { EXPECT_EQ(htmlOf(samplePage()), htmlOf(samplePage())); }

}  // namespace
}  // namespace jobset_twin::viz
