#include "scenarios/cli/diagnostics.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace jobset_twin::cli {
namespace {

constexpr std::size_t kShownAtMost = 20;
constexpr std::size_t kExcerptColumns = 100;

void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

// The line of that number (from 1), without its end.
std::string_view lineOf(std::string_view text, int number) {
  for (int line = 1; line < number; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

// Each line of a text on its own, made safe; messages of several lines keep them.
std::string printableLines(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = text.find('\n');
    out += printable(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += "\n  ";
    text.remove_prefix(end + 1);
  }
}

}  // namespace

void Diagnostics::error(std::string_view text, std::string_view hint) const {
  const bool colored = usesColor(Stream::kErr, color);
  put(fmt::format("{} {}\n", styled("error:", Style::kError, colored), printableLines(text)));
  if (!hint.empty()) put(fmt::format("{} {}\n", styled("hint:", Style::kHint, colored), printableLines(hint)));
}

void Diagnostics::warning(std::string_view text) const {
  if (quiet >= 2) return;
  put(fmt::format("{} {}\n", styled("warning:", Style::kWarning, usesColor(Stream::kErr, color)),
                  printableLines(text)));
}

void Diagnostics::note(std::string_view text) const {
  if (quiet == 0) put(fmt::format("{}\n", printableLines(text)));
}

void Diagnostics::usage(std::string_view text) const { put(fmt::format("{}\n", text)); }

std::string Diagnostics::excerpt(const api::Error& error) const {
  const auto source = sources_.find(error.file);
  if (source == sources_.end() || error.line <= 0) return {};
  const std::string_view line = lineOf(source->second, error.line);
  if (line.empty() || line.size() > kExcerptColumns) return {};
  std::string out = fmt::format("{:>5} | {}\n", error.line, printable(line));
  if (error.column > 0 && static_cast<std::size_t>(error.column) <= line.size() + 1) {
    out += fmt::format("      | {:>{}}\n", "^", error.column);
  }
  return out;
}

void Diagnostics::list(const api::Errors& errors, std::string_view word, Style style) const {
  const bool colored = usesColor(Stream::kErr, color);
  for (std::size_t i = 0; i < std::min(errors.size(), kShownAtMost); ++i) {
    const api::Error& error = errors[i];
    put(fmt::format("{} {}\n", styled(word, style, colored), printableLines(api::describe(error))));
    put(excerpt(error));
    if (!error.hint.empty())
      put(fmt::format("{} {}\n", styled("hint:", Style::kHint, colored), printableLines(error.hint)));
  }
  if (errors.size() > kShownAtMost) {
    put(fmt::format("{} {} more like these\n", styled(word, style, colored), errors.size() - kShownAtMost));
  }
}

void Diagnostics::errors(const api::Errors& errors) const { list(errors, "error:", Style::kError); }

void Diagnostics::warnings(const api::Errors& warnings) const {
  if (quiet < 2) list(warnings, "warning:", Style::kWarning);
}

}  // namespace jobset_twin::cli
