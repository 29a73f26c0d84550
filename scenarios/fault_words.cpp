#include "scenarios/fault_words.hpp"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "engine/api/names.hpp"

namespace jobset_twin::scenarios {
namespace {

using TreeKind = api::TreeNode::Kind;

struct Word {
  std::string text;
  std::size_t offset = 0;  // in the whole text
};

// Quotes may stand anywhere in a word, as in a shell; nothing else is special.
std::vector<Word> wordsOf(std::string_view text, bool& open_quote) {
  std::vector<Word> words;
  bool inside = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      inside = false;
      continue;
    }
    if (!inside) {
      words.push_back({"", i});
      inside = true;
    }
    if (quote != 0 ? c == quote : c == '\'' || c == '"') {
      quote = quote != 0 ? '\0' : c;
    } else {
      words.back().text += c;
    }
  }
  open_quote = quote != 0;
  return words;
}

// A value as YAML would read it: a number, a truth value, or text.
api::TreeNode valueOf(const std::string& text) {
  api::TreeNode node;
  node.text = text;
  const char* end = text.data() + text.size();
  if (text == "true" || text == "false") {
    node.kind = TreeKind::kBool;
    node.boolean = text == "true";
  } else if (const auto whole = std::from_chars(text.data(), end, node.integer);
             whole.ec == std::errc() && whole.ptr == end) {
    node.kind = TreeKind::kInt;
  } else if (const auto real = std::from_chars(text.data(), end, node.number);
             real.ec == std::errc() && real.ptr == end && text.find_first_of("nNxX") == std::string::npos) {
    node.kind = TreeKind::kDouble;
  } else {
    node.kind = TreeKind::kString;
  }
  return node;
}

}  // namespace

api::Result<api::TreeNode> faultFromWords(std::string_view text, api::Position at, bool spread) {
  bool open_quote = false;
  const std::vector<Word> words = wordsOf(text, open_quote);
  const auto place = [&](std::size_t offset) {
    return spread ? api::Position{at.line, at.column + static_cast<int>(offset)} : at;
  };
  const auto wrong = [&](std::size_t offset, std::string problem, std::string hint) {
    api::Error error = api::plainError("Invalid", std::move(problem));
    error.line = place(offset).line;
    error.column = place(offset).column;
    error.hint = std::move(hint);
    return error;
  };
  constexpr std::string_view kExample = "for example \"kill pod=default/train/workers/0/1 at=30s\"";
  if (open_quote) return wrong(0, "a quote is not closed", "");
  if (words.empty()) return wrong(0, "a fault without words", std::string(kExample));
  api::TreeNode out;
  out.kind = TreeKind::kMap;
  out.at = at;
  const auto put = [&](const std::string& key, std::size_t offset, std::size_t value_offset, api::TreeNode value) {
    value.at = place(value_offset);
    out.entries.push_back({key, place(offset), std::move(value)});
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    const std::size_t equals = word.text.find('=');
    const std::string key = i == 0 ? "class" : word.text.substr(0, equals);
    if (out.find(key)) return wrong(word.offset, fmt::format("{} is given twice", key), "");
    if (i == 0) {
      if (equals != std::string::npos) {
        return wrong(word.offset, fmt::format("a fault begins with what goes wrong, not with \"{}\"", word.text),
                     std::string(kExample));
      }
      api::TreeNode verb;
      verb.kind = TreeKind::kString;
      verb.text = word.text;
      put(key, word.offset, word.offset, std::move(verb));
    } else if (equals == std::string::npos) {
      if (key != "any" && key != "all") {
        return wrong(word.offset, fmt::format("\"{}\" is neither any, nor all, nor key=value", word.text),
                     std::string(kExample));
      }
      put(key, word.offset, word.offset, valueOf("true"));
    } else {
      put(key, word.offset, word.offset + equals + 1, valueOf(word.text.substr(equals + 1)));
    }
  }
  return out;
}

}  // namespace jobset_twin::scenarios
