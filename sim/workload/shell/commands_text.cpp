// commands_text.cpp - grep, sed, awk '{print $N}', cut, tr, sort, uniq, expr.
#include <algorithm>
#include <cstdlib>

#include <memory>

#include <re2/re2.h>

#include "sim/workload/shell/commands.hpp"
#include "sim/workload/shell/known.hpp"
#include "sim/workload/shell/pattern.hpp"
#include "sim/workload/shell/scanner.hpp"

namespace jobset_twin::workload::shell {
namespace {

RE2::Options regexOptions(bool ignore_case) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_longest_match(true);
  options.set_posix_syntax(true);
  options.set_perl_classes(true);
  options.set_word_boundary(true);
  options.set_never_nl(false);
  options.set_one_line(true);
  options.set_case_sensitive(!ignore_case);
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_max_mem(1 << 20);
  return options;
}

}  // namespace

std::string fromBasic(std::string_view p) {
  std::string out;
  bool start = true;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const char c = p[i];
    if (c == '\\' && i + 1 < p.size()) {
      const char n = p[++i];
      if (std::string_view("(){}|+?").find(n) != std::string_view::npos) {
        out += n;
        start = n == '(' || n == '|';
        continue;
      }
      if (n == '<' || n == '>')
        out += "\\b";
      else if (isNameChar(n) && n != 'n' && n != 't' && n != 'b' && n != 'w' && n != 'W' && n != 's' && n != 'S' &&
               n != 'd')
        out += n;
      else
        out += std::string("\\") + n;
    } else if (c == '[') {
      auto end = i + 1;
      if (end < p.size() && p[end] == '^') ++end;
      if (end < p.size() && p[end] == ']') ++end;
      while (end < p.size() && p[end] != ']') {
        if (p.substr(end, 2) == "[:") {
          const auto close = p.find(":]", end);
          end = close == std::string_view::npos ? p.size() : close + 1;
        }
        ++end;
      }
      for (const char b : p.substr(i, end - i + 1)) out += b == '\\' ? std::string("\\\\") : std::string(1, b);
      i = end;
    } else if (c == '*' && start) {
      out += "\\*";
    } else if (std::string_view("(){}|+?").find(c) != std::string_view::npos) {
      out += '\\';
      out += c;
    } else if (c == '^' && !start) {
      out += "\\^";
    } else if (c == '$' && i + 1 < p.size() && p.substr(i + 1, 2) != "\\)" && p.substr(i + 1, 2) != "\\|") {
      out += "\\$";
    } else {
      out += c;
      if (c == '^') continue;
    }
    start = false;
  }
  return out;
}

int cmdGrep(CommandContext& c, const CommandLine& o) {
  const std::string_view name = commandName(c.argv[0]);
  auto operands = o.operands;
  std::vector<std::string> patterns;
  for (const auto& [letter, value] : o.options) {
    if (letter == 'e') patterns.push_back(value);
  }
  if (patterns.empty()) {
    if (operands.empty()) {
      c.err += "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n";
      return 2;
    }
    patterns.push_back(operands[0]);
    operands.erase(operands.begin());
  }
  std::string joined;
  for (const auto& pattern : patterns) {
    for (const auto part : linesOf(pattern.empty() ? std::string_view("\n") : std::string_view(pattern))) {
      const std::string one = o.has('F') || name == "fgrep" ? RE2::QuoteMeta(re2::StringPiece(part.data(), part.size()))
                              : o.has('E') || name == "egrep" ? std::string(part)
                                                              : fromBasic(part);
      joined += (joined.empty() ? "(" : "|(") + one + ")";
    }
  }
  if (o.has('x')) joined = "^(" + joined + ")$";
  if (o.has('w')) joined = "\\b(" + joined + ")\\b";
  const RE2 regex(joined, regexOptions(o.has('i')));
  if (!regex.ok()) {
    c.fail("invalid regular expression");
    return 2;
  }
  const bool several = operands.size() > 1 && !o.has('h');
  bool any = false;
  bool failed = false;
  const std::string most_text = o.value('m');
  const std::int64_t most = most_text.empty() ? -1 : std::strtoll(most_text.c_str(), nullptr, 10);
  if (operands.empty()) operands.emplace_back("-");
  for (const auto& file : operands) {
    std::string text;
    const std::string err_before = c.err;
    if (!c.read(file, text)) {
      if (o.has('s') || o.has('q')) c.err = err_before;
      failed = true;
      continue;
    }
    const std::string prefix = several || o.has('H') ? (file == "-" ? "(standard input)" : file) + ":" : "";
    std::int64_t count = 0;
    std::int64_t number = 0;
    for (const auto line : linesOf(text)) {
      ++number;
      if (most >= 0 && count >= most) break;
      const re2::StringPiece piece(line.data(), line.size());
      if (RE2::PartialMatch(piece, regex) == o.has('v')) continue;
      ++count;
      if (o.has('q') || o.has('c') || o.has('l')) continue;
      const std::string lead = prefix + (o.has('n') ? std::to_string(number) + ":" : "");
      if (!o.has('o')) {
        c.out += lead + std::string(line) + "\n";
        continue;
      }
      for (std::size_t at = 0; at < line.size() && !o.has('v');) {
        re2::StringPiece match;
        if (!regex.Match(piece, at, line.size(), RE2::UNANCHORED, &match, 1)) break;
        const auto begin = static_cast<std::size_t>(match.data() - line.data());
        if (!match.empty()) c.out += lead + std::string(match.data(), match.size()) + "\n";
        at = begin + std::max<std::size_t>(1, match.size());
      }
    }
    if (o.has('c')) c.out += prefix + std::to_string(count) + "\n";
    if (o.has('l') && count > 0) c.out += (file == "-" ? "(standard input)" : file) + "\n";
    any |= count > 0;
  }
  if (any && o.has('q')) return 0;
  return failed ? 2 : any ? 0 : 1;
}

// sed: [address[,address]] with s///, p, d, q, = ; separated by ; or newlines or -e.
namespace {

struct SedAddress {
  int kind = 0;  // 0 none, 1 line, 2 last, 3 regex
  std::int64_t line = 0;
  std::string regex;
};

struct SedCommand {
  SedAddress from, to;
  bool negated = false;
  char name = 'p';
  std::string regex, replacement;
  bool global = false, print = false, ignore_case = false;
  std::int64_t nth = 1;
  bool active = false;
};

// The commands, or nothing and a reason.
std::vector<SedCommand> parseSed(const CommandLine& o, std::vector<std::string>& files, std::string& problem) {
  std::string script;
  files = o.operands;
  if (o.has('e')) {
    for (const auto& [letter, value] : o.options) {
      if (letter == 'e') script += value + "\n";
    }
  } else if (!files.empty()) {
    script = files[0];
    files.erase(files.begin());
  } else {
    problem = "sed without a script";
  }
  const bool extended = o.has('E') || o.has('r');
  std::vector<SedCommand> commands;
  std::size_t i = 0;
  const auto until = [&](char delimiter) {
    std::string text;
    bool in_bracket = false;
    while (i < script.size() && (script[i] != delimiter || in_bracket) && script[i] != '\n') {
      if (script[i] == '\\' && i + 1 < script.size()) {
        if (script[i + 1] == delimiter && delimiter != '|') {
          text += script[i + 1];
          i += 2;
          continue;
        }
        text += script[i++];
      }
      text += script[i++];
    }
    if (i >= script.size() || script[i] != delimiter) problem = "sed with an unterminated command";
    ++i;
    return text;
  };
  const auto address = [&](SedAddress& a) {
    if (i < script.size() && isDigit(script[i])) {
      a.kind = 1;
      while (i < script.size() && isDigit(script[i]) && a.line < 1'000'000'000)
        a.line = a.line * 10 + (script[i++] - '0');
    } else if (i < script.size() && script[i] == '$') {
      a.kind = 2;
      ++i;
    } else if (i < script.size() && script[i] == '/') {
      ++i;
      a.kind = 3;
      a.regex = until('/');
      if (!extended) a.regex = fromBasic(a.regex);
    }
  };
  while (problem.empty()) {
    while (i < script.size() && (script[i] == ' ' || script[i] == ';' || script[i] == '\n' || script[i] == '\t')) ++i;
    if (i >= script.size()) break;
    SedCommand command;
    address(command.from);
    if (i < script.size() && script[i] == ',') {
      ++i;
      address(command.to);
    }
    while (i < script.size() && script[i] == ' ') ++i;
    if (i < script.size() && script[i] == '!') {
      command.negated = true;
      ++i;
    }
    if (i >= script.size()) {
      problem = "sed without a command";
      break;
    }
    command.name = script[i++];
    if (command.name == 's') {
      const char delimiter = i < script.size() ? script[i++] : '\0';
      command.regex = until(delimiter);
      if (!extended) command.regex = fromBasic(command.regex);
      if (problem.empty()) command.replacement = until(delimiter);
      for (; i < script.size() && std::string_view(";\n }").find(script[i]) == std::string_view::npos; ++i) {
        if (script[i] == 'g')
          command.global = true;
        else if (script[i] == 'p')
          command.print = true;
        else if (script[i] == 'i' || script[i] == 'I')
          command.ignore_case = true;
        else if (isDigit(script[i]) && script[i] != '0')
          command.nth = script[i] - '0';
        else
          problem = std::string("sed with the flag ") + script[i];
      }
      if (command.regex.empty()) problem = "sed with an empty pattern";
      if (!RE2(command.regex, regexOptions(false)).ok()) problem = "sed with the pattern " + command.regex;
    } else if (std::string_view("pdq=").find(command.name) == std::string_view::npos) {
      problem = std::string("sed with the command ") + command.name;
    }
    if (command.from.kind == 3 && !RE2(command.from.regex, regexOptions(false)).ok())
      problem = "sed with the address " + command.from.regex;
    if (commands.size() > 1000) problem = "sed with a long script";
    commands.push_back(std::move(command));
  }
  return commands;
}

bool substitute(const SedCommand& command, const RE2& regex, std::string& line) {
  std::string out;
  std::size_t at = 0;
  std::int64_t n = 0;
  bool changed = false;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(std::min(9, regex.NumberOfCapturingGroups())) + 1);
  bool after_match = false;
  while (at <= line.size()) {
    if ((changed && !command.global) ||
        !regex.Match(line, at, line.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size())))
      break;
    const auto begin = static_cast<std::size_t>(groups[0].data() - line.data());
    const std::size_t length = groups[0].size();
    if (length == 0 && after_match && begin == at) {
      if (at < line.size()) out += line[at];
      ++at;
      after_match = false;
      continue;
    }
    out += line.substr(at, begin - at);
    ++n;
    if (n < command.nth) {
      out += line.substr(begin, length);
    } else {
      changed = true;
      const auto& r = command.replacement;
      for (std::size_t i = 0; i < r.size(); ++i) {
        if (r[i] == '\\' && i + 1 < r.size()) {
          const char c = r[++i];
          if (isDigit(c)) {
            const auto g = static_cast<std::size_t>(c - '0');
            if (g < groups.size() && groups[g].data() != nullptr) out.append(groups[g].data(), groups[g].size());
          } else {
            out += c == 'n' ? '\n' : c == 't' ? '\t' : c;
          }
        } else if (r[i] == '&') {
          out += line.substr(begin, length);
        } else {
          out += r[i];
        }
      }
    }
    at = begin + length;
    after_match = true;
    if (length == 0) {
      if (at < line.size()) out += line[at];
      ++at;
      after_match = false;
    }
  }
  if (at < line.size()) out += line.substr(at);
  line = std::move(out);
  return changed;
}

}  // namespace

std::string whyNotSed(const CommandLine& o) {
  std::vector<std::string> files;
  std::string problem;
  (void)parseSed(o, files, problem);
  return problem;
}

bool sedStreams(const CommandLine& o) {
  std::vector<std::string> files;
  std::string problem;
  for (const auto& command : parseSed(o, files, problem)) {
    if (command.name == 'q' || command.name == '=' || command.to.kind != 0 || command.from.kind == 1 ||
        command.from.kind == 2)
      return false;
  }
  return problem.empty();
}

int cmdSed(CommandContext& c, const CommandLine& o) {
  std::vector<std::string> files;
  std::string problem;
  auto commands = parseSed(o, files, problem);
  std::vector<std::unique_ptr<RE2>> main;
  std::vector<std::unique_ptr<RE2>> address;
  std::vector<std::unique_ptr<RE2>> second;
  for (const auto& command : commands) {
    main.push_back(std::make_unique<RE2>(command.regex, regexOptions(command.ignore_case)));
    address.push_back(std::make_unique<RE2>(command.from.regex, regexOptions(false)));
    second.push_back(std::make_unique<RE2>(command.to.regex, regexOptions(false)));
  }
  int status = 0;
  const bool in_place = o.has('i');
  std::string all;
  if (files.empty()) files.emplace_back("-");
  std::vector<std::pair<std::string, std::string>> inputs;
  for (const auto& file : files) {
    std::string text;
    if (!c.read(file, text)) {
      status = 2;
      continue;
    }
    if (in_place)
      inputs.emplace_back(file, std::move(text));
    else
      all += text;
  }
  if (!in_place) inputs.emplace_back("", std::move(all));
  for (const auto& [file, text] : inputs) {
    std::string out;
    const auto lines = linesOf(text);
    const bool open_end = !text.empty() && text.back() != '\n';
    for (std::size_t n = 0; n < lines.size(); ++n) {
      std::string line(lines[n]);
      const auto number = static_cast<std::int64_t>(n) + 1;
      const bool last = n + 1 == lines.size();
      bool deleted = false;
      bool quit = false;
      const auto matchesAddress = [&](const SedAddress& a, const RE2& regex) {
        return a.kind == 0 || (a.kind == 1 && a.line == number) || (a.kind == 2 && last) ||
               (a.kind == 3 && RE2::PartialMatch(line, regex));
      };
      for (std::size_t k = 0; k < commands.size() && !deleted && !quit; ++k) {
        auto& command = commands[k];
        bool selected = false;
        if (command.to.kind == 0) {
          selected = matchesAddress(command.from, *address[k]);
        } else if (command.active) {
          selected = true;
          if (command.to.kind == 1 ? number >= command.to.line : matchesAddress(command.to, *second[k]))
            command.active = false;
          if (command.to.kind == 1 && number > command.to.line) selected = false;
        } else if (matchesAddress(command.from, *address[k])) {
          selected = true;
          command.active = !(command.to.kind == 1 && command.to.line <= number);
        }
        if (selected == command.negated) continue;
        if (command.name == 's' && substitute(command, *main[k], line) && command.print) out += line + "\n";
        if (command.name == 'p') out += line + "\n";
        if (command.name == '=') out += std::to_string(number) + "\n";
        deleted = command.name == 'd';
        quit = command.name == 'q';
      }
      if (!deleted && !o.has('n')) out += line + (last && open_end ? "" : "\n");
      if (quit) break;
    }
    if (in_place) {
      c.effect = true;
      c.host.writeFile(c.path(file), out, false);
    } else {
      c.out += out;
    }
  }
  return status;
}

int cmdAwk(CommandContext& c, const CommandLine& o) {
  std::string program;
  for (const char ch : o.operands[0]) {
    if (ch != ' ') program += ch;
  }
  const std::string list = program.substr(6, program.size() - 7);
  std::vector<int> wanted;  // -1: NF
  for (std::size_t at = 0; at < list.size();) {
    ++at;
    if (list.substr(at, 2) == "NF") {
      wanted.push_back(-1);
      at += 3;
      continue;
    }
    int n = 0;
    while (at < list.size() && isDigit(list[at])) n = std::min(100'000, n * 10 + (list[at++] - '0'));
    wanted.push_back(n);
    ++at;
  }
  if (wanted.empty()) wanted.push_back(0);
  const std::string separator = o.value('F');
  auto files = std::vector<std::string>(o.operands.begin() + 1, o.operands.end());
  if (files.empty()) files.emplace_back("-");
  for (const auto& file : files) {
    std::string text;
    if (!c.read(file, text)) return 2;
    for (const auto line : linesOf(text)) {
      std::vector<std::string> fields;
      if (separator.empty() || separator == " ") {
        for (std::size_t at = 0; at < line.size();) {
          at = std::min(line.find_first_not_of(" \t", at), line.size());
          const auto end = std::min(line.find_first_of(" \t", at), line.size());
          if (end > at) fields.emplace_back(line.substr(at, end - at));
          at = end;
        }
      } else {
        for (std::size_t at = 0; !line.empty();) {
          const auto end = line.find(separator, at);
          fields.emplace_back(line.substr(at, end == std::string_view::npos ? end : end - at));
          if (end == std::string_view::npos) break;
          at = end + separator.size();
        }
      }
      std::string out;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (i > 0) out += ' ';
        const auto n = wanted[i] < 0 ? fields.size() : static_cast<std::size_t>(wanted[i]);
        if (n == 0)
          out += line;
        else if (n <= fields.size())
          out += fields[n - 1];
      }
      c.out += out + "\n";
    }
  }
  return 0;
}

namespace {

// Ranges of cut: 1,3-5,7-
std::vector<std::pair<std::size_t, std::size_t>> ranges(const std::string& text, bool& ok) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  ok = !text.empty();
  for (std::size_t at = 0; at < text.size() && ok;) {
    const auto comma = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, comma - at);
    const auto dash = part.find('-');
    const auto number = [&](const std::string& s, std::size_t fallback) {
      if (s.empty()) return fallback;
      if (s.size() > 9 || s.find_first_not_of("0123456789") != std::string::npos || s == "0") ok = false;
      return ok ? static_cast<std::size_t>(std::stoul(s)) : 1;
    };
    const std::size_t from = number(part.substr(0, dash), 1);
    const std::size_t to = dash == std::string::npos ? from : number(part.substr(dash + 1), std::size_t{1} << 40);
    ok = ok && part != "-" && !part.empty() && from <= to;
    out.emplace_back(from, to);
    at = comma + 1;
  }
  return out;
}

std::string trSet(const std::string& text) {
  std::string out;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' && i + 1 < text.size() && text[i + 1] == ':') {
      const auto end = text.find(":]", i);
      if (end != std::string::npos) {
        for (int c = 0; c < 256; ++c) {
          if (inClass(std::string_view(text).substr(i + 2, end - i - 2), static_cast<unsigned char>(c)))
            out += static_cast<char>(c);
        }
        i = end + 1;
        continue;
      }
    }
    char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      c = text[++i];
      if (c >= '0' && c <= '7') {
        int v = c - '0';
        for (int n = 0; n < 2 && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '7'; ++n)
          v = v * 8 + (text[++i] - '0');
        c = static_cast<char>(v);
      } else {
        c = c == 'n'   ? '\n'
            : c == 't' ? '\t'
            : c == 'r' ? '\r'
            : c == 'f' ? '\f'
            : c == 'a' ? '\a'
            : c == 'b' ? '\b'
            : c == 'v' ? '\v'
                       : c;
      }
    }
    if (i + 2 < text.size() && text[i + 1] == '-') {
      const auto high = static_cast<unsigned char>(text[i + 2]);
      for (int x = static_cast<unsigned char>(c); x <= high; ++x) out += static_cast<char>(x);
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

int cmdCut(CommandContext& c, const CommandLine& o) {
  const char mode = o.has('f') ? 'f' : o.has('c') ? 'c' : 'b';
  bool ok = true;
  const auto list = ranges(o.value(mode), ok);
  if (!ok) {
    c.fail("you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.");
    return 1;
  }
  const char delimiter = o.has('d') && !o.value('d').empty() ? o.value('d')[0] : '\t';
  const auto wanted = [&](std::size_t n) {
    return std::any_of(list.begin(), list.end(), [&](const auto& r) { return r.first <= n && n <= r.second; });
  };
  int status = 0;
  auto files = o.operands;
  if (files.empty()) files.emplace_back("-");
  for (const auto& file : files) {
    std::string text;
    if (!c.read(file, text)) {
      status = 1;
      continue;
    }
    for (const auto line : linesOf(text)) {
      std::string out;
      if (mode != 'f') {
        for (std::size_t i = 0; i < line.size(); ++i) {
          if (wanted(i + 1)) out += line[i];
        }
      } else if (line.find(delimiter) == std::string_view::npos) {
        if (o.has('s')) continue;
        out = line;
      } else {
        std::size_t n = 0;
        bool first = true;
        for (std::size_t at = 0; at <= line.size();) {
          const auto end = std::min(line.find(delimiter, at), line.size());
          if (wanted(++n)) {
            if (!first) out += delimiter;
            out += line.substr(at, end - at);
            first = false;
          }
          at = end + 1;
        }
      }
      c.out += out + "\n";
    }
  }
  return status;
}

int cmdTr(CommandContext& c, const CommandLine& o) {
  if (o.operands.empty() || (o.operands.size() < 2 && !o.has('d') && !o.has('s'))) {
    c.fail("missing operand");
    return 1;
  }
  std::string from = trSet(o.operands[0]);
  std::string to = o.operands.size() > 1 ? trSet(o.operands[1]) : "";
  if (o.has('c')) {
    std::string rest;
    for (int ch = 0; ch < 256; ++ch) {
      if (from.find(static_cast<char>(ch)) == std::string::npos) rest += static_cast<char>(ch);
    }
    from = rest;
  }
  const bool translate = !to.empty() && !o.has('d');
  if (translate) to.resize(std::max(to.size(), from.size()), to.back());
  const std::string& squeeze = translate || o.has('d') ? to : from;
  char last = '\0';
  bool have_last = false;
  for (char ch : c.standardInput()) {
    const auto at = from.rfind(ch);
    if (o.has('d') && at != std::string::npos) continue;
    if (translate && at != std::string::npos) ch = to[at];
    if (o.has('s') && have_last && ch == last && squeeze.find(ch) != std::string::npos) continue;
    c.out += ch;
    last = ch;
    have_last = true;
  }
  return 0;
}

int cmdSort(CommandContext& c, const CommandLine& o) {
  std::vector<std::string> lines;
  auto files = o.operands;
  if (files.empty()) files.emplace_back("-");
  for (const auto& file : files) {
    std::string text;
    if (!c.read(file, text)) return 2;
    for (const auto line : linesOf(text)) lines.emplace_back(line);
  }
  const std::string key = o.value('k');
  const std::size_t field =
      key.empty() ? 0 : static_cast<std::size_t>(std::max(1L, std::strtol(key.c_str(), nullptr, 10)));
  const auto comma = key.find(',');
  const std::size_t last_field =
      comma == std::string::npos
          ? 0
          : static_cast<std::size_t>(std::max(1L, std::strtol(key.c_str() + comma + 1, nullptr, 10)));
  const bool numeric = o.has('n') || key.find('n') != std::string::npos;
  const bool reverse = o.has('r') || key.find('r') != std::string::npos;
  const std::string separator = o.value('t');
  const auto keyOf = [&](const std::string& line) -> std::string {
    if (field == 0) return line;
    std::size_t at = 0;
    std::size_t begin = std::string::npos;
    for (std::size_t n = 1; at <= line.size(); ++n) {
      std::size_t end = 0;
      if (separator.empty()) {
        const auto word = std::min(line.find_first_not_of(" \t", at), line.size());
        end = std::min(line.find_first_of(" \t", word), line.size());
      } else {
        end = std::min(line.find(separator[0], at), line.size());
      }
      if (n == field) begin = at;
      if (n == last_field && begin != std::string::npos) return line.substr(begin, end - begin);
      if (end >= line.size()) break;
      at = separator.empty() ? end : end + 1;
    }
    return begin == std::string::npos ? "" : line.substr(begin);
  };
  const auto lowered = [](std::string s) {
    for (char& ch : s) ch = ch >= 'a' && ch <= 'z' ? static_cast<char>(ch - 32) : ch;
    return s;
  };
  const auto compare = [&](const std::string& x, const std::string& y) {
    std::string a = keyOf(x);
    std::string b = keyOf(y);
    if (numeric) {
      const double m = std::strtod(a.c_str(), nullptr);
      const double n = std::strtod(b.c_str(), nullptr);
      return m < n ? -1 : m > n ? 1 : 0;
    }
    if (o.has('b')) {
      a.erase(0, std::min(a.find_first_not_of(" \t"), a.size()));
      b.erase(0, std::min(b.find_first_not_of(" \t"), b.size()));
    }
    if (o.has('f')) {
      a = lowered(a);
      b = lowered(b);
    }
    const int r = a.compare(b);
    return r < 0 ? -1 : r > 0 ? 1 : 0;
  };
  std::stable_sort(lines.begin(), lines.end(), [&](const std::string& a, const std::string& b) {
    const int r = compare(a, b);
    if (r != 0) return reverse ? r > 0 : r < 0;
    if (o.has('u')) return false;
    return o.has('r') ? a > b : a < b;  // the last resort compares whole lines
  });
  if (o.has('u')) {
    lines.erase(std::unique(lines.begin(), lines.end(),
                            [&](const std::string& a, const std::string& b) { return compare(a, b) == 0; }),
                lines.end());
  }
  for (const auto& line : lines) c.out += line + "\n";
  return 0;
}

int cmdUniq(CommandContext& c, const CommandLine& o) {
  std::string text;
  if (!c.read(o.operands.empty() ? "-" : o.operands[0], text)) return 1;
  const auto lines = linesOf(text);
  const auto same = [&](std::string_view a, std::string_view b) {
    if (!o.has('i')) return a == b;
    const auto low = [](char ch) { return ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch + 32) : ch; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return low(x) == low(y); });
  };
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t end = i + 1;
    while (end < lines.size() && same(lines[i], lines[end])) ++end;
    const std::size_t n = end - i;
    if (!(o.has('d') && n < 2) && !(o.has('u') && n > 1)) {
      std::string count = std::to_string(n);
      if (o.has('c')) c.out += std::string(count.size() < 7 ? 7 - count.size() : 0, ' ') + count + " ";
      c.out += std::string(lines[i]) + "\n";
    }
    i = end;
  }
  return 0;
}

namespace {

struct ExprError {
  std::string text;
};

class Expr {
 public:
  explicit Expr(std::vector<std::string> a) : a_(std::move(a)) {}
  std::string run() {
    if (a_.empty()) throw ExprError{"missing operand\nTry 'expr --help' for more information."};
    std::string value = either();
    if (at_ < a_.size()) throw ExprError{"syntax error: unexpected argument '" + a_[at_] + "'"};
    return value;
  }

 private:
  static bool null(const std::string& v) {
    return v.empty() || v.find_first_not_of('0', v[0] == '-' ? 1 : 0) == std::string::npos;
  }
  bool accept(std::string_view op) {
    if (at_ >= a_.size() || a_[at_] != op) return false;
    ++at_;
    return true;
  }
  std::string either() {
    std::string v = both();
    while (accept("|")) {
      const std::string r = both();
      if (null(v)) v = null(r) ? "0" : r;
    }
    return v;
  }
  std::string both() {
    std::string v = comparison();
    while (accept("&")) {
      const std::string r = comparison();
      if (null(v) || null(r)) v = "0";
    }
    return v;
  }
  static bool integer(const std::string& s, std::int64_t& out) {
    const std::size_t sign = !s.empty() && s[0] == '-' ? 1 : 0;
    if (s.size() <= sign || s.size() > 18 || s.find_first_not_of("0123456789", sign) != std::string::npos) return false;
    out = std::strtoll(s.c_str(), nullptr, 10);
    return true;
  }
  std::string comparison() {
    std::string v = sum();
    for (;;) {
      std::string op;
      for (const std::string_view o : {"<=", ">=", "!=", "==", "=", "<", ">"}) {
        if (at_ < a_.size() && a_[at_] == o) op = o;
      }
      if (op.empty()) return v;
      ++at_;
      const std::string r = sum();
      std::int64_t x = 0;
      std::int64_t y = 0;
      int order = v.compare(r);
      if (integer(v, x) && integer(r, y)) order = x < y ? -1 : x > y ? 1 : 0;
      const bool result = op == "<="   ? order <= 0
                          : op == ">=" ? order >= 0
                          : op == "!=" ? order != 0
                          : op == "<"  ? order < 0
                          : op == ">"  ? order > 0
                                       : order == 0;
      v = result ? "1" : "0";
    }
  }
  std::int64_t number(const std::string& s) {
    std::int64_t n = 0;
    if (!integer(s, n)) throw ExprError{"non-integer argument"};
    return n;
  }
  std::string sum() {
    std::string v = product();
    while (at_ < a_.size() && (a_[at_] == "+" || a_[at_] == "-")) {
      const bool plus = a_[at_++] == "+";
      const std::string r = product();
      const auto x = static_cast<std::uint64_t>(number(v));
      const auto y = static_cast<std::uint64_t>(number(r));
      v = std::to_string(static_cast<std::int64_t>(plus ? x + y : x - y));
    }
    return v;
  }
  std::string product() {
    std::string v = match();
    while (at_ < a_.size() && (a_[at_] == "*" || a_[at_] == "/" || a_[at_] == "%")) {
      const char op = a_[at_++][0];
      const std::string r = match();
      const std::int64_t x = number(v);
      const std::int64_t y = number(r);
      if (y == 0 && op != '*') throw ExprError{"division by zero"};
      if (op == '*')
        v = std::to_string(static_cast<std::int64_t>(static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(y)));
      else
        v = std::to_string(op == '/' ? x / y : x % y);
    }
    return v;
  }
  std::string match() {
    std::string v = primary();
    while (accept(":")) {
      const std::string pattern = primary();
      const RE2 regex(fromBasic(pattern), regexOptions(false));
      if (!regex.ok()) throw ExprError{"invalid regular expression"};
      re2::StringPiece groups[2];
      const bool grouped = regex.NumberOfCapturingGroups() > 0;
      const bool matched = regex.Match(v, 0, v.size(), RE2::ANCHOR_START, groups, grouped ? 2 : 1);
      if (grouped)
        v = matched && groups[1].data() != nullptr ? std::string(groups[1].data(), groups[1].size()) : "";
      else
        v = std::to_string(matched ? groups[0].size() : 0);
    }
    return v;
  }
  std::string primary() {
    if (++depth_ > 200) throw ExprError{"syntax error"};
    if (at_ >= a_.size()) throw ExprError{"syntax error: missing argument after '" + a_.back() + "'"};
    if (accept("(")) {
      std::string v = either();
      if (!accept(")")) throw ExprError{"syntax error: expecting ')' after '" + a_.back() + "'"};
      return v;
    }
    if (at_ + 1 < a_.size() && a_[at_] == "length") {
      at_ += 2;
      return std::to_string(a_[at_ - 1].size());
    }
    if (at_ + 3 < a_.size() && a_[at_] == "substr") {
      at_ += 4;
      const std::int64_t from = number(a_[at_ - 2]);
      const std::int64_t n = number(a_[at_ - 1]);
      const auto& s = a_[at_ - 3];
      if (from < 1 || n < 1 || static_cast<std::size_t>(from) > s.size()) return "";
      return s.substr(static_cast<std::size_t>(from - 1), static_cast<std::size_t>(n));
    }
    return a_[at_++];
  }

  std::vector<std::string> a_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

int cmdExpr(CommandContext& c, const CommandLine& o) {
  try {
    const std::string value = Expr(o.operands).run();
    c.out = value + "\n";
    const bool null = value.empty() || (value.find_first_not_of('0', value[0] == '-' ? 1 : 0) == std::string::npos);
    return null ? 1 : 0;
  } catch (const ExprError& error) {
    c.fail(error.text);
    return 2;
  }
}

}  // namespace jobset_twin::workload::shell
