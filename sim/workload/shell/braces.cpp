// braces.cpp - brace expansion of bash: {a,b}, {1..5}, {01..10..3}, {a..e}, nested.
//
// Purely textual and first of all expansions; quoted characters and expansions are atoms that it only moves about.
#include <fmt/format.h>
#include <cstdlib>
#include <optional>

#include "sim/workload/shell/code.hpp"
#include "sim/workload/shell/scanner.hpp"

namespace jobset_twin::workload::shell {
namespace {

constexpr std::size_t kMaxWords = 100'000;

struct Atom {
  char c = '\0';  // an unquoted character, or
  int part = -1;  // the index of a part that is not plain text
};

using Atoms = std::vector<Atom>;

std::size_t closing(const Atoms& atoms, std::size_t open, std::vector<std::size_t>& commas) {
  int depth = 0;
  for (std::size_t i = open; i < atoms.size(); ++i) {
    if (atoms[i].part >= 0) continue;
    if (atoms[i].c == '{') ++depth;
    if (atoms[i].c == ',' && depth == 1) commas.push_back(i);
    if (atoms[i].c == '}' && --depth == 0) return i;
  }
  return 0;
}

std::optional<std::string> plain(const Atoms& atoms, std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i) {
    if (atoms[i].part >= 0) return std::nullopt;
    text += atoms[i].c;
  }
  return text;
}

std::optional<long long> number(const std::string& text) {
  if (text.empty() || text.size() > 15) return std::nullopt;
  char* end = nullptr;
  const long long value = std::strtoll(text.c_str(), &end, 10);
  if (*end != '\0' || text[0] == ' ' || text[0] == '+') return std::nullopt;
  return value;
}

// The items of {x..y[..step]}; nothing if it is not one.
std::vector<std::string> sequence(const std::string& text) {
  const auto first = text.find("..");
  if (first == std::string::npos) return {};
  auto second = text.find("..", first + 2);
  const std::string from = text.substr(0, first);
  const std::string to = text.substr(first + 2, second == std::string::npos ? second : second - first - 2);
  long long step = 1;
  if (second != std::string::npos) {
    const auto given = number(text.substr(second + 2));
    if (!given) return {};
    step = std::llabs(*given);
    if (step == 0) step = 1;
  }
  std::vector<std::string> items;
  const auto a = number(from);
  const auto b = number(to);
  if (a && b) {
    const auto padded = [](const std::string& s) {
      return s.size() > 1 && (s[0] == '0' || (s[0] == '-' && s.size() > 2 && s[1] == '0'));
    };
    const std::size_t width = padded(from) || padded(to) ? std::max(from.size(), to.size()) : 0;
    for (long long i = *a; *a <= *b ? i <= *b : i >= *b; i += *a <= *b ? step : -step) {
      std::string digits = std::to_string(std::llabs(i));
      const std::size_t sign = i < 0 ? 1 : 0;
      while (digits.size() + sign < width) digits.insert(0, "0");
      items.push_back(sign != 0 ? fmt::format("-{}", digits) : digits);
      if (items.size() > kMaxWords) return items;
    }
    return items;
  }
  const auto letter = [](const std::string& s) {
    return s.size() == 1 && ((s[0] >= 'a' && s[0] <= 'z') || (s[0] >= 'A' && s[0] <= 'Z'));
  };
  if (letter(from) && letter(to)) {
    const int x = from[0];
    const int y = to[0];
    for (int i = x; x <= y ? i <= y : i >= y; i += static_cast<int>(x <= y ? step : -step)) {
      items.emplace_back(1, static_cast<char>(i));
    }
  }
  return items;
}

void expand(const Atoms& atoms, std::vector<Atoms>& out, int depth) {
  if (out.size() > kMaxWords || depth > 60) {
    out.push_back(atoms);
    return;
  }
  for (std::size_t open = 0; open < atoms.size(); ++open) {
    if (atoms[open].part >= 0 || atoms[open].c != '{') continue;
    std::vector<std::size_t> commas;
    const std::size_t close = closing(atoms, open, commas);
    if (close == 0) continue;
    std::vector<Atoms> middles;
    if (!commas.empty()) {
      std::size_t from = open + 1;
      commas.push_back(close);
      for (const std::size_t comma : commas) {
        expand(Atoms(atoms.begin() + static_cast<long>(from), atoms.begin() + static_cast<long>(comma)), middles,
               depth + 1);
        from = comma + 1;
      }
    } else if (const auto text = plain(atoms, open + 1, close)) {
      for (const auto& item : sequence(*text)) {
        Atoms atom;
        for (const char c : item) atom.push_back({c, -1});
        middles.push_back(std::move(atom));
      }
    }
    if (middles.empty()) continue;
    std::vector<Atoms> tails;
    expand(Atoms(atoms.begin() + static_cast<long>(close) + 1, atoms.end()), tails, depth + 1);
    for (const auto& middle : middles) {
      for (const auto& tail : tails) {
        Atoms whole(atoms.begin(), atoms.begin() + static_cast<long>(open));
        whole.insert(whole.end(), middle.begin(), middle.end());
        whole.insert(whole.end(), tail.begin(), tail.end());
        out.push_back(std::move(whole));
        if (out.size() > kMaxWords) return;
      }
    }
    return;
  }
  out.push_back(atoms);
}

}  // namespace

std::vector<Word> expandBraces(const Word& word, bool& too_many) {
  bool brace = false;
  Atoms atoms;
  for (std::size_t p = 0; p < word.parts.size(); ++p) {
    const Part& part = word.parts[p];
    if (part.kind != PartKind::kText) {
      atoms.push_back({'\0', static_cast<int>(p)});
      continue;
    }
    for (const char c : part.text) {
      brace |= c == '{';
      atoms.push_back({c, -1});
    }
  }
  if (!brace) return {word};
  std::vector<Atoms> expanded;
  expand(atoms, expanded, 0);
  if (expanded.size() > kMaxWords) {
    too_many = true;
    return {word};
  }
  if (expanded.size() == 1 && expanded[0].size() == atoms.size()) return {word};
  std::vector<Word> words;
  for (const auto& list : expanded) {
    Word result;
    result.line = word.line;
    result.column = word.column;
    for (const auto& atom : list) {
      if (atom.part >= 0) {
        result.parts.push_back(word.parts[static_cast<std::size_t>(atom.part)]);
      } else if (!result.parts.empty() && result.parts.back().kind == PartKind::kText) {
        result.parts.back().text += atom.c;
      } else if (!result.parts.empty() && result.parts.back().param && result.parts.back().param->bare &&
                 isNameChar(atom.c)) {
        // $x{1,2} stands for $x1 $x2
        auto longer = std::make_shared<Param>(*result.parts.back().param);
        longer->name += atom.c;
        result.parts.back().param = std::move(longer);
      } else {
        Part part;
        part.text = std::string(1, atom.c);
        result.parts.push_back(std::move(part));
      }
    }
    words.push_back(std::move(result));
  }
  return words;
}

}  // namespace jobset_twin::workload::shell
