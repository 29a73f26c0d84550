#include "viz/repeats.hpp"

#include <fmt/format.h>

#include "viz/columns.hpp"

namespace jobset_twin::viz {
namespace {

constexpr std::string_view kJobSet = "jobset/";

// The JobSet that a fact is about: its own object, or the first two parts of the group ("pod default/x/workers#3").
std::string familyOf(const Fact& fact) {
  if (fact.object.starts_with(kJobSet)) {
    const std::string name = fact.object.substr(kJobSet.size());
    return name.find('/') == std::string::npos ? "default/" + name : name;
  }
  const std::size_t attempt = fact.group.rfind('#');
  const std::size_t from = fact.group.find(' ') == std::string::npos ? 0 : fact.group.find(' ') + 1;
  if (attempt == std::string::npos || attempt < from) return {};
  const std::size_t slash = fact.group.rfind('/', attempt);
  return slash == std::string::npos || slash < from ? std::string() : fact.group.substr(from, slash - from);
}

bool isRestart(const Fact& fact) {
  return fact.object.starts_with(kJobSet) &&
         (fact.text.starts_with("restarts ") || fact.text.starts_with("in-place restart"));
}

// The words, without those that hold names or numbers.
std::string wordsOf(const Fact& fact) {
  std::string out = fact.object.substr(0, fact.object.find('/')) + " " + fact.group_name + ":";
  std::string word;
  bool named = false;
  const auto flush = [&] {
    if (!word.empty()) out += named ? " ~" : " " + word;
    word.clear();
    named = false;
  };
  for (const char c : fact.text) {
    if (c == ' ' || c == ',' || c == '(' || c == ')') {
      flush();
      continue;
    }
    named = named || c == '-' || (c >= '0' && c <= '9');
    word += c;
  }
  flush();
  return out;
}

}  // namespace

bool Repeats::swallow(const Fact& fact) {
  const std::string name = familyOf(fact);
  if (name.empty()) return false;
  Family& family = families_[name];
  if (isRestart(fact)) ++family.restarts;
  constexpr std::size_t kMostWords = 4096;
  const std::string words = wordsOf(fact);
  if (!family.words.contains(words)) {
    if (family.words.size() < kMostWords) family.words.insert(words);
    return false;
  }
  if (family.restarts <= kFoldAfter) return false;
  if (family.folded++ == 0) family.first_folded = family.restarts;
  return true;
}

std::string Repeats::summary(const std::string& name, Family& family) const {
  if (family.folded == 0) return {};
  const std::size_t slash = name.find('/');
  const std::string restarts =
      family.first_folded == family.restarts
          ? fmt::format("restart {} goes", family.restarts)
          : fmt::format("restarts {} to {} went", withThousands(family.first_folded), withThousands(family.restarts));
  const std::string text = fmt::format("{}: {} like those before: {} lines left out",
                                       shortName("jobset", name.substr(0, slash), name.substr(slash + 1)), restarts,
                                       withThousands(family.folded));
  family.folded = 0;
  return text;
}

std::string Repeats::before(const Fact& fact) {
  const std::string name = familyOf(fact);
  const auto found = families_.find(name);
  return found == families_.end() ? std::string() : summary(name, found->second);
}

std::vector<std::string> Repeats::rest() {
  std::vector<std::string> out;
  for (auto& [name, family] : families_) {
    if (std::string text = summary(name, family); !text.empty()) out.push_back(std::move(text));
  }
  return out;
}

}  // namespace jobset_twin::viz
