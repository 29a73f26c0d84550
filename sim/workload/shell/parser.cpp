#include "sim/workload/shell/parser.hpp"

#include <algorithm>
#include <array>

#include "sim/workload/shell/scanner.hpp"

namespace jobset_twin::workload::shell {
namespace {

constexpr std::array kReserved = {"!",     "case",     "do", "done", "elif",   "else",  "esac", "fi",
                                  "for",   "function", "if", "in",   "select", "then",  "time", "until",
                                  "while", "{",        "}",  "[[",   "]]",     "coproc"};

constexpr int kMaxChain = 500;  // of what the tree nests to the left

bool isReserved(std::string_view word) {
  return std::any_of(kReserved.begin(), kReserved.end(), [&](std::string_view r) { return r == word; });
}

class Parser : public Scanner {
 public:
  using Scanner::Scanner;

  Parsed run() {
    Parsed parsed;
    try {
      for (;;) {
        skipLines();
        if (atEnd()) break;
        auto unit = parseLine();
        parsed.units.push_back(std::move(unit));
      }
    } catch (const SyntaxError& error) {
      parsed.failed = true;
      parsed.unreadable = error.unsupported;
      parsed.error = {lineAt(std::min(error.at, text_.size())), columnAt(std::min(error.at, text_.size())), error.text};
    }
    parsed.unsupported = std::move(unsupported_);
    return parsed;
  }

  std::shared_ptr<Node> runEmbedded() {
    auto list = parseList();
    if (!atEnd()) unexpected();
    return list;
  }
  std::vector<Note> takeUnsupported() { return std::move(unsupported_); }
  void setDepth(int depth) { depth_ = depth; }

 private:
  using NodePtr = std::shared_ptr<Node>;

  NodePtr make(NodeKind kind, std::size_t at) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->line = lineAt(at);
    node->column = columnAt(at);
    return node;
  }

  void skipLines() {
    for (;;) {
      skipBlanks();
      if (peek() != '\n' || atEnd()) return;
      takeNewline();
    }
  }

  // The unquoted word at the position if it could be a reserved word, else nothing.
  std::string_view plainWord() const {
    auto end = pos_;
    while (end < text_.size() && std::string_view(" \t\n;&|<>()").find(text_[end]) == std::string_view::npos) {
      if (std::string_view("'\"\\$`").find(text_[end]) != std::string_view::npos) return {};
      ++end;
    }
    return text_.substr(pos_, end - pos_);
  }

  bool atReserved(std::string_view word) const { return plainWord() == word; }

  bool acceptReserved(std::string_view word) {
    skipLines();
    if (!atReserved(word)) return false;
    pos_ += word.size();
    return true;
  }

  void expectReserved(std::string_view word) {
    if (!acceptReserved(word)) {
      if (atEnd()) fail("unexpected end of file: missing `" + std::string(word) + "'");
      unexpected();
    }
  }

  [[noreturn]] void unexpected() {
    if (atEnd()) fail("unexpected end of file");
    std::string token(plainWord());
    if (token.empty()) token = peek() == '\n' ? "newline" : std::string(1, peek());
    if (looksAt("&&") || looksAt("||") || looksAt(";;")) token = std::string(text_.substr(pos_, 2));
    fail("unexpected `" + token + "'");
  }

  bool atListEnd() const {
    if (atEnd() || peek() == ')' || looksAt(";;") || looksAt(";&")) return true;
    const auto word = plainWord();
    for (const std::string_view end : {"then", "do", "done", "fi", "elif", "else", "esac", "}"}) {
      if (word == end) return true;
    }
    return false;
  }

  // One complete command line: lists up to a newline that belongs to no construct.
  NodePtr parseLine() {
    auto list = make(NodeKind::kList, pos_);
    for (;;) {
      skipBlanks();
      if (atEnd() || peek() == '\n') break;
      list->children.push_back(parseAndOr());
      if (!separator(*list)) break;
    }
    if (!atEnd()) {
      if (peek() != '\n') unexpected();
      takeNewline();
    }
    return list;
  }

  // Takes `;` or `&` after a command; wraps the command for `&`. False if neither is there.
  bool separator(Node& list) {
    skipBlanks();
    if (peek() == ';' && peek(1) != ';' && peek(1) != '&') {
      ++pos_;
      return true;
    }
    if (peek() == '&' && peek(1) != '&') {
      auto job = make(NodeKind::kBackground, pos_);
      ++pos_;
      job->children.push_back(std::move(list.children.back()));
      job->line = job->children[0]->line;
      list.children.back() = std::move(job);
      return true;
    }
    return false;
  }

  // A compound list: until a reserved word that closes, `)`, `;;` or the end. May be empty.
  NodePtr parseList() {
    const Depth guard(*this);
    auto list = make(NodeKind::kList, pos_);
    for (;;) {
      skipLines();
      if (atListEnd()) break;
      list->children.push_back(parseAndOr());
      if (!separator(*list)) {
        skipBlanks();
        if (peek() != '\n') break;
        takeNewline();
      }
    }
    return list;
  }

  NodePtr parseFilledList() {
    auto list = parseList();
    if (list->children.empty()) unexpected();
    return list;
  }

  NodePtr parseAndOr() {
    const Depth guard(*this);
    auto left = parsePipeline();
    for (int length = 1;; ++length) {
      if (length > kMaxChain)
        failUnsupported("a list of more than " + std::to_string(kMaxChain) + " commands joined by && and ||");
      skipBlanks();
      const bool both = looksAt("&&");
      if (!both && !looksAt("||")) return left;
      auto node = make(both ? NodeKind::kAnd : NodeKind::kOr, pos_);
      pos_ += 2;
      skipLines();
      node->children.push_back(std::move(left));
      node->children.push_back(parsePipeline());
      left = std::move(node);
    }
  }

  NodePtr parsePipeline() {
    skipBlanks();
    auto pipeline = make(NodeKind::kPipeline, pos_);
    bool negated = false;
    while (atReserved("!")) {
      ++pos_;
      negated = !negated;
      pipeline->flag = true;
      skipBlanks();
    }
    if (atReserved("time") && dialect_ != Dialect::kDash) failUnsupported("time is not supported");
    pipeline->name = negated ? "!" : "";
    for (;;) {
      pipeline->children.push_back(parseCommand());
      skipBlanks();
      if (peek() != '|' || peek(1) == '|') break;
      ++pos_;
      if (peek() == '&') {
        if (!bash()) unexpected();
        ++pos_;
        Redirect both;
        both.fd = 2;
        both.op = RedirectOp::kDupOut;
        Part one;
        one.text = "1";
        both.target.parts.push_back(one);
        pipeline->children.back()->redirects.push_back(both);
      }
      skipLines();
    }
    if (pipeline->children.size() == 1 && !pipeline->flag) return pipeline->children[0];
    return pipeline;
  }

  NodePtr parseCommand() {
    const Depth guard(*this);
    skipBlanks();
    const auto begin = pos_;
    NodePtr node = parseCompound();
    if (!node) return parseSimple();
    node->line = lineAt(begin);
    for (;;) {
      skipBlanks();
      if (!readRedirect(node->redirects)) break;
    }
    skipBlanks();
    if (atWord() && node->kind != NodeKind::kFunction) unexpected();
    if (peek() == '(') unexpected();
    return node;
  }

  // Nothing if no compound command begins here.
  NodePtr parseCompound() {
    const auto begin = pos_;
    if (peek() == '(') {
      if (peek(1) == '(' && bash()) {
        if (auto arith = parseArithCommand()) return arith;
      }
      ++pos_;
      auto node = make(NodeKind::kSubshell, begin);
      node->children.push_back(parseFilledList());
      if (peek() != ')') unexpected();
      ++pos_;
      return node;
    }
    const auto word = plainWord();
    if (word == "{") return parseGroup();
    if (word == "if") return parseIf();
    if (word == "while" || word == "until") return parseWhile();
    if (word == "for") return parseFor();
    if (word == "case") return parseCase();
    if (word == "[[" && extended()) return parseCondCommand();
    if (word == "function" && extended()) {
      pos_ += 8;
      skipBlanks();
      const auto name = plainWord();
      if (name.empty()) unexpected();
      pos_ += name.size();
      skipBlanks();
      if (peek() == '(') takeParentheses();
      return parseFunctionBody(std::string(name), begin);
    }
    if (word == "select" && bash()) failUnsupported("select is not supported");
    if (word == "coproc" && bash()) failUnsupported("coproc is not supported");
    if (isReserved(word) && word != "in" &&
        !(!extended() && (word == "[[" || word == "]]" || word == "time" || word == "function" || word == "select" ||
                          word == "coproc")) &&
        word != "]]" && !(!bash() && (word == "select" || word == "coproc"))) {
      unexpected();
    }
    return nullptr;
  }

  void takeParentheses() {
    ++pos_;
    skipBlanks();
    if (peek() != ')') unexpected();
    ++pos_;
  }

  NodePtr parseArithCommand() {
    const auto begin = pos_;
    pos_ += 2;
    auto node = make(NodeKind::kArith, begin);
    std::vector<Part> parts;
    if (!readArithmetic(parts)) {
      pos_ = begin;
      return nullptr;
    }
    node->source = text_.substr(begin + 2, pos_ - begin - 4);
    node->words.push_back(finish(std::move(parts), begin));
    return node;
  }

  NodePtr parseGroup() {
    auto node = make(NodeKind::kGroup, pos_++);
    node->children.push_back(parseFilledList());
    expectReserved("}");
    return node;
  }

  NodePtr parseIf() {
    auto node = make(NodeKind::kIf, pos_);
    pos_ += 2;
    for (;;) {
      node->children.push_back(parseFilledList());
      expectReserved("then");
      node->children.push_back(parseFilledList());
      if (acceptReserved("elif")) continue;
      if (acceptReserved("else")) node->children.push_back(parseFilledList());
      expectReserved("fi");
      return node;
    }
  }

  NodePtr parseWhile() {
    auto node = make(atReserved("while") ? NodeKind::kWhile : NodeKind::kUntil, pos_);
    pos_ += 5;
    node->children.push_back(parseFilledList());
    expectReserved("do");
    node->children.push_back(parseFilledList());
    expectReserved("done");
    return node;
  }

  void readLoopBody(Node& node) {
    if (bash() && (skipLines(), atReserved("{"))) {
      node.children.push_back(parseGroup());
      return;
    }
    expectReserved("do");
    node.children.push_back(parseFilledList());
    expectReserved("done");
  }

  NodePtr parseFor() {
    const auto begin = pos_;
    pos_ += 3;
    skipBlanks();
    if (looksAt("((") && bash()) {
      auto node = make(NodeKind::kForArith, begin);
      pos_ += 2;
      for (int i = 0; i < 3; ++i) {
        const auto at = pos_;
        auto parts = i < 2 ? readParts(";", true, false) : std::vector<Part>{};
        if (i == 2 && !readArithmetic(parts)) fail("missing `))'");
        if (i == 2) pos_ -= 2;
        node->words.push_back(finish(std::move(parts), at));
        if (i == 2) pos_ += 2;
        if (i < 2) ++pos_;
      }
      skipBlanks();
      if (peek() == ';') ++pos_;
      readLoopBody(*node);
      return node;
    }
    auto node = make(NodeKind::kFor, begin);
    node->name = plainWord();
    if (!isName(node->name)) fail("`" + node->name + "' is not a valid variable name");
    pos_ += node->name.size();
    skipLines();
    if (atReserved("in")) {
      pos_ += 2;
      node->flag = true;
      for (skipBlanks(); atWord(); skipBlanks()) node->words.push_back(readWord());
      if (peek() != ';' && peek() != '\n') unexpected();
    }
    skipBlanks();
    if (peek() == ';') ++pos_;
    readLoopBody(*node);
    return node;
  }

  NodePtr parseCase() {
    auto node = make(NodeKind::kCase, pos_);
    pos_ += 4;
    skipBlanks();
    if (!atWord()) unexpected();
    node->words.push_back(readWord());
    expectReserved("in");
    for (;;) {
      skipLines();
      if (acceptReserved("esac")) return node;
      CaseItem item;
      if (peek() == '(') ++pos_;
      for (;;) {
        skipBlanks();
        if (!atWord()) unexpected();
        item.patterns.push_back(readWord());
        skipBlanks();
        if (peek() != '|') break;
        ++pos_;
      }
      if (peek() != ')') unexpected();
      ++pos_;
      item.body = parseList();
      if (looksAt(";;&") && bash()) {
        item.terminator = 2;
        pos_ += 3;
      } else if (looksAt(";;")) {
        pos_ += 2;
      } else if (looksAt(";&") && bash()) {
        item.terminator = 1;
        pos_ += 2;
      } else if (!atReserved("esac")) {
        unexpected();
      }
      node->cases.push_back(std::move(item));
    }
  }

  NodePtr parseFunctionBody(std::string name, std::size_t begin) {
    skipLines();
    auto node = make(NodeKind::kFunction, begin);
    node->name = std::move(name);
    const auto body_at = pos_;
    auto body = parseCompound();
    if (!body) {
      if (bash() || atEnd()) unexpected();
      body = parseSimple();
    }
    body->line = lineAt(body_at);
    for (skipBlanks(); readRedirect(body->redirects); skipBlanks()) {
    }
    node->children.push_back(std::move(body));
    return node;
  }

  // [[ … ]]
  NodePtr parseCondCommand() {
    auto node = make(NodeKind::kCond, pos_);
    pos_ += 2;
    node->cond = parseCondOr();
    skipLines();
    if (!atReserved("]]")) unexpected();
    pos_ += 2;
    return node;
  }

  std::shared_ptr<Cond> joinCond(CondKind kind, std::shared_ptr<Cond> a, std::shared_ptr<Cond> b) {
    auto cond = std::make_shared<Cond>();
    cond->kind = kind;
    cond->a = std::move(a);
    cond->b = std::move(b);
    return cond;
  }

  std::shared_ptr<Cond> parseCondOr() {
    const Depth guard(*this);
    auto left = parseCondAnd();
    int length = 1;
    for (skipLines(); looksAt("||"); skipLines()) {
      if (++length > kMaxChain) failUnsupported("too long a condition");
      pos_ += 2;
      left = joinCond(CondKind::kOr, left, parseCondAnd());
    }
    return left;
  }

  std::shared_ptr<Cond> parseCondAnd() {
    auto left = parseCondNot();
    int length = 1;
    for (skipLines(); looksAt("&&"); skipLines()) {
      if (++length > kMaxChain) failUnsupported("too long a condition");
      pos_ += 2;
      left = joinCond(CondKind::kAnd, left, parseCondNot());
    }
    return left;
  }

  std::shared_ptr<Cond> parseCondNot() {
    const Depth guard(*this);
    skipLines();
    if (atReserved("!")) {
      ++pos_;
      return joinCond(CondKind::kNot, parseCondNot(), nullptr);
    }
    if (peek() == '(') {
      ++pos_;
      auto inner = parseCondOr();
      skipLines();
      if (peek() != ')') unexpected();
      ++pos_;
      return inner;
    }
    return parseCondPrimary();
  }

  std::shared_ptr<Cond> parseCondPrimary() {
    auto cond = std::make_shared<Cond>();
    if (!atWord() || atReserved("]]")) unexpected();
    const auto first = plainWord();
    if (first.size() == 2 && first[0] == '-' &&
        std::string_view("abcdefghkprstuwxzGLNOSnovR").find(first[1]) != std::string_view::npos) {
      const auto saved = pos_;
      pos_ += 2;
      skipBlanks();
      if (atWord() && !atReserved("]]")) {
        if (first == "-v" || first == "-o" || first == "-R") unsupported(saved, "[[ " + std::string(first) + " ]]");
        cond->op = first;
        cond->left = readWord();
        return cond;
      }
      pos_ = saved;
    }
    cond->left = readWord();
    skipBlanks();
    std::string op;
    if (peek() == '<' || peek() == '>') {
      op = std::string(1, peek());
    } else if (const auto word = plainWord(); word != "]]" && !looksAt("&&") && !looksAt("||") && peek() != ')') {
      op = word;
    }
    if (op.empty()) {
      cond->op = "-n";
      return cond;
    }
    static constexpr std::array kOps = {"=",   "==",  "!=",  "=~",  "<",   ">",   "-eq", "-ne",
                                        "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
    if (std::none_of(kOps.begin(), kOps.end(), [&](std::string_view o) { return o == op; })) unexpected();
    pos_ += op.size();
    skipBlanks();
    cond->kind = CondKind::kBinary;
    cond->op = op;
    if (op != "=~" && !atWord()) unexpected();
    cond->right = readWord(op == "=~");
    return cond;
  }

  // A redirection, with its file descriptor; false if none begins here.
  bool readRedirect(std::vector<Redirect>& out) {
    const auto begin = pos_;
    auto at = pos_;
    while (at < text_.size() && isDigit(text_[at])) ++at;
    const bool numbered = at > pos_ && at - pos_ < 3 && at < text_.size() && (text_[at] == '<' || text_[at] == '>');
    if (!numbered && peek() != '<' && peek() != '>' && !(peek() == '&' && peek(1) == '>' && extended())) return false;
    Redirect redirect;
    if (numbered) {
      redirect.fd = std::stoi(std::string(text_.substr(pos_, at - pos_)));
      pos_ = at;
    }
    const auto take = [&](std::string_view op) {
      if (!looksAt(op)) return false;
      pos_ += op.size();
      return true;
    };
    int fallback = 1;
    bool here = false;
    bool strip = false;
    if (extended() && (looksAt("<(") || looksAt(">("))) failUnsupported("process substitution is not supported");
    if (take("&>>")) {
      redirect.op = RedirectOp::kAppendBoth;
    } else if (take("&>")) {
      redirect.op = RedirectOp::kWriteBoth;
    } else if (extended() && take("<<<")) {
      redirect.op = RedirectOp::kHereString;
      fallback = 0;
    } else if (take("<<-") || take("<<")) {
      strip = text_[pos_ - 1] == '-';
      redirect.op = RedirectOp::kHere;
      here = true;
      fallback = 0;
    } else if (take("<&")) {
      redirect.op = RedirectOp::kDupIn;
      fallback = 0;
    } else if (take("<>")) {
      failUnsupported("opening for reading and writing (<>) is not supported");
    } else if (take("<")) {
      redirect.op = RedirectOp::kRead;
      fallback = 0;
    } else if (take(">>")) {
      redirect.op = RedirectOp::kAppend;
    } else if (take(">&")) {
      redirect.op = RedirectOp::kDupOut;
    } else if (take(">|") || take(">")) {
      redirect.op = RedirectOp::kWrite;
    }
    if (!numbered) redirect.fd = fallback;
    skipBlanks();
    if (extended() && (looksAt("<(") || looksAt(">("))) failUnsupported("process substitution is not supported");
    if (!atWord()) unexpected();
    redirect.target = readWord();
    if (redirect.op == RedirectOp::kDupOut && !numbered && extended()) {
      const auto& source = redirect.target.source;
      const bool number = !source.empty() && std::all_of(source.begin(), source.end(), isDigit);
      if (!number && source != "-" && source[0] != '$') redirect.op = RedirectOp::kWriteBoth;
    }
    if (here) {
      PendingHere pending;
      for (const auto& part : redirect.target.parts) addDelimiter(part, pending);
      pending.body = std::make_shared<Word>();
      pending.body->line = lineAt(begin);
      pending.strip = strip;
      pending.at = begin;
      redirect.here = pending.body;
      pending_.push_back(std::move(pending));
    }
    out.push_back(std::move(redirect));
    return true;
  }

  static void addDelimiter(const Part& part, PendingHere& pending) {
    if (part.kind != PartKind::kText) pending.quoted = true;
    pending.delimiter += part.text;
    for (const auto& inner : part.parts) pending.delimiter += inner.text;
  }

  // NAME=, NAME+=, NAME[index]= at the position; false and nothing taken otherwise.
  bool readAssignment(Assignment& out) {
    const auto begin = pos_;
    if (!isNameStart(peek())) return false;
    out.name = takeName();
    if (peek() == '[' && bash()) {
      const auto at = ++pos_;
      try {
        out.subscript = finish(readParts("]", true, false), at);
      } catch (const SyntaxError&) {
        pos_ = begin;
        return false;
      }
      out.indexed = true;
      ++pos_;
    }
    if (peek() == '+' && peek(1) == '=' && extended() && bash()) {
      out.append = true;
      ++pos_;
    }
    if (peek() != '=') {
      pos_ = begin;
      return false;
    }
    ++pos_;
    if (peek() == '(' && bash()) {
      out.array = true;
      ++pos_;
      for (;;) {
        skipLines();
        if (atEnd()) fail("missing `)'");
        if (peek() == ')') break;
        if (!atWord()) unexpected();
        if (peek() == '[') failUnsupported("array elements with subscripts are not supported");
        out.elements.push_back(readWord());
      }
      ++pos_;
    } else if (atWord()) {
      out.value = readWord();
    } else {
      out.value = finish({}, pos_);
    }
    out.source = text_.substr(begin, pos_ - begin);
    return true;
  }

  NodePtr parseSimple() {
    const auto begin = pos_;
    auto node = make(NodeKind::kSimple, begin);
    bool declaring = false;
    for (;;) {
      skipBlanks();
      if (readRedirect(node->redirects)) continue;
      if (node->words.empty()) {
        Assignment assignment;
        if (readAssignment(assignment)) {
          node->assignments.push_back(std::move(assignment));
          continue;
        }
      }
      if (!atWord()) break;
      if (declaring && bash()) {
        const auto at = pos_;
        Assignment assignment;
        if (readAssignment(assignment) && assignment.array) {
          Word name;
          name.parts.resize(1);
          name.parts[0].text = assignment.name;
          node->words.push_back(std::move(name));
          node->declared.push_back(std::move(assignment));
          continue;
        }
        pos_ = at;
      }
      node->words.push_back(readWord());
      const auto& source = node->words.back().source;
      if (node->words.size() == 1) {
        declaring = source == "declare" || source == "typeset" || source == "local" || source == "export" ||
                    source == "readonly";
        skipBlanks();
        if (peek() == '(' && node->assignments.empty() && node->redirects.empty()) {
          const std::string name = source;
          if (name.find_first_of("$'\"`\\") != std::string::npos) unexpected();
          takeParentheses();
          return parseFunctionBody(name, begin);
        }
      }
    }
    if (node->words.empty() && node->assignments.empty() && node->redirects.empty()) unexpected();
    return node;
  }

  NodePtr readCommandsUntilParenthesis() override {
    auto list = parseList();
    skipLines();
    if (peek() != ')') {
      if (atEnd()) fail("missing `)'");
      unexpected();
    }
    ++pos_;
    return list;
  }

  NodePtr parseEmbedded(std::string_view text, std::size_t at) override {
    Parser inner(text, dialect_, lineAt(std::min(at, text_.size())));
    inner.setDepth(depth_ + 1);
    try {
      auto list = inner.runEmbedded();
      for (auto& note : inner.takeUnsupported()) unsupported_.push_back(std::move(note));
      return list;
    } catch (const SyntaxError& error) {
      throw SyntaxError{at, error.text + " inside backquotes", error.unsupported};
    }
  }
};

}  // namespace

Parsed parseScript(std::string_view text, Dialect dialect, int first_line) {
  return Parser(text, dialect, first_line).run();
}

}  // namespace jobset_twin::workload::shell
