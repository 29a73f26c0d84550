// page.hpp - a report as one HTML page that needs nothing else: no script, no style sheet, font or picture from
// elsewhere. Plain values to text; readable in light and dark and on paper. All text is plain: it is escaped, and never
// markup.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "viz/study/chart.hpp"

namespace jobset_twin::viz {

struct PageParagraph {
  std::string text;
};

struct PageColumn {
  std::string name;
  bool numeric = false;  // aligned right, with digits of one width
};
struct PageTable {
  std::string caption;  // "": none
  std::vector<PageColumn> columns;
  std::vector<std::vector<std::string>> rows;  // cells beyond the columns are left out, missing ones are empty
};

struct PageChart {
  Chart chart;
  SvgSize size;
};

struct PagePreformatted {
  std::string text;  // as it is, in a face of one width
};

using PageBlock = std::variant<PageParagraph, PageTable, PageChart, PagePreformatted>;

struct PageSection {
  std::string heading;
  std::vector<PageBlock> blocks;  // in order
};

struct Page {
  std::string title;
  std::vector<std::string> intro;  // paragraphs
  std::vector<PageSection> sections;
  std::string footer;  // "": none
};
// With three sections or more the page begins with a list of them.
std::string htmlOf(const Page& page);

}  // namespace jobset_twin::viz
