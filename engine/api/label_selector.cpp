#include "engine/api/label_selector.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/api/names.hpp"

namespace jobset_twin::api {
namespace {

std::optional<std::int64_t> wholeNumber(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

Error selectorError(std::string text) {
  return plainError("Invalid", "unable to parse requirement: " + std::move(text));
}

// The words of the string form: names, and the operators as tokens of their own.
class SelectorReader {
 public:
  explicit SelectorReader(std::string_view text) : text_(text) { advance(); }

  Result<LabelSelector> read() {
    LabelSelector out;
    if (token_.empty()) return out;
    while (true) {
      if (auto error = requirement(out)) return *error;
      if (token_.empty()) return out;
      if (token_ != ",") return selectorError("found '" + std::string(token_) + "', expected: ',' or 'end of string'");
      advance();
      if (token_.empty() || token_ == ",")
        return selectorError("found '" + std::string(token_) + "', expected: identifier after ','");
    }
  }

 private:
  static bool isSpecial(char c) { return std::string_view("=!(),><").find(c) != std::string_view::npos; }
  static bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  void advance() {
    while (at_ < text_.size() && isSpace(text_[at_])) ++at_;
    const std::size_t start = at_;
    if (at_ < text_.size() && isSpecial(text_[at_])) {
      const bool two = at_ + 1 < text_.size() && text_[at_ + 1] == '=' && (text_[at_] == '=' || text_[at_] == '!');
      at_ += two ? 2 : 1;
    } else {
      while (at_ < text_.size() && !isSpecial(text_[at_]) && !isSpace(text_[at_])) ++at_;
    }
    token_ = text_.substr(start, at_ - start);
  }
  bool atWord() const { return !token_.empty() && !isSpecial(token_[0]); }

  std::optional<Error> requirement(LabelSelector& out) {
    LabelSelectorRequirement requirement;
    bool negated = false;
    if (token_ == "!") {
      negated = true;
      advance();
    }
    if (!atWord()) return selectorError("found '" + std::string(token_) + "', expected: identifier");
    requirement.key = token_;
    for (const std::string& message : qualifiedNameErrors(requirement.key)) {
      return selectorError("key: Invalid value: \"" + requirement.key + "\": " + message);
    }
    advance();
    if (negated || token_.empty() || token_ == ",") {
      requirement.operator_ = negated ? "DoesNotExist" : "Exists";
    } else if (token_ == "in" || token_ == "notin") {
      requirement.operator_ = token_ == "in" ? "In" : "NotIn";
      advance();
      if (auto error = set(requirement.values)) return error;
    } else if (token_ == "=" || token_ == "==" || token_ == "!=" || token_ == ">" || token_ == "<") {
      requirement.operator_ = token_ == "!=" ? "NotIn" : token_ == ">" ? "Gt" : token_ == "<" ? "Lt" : "In";
      advance();
      std::string value;
      if (atWord()) {
        value = token_;
        advance();
      }
      if (requirement.operator_ == "Gt" || requirement.operator_ == "Lt") {
        if (!wholeNumber(value))
          return selectorError("values[0][" + requirement.key + "]: Invalid value: \"" + value +
                               "\": for 'Gt', 'Lt' operators, the value must be an integer");
      }
      requirement.values.push_back(std::move(value));
    } else {
      return selectorError("found '" + std::string(token_) + "', expected: in, notin, =, ==, !=, gt, lt");
    }
    for (const std::string& value : requirement.values) {
      for (const std::string& message : labelValueErrors(value)) {
        return selectorError("values[0][" + requirement.key + "]: Invalid value: \"" + value + "\": " + message);
      }
    }
    out.matchExpressions.push_back(std::move(requirement));
    return std::nullopt;
  }

  std::optional<Error> set(std::vector<std::string>& values) {
    if (token_ != "(") return selectorError("found '" + std::string(token_) + "' expected: '('");
    advance();
    std::string value;
    while (true) {
      if (atWord()) {
        value = token_;
        advance();
      }
      if (token_ != "," && token_ != ")")
        return selectorError("found '" + std::string(token_) + "', expected: ',', or ')'");
      values.push_back(std::move(value));
      value.clear();
      const bool last = token_ == ")";
      advance();
      if (last) break;
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return std::nullopt;
  }

  std::string_view text_, token_;
  std::size_t at_ = 0;
};

}  // namespace

bool matchesRequirement(std::string_view key, std::string_view op, const std::vector<std::string>& values,
                        const StringMap& labels) {
  const std::string* label = labels.find(key);
  const auto listed = [&] { return std::find(values.begin(), values.end(), *label) != values.end(); };
  if (op == "In") return label && listed();
  if (op == "NotIn") return !label || !listed();
  if (op == "Exists") return label != nullptr;
  if (op == "DoesNotExist") return label == nullptr;
  if (op == "Gt" || op == "Lt") {
    if (!label || values.size() != 1) return false;
    const auto have = wholeNumber(*label), bound = wholeNumber(values[0]);
    if (!have || !bound) return false;
    return op == "Gt" ? *have > *bound : *have < *bound;
  }
  return false;
}

bool matches(const LabelSelector& selector, const StringMap& labels) {
  for (const StringMap::Entry& want : selector.matchLabels) {
    const std::string* have = labels.find(want.first);
    if (!have || *have != want.second) return false;
  }
  return std::all_of(
      selector.matchExpressions.begin(), selector.matchExpressions.end(),
      [&](const LabelSelectorRequirement& r) { return matchesRequirement(r.key, r.operator_, r.values, labels); });
}

Result<LabelSelector> parseSelector(std::string_view text) { return SelectorReader(text).read(); }

std::string formatSelector(const LabelSelector& selector) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ",") + part; };
  for (const StringMap::Entry& entry : selector.matchLabels) add(entry.first + "=" + entry.second);
  for (const LabelSelectorRequirement& r : selector.matchExpressions) {
    std::string values;
    for (std::size_t i = 0; i < r.values.size(); ++i) values += (i == 0 ? "" : ",") + r.values[i];
    if (r.operator_ == "Exists") {
      add(r.key);
    } else if (r.operator_ == "DoesNotExist") {
      add("!" + r.key);
    } else if (r.operator_ == "Gt" || r.operator_ == "Lt") {
      add(r.key + (r.operator_ == "Gt" ? ">" : "<") + values);
    } else {
      add(r.key + (r.operator_ == "In" ? " in (" : " notin (") + values + ")");
    }
  }
  return out.empty() ? "<none>" : out;
}

}  // namespace jobset_twin::api
