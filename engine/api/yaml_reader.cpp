#include "engine/api/yaml_reader.hpp"

#include <map>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "engine/api/json_reader.hpp"
#include "engine/api/scalar.hpp"
#include "engine/api/utf8.hpp"

namespace jobset_twin::api {
namespace {

constexpr std::size_t kMaxErrors = 1000;  // what is shown is the caller's choice; this only bounds memory

struct Stop {};  // thrown through yaml-cpp to leave a document

struct Size {
  std::size_t nodes = 0, bytes = 0;
};
Size sizeOf(const TreeNode& node) {
  Size out{1, node.text.size()};
  for (const TreeNode& item : node.items) {
    const Size inner = sizeOf(item);
    out.nodes += inner.nodes;
    out.bytes += inner.bytes;
  }
  for (const TreeEntry& entry : node.entries) {
    const Size inner = sizeOf(entry.value);
    out.nodes += inner.nodes;
    out.bytes += inner.bytes + entry.key.size();
  }
  return out;
}

// Height of a tree: 0 for a scalar.
std::size_t heightOf(const TreeNode& node) {
  std::size_t out = 0;
  for (const TreeNode& item : node.items) out = std::max(out, heightOf(item) + 1);
  for (const TreeEntry& entry : node.entries) out = std::max(out, heightOf(entry.value) + 1);
  return out;
}

// Builds the tree of one document from yaml-cpp's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, int first_line, const ReadLimits& limits, Errors& errors)
      : file_(file), first_line_(first_line), limits_(limits), errors_(errors) {}

  TreeNode take() { return std::move(root_); }
  YAML::Mark start() const { return start_; }
  YAML::Mark lastScalar() const { return last_scalar_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    start_ = mark;
    root_ = TreeNode();
    open_.clear();
    anchors_.clear();
    added_ = {};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    TreeNode node;
    node.at = place(mark);
    add(std::move(node), anchor, false);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    TreeNode node;
    node.at = place(mark);
    last_scalar_ = mark;
    bool merge = false;
    if (tag == "?") {
      merge = value == "<<";
      if (!setPlainScalar(node, value))
        report(node.at, "Syntax", "a number in JSON cannot be " + value, "quote it to make it a string");
    } else if (!setTagged(node, tag, value)) {
      report(node.at, "Syntax", "cannot decode \"" + value + "\" as tag " + tag, "");
    }
    add(std::move(node), anchor, merge);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      report(place(mark), "Syntax", "an anchor's value contains itself", "");
      throw Stop();
    }
    const Size size = sizeOf(known->second);
    added_.nodes += size.nodes;
    added_.bytes += size.bytes;
    if (added_.nodes > limits_.alias_nodes || added_.bytes > limits_.alias_bytes) {
      report(place(mark), "Limit", "document contains excessive aliasing", "");
      throw Stop();
    }
    if (open_.size() + heightOf(known->second) > limits_.depth) return tooDeep(place(mark));
    add(TreeNode(known->second), 0, false);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    checkCollectionTag(mark, tag, "tag:yaml.org,2002:seq");
    open(TreeNode::Kind::kList, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    checkCollectionTag(mark, tag, "tag:yaml.org,2002:map");
    open(TreeNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    TreeNode node;
    YAML::anchor_t anchor = 0;
    bool has_key = false, bad_key = false, merge_key = false;
    std::string key;
    Position key_at;
    std::map<std::string, Position, std::less<>> keys;  // where each was first seen
    std::vector<TreeNode> merges;
  };

  Position place(const YAML::Mark& mark) const { return {mark.line + first_line_, mark.column + 1}; }

  void report(Position at, const char* code, std::string text, std::string hint) {
    if (errors_.size() >= kMaxErrors) throw Stop();
    errors_.push_back({file_, at.line, at.column, "", code, std::move(text), std::move(hint)});
  }
  void tooDeep(Position at) {
    report(at, "Limit", "nesting is deeper than " + std::to_string(limits_.depth) + " levels", "");
    throw Stop();
  }
  void checkCollectionTag(const YAML::Mark& mark, const std::string& tag, const char* allowed) {
    if (tag != "?" && tag != "!" && tag != allowed)
      report(place(mark), "Syntax", "the tag " + tag + " is not supported", "");
  }

  static bool setTagged(TreeNode& node, const std::string& tag, const std::string& value) {
    const std::string core = "tag:yaml.org,2002:";
    if (tag == "!" || tag == core + "str") {
      node.kind = TreeNode::Kind::kString;
      node.text = value;
      return true;
    }
    if (tag.rfind(core, 0) != 0) return false;
    const std::string word = tag.substr(core.size());
    if (!setPlainScalar(node, value)) return false;
    return (word == "int" && node.kind == TreeNode::Kind::kInt) ||
           (word == "float" && (node.kind == TreeNode::Kind::kInt || node.kind == TreeNode::Kind::kDouble)) ||
           (word == "bool" && node.kind == TreeNode::Kind::kBool) || (word == "null" && node.isNull()) ||
           (word == "timestamp" && node.isString());
  }

  void open(TreeNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= limits_.depth) tooDeep(place(mark));
    Open next;
    next.node.kind = kind;
    next.node.at = place(mark);
    next.anchor = anchor;
    open_.push_back(std::move(next));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    for (TreeNode& source : done.merges) merge(done.node, source);
    add(std::move(done.node), done.anchor, false);
  }

  // The value of "<<": a map, or a list of maps of which the earlier ones win. Explicit keys win over all.
  void merge(TreeNode& target, TreeNode& source) {
    if (source.isList()) {
      for (TreeNode& item : source.items) merge(target, item);
      return;
    }
    if (!source.isMap()) {
      report(source.at, "Syntax", "map merge requires map or sequence of maps as the value", "");
      return;
    }
    for (TreeEntry& entry : source.entries) {
      if (!target.findEntry(entry.key)) target.entries.push_back(std::move(entry));
    }
  }

  void add(TreeNode node, YAML::anchor_t anchor, bool merge) {
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& top = open_.back();
    if (top.node.kind == TreeNode::Kind::kList) {
      top.node.items.push_back(std::move(node));
    } else if (!top.has_key) {
      takeKey(top, std::move(node), merge);
    } else {
      takeValue(top, std::move(node));
    }
  }

  void takeKey(Open& top, TreeNode node, bool merge) {
    top.has_key = true;
    top.merge_key = merge;
    top.bad_key = false;
    top.key_at = node.at;
    switch (node.kind) {
      case TreeNode::Kind::kString:
      case TreeNode::Kind::kInt:
      case TreeNode::Kind::kDouble: top.key = std::move(node.text); break;
      case TreeNode::Kind::kBool: top.key = node.boolean ? "true" : "false"; break;
      default:
        top.bad_key = true;
        report(node.at, "Syntax", "unsupported map key of type " + std::string(goTypeWord(node.kind)),
               "a key must be a string");
    }
  }

  void takeValue(Open& top, TreeNode node) {
    top.has_key = false;
    if (top.bad_key) return;
    if (top.merge_key) {
      top.merges.push_back(std::move(node));
      return;
    }
    const auto [seen, fresh] = top.keys.try_emplace(top.key, top.key_at);
    if (fresh) {
      top.node.entries.push_back({std::move(top.key), top.key_at, std::move(node)});
      return;
    }
    if (!limits_.duplicate_keys) {
      report(top.key_at, "Duplicate", "key \"" + top.key + "\" already set in map",
             "it is first set in line " + std::to_string(seen->second.line));
      return;
    }
    for (TreeEntry& entry : top.node.entries) {
      if (entry.key == top.key) entry = {std::move(top.key), top.key_at, std::move(node)};
    }
  }

  const std::string& file_;
  int first_line_;
  const ReadLimits& limits_;
  Errors& errors_;
  YAML::Mark start_, last_scalar_;
  TreeNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, TreeNode> anchors_;
  Size added_;
};

// Bytes that no YAML or JSON text may contain. Reports the first ones and says whether the text may be read.
bool checkBytes(std::string_view text, const std::string& file, Errors& errors) {
  int line = 1, column = 1;
  std::size_t at = 0, found = 0;
  while (at < text.size() && found < 20) {
    const std::size_t length = utf8Length(text, at);
    const char32_t code = length == 0 ? 0 : utf8Decode(text, at);
    std::string problem;
    if (length == 0) {
      problem = "invalid UTF-8";
    } else if ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') || code == 0x7F ||
               (code >= 0x80 && code < 0xA0 && code != 0x85) || code == 0xFFFE || code == 0xFFFF ||
               (code == 0xFEFF && at != 0)) {
      problem = "control characters are not allowed";
    }
    if (!problem.empty()) {
      ++found;
      errors.push_back({file, line, column, "", "Encoding", problem, ""});
    }
    if (code == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
    at += length == 0 ? 1 : length;
  }
  return found == 0;
}

struct Chunk {
  std::string_view text;
  int first_line = 1;
};

bool isSeparator(std::string_view line) {
  return line.substr(0, 3) == "---" &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r' || line[3] == '\n');
}

// Splits at lines that begin with "---". Directives ("%YAML 1.2") stay with the document that they precede.
std::vector<Chunk> chunks(std::string_view text) {
  std::vector<Chunk> out;
  Chunk current{text.substr(0, 0), 1};
  std::size_t start = 0;
  bool only_directives = true, has_directive = false;
  int line_number = 1;
  for (std::size_t at = 0; at < text.size(); ++line_number) {
    std::size_t end = text.find('\n', at);
    end = end == std::string_view::npos ? text.size() : end + 1;
    const std::string_view line = text.substr(at, end - at);
    if (isSeparator(line) && at != start && !(only_directives && has_directive)) {
      current.text = text.substr(start, at - start);
      out.push_back(current);
      start = at;
      current.first_line = line_number;
      has_directive = false;
      only_directives = false;
    } else {
      const char first = line.empty() ? '\n' : line[0];
      if (at == start) only_directives = true;
      if (first == '%')
        has_directive = true;
      else if (first != '#' && first != '\n' && first != '\r')
        only_directives = false;
      if (isSeparator(line)) only_directives = false;
    }
    at = end;
  }
  current.text = text.substr(start);
  out.push_back(current);
  return out;
}

bool startsLikeJson(std::string_view text) {
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    return c == '{' || c == '[';
  }
  return false;
}

// The text of a line of the chunk, counted from 0.
std::string_view lineOf(std::string_view text, int number) {
  for (; number > 0; --number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::string hintFor(std::string_view text, int line) {
  std::string_view source = lineOf(text, line);
  source = source.substr(0, source.find_first_not_of(" \t"));
  return source.find('\t') == std::string_view::npos ? "" : "indent with spaces, not tabs";
}

// yaml-cpp lets the end of the text close a quoted scalar. Only the last scalar can be such a one.
bool lastScalarIsClosed(std::string_view text, const YAML::Mark& mark) {
  if (mark.pos < 0 || static_cast<std::size_t>(mark.pos) >= text.size()) return true;
  text.remove_prefix(static_cast<std::size_t>(mark.pos));
  while (!text.empty() && (text[0] == '&' || text[0] == '!')) {  // properties
    const std::size_t end = text.find_first_of(" \t\r\n");
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  }
  if (text.empty() || (text[0] != '\'' && text[0] != '"')) return true;
  const char quote = text[0];
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return true;
      ++at;
    }
  }
  return false;
}

// True if the text before `mark` holds a line "...", without which a chunk cannot hold a second document.
bool endedBefore(std::string_view text, const YAML::Mark& mark) {
  for (int line = 0; line < mark.line; ++line) {
    if (lineOf(text, line).substr(0, 3) == "...") return true;
  }
  return false;
}

void readYaml(const Chunk& chunk, const std::string& file, const ReadLimits& limits, Documents& out) {
  std::istringstream stream{std::string(chunk.text)};
  try {
    YAML::Parser parser(stream);
    for (bool first = true;; first = false) {
      TreeBuilder builder(file, chunk.first_line, limits, out.errors);
      if (!parser.HandleNextDocument(builder)) return;
      if (!first && !endedBefore(chunk.text, builder.start())) {
        out.errors.push_back({file, builder.start().line + chunk.first_line, builder.start().column + 1, "", "Syntax",
                              "malformed YAML: did not find expected <document start>",
                              "is the line above indented as it should be?"});
        return;
      }
      if (!lastScalarIsClosed(chunk.text, builder.lastScalar())) {
        out.errors.push_back({file, builder.lastScalar().line + chunk.first_line, builder.lastScalar().column + 1, "",
                              "Syntax", "malformed YAML: found unexpected end of stream while scanning a quoted scalar",
                              "a closing quote is missing"});
        return;
      }
      TreeNode root = builder.take();
      if (!root.isNull()) out.trees.push_back({file, std::move(root)});
    }
  } catch (const Stop&) {
    return;
  } catch (const YAML::Exception& error) {
    const YAML::Mark& mark = error.mark;
    const bool known = !mark.is_null() && mark.line >= 0;
    out.errors.push_back({file, known ? mark.line + chunk.first_line : chunk.first_line, known ? mark.column + 1 : 1,
                          "", "Syntax", "malformed YAML: " + error.msg, known ? hintFor(chunk.text, mark.line) : ""});
  } catch (const std::exception& error) {  // yaml-cpp lets a few of the standard library's through
    out.errors.push_back({file, chunk.first_line, 1, "", "Syntax", std::string("malformed YAML: ") + error.what(), ""});
  }
}

}  // namespace

Documents readDocuments(std::string_view text, const std::string& file, const ReadLimits& limits) {
  Documents out;
  if (text.size() > limits.total_bytes) {
    out.errors.push_back(
        {file, 0, 0, "", "Limit",
         "the file has " + std::to_string(text.size()) + " bytes; the limit is " + std::to_string(limits.total_bytes),
         ""});
    return out;
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (!checkBytes(text, file, out.errors)) return out;
  for (const Chunk& chunk : chunks(text)) {
    if (chunk.text.size() > limits.document_bytes && !startsLikeJson(chunk.text)) {
      out.errors.push_back({file, chunk.first_line, 1, "", "Limit",
                            "Request entity too large: limit is " + std::to_string(limits.document_bytes),
                            "this document has " + std::to_string(chunk.text.size()) + " bytes"});
      continue;
    }
    if (startsLikeJson(chunk.text)) {
      Documents json = readJsonValues(chunk.text, file, chunk.first_line, limits);
      Documents yaml;
      bool syntax = false;
      for (const Error& error : json.errors) syntax = syntax || error.code == "Syntax";
      // Flow-style YAML begins like JSON.
      if (syntax && chunk.text.size() <= limits.document_bytes) readYaml(chunk, file, limits, yaml);
      Documents& better = syntax && yaml.errors.empty() && !yaml.trees.empty() ? yaml : json;
      for (Tree& tree : better.trees) out.trees.push_back(std::move(tree));
      for (Error& error : better.errors) out.errors.push_back(std::move(error));
      continue;
    }
    readYaml(chunk, file, limits, out);
  }
  return out;
}

}  // namespace jobset_twin::api
