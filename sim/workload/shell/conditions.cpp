// conditions.cpp - test, [ and the file tests of [[. Source: POSIX XCU test; bash 5.2 manual 6.4.
#include <array>

#include "sim/workload/shell/machine.hpp"
#include "sim/workload/shell/pattern.hpp"

namespace jobset_twin::workload::shell {

bool Machine::fileTest(Task& task, char op, const std::string& path) {
  if (op == 't') return false;  // a container's streams are no terminal
  if (path.empty()) return false;
  const std::string full = absolute(task, path);
  const bool device = full == "/dev/null" || full == "/dev/stdout" || full == "/dev/stderr" || full == "/dev/stdin";
  const bool file = !device && host_.isFile(full);
  const bool directory = !device && !file && host_.isDirectory(full);
  switch (op) {
    case 'f': return file;
    case 'd': return directory;
    case 'e':
    case 'a':
    case 'r':
    case 'w':
    case 'O':
    case 'G': return file || directory || device;
    case 's': {
      const auto content = file ? host_.readFile(full) : std::nullopt;
      return directory || (content && !content->empty());
    }
    case 'x': return directory || full.find("/bin/") != std::string::npos;  // files have no mode
    case 'c': return device;
    default: return false;  // h L p S b g k u: there are none
  }
}

namespace {

struct TestError {
  std::string text;
};

bool isBinary(const std::string& op) {
  static constexpr std::array kOps = {"=",   "==",  "!=",  "<",   ">",   "-eq", "-ne",
                                      "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
  for (const std::string_view known : kOps) {
    if (op == known) return true;
  }
  return false;
}

bool isUnary(const std::string& op) {
  return op.size() == 2 && op[0] == '-' &&
         std::string_view("abcdefghknoprstuvwxzLOGSN").find(op[1]) != std::string_view::npos;
}

}  // namespace

class TestParser {
 public:
  TestParser(Machine& machine, Task& task, const std::vector<std::string>& a)
      : m_(machine), task_(task), a_(a), end_(a.size()) {}

  bool run() {
    if (end_ == 0) return false;
    if (end_ == 1) return !a_[0].empty();
    // POSIX decides by the number of arguments up to four; the grammar gives the same but for these.
    if (end_ == 2 && a_[0] == "!") return a_[1].empty();
    if (end_ == 2) {
      if (!isUnary(a_[0])) throw TestError{a_[0] + ": unary operator expected"};
      return unary(a_[0], a_[1]);
    }
    if (end_ == 3 && isBinary(a_[1])) return binary(a_[0], a_[1], a_[2]);
    if (end_ == 3 && (a_[1] == "-a" || a_[1] == "-o"))
      return a_[1] == "-a" ? !a_[0].empty() && !a_[2].empty() : !a_[0].empty() || !a_[2].empty();
    if (end_ == 3 && a_[0] == "!") return !TestParser(m_, task_, {a_.begin() + 1, a_.end()}).run();
    if (end_ == 3 && a_[0] == "(" && a_[2] == ")") return !a_[1].empty();
    if (end_ == 3 && !isUnary(a_[0])) throw TestError{a_[1] + ": binary operator expected"};
    if (end_ == 4 && a_[0] == "!") return !TestParser(m_, task_, {a_.begin() + 1, a_.end()}).run();
    const bool value = either();
    if (at_ < end_) throw TestError{"too many arguments"};
    return value;
  }

 private:
  bool either() {
    bool value = both();
    while (at_ < end_ && a_[at_] == "-o") {
      ++at_;
      const bool right = both();
      value = value || right;
    }
    return value;
  }
  bool both() {
    bool value = negation();
    while (at_ < end_ && a_[at_] == "-a") {
      ++at_;
      const bool right = negation();
      value = value && right;
    }
    return value;
  }
  bool negation() {
    if (++depth_ > 200) throw TestError{"too many arguments"};
    if (at_ < end_ && a_[at_] == "!") {
      ++at_;
      return !negation();
    }
    return primary();
  }
  bool primary() {
    if (at_ >= end_) throw TestError{"argument expected"};
    if (at_ + 2 < end_ && isBinary(a_[at_ + 1])) {
      at_ += 3;
      return binary(a_[at_ - 3], a_[at_ - 2], a_[at_ - 1]);
    }
    if (a_[at_] == "(") {
      ++at_;
      const bool value = either();
      if (at_ >= end_ || a_[at_] != ")") throw TestError{"`)' expected"};
      ++at_;
      return value;
    }
    if (isUnary(a_[at_]) && at_ + 1 < end_) {
      at_ += 2;
      return unary(a_[at_ - 2], a_[at_ - 1]);
    }
    return !a_[at_++].empty();
  }
  bool unary(const std::string& op, const std::string& value) {
    if (op == "-n") return !value.empty();
    if (op == "-z") return value.empty();
    if (op == "-v") {
      bool set = false;
      (void)m_.parameter(task_, value.empty() ? "?" : value, &set);
      return set && !value.empty();
    }
    if (op == "-o") return false;
    return m_.fileTest(task_, op[1], value);
  }
  std::int64_t number(const std::string& text) {
    std::size_t at = text.find_first_not_of(" \t");
    bool negative = false;
    if (at != std::string::npos && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
    std::uint64_t value = 0;
    const auto first = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9')
      value = value * 10 + static_cast<std::uint64_t>(text[at++] - '0');
    const auto rest = at == std::string::npos ? 0 : text.find_first_not_of(" \t", at);
    if (at == std::string::npos || at == first || rest != std::string::npos) {
      throw TestError{shellOf(task_).dialect == Dialect::kBash ? text + ": integer expression expected"
                                                               : "Illegal number: " + text};
    }
    return static_cast<std::int64_t>(negative ? 0 - value : value);
  }
  bool binary(const std::string& a, const std::string& op, const std::string& b) {
    if (op == "=" || op == "==") return a == b;
    if (op == "!=") return a != b;
    if (op == "<") return a < b;
    if (op == ">") return a > b;
    if (op == "-nt" || op == "-ot" || op == "-ef") throw TestError{op + ": the simulator keeps no file times"};
    const auto x = number(a);
    const auto y = number(b);
    return op == "-eq"   ? x == y
           : op == "-ne" ? x != y
           : op == "-lt" ? x < y
           : op == "-le" ? x <= y
           : op == "-gt" ? x > y
                         : x >= y;
  }

  Machine& m_;
  Task& task_;
  const std::vector<std::string> a_;
  std::size_t at_ = 0;
  std::size_t end_;
  int depth_ = 0;
};

int Machine::biTest(Task& task, const Args& a) {
  Args rest(a.begin() + 1, a.end());
  if (a[0] == "[") {
    if (rest.empty() || rest.back() != "]") {
      complain(task, "[: missing `]'");
      return 2;
    }
    rest.pop_back();
  }
  try {
    return TestParser(*this, task, rest).run() ? 0 : 1;
  } catch (const TestError& error) {
    complain(task, a[0] + ": " + error.text);
    return 2;
  }
}

}  // namespace jobset_twin::workload::shell
