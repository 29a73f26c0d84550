#include "viz/study/page.hpp"

#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "viz/study/markup.hpp"
#include "viz/study/text_fit.hpp"

namespace jobset_twin::viz {
namespace {

// The grounds are those of the charts, so that a chart has no edge; its margin is taken back, so that its text begins
// where that of the page does.
constexpr std::string_view kPageStyle = R"(<style>
:root{color-scheme:light dark;--ink:#24292f;--soft:#57606a;--ground:#fff;--band:#f3f5f7;--rule:#d0d7de;--link:#0060a0}
@media screen and (prefers-color-scheme:dark){
:root{--ink:#e6e9ec;--soft:#a3adb8;--ground:#15191e;--band:#1d232a;--rule:#333b45;--link:#56b4e9}
}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font-size:16px;line-height:1.55}
body{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:54rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 1rem}
h2{font-size:1.3rem;line-height:1.3;margin:2.6rem 0 .8rem;padding-bottom:.3rem;border-bottom:1px solid var(--rule)}
p{margin:.7rem 0;max-width:46rem}
a{color:var(--link)}
nav ul{list-style:none;padding:0;margin:1.2rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1.6rem}
.table{overflow-x:auto;margin:1.1rem 0}
table{border-collapse:collapse;font-size:.92rem}
caption{text-align:left;color:var(--soft);padding:0 0 .4rem}
th,td{text-align:left;vertical-align:top;padding:.32rem .9rem .32rem .5rem;border-bottom:1px solid var(--rule)}
thead th{border-bottom:2px solid var(--rule);font-weight:600;vertical-align:bottom}
tbody tr:nth-child(odd){background:var(--band)}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
figure{margin:1rem -16px}
pre{overflow-x:auto;background:var(--band);padding:.8rem 1rem;border-radius:4px;font-size:13px;line-height:1.25}
pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
footer{margin-top:3rem;color:var(--soft);font-size:.88rem}
@media print{
body{font-size:11pt}
main{max-width:none;padding:0}
h2{break-after:avoid}
figure,tr,pre{break-inside:avoid}
figure{margin:1rem 0}
thead{display:table-header-group}
.table,pre{overflow:visible}
pre{white-space:pre-wrap}
tbody tr:nth-child(odd),pre{background:none}
nav{display:none}
}
</style>
)";

std::string paragraph(std::string_view text) { return fmt::format("<p>{}</p>\n", escaped(text)); }

std::string cell(std::string_view element, std::string_view attributes, bool numeric, std::string_view text) {
  return fmt::format("<{}{}{}>{}</{}>", element, attributes, numeric ? " class=\"number\"" : "", escaped(text),
                     element);
}

std::string blockText(const PageParagraph& block) { return paragraph(block.text); }

std::string blockText(const PageTable& table) {
  std::string out = "<div class=\"table\"><table>\n";
  if (!table.caption.empty()) out += fmt::format("<caption>{}</caption>\n", escaped(table.caption));
  out += "<thead><tr>";
  for (const PageColumn& column : table.columns) out += cell("th", " scope=\"col\"", column.numeric, column.name);
  out += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      out += cell("td", "", table.columns[i].numeric, i < row.size() ? std::string_view(row[i]) : std::string_view());
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table></div>\n";
}

std::string blockText(const PageChart& block) {
  return fmt::format("<figure>\n{}</figure>\n", svgOf(block.chart, block.size));
}

std::string blockText(const PagePreformatted& block) { return fmt::format("<pre>{}</pre>\n", escaped(block.text)); }

std::string contentsText(const Page& page) {
  constexpr std::size_t kFew = 3;
  if (page.sections.size() < kFew) return {};
  std::string out = "<nav><ul>\n";
  for (std::size_t i = 0; i < page.sections.size(); ++i)
    out += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i + 1, escaped(page.sections[i].heading));
  return out + "</ul></nav>\n";
}

}  // namespace

std::string htmlOf(const Page& page) {
  const std::string title = escaped(cleanLine(page.title));
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n";
  out += fmt::format("<title>{}</title>\n{}</head>\n<body>\n<main>\n<h1>{}</h1>\n", title, kPageStyle, title);
  for (const std::string& text : page.intro) out += paragraph(text);
  out += contentsText(page);
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    const PageSection& section = page.sections[i];
    out += fmt::format("<section id=\"section-{}\">\n<h2>{}</h2>\n", i + 1, escaped(section.heading));
    for (const PageBlock& block : section.blocks)
      out += std::visit([](const auto& of_kind) { return blockText(of_kind); }, block);
    out += "</section>\n";
  }
  if (!page.footer.empty()) out += fmt::format("<footer>{}</footer>\n", escaped(page.footer));
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace jobset_twin::viz
