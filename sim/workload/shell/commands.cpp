// commands.cpp - the table of programs and their options, and the programs about files and facts.
#include "sim/workload/shell/commands.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "sim/workload/shell/format.hpp"
#include "sim/workload/shell/known.hpp"
#include "sim/workload/shell/scanner.hpp"

namespace jobset_twin::workload::shell {
namespace {

using ProgramFunction = int (*)(CommandContext&, const CommandLine&);

struct KnownProgram {
  std::string_view name;
  std::string_view flags;
  std::string_view valued;
  ProgramFunction run;
};

int cmdTrue(CommandContext&, const CommandLine&) { return 0; }
int cmdFalse(CommandContext&, const CommandLine&) { return 1; }

int cmdEcho(CommandContext& c, const CommandLine&) {
  bool newline = true;
  bool interpret = false;
  std::size_t i = 1;
  for (; i < c.argv.size() && c.argv[i].size() > 1 && c.argv[i][0] == '-' &&
         c.argv[i].find_first_not_of("neE", 1) == std::string::npos;
       ++i) {
    for (const char f : c.argv[i].substr(1)) {
      if (f == 'n')
        newline = false;
      else
        interpret = f == 'e';
    }
  }
  bool stop = false;
  for (std::size_t n = i; n < c.argv.size() && !stop; ++n)
    c.out += (n > i ? " " : "") + (interpret ? echoEscapes(c.argv[n], stop) : c.argv[n]);
  if (newline && !stop) c.out += '\n';
  return 0;
}

int cmdPrintf(CommandContext& c, const CommandLine&) {
  if (c.argv.size() < 2) {
    c.fail("missing operand");
    return 1;
  }
  const Printed printed = printfText(c.argv[1], {c.argv.begin() + 2, c.argv.end()}, true);
  c.out = printed.text;
  for (const auto& error : printed.errors) c.fail(error);
  return printed.errors.empty() ? 0 : 1;
}

int cmdCat(CommandContext& c, const CommandLine& o) {
  int status = 0;
  std::int64_t line = 0;
  auto names = o.operands;
  if (names.empty()) names.emplace_back("-");
  for (const auto& name : names) {
    std::string text;
    if (!c.read(name, text)) {
      status = 1;
    } else if (o.has('n')) {
      for (const auto l : linesOf(text)) c.out += fmt::format("{:6}\t{}\n", ++line, l);
    } else {
      c.out += text;
    }
  }
  return status;
}

std::int64_t count(const CommandLine& o, char option, std::int64_t fallback) {
  const std::string text = o.value(option);
  if (text.empty()) return fallback;
  const std::size_t sign = text[0] == '-' || text[0] == '+' ? 1 : 0;
  if (text.size() > 15 || text.find_first_not_of("0123456789", sign) != std::string::npos) return fallback;
  return std::strtoll(text.c_str(), nullptr, 10);
}

int headOrTail(CommandContext& c, const CommandLine& o, bool head) {
  int status = 0;
  auto names = o.operands;
  if (names.empty()) names.emplace_back("-");
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string text;
    if (!c.read(names[i], text)) {
      status = 1;
      continue;
    }
    if (names.size() > 1) c.out += std::string(i > 0 ? "\n" : "") + "==> " + names[i] + " <==\n";
    if (o.has('c')) {
      std::int64_t n = count(o, 'c', 10);
      const auto size = static_cast<std::int64_t>(text.size());
      const bool from = o.value('c')[0] == '+';
      if (head)
        n = n < 0 ? std::max<std::int64_t>(0, size + n) : std::min(n, size);
      else
        n = from ? std::max<std::int64_t>(0, size - n + 1) : std::min(std::abs(n), size);
      c.out += head ? text.substr(0, static_cast<std::size_t>(n))
                    : text.substr(static_cast<std::size_t>(size - std::min(n, size)));
      continue;
    }
    std::int64_t n = count(o, 'n', 10);
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size() - 1) + 1)
      starts.push_back(at);
    const auto lines = static_cast<std::int64_t>(starts.size());
    const bool from = !o.value('n').empty() && o.value('n')[0] == '+';
    std::int64_t cut = head ? (n < 0 ? lines + n : n) : from ? std::max<std::int64_t>(0, n - 1) : lines - std::abs(n);
    cut = std::max<std::int64_t>(0, std::min(cut, lines));
    const std::size_t at = cut == lines ? text.size() : starts[static_cast<std::size_t>(cut)];
    c.out += head ? text.substr(0, at) : text.substr(at);
  }
  return status;
}

int cmdHead(CommandContext& c, const CommandLine& o) { return headOrTail(c, o, true); }
int cmdTail(CommandContext& c, const CommandLine& o) { return headOrTail(c, o, false); }

int cmdWc(CommandContext& c, const CommandLine& o) {
  struct Counts {
    std::int64_t lines = 0, words = 0, bytes = 0;
  };
  const bool all = !o.has('l') && !o.has('w') && !o.has('c') && !o.has('m');
  std::vector<std::pair<Counts, std::string>> rows;
  int status = 0;
  auto names = o.operands;
  if (names.empty()) names.emplace_back("");
  Counts total;
  for (const auto& name : names) {
    std::string text;
    if (!c.read(name.empty() ? "-" : name, text)) {
      status = 1;
      continue;
    }
    Counts n;
    bool in_word = false;
    for (const char ch : text) {
      if (ch == '\n') ++n.lines;
      const bool space = ch == ' ' || (ch >= '\t' && ch <= '\r');
      if (!space && !in_word) ++n.words;
      in_word = !space;
    }
    n.bytes = static_cast<std::int64_t>(text.size());
    total.lines += n.lines;
    total.words += n.words;
    total.bytes += n.bytes;
    rows.emplace_back(n, name);
  }
  if (names.size() > 1) rows.emplace_back(total, "total");
  const int columns = all ? 3 : (o.has('l') ? 1 : 0) + (o.has('w') ? 1 : 0) + (o.has('c') || o.has('m') ? 1 : 0);
  // GNU: one number alone is not padded; standard input among several is padded to 7.
  std::size_t width = names[0].empty() ? 7 : std::to_string(total.bytes).size();
  if (columns == 1 && rows.size() == 1) width = 1;
  for (const auto& [n, name] : rows) {
    std::string line;
    const auto add = [&](std::int64_t v) { line += fmt::format("{}{:{}}", line.empty() ? "" : " ", v, width); };
    if (all || o.has('l')) add(n.lines);
    if (all || o.has('w')) add(n.words);
    if (all || o.has('c') || o.has('m')) add(n.bytes);
    c.out += line + (name.empty() ? "" : " " + name) + "\n";
  }
  return status;
}

int cmdTee(CommandContext& c, const CommandLine& o) {
  const auto text = c.standardInput();
  int status = 0;
  for (const auto& name : o.operands) {
    const std::string path = c.path(name);
    if (path == "/dev/stderr") {
      c.err += text;
    } else if (path != "/dev/null") {
      c.effect = true;
      if (!c.host.writeFile(path, text, o.has('a') || !c.first)) {
        c.fail(name + ": No such file or directory");
        status = 1;
      }
    }
  }
  c.out = text;
  return status;
}

constexpr std::size_t kMaxSequence = 32'000'000;  // bytes: seq prints at once

int cmdSeq(CommandContext& c, const CommandLine& o) {
  if (o.operands.empty() || o.operands.size() > 3) {
    c.fail(o.operands.empty() ? "missing operand" : "extra operand '" + o.operands[3] + "'");
    return 1;
  }
  const auto decimals = [](const std::string& s) {
    return s.find('.') == std::string::npos ? std::size_t{0} : s.size() - s.find('.') - 1;
  };
  std::int64_t scale = 1;
  std::size_t places = 0;
  for (std::size_t i = 0; i + (o.operands.size() > 1 ? 1U : 0U) < o.operands.size(); ++i)
    places = std::max(places, decimals(o.operands[i]));
  if (o.operands.size() == 1) places = 0;
  const std::size_t precision = std::min<std::size_t>(std::max(places, decimals(o.operands.back())), 9);
  for (std::size_t i = 0; i < precision; ++i) scale *= 10;
  std::vector<std::int64_t> numbers;
  for (const auto& text : o.operands) {
    std::string digits = text;
    const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    std::size_t have = decimals(text);
    if (const auto dot = digits.find('.'); dot != std::string::npos) digits.erase(dot, 1);
    for (; have < precision; ++have) digits += '0';
    if (digits.size() <= sign || digits.size() > 18 ||
        digits.find_first_not_of("0123456789", sign) != std::string::npos) {
      c.err += "seq: invalid floating point argument: '" + text + "'\nTry 'seq --help' for more information.\n";
      return 1;
    }
    numbers.push_back(std::strtoll(digits.c_str(), nullptr, 10));
  }
  const std::int64_t first = numbers.size() > 1 ? numbers[0] : scale;
  const std::int64_t step = numbers.size() > 2 ? numbers[1] : scale;
  const std::int64_t last = numbers.back();
  if (step == 0) {
    c.err += "seq: invalid Zero increment value: '" + o.operands[1] + "'\nTry 'seq --help' for more information.\n";
    return 1;
  }
  const auto show = [&](std::int64_t v) {
    std::string text = v < 0 ? "-" : "";
    const std::uint64_t magnitude = v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
    std::uint64_t divisor = static_cast<std::uint64_t>(scale);
    text += std::to_string(magnitude / divisor);
    if (places > 0) text += '.' + fmt::format("{:0{}}", magnitude % divisor, precision).substr(0, places);
    return text;
  };
  const std::string separator = o.has('s') ? o.value('s') : "\n";
  std::size_t width = 0;
  if (o.has('w') && (step > 0 ? first <= last : first >= last)) {
    const std::int64_t end = first + (last - first) / step * step;
    width = std::max(show(first).size(), show(end).size());
    width = std::max(width, show(last).size());
  }
  bool any = false;
  for (std::int64_t v = first; step > 0 ? v <= last : v >= last; v += step) {
    std::string text = show(v);
    if (text.size() < width) text.insert(text[0] == '-' ? 1 : 0, width - text.size(), '0');
    if (any) c.out += separator;
    c.out += text;
    any = true;
    if (c.out.size() > kMaxSequence) {
      c.out.clear();
      c.fail("output of more than 32,000,000 bytes");
      return 1;
    }
  }
  if (any) c.out += '\n';
  return 0;
}

int cmdDate(CommandContext& c, const CommandLine& o) {
  c.effect = true;
  std::string format = "%a %b %e %H:%M:%S UTC %Y";
  if (o.has('I')) format = "%Y-%m-%d";
  if (o.value('I') == "seconds") format = "%Y-%m-%dT%H:%M:%S%:z";
  if (o.has('R')) format = "%a, %d %b %Y %H:%M:%S +0000";
  for (const auto& operand : o.operands) {
    if (operand.empty() || operand[0] != '+') {
      c.fail("invalid date '" + operand + "'");
      return 1;
    }
    format = operand.substr(1);
  }
  c.out = dateText(format, c.host.now()) + "\n";
  return 0;
}

int cmdHostname(CommandContext& c, const CommandLine& o) {
  std::string name = c.host.hostname();
  if (o.has('s')) name = name.substr(0, name.find('.'));
  c.out = name + "\n";
  return 0;
}

int cmdBasename(CommandContext& c, const CommandLine& o) {
  if (o.operands.empty()) {
    c.fail("missing operand\nTry 'basename --help' for more information.");
    return 1;
  }
  std::string name = o.operands[0];
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  if (const auto slash = name.rfind('/'); slash != std::string::npos && name.size() > 1) name.erase(0, slash + 1);
  if (o.operands.size() > 1 && name.size() > o.operands[1].size() && name.ends_with(o.operands[1]))
    name.resize(name.size() - o.operands[1].size());
  c.out = name + "\n";
  return 0;
}

int cmdDirname(CommandContext& c, const CommandLine& o) {
  for (std::string name : o.operands) {
    while (name.size() > 1 && name.back() == '/') name.pop_back();
    const auto slash = name.rfind('/');
    if (slash == std::string::npos) {
      name = ".";
    } else {
      name.resize(slash);
      while (name.size() > 1 && name.back() == '/') name.pop_back();
      if (name.empty()) name = "/";
    }
    c.out += name + "\n";
  }
  return 0;
}

int cmdTouch(CommandContext& c, const CommandLine& o) {
  int status = 0;
  for (const auto& name : o.operands) {
    const std::string path = c.path(name);
    if (c.host.isFile(path) || c.host.isDirectory(path) || o.has('c')) continue;
    c.effect = true;
    if (!c.host.writeFile(path, "", false)) {
      c.err += "touch: cannot touch '" + name + "': No such file or directory\n";
      status = 1;
    }
  }
  return status;
}

int cmdMkdir(CommandContext& c, const CommandLine& o) {
  int status = 0;
  for (const auto& name : o.operands) {
    const std::string path = c.path(name);
    if (o.has('p')) {
      for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
        c.effect |= c.host.makeDirectory(path.substr(0, at));
        if (at == std::string::npos) break;
      }
      if (c.host.isDirectory(path)) continue;
    } else if (c.host.makeDirectory(path)) {
      c.effect = true;
      continue;
    }
    const bool exists = c.host.isDirectory(path) || c.host.isFile(path);
    c.err += "mkdir: cannot create directory '" + name +
             "': " + (exists ? "File exists" : "No such file or directory") + "\n";
    status = 1;
  }
  return status;
}

int cmdRm(CommandContext& c, const CommandLine& o) {
  int status = 0;
  for (const auto& name : o.operands) {
    const std::string path = c.path(name);
    const bool directory = c.host.isDirectory(path);
    if (directory && !o.has('r') && !o.has('R')) {
      c.err += "rm: cannot remove '" + name + "': Is a directory\n";
      status = 1;
    } else if (c.host.remove(path)) {
      c.effect = true;
    } else if (!o.has('f')) {
      c.err += "rm: cannot remove '" + name + "': No such file or directory\n";
      status = 1;
    }
  }
  return status;
}

int cmdRmdir(CommandContext& c, const CommandLine& o) {
  int status = 0;
  for (const auto& name : o.operands) {
    const std::string path = c.path(name);
    if (c.host.isDirectory(path) && c.host.list(path).empty() && c.host.remove(path)) {
      c.effect = true;
    } else {
      c.err += "rmdir: failed to remove '" + name +
               "': " + (c.host.isDirectory(path) ? "Directory not empty" : "No such file or directory") + "\n";
      status = 1;
    }
  }
  return status;
}

int cmdLs(CommandContext& c, const CommandLine& o) {
  int status = 0;
  auto names = o.operands;
  if (names.empty()) names.emplace_back(".");
  std::sort(names.begin(), names.end());
  std::string files;
  std::string directories;
  for (const auto& name : names) {
    const std::string path = c.path(name);
    if (c.host.isFile(path) || (o.has('d') && c.host.isDirectory(path))) {
      files += name + "\n";
    } else if (c.host.isDirectory(path)) {
      auto entries = c.host.list(path);
      if (o.has('a')) entries.insert(entries.end(), {".", ".."});
      std::sort(entries.begin(), entries.end());
      if (names.size() > 1) directories += (directories.empty() && files.empty() ? "" : "\n") + name + ":\n";
      for (const auto& entry : entries) {
        if (entry[0] != '.' || o.has('a') || o.has('A')) directories += entry + "\n";
      }
    } else {
      c.err += "ls: cannot access '" + name + "': No such file or directory\n";
      status = 2;
    }
  }
  c.out = files + directories;
  return status;
}

bool copyTree(CommandContext& c, const std::string& from, const std::string& to) {
  c.effect = true;
  if (const auto content = c.host.readFile(from)) return c.host.writeFile(to, *content, false);
  c.host.makeDirectory(to);
  for (const auto& entry : c.host.list(from)) {
    if (!copyTree(c, from + "/" + entry, to + "/" + entry)) return false;
  }
  return true;
}

int copyOrMove(CommandContext& c, const CommandLine& o, bool move) {
  if (o.operands.size() < 2) {
    c.fail(o.operands.empty() ? "missing file operand"
                              : "missing destination file operand after '" + o.operands[0] + "'");
    return 1;
  }
  int status = 0;
  const std::string target = c.path(o.operands.back());
  for (std::size_t i = 0; i + 1 < o.operands.size(); ++i) {
    const std::string from = c.path(o.operands[i]);
    const bool directory = c.host.isDirectory(from);
    if (!directory && !c.host.isFile(from)) {
      c.err += c.argv[0] + ": cannot stat '" + o.operands[i] + "': No such file or directory\n";
      status = 1;
      continue;
    }
    if (directory && !move && !o.has('r') && !o.has('R') && !o.has('a')) {
      c.err += "cp: -r not specified; omitting directory '" + o.operands[i] + "'\n";
      status = 1;
      continue;
    }
    const std::string to = c.host.isDirectory(target) ? target + "/" + from.substr(from.rfind('/') + 1) : target;
    if (to == from || to.starts_with(from + "/") || !copyTree(c, from, to)) {
      c.err += c.argv[0] + ": cannot create '" + o.operands.back() + "'\n";
      status = 1;
    } else if (move) {
      c.host.remove(from);
    }
  }
  return status;
}
int cmdCp(CommandContext& c, const CommandLine& o) { return copyOrMove(c, o, false); }
int cmdMv(CommandContext& c, const CommandLine& o) { return copyOrMove(c, o, true); }

int cmdEnv(CommandContext& c, const CommandLine&) {
  for (const auto& [name, value] : c.environment) c.out += name + "=" + value + "\n";
  return 0;
}

int cmdPrintenv(CommandContext& c, const CommandLine& o) {
  if (o.operands.empty()) return cmdEnv(c, o);
  int status = 0;
  for (const auto& wanted : o.operands) {
    const auto at =
        std::find_if(c.environment.begin(), c.environment.end(), [&](const auto& e) { return e.first == wanted; });
    if (at == c.environment.end())
      status = 1;
    else
      c.out += at->second + "\n";
  }
  return status;
}

int cmdId(CommandContext& c, const CommandLine& o) {
  c.out = o.has('n')                               ? "root\n"
          : o.has('u') || o.has('g') || o.has('G') ? "0\n"
                                                   : "uid=0(root) gid=0(root) groups=0(root)\n";
  return 0;
}
int cmdWhoami(CommandContext& c, const CommandLine&) {
  c.out = "root\n";
  return 0;
}
int cmdNproc(CommandContext& c, const CommandLine&) {
  c.out = std::to_string(c.host.processors()) + "\n";
  return 0;
}
int cmdPwd(CommandContext& c, const CommandLine&) {
  c.out = c.directory + "\n";
  return 0;
}
int cmdUname(CommandContext& c, const CommandLine& o) {
  if (o.has('n'))
    c.out = c.host.hostname() + "\n";
  else
    c.out = o.has('m') ? "x86_64\n" : "Linux\n";
  return 0;
}

int cmdMktemp(CommandContext& c, const CommandLine& o) {
  c.effect = true;
  std::string name = o.operands.empty() ? "/tmp/tmp.XXXXXXXXXX" : o.operands[0];
  auto end = name.find_last_of('X');
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  for (; end != std::string::npos && name[end] == 'X'; --end) {
    name[end] = kLetters[c.host.random15() % kLetters.size()];
    if (end == 0) break;
  }
  const std::string path = c.path(name);
  if (o.has('d') ? !c.host.makeDirectory(path) : !c.host.writeFile(path, "", false)) {
    c.fail("failed to create file via template '" + name + "': No such file or directory");
    return 1;
  }
  c.out = name + "\n";
  return 0;
}

int cmdWhich(CommandContext& c, const CommandLine& o) {
  int status = 0;
  for (const auto& name : o.operands) {
    if (isKnownCommand(name))
      c.out += (name[0] == '/' ? name : "/usr/bin/" + name) + "\n";
    else
      status = 1;
  }
  return status;
}

int cmdChmod(CommandContext& c, const CommandLine& o) {
  int status = 0;
  for (std::size_t i = 1; i < o.operands.size(); ++i) {
    const std::string path = c.path(o.operands[i]);
    if (c.host.isFile(path) || c.host.isDirectory(path)) continue;
    c.err += c.argv[0] + ": cannot access '" + o.operands[i] + "': No such file or directory\n";
    status = 1;
  }
  return status;
}

int cmdTac(CommandContext& c, const CommandLine& o) {
  auto names = o.operands;
  if (names.empty()) names.emplace_back("-");
  for (const auto& name : names) {
    std::string text;
    if (!c.read(name, text)) return 1;
    const auto lines = linesOf(text);
    for (auto it = lines.rbegin(); it != lines.rend(); ++it) c.out += std::string(*it) + "\n";
  }
  return 0;
}

int cmdRev(CommandContext& c, const CommandLine&) {
  for (const auto line : linesOf(c.standardInput())) c.out += std::string(line.rbegin(), line.rend()) + "\n";
  return 0;
}

constexpr KnownProgram kPrograms[] = {
    {"true", "*", "", cmdTrue},
    {"false", "*", "", cmdFalse},
    {"sync", "", "", cmdTrue},
    {"echo", "*", "", cmdEcho},
    {"printf", "*", "", cmdPrintf},
    {"cat", "nu", "", cmdCat},
    {"head", "q", "nc", cmdHead},
    {"tail", "q", "nc", cmdTail},
    {"wc", "lwcm", "", cmdWc},
    {"tee", "a", "", cmdTee},
    {"seq", "w", "s", cmdSeq},
    {"date", "uR", "I", cmdDate},
    {"hostname", "s", "", cmdHostname},
    {"basename", "", "", cmdBasename},
    {"dirname", "", "", cmdDirname},
    {"touch", "c", "", cmdTouch},
    {"mkdir", "pv", "m", cmdMkdir},
    {"rm", "rRf", "", cmdRm},
    {"rmdir", "", "", cmdRmdir},
    {"ls", "1aAd", "", cmdLs},
    {"cp", "rRpfa", "", cmdCp},
    {"mv", "f", "", cmdMv},
    {"env", "", "", cmdEnv},
    {"printenv", "", "", cmdPrintenv},
    {"id", "ugGn", "", cmdId},
    {"whoami", "", "", cmdWhoami},
    {"nproc", "", "", cmdNproc},
    {"pwd", "PL", "", cmdPwd},
    {"uname", "snm", "", cmdUname},
    {"mktemp", "dq", "", cmdMktemp},
    {"which", "", "", cmdWhich},
    {"chmod", "R*", "", cmdChmod},
    {"chown", "R", "", cmdChmod},
    {"tac", "", "", cmdTac},
    {"rev", "", "", cmdRev},
    {"grep", "qcvEFioxnwlhHs", "em", cmdGrep},
    {"egrep", "qcvioxnwlhHs", "em", cmdGrep},
    {"fgrep", "qcvioxnwlhHs", "em", cmdGrep},
    {"sed", "nErsi", "e", cmdSed},
    {"awk", "", "F", cmdAwk},
    {"cut", "s", "dfcb", cmdCut},
    {"tr", "dsc", "", cmdTr},
    {"sort", "nrufb", "tk", cmdSort},
    {"uniq", "cdui", "", cmdUniq},
    {"expr", "*", "", cmdExpr},
};

const KnownProgram* findProgram(std::string_view name) {
  for (const auto& program : kPrograms) {
    if (program.name == name) return &program;
  }
  return nullptr;
}

struct LongOption {
  std::string_view name;
  char letter;
};
constexpr LongOption kLong[] = {{"--parents", 'p'},         {"--quiet", 'q'},           {"--silent", 'q'},
                                {"--lines", 'n'},           {"--bytes", 'c'},           {"--recursive", 'r'},
                                {"--force", 'f'},           {"--append", 'a'},          {"--utc", 'u'},
                                {"--count", 'c'},           {"--unique", 'u'},          {"--reverse", 'r'},
                                {"--short", 's'},           {"--separator", 's'},       {"--delimiter", 'd'},
                                {"--fields", 'f'},          {"--directory", 'd'},       {"--in-place", 'i'},
                                {"--regexp-extended", 'E'}, {"--extended-regexp", 'E'}, {"--iso-8601", 'I'}};

}  // namespace

std::string CommandContext::path(std::string_view name) const {
  const std::string full = !name.empty() && name[0] == '/' ? std::string(name) : directory + "/" + std::string(name);
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= full.size();) {
    const auto slash = std::min(full.find('/', at), full.size());
    const std::string part = full.substr(at, slash - at);
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    at = slash + 1;
  }
  std::string joined;
  for (const auto& part : parts) joined += "/" + part;
  return joined.empty() ? "/" : joined;
}

bool CommandContext::read(const std::string& name, std::string& content) {
  if (name == "-" || path(name) == "/dev/stdin") {
    content = standardInput();
    return true;
  }
  const std::string full = path(name);
  if (full == "/dev/null") {
    content.clear();
    return true;
  }
  if (auto text = host.readFile(full)) {
    content = std::move(*text);
    return true;
  }
  const std::string_view program = commandName(argv[0]);
  const std::string reason = host.isDirectory(full) ? ": Is a directory" : ": No such file or directory";
  if (program == "head" || program == "tail") {
    err += std::string(program) + (host.isDirectory(full) ? ": error reading '" : ": cannot open '") + name + "'" +
           (host.isDirectory(full) ? "" : " for reading") + reason + "\n";
  } else if (program == "sort") {
    err += "sort: cannot read: " + name + reason + "\n";
  } else if (program == "sed") {
    err += "sed: can't read " + name + reason + "\n";
  } else {
    err += std::string(program) + ": " + name + reason + "\n";
  }
  return false;
}

bool CommandLine::has(char c) const {
  return std::any_of(options.begin(), options.end(), [&](const auto& o) { return o.first == c; });
}

std::string CommandLine::value(char c, std::string fallback) const {
  for (auto it = options.rbegin(); it != options.rend(); ++it) {
    if (it->first == c) return it->second;
  }
  return fallback;
}

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

CommandLine parseOptions(std::span<const std::string> argv) {
  CommandLine out;
  const std::string_view name = commandName(argv[0]);
  const KnownProgram* program = findProgram(name);
  if (program == nullptr || program->flags == "*") {
    out.operands.assign(argv.begin() + 1, argv.end());
    return out;
  }
  bool only_operands = false;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string& arg = argv[i];
    const bool number = name == "seq" && arg.size() > 1 && (isDigit(arg[1]) || arg[1] == '.');
    if (only_operands || arg.size() < 2 || arg[0] != '-' || number || (name == "chmod" && arg != "-R")) {
      out.operands.push_back(arg);
      if (name == "seq") only_operands = false;
      continue;
    }
    if (arg == "--") {
      only_operands = true;
      continue;
    }
    if (arg.starts_with("--")) {
      const auto equals = arg.find('=');
      const auto* found = std::find_if(std::begin(kLong), std::end(kLong), [&](const LongOption& l) {
        return l.name == std::string_view(arg).substr(0, equals);
      });
      const bool valued = found != std::end(kLong) && program->valued.find(found->letter) != std::string_view::npos;
      if (found == std::end(kLong) || (!valued && program->flags.find(found->letter) == std::string_view::npos)) {
        if (out.unknown.empty()) out.unknown = arg;
        continue;
      }
      std::string value = equals == std::string::npos ? "" : arg.substr(equals + 1);
      if (valued && equals == std::string::npos && name != "date" && i + 1 < argv.size()) value = argv[++i];
      out.options.emplace_back(found->letter, value);
      continue;
    }
    if ((name == "head" || name == "tail") && isDigit(arg[1])) {
      out.options.emplace_back('n', arg.substr(1));
      continue;
    }
    for (std::size_t c = 1; c < arg.size(); ++c) {
      if (program->valued.find(arg[c]) != std::string_view::npos) {
        const bool joined = c + 1 < arg.size() || name == "date";
        const bool missing = !joined && i + 1 >= argv.size();
        if (missing && out.unknown.empty()) out.unknown = arg;
        out.options.emplace_back(arg[c], joined ? arg.substr(c + 1) : missing ? "" : argv[++i]);
        break;
      }
      if (program->flags.find(arg[c]) == std::string_view::npos) {
        if (out.unknown.empty()) out.unknown = std::string("-") + arg[c];
      } else {
        out.options.emplace_back(arg[c], "");
      }
    }
  }
  return out;
}

bool isProgram(std::string_view name) { return findProgram(name) != nullptr; }

std::string whyNotProgram(std::span<const std::string> argv) {
  const std::string name(commandName(argv[0]));
  const CommandLine options = parseOptions(argv);
  if (!options.unknown.empty()) return name + " with the option " + options.unknown;
  if (name == "sed") return whyNotSed(options);
  if (name == "awk") {
    if (options.operands.empty()) return "awk without a program";
    std::string text;
    for (const char c : options.operands[0]) {
      if (c != ' ') text += c;
    }
    // Known: {print}, {print $N}, {print $N,$M}.
    if (!text.starts_with("{print") || text.back() != '}') return "awk with a program other than {print $N}";
    const std::string list = text.substr(6, text.size() - 7);
    for (std::size_t at = 0; at < list.size();) {
      if (list[at] != '$' || at + 1 >= list.size()) return "awk with a program other than {print $N}";
      ++at;
      if (list.substr(at, 2) == "NF")
        at += 2;
      else if (isDigit(list[at]))
        while (at < list.size() && isDigit(list[at])) ++at;
      else
        return "awk with a program other than {print $N}";
      if (at < list.size() && list[at++] != ',') return "awk with a program other than {print $N}";
    }
  }
  return "";
}

Streaming streaming(const std::vector<std::string>& argv) {
  const std::string_view name = commandName(argv[0]);
  const CommandLine o = parseOptions(argv);
  if (name == "cat" && !o.has('n')) return Streaming::kBytes;
  if (name == "tee") return Streaming::kBytes;
  if (name == "tr" && !o.has('s')) return Streaming::kBytes;
  if (name == "cut" || name == "awk" || name == "rev") return Streaming::kLines;
  if (name == "sed" && sedStreams(o)) return Streaming::kLines;
  if (name == "head" && !o.has('c') && headLines(argv) >= 0) return Streaming::kHead;
  if (name == "grep" || name == "egrep" || name == "fgrep") {
    if (o.has('q')) return Streaming::kFirstMatch;
    if (!o.has('c') && !o.has('n') && !o.has('m') && !o.has('l')) return Streaming::kLines;
  }
  return Streaming::kWhole;
}

std::int64_t headLines(const std::vector<std::string>& argv) { return count(parseOptions(argv), 'n', 10); }

int runProgram(CommandContext& c) {
  const KnownProgram* program = findProgram(commandName(c.argv[0]));
  const CommandLine options = parseOptions(c.argv);
  return program->run(c, options);
}

}  // namespace jobset_twin::workload::shell
