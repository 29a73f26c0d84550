#include "engine/api/json_reader.hpp"

#include <cmath>
#include <map>

#include <nlohmann/json.hpp>

#include "engine/api/scalar.hpp"

namespace jobset_twin::api {
namespace {

// nlohmann's parser calls this for each token but does not say where the token is. So a cursor of our own follows:
// every event is one token, and what has an event is already known to be well formed.
class TreeSax : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeSax(std::string_view text, std::size_t start, Position at, const std::string& file, const ReadLimits& limits,
          Errors& errors)
      : text_(text), cursor_(start), here_(at), file_(file), limits_(limits), errors_(errors) {}

  TreeNode take() { return std::move(root_); }
  std::size_t cursor() const { return cursor_; }
  Position here() const { return here_; }
  bool stopped() const { return stopped_; }

  bool null() override { return add(next()); }
  bool boolean(bool value) override {
    TreeNode node = next();
    node.kind = TreeNode::Kind::kBool;
    node.boolean = value;
    return add(std::move(node));
  }
  bool number_integer(number_integer_t value) override {
    TreeNode node = next();
    setInteger(node, value);
    return add(std::move(node));
  }
  bool number_unsigned(number_unsigned_t value) override {
    TreeNode node = next();
    setUnsigned(node, value);
    return add(std::move(node));
  }
  bool number_float(number_float_t value, const string_t&) override {
    TreeNode node = next();
    if (!std::isfinite(value)) return stop(node.at, "Syntax", "number is out of range");
    setDouble(node, value);
    return add(std::move(node));
  }
  bool string(string_t& value) override {
    TreeNode node = next();
    node.kind = TreeNode::Kind::kString;
    node.text = std::move(value);
    return add(std::move(node));
  }
  bool binary(binary_t&) override { return false; }  // cannot occur in JSON text
  bool start_object(std::size_t) override { return open(TreeNode::Kind::kMap); }
  bool start_array(std::size_t) override { return open(TreeNode::Kind::kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    Open& top = open_.back();
    top.key_at = next().at;
    top.key = std::move(value);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    // nlohmann counts bytes from 1 and has read the offending one.
    while (cursor_ + 1 < errorOffset(position)) step();
    std::string what = error.what();
    if (const std::size_t colon = what.find(": "); colon != std::string::npos) what = what.substr(colon + 2);
    return stop(here_, "Syntax", "malformed JSON: " + what);
  }
  void setOrigin(std::size_t origin) { origin_ = origin; }

 private:
  struct Open {
    TreeNode node;
    std::string key;
    Position key_at;
    std::map<std::string, Position, std::less<>> keys;
  };

  std::size_t errorOffset(std::size_t position) const { return std::min(origin_ + position, text_.size()); }

  void step() {
    if (cursor_ >= text_.size()) return;
    const unsigned char c = static_cast<unsigned char>(text_[cursor_++]);
    if (c == '\n') {
      ++here_.line;
      here_.column = 1;
    } else if ((c & 0xC0U) != 0x80U) {
      ++here_.column;
    }
  }

  // A node with the place of the next token; the cursor moves behind that token (or its opening bracket).
  TreeNode next() {
    while (cursor_ < text_.size() && std::string_view(" \t\r\n,:").find(text_[cursor_]) != std::string_view::npos)
      step();
    TreeNode node;
    node.at = here_;
    if (cursor_ >= text_.size()) return node;
    if (text_[cursor_] == '"') {
      step();
      while (cursor_ < text_.size() && text_[cursor_] != '"') {
        if (text_[cursor_] == '\\') step();
        step();
      }
      step();
    } else if (std::string_view("{}[]").find(text_[cursor_]) != std::string_view::npos) {
      step();
    } else {
      while (cursor_ < text_.size() &&
             std::string_view(" \t\r\n,:]}[{\"").find(text_[cursor_]) == std::string_view::npos)
        step();
    }
    return node;
  }

  bool stop(Position at, const char* code, std::string text) {
    errors_.push_back({file_, at.line, at.column, "", code, std::move(text), ""});
    stopped_ = true;
    return false;
  }

  bool open(TreeNode::Kind kind) {
    Open top;
    top.node = next();
    top.node.kind = kind;
    if (open_.size() >= limits_.depth) {
      return stop(top.node.at, "Limit", "nesting is deeper than " + std::to_string(limits_.depth) + " levels");
    }
    open_.push_back(std::move(top));
    return true;
  }

  bool close() {
    next();
    TreeNode node = std::move(open_.back().node);
    open_.pop_back();
    return add(std::move(node));
  }

  bool add(TreeNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return true;
    }
    Open& top = open_.back();
    if (top.node.isList()) {
      top.node.items.push_back(std::move(node));
      return true;
    }
    const auto [seen, fresh] = top.keys.try_emplace(top.key, top.key_at);
    if (fresh) {
      top.node.entries.push_back({std::move(top.key), top.key_at, std::move(node)});
    } else if (limits_.duplicate_keys) {
      for (TreeEntry& entry : top.node.entries) {
        if (entry.key == top.key) entry = {top.key, top.key_at, std::move(node)};
      }
    } else {
      errors_.push_back({file_, top.key_at.line, top.key_at.column, "", "Duplicate",
                         "key \"" + top.key + "\" already set in map",
                         "it is first set in line " + std::to_string(seen->second.line)});
    }
    return true;
  }

  std::string_view text_;
  std::size_t cursor_, origin_ = 0;
  Position here_;
  const std::string& file_;
  const ReadLimits& limits_;
  Errors& errors_;
  bool stopped_ = false;
  TreeNode root_;
  std::vector<Open> open_;
};

}  // namespace

Documents readJsonValues(std::string_view text, const std::string& file, int first_line, const ReadLimits& limits) {
  Documents out;
  std::size_t at = 0;
  Position here{first_line, 1};
  if (text.substr(0, 3) == "---") {  // a separator before JSON
    at = 3;
    here.column = 4;
  }
  while (true) {
    const auto isBlank = [&](std::size_t i) {
      return std::string_view(" \t\r\n").find(text[i]) != std::string_view::npos;
    };
    while (at < text.size() && isBlank(at)) {
      here = text[at] == '\n' ? Position{here.line + 1, 1} : Position{here.line, here.column + 1};
      ++at;
    }
    if (at >= text.size()) return out;
    TreeSax sax(text, at, here, file, limits, out.errors);
    sax.setOrigin(at);
    const bool done = nlohmann::json::sax_parse(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), &sax,
                                                nlohmann::json::input_format_t::json, false);
    if (!done || sax.stopped()) return out;
    if (sax.cursor() - at > limits.document_bytes) {
      out.errors.push_back({file, here.line, here.column, "", "Limit",
                            "Request entity too large: limit is " + std::to_string(limits.document_bytes), ""});
    } else if (TreeNode root = sax.take(); !root.isNull()) {
      out.trees.push_back({file, std::move(root)});
    }
    at = sax.cursor();
    here = sax.here();
  }
}

}  // namespace jobset_twin::api
