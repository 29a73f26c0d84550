// arithmetic.cpp - $((…)), ((…)), let and subscripts: C's operators on 64-bit integers that wrap.
//
// Source: bash 5.2 manual 6.5; POSIX XCU 2.6.4. dash has no ++, --, ** or comma.
#include <array>
#include <cerrno>
#include <cstdlib>

#include "sim/workload/shell/machine.hpp"
#include "sim/workload/shell/scanner.hpp"

namespace jobset_twin::workload::shell {
namespace {

constexpr int kMaxDepth = 100;

struct Level {
  int precedence;
  std::string_view op;
};

// Longest first within what could be confused.
constexpr std::array<Level, 19> kBinary = {{{1, "||"},
                                            {2, "&&"},
                                            {6, "=="},
                                            {6, "!="},
                                            {8, "<<"},
                                            {8, ">>"},
                                            {7, "<="},
                                            {7, ">="},
                                            {7, "<"},
                                            {7, ">"},
                                            {3, "|"},
                                            {4, "^"},
                                            {5, "&"},
                                            {9, "+"},
                                            {9, "-"},
                                            {11, "**"},
                                            {10, "*"},
                                            {10, "/"},
                                            {10, "%"}}};

std::int64_t wrap(std::uint64_t v) { return static_cast<std::int64_t>(v); }
std::uint64_t bits(std::int64_t v) { return static_cast<std::uint64_t>(v); }

class Evaluator {
 public:
  Evaluator(Machine& machine, Task& task, std::string_view text, int depth)
      : machine_(machine),
        task_(task),
        text_(text),
        depth_(depth),
        dialect_(shellOf(task).dialect),
        bash_(dialect_ == Dialect::kBash) {}

  std::int64_t run() {
    skip();
    if (pos_ >= text_.size()) {
      if (dialect_ == Dialect::kDash) fail("expecting primary");
      return 0;
    }
    const std::int64_t value = comma(true);
    skip();
    if (pos_ < text_.size())
      fail(isNameChar(text_[pos_]) || text_[pos_] == '(' ? "syntax error in expression"
                                                         : "syntax error: invalid arithmetic operator");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& text) {
    std::string rest(text_.substr(std::min(pos_, text_.size())));
    if (bash_) {
      std::string shown(text_);
      shown.erase(0, std::min(shown.find_first_not_of(' '), shown.size()));
      machine_.complain(task_, shown + ": " + text + " (error token is \"" + rest + "\")");
      throw AbortLine{1};
    }
    machine_.complain(task_, text == "division by 0"
                                 ? "division by zero"
                                 : "arithmetic expression: " + text + ": \"" + std::string(text_) + "\"");
    throw ExitTask{2};
  }

  void skip() {
    while (pos_ < text_.size() && (text_[pos_] == ' ' || text_[pos_] == '\t' || text_[pos_] == '\n')) ++pos_;
  }
  bool looksAt(std::string_view op) const { return text_.substr(pos_, op.size()) == op; }
  char at(std::size_t ahead) const { return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0'; }

  struct Nest {
    explicit Nest(Evaluator& e) : e_(e) {
      if (++e_.depth_ > kMaxDepth) e_.fail("expression recursion level exceeded");
    }
    ~Nest() { --e_.depth_; }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;
    Evaluator& e_;
  };

  std::int64_t comma(bool live) {
    std::int64_t value = ternary(live);
    for (skip(); at(0) == ',' && bash_; skip()) {
      ++pos_;
      value = ternary(live);
    }
    return value;
  }

  std::int64_t ternary(bool live) {
    const Nest nest(*this);
    const std::int64_t condition = binary(1, live);
    skip();
    if (at(0) != '?') return condition;
    ++pos_;
    const std::int64_t yes = comma(live && condition != 0);
    skip();
    if (at(0) != ':') fail("`:' expected for conditional expression");
    ++pos_;
    const std::int64_t no = ternary(live && condition == 0);
    return condition != 0 ? yes : no;
  }

  const Level* peekBinary() {
    skip();
    for (const auto& level : kBinary) {
      if (!looksAt(level.op)) continue;
      if (level.op == "**" && !bash_) continue;
      const char after = at(level.op.size());
      // An assignment operator is handled with its variable; `=` alone after an operator is no operator.
      const bool assigns = after == '=' && level.op != "==" && level.op != "!=" && level.op != "<=" &&
                           level.op != ">=" && level.op != "||" && level.op != "&&" && level.op != "<" &&
                           level.op != ">" && level.op != "**";
      if (assigns) return nullptr;
      return &level;
    }
    return nullptr;
  }

  std::int64_t binary(int minimum, bool live) {
    const Nest nest(*this);
    std::int64_t left = unary(live);
    for (;;) {
      const Level* level = peekBinary();
      if (level == nullptr || level->precedence < minimum) return left;
      pos_ += level->op.size();
      const std::string_view op = level->op;
      const bool evaluate = live && !(op == "&&" && left == 0) && !(op == "||" && left != 0);
      skip();
      if (pos_ >= text_.size()) fail(bash_ ? "syntax error: operand expected" : "expecting primary");
      const auto operand_at = pos_;
      const std::int64_t right = binary(op == "**" ? level->precedence : level->precedence + 1, evaluate);
      left = apply(op, left, right, live, operand_at);
    }
  }

  std::int64_t apply(std::string_view op, std::int64_t a, std::int64_t b, bool live, std::size_t operand_at) {
    if (op == "||") return (a != 0 || b != 0) ? 1 : 0;
    if (op == "&&") return (a != 0 && b != 0) ? 1 : 0;
    if (op == "==") return a == b ? 1 : 0;
    if (op == "!=") return a != b ? 1 : 0;
    if (op == "<=") return a <= b ? 1 : 0;
    if (op == ">=") return a >= b ? 1 : 0;
    if (op == "<") return a < b ? 1 : 0;
    if (op == ">") return a > b ? 1 : 0;
    if (op == "<<") return wrap(bits(a) << (bits(b) & 63));
    if (op == ">>") return a >> (bits(b) & 63);
    if (op == "|") return a | b;
    if (op == "^") return a ^ b;
    if (op == "&") return a & b;
    if (op == "+") return wrap(bits(a) + bits(b));
    if (op == "-") return wrap(bits(a) - bits(b));
    if (op == "*") return wrap(bits(a) * bits(b));
    if (op == "**") {
      if (b < 0) {
        if (!live) return 0;
        fail("exponent less than 0");
      }
      std::uint64_t result = 1;
      std::uint64_t base = bits(a);
      for (std::uint64_t e = bits(b); e != 0; e >>= 1) {
        if ((e & 1) != 0) result *= base;
        base *= base;
      }
      return wrap(result);
    }
    if (b == 0) {
      if (!live) return 0;
      pos_ = operand_at;
      fail("division by 0");
    }
    if (b == -1) return op == "/" ? wrap(0 - bits(a)) : 0;
    return op == "/" ? a / b : a % b;
  }

  std::int64_t unary(bool live) {
    const Nest nest(*this);
    skip();
    if ((looksAt("++") || looksAt("--")) && bash_) {
      const bool plus = at(0) == '+';
      const auto saved = pos_;
      pos_ += 2;
      skip();
      if (isNameStart(at(0))) {
        const Target target = readTarget(live);
        const std::int64_t value = wrap(bits(valueOf(target, live)) + (plus ? 1 : ~std::uint64_t{0}));
        if (live) store(target, value);
        return value;
      }
      pos_ = saved;
    }
    switch (at(0)) {
      case '+': ++pos_; return unary(live);
      case '-': ++pos_; return wrap(0 - bits(unary(live)));
      case '!': ++pos_; return unary(live) == 0 ? 1 : 0;
      case '~': ++pos_; return ~unary(live);
      default: {
        const std::int64_t value = primary(live);
        skip();
        if (bash_ && isNameStart(at(0))) {
          lookAhead(live);
          fail("syntax error in expression");
        }
        return value;
      }
    }
  }

  // bash reads what follows a name before it looks the name up, also where that cannot stand: a wrong character or
  // number there is the error, a name there is looked up, and not being set may end the shell.
  void lookAhead(bool live) {
    skip();
    if (!bash_ || at(0) == '\0') return;
    const auto begin = pos_;
    if (isNameStart(at(0))) {
      const Target target = readTarget(live);
      lookAhead(live);
      skip();
      if (at(0) != '=' || at(1) == '=') (void)valueOf(target, live);
    } else if (isDigit(at(0))) {
      (void)number();
    } else if (std::string_view("=!<>+-*/%&|^?:~(),]").find(at(0)) == std::string_view::npos) {
      fail("syntax error: invalid arithmetic operator");
    }
    pos_ = begin;
  }

  struct Target {
    std::string name;
    bool indexed = false;
    std::int64_t index = 0;
  };

  Target readTarget(bool live) {
    Target target;
    const auto begin = pos_;
    while (isNameChar(at(0))) ++pos_;
    target.name = text_.substr(begin, pos_ - begin);
    if (at(0) == '[' && bash_) {
      ++pos_;
      target.indexed = true;
      target.index = comma(live);
      skip();
      if (at(0) != ']') fail("syntax error: missing `]'");
      ++pos_;
    }
    return target;
  }

  std::int64_t valueOf(const Target& target, bool live) {
    if (!live) return 0;
    bool set = false;
    std::string text = target.indexed ? machine_.element(task_, target.name, target.index, &set)
                                      : machine_.parameter(task_, target.name, &set);
    if (!set && shellOf(task_).nounset && bash_) {
      machine_.complain(task_, target.name + ": unbound variable");
      throw ExitTask{shellOf(task_).child || shellOf(task_).errexit ? 1 : 127, true};
    }
    if (!bash_) {  // blanks around a number do not matter
      constexpr const char* kBlanks = " \t\n\v\f\r";
      text.erase(0, text.find_first_not_of(kBlanks));
      text.erase(text.find_last_not_of(kBlanks) + 1);
    }
    if (text.empty()) return 0;
    if (!bash_) {
      errno = 0;
      char* end = nullptr;
      const std::int64_t value = std::strtoll(text.c_str(), &end, 0);
      if (*end != '\0' || errno == ERANGE) {
        machine_.complain(task_, "Illegal number: " + text);
        throw ExitTask{2};
      }
      return value;
    }
    if (depth_ > kMaxDepth - 10) fail("expression recursion level exceeded");
    return Evaluator(machine_, task_, text, depth_ + 5).run();
  }

  void store(const Target& target, std::int64_t value) {
    if (target.indexed) {
      machine_.assignElement(task_, target.name, target.index, std::to_string(value));
    } else {
      machine_.assign(task_, target.name, std::to_string(value));
    }
  }

  std::int64_t primary(bool live) {
    if (at(0) == '(') {
      ++pos_;
      const std::int64_t value = comma(live);
      skip();
      if (at(0) != ')') fail("missing `)'");
      ++pos_;
      return value;
    }
    if (isDigit(at(0))) return number();
    if (!isNameStart(at(0))) fail(bash_ ? "syntax error: operand expected" : "expecting primary");
    const Target target = readTarget(live);
    lookAhead(live);
    skip();
    if (at(0) == '=' && at(1) != '=') {
      ++pos_;
      const std::int64_t value = ternary(live);
      if (live) store(target, value);
      return value;
    }
    for (const std::string_view op : {"<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|="}) {
      if (!looksAt(op)) continue;
      pos_ += op.size();
      skip();
      const auto operand_at = pos_;
      const std::int64_t right = ternary(live);
      const std::int64_t value = apply(op.substr(0, op.size() - 1), valueOf(target, live), right, live, operand_at);
      if (live) store(target, value);
      return value;
    }
    const std::int64_t value = valueOf(target, live);
    if (bash_ && (looksAt("++") || looksAt("--"))) {
      const bool plus = at(0) == '+';
      pos_ += 2;
      if (live) store(target, wrap(bits(value) + (plus ? 1 : ~std::uint64_t{0})));
    }
    return value;
  }

  std::int64_t number() {
    const auto begin = pos_;
    while (isNameChar(at(0)) || at(0) == '#' || at(0) == '@') ++pos_;
    const std::string_view token = text_.substr(begin, pos_ - begin);
    const auto digit = [&](char c, std::uint64_t base) -> std::uint64_t {
      if (isDigit(c)) return static_cast<std::uint64_t>(c - '0');
      if (c >= 'a' && c <= 'z') return static_cast<std::uint64_t>(c - 'a') + 10;
      if (c >= 'A' && c <= 'Z') return static_cast<std::uint64_t>(c - 'A') + (base <= 36 ? 10 : 36);
      if (c == '@') return 62;
      if (c == '_') return 63;
      return 99;
    };
    std::uint64_t base = 10;
    std::string_view digits = token;
    if (const auto hash = token.find('#'); hash != std::string_view::npos && bash_) {
      base = 0;
      for (const char c : token.substr(0, hash)) base = isDigit(c) && base < 1000 ? base * 10 + digit(c, 10) : 1000;
      if (base < 2 || base > 64) failNumber(begin, "invalid arithmetic base");
      digits = token.substr(hash + 1);
      if (digits.empty()) failNumber(begin, "invalid integer constant");
    } else if (token.size() > 1 && token[0] == '0') {
      base = token[1] == 'x' || token[1] == 'X' ? 16 : 8;
      digits = token.substr(base == 16 ? 2 : 1);
    }
    std::uint64_t value = 0;
    for (const char c : digits) {
      const std::uint64_t d = digit(c, base);
      if (d >= base) failNumber(begin, "value too great for base");
      value = value * base + d;
    }
    return wrap(value);
  }

  [[noreturn]] void failNumber(std::size_t begin, const std::string& text) {
    pos_ = begin;
    fail(text);
  }

  Machine& machine_;
  Task& task_;
  std::string_view text_;
  std::size_t pos_ = 0;
  int depth_ = 0;
  Dialect dialect_;
  bool bash_ = true;
};

}  // namespace

std::int64_t Machine::arithmetic(Task& task, const std::string& text) {
  budget_ -= static_cast<int>(text.size() / 16);
  return Evaluator(*this, task, text, 0).run();
}

}  // namespace jobset_twin::workload::shell
