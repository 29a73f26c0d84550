// builtins_data.cpp - the builtins that print, read and declare variables.
#include <algorithm>

#include <fmt/format.h>

#include "sim/workload/shell/format.hpp"
#include "sim/workload/shell/machine.hpp"
#include "sim/workload/shell/quote.hpp"

namespace jobset_twin::workload::shell {

int Machine::biCd(Task& task, const Args& a) {
  auto& shell = shellOf(task);
  std::size_t first = 1;
  while (first < a.size() && (a[first] == "-P" || a[first] == "-L" || a[first] == "--")) ++first;
  std::string target = first < a.size() ? a[first] : parameter(task, "HOME");
  const bool back = target == "-";
  if (back) target = parameter(task, "OLDPWD");
  if (target.empty()) target = back || first >= a.size() ? "/" : ".";
  const std::string path = absolute(task, target);
  if (!host_.isDirectory(path)) {
    if (shell.dialect == Dialect::kBash) {
      complain(task, "cd: " + target + (host_.isFile(path) ? ": Not a directory" : ": No such file or directory"));
      return 1;
    }
    complain(task, "cd: can't cd to " + target);
    return 2;
  }
  assign(task, "OLDPWD", task.directory);
  task.directory = path;
  assign(task, "PWD", path);
  if (back) write(task, 1, path + "\n");
  return 0;
}

int Machine::biEcho(Task& task, const Args& a) {
  const Dialect dialect = shellOf(task).dialect;
  bool newline = true;
  bool interpret = dialect == Dialect::kDash;
  std::size_t i = 1;
  for (; i < a.size() && a[i].size() > 1 && a[i][0] == '-'; ++i) {
    const std::string_view allowed = dialect == Dialect::kDash ? "n" : "neE";
    if (a[i].find_first_not_of(allowed, 1) != std::string::npos) break;
    for (const char c : a[i].substr(1)) {
      if (c == 'n') newline = false;
      if (c == 'e') interpret = true;
      if (c == 'E') interpret = false;
    }
    if (dialect == Dialect::kDash) {
      ++i;
      break;
    }
  }
  std::string text;
  bool stop = false;
  for (std::size_t n = i; n < a.size() && !stop; ++n) {
    if (n > i) text += ' ';
    text += interpret ? echoEscapes(a[n], stop) : a[n];
  }
  if (newline && !stop) text += '\n';
  write(task, 1, text);
  return 0;
}

int Machine::biPrintf(Task& task, const Args& a) {
  std::size_t first = 1;
  std::string into;
  if (a.size() > 2 && a[1] == "-v" && shellOf(task).dialect == Dialect::kBash) {
    into = a[2];
    first = 3;
  }
  if (first < a.size() && a[first] == "--") ++first;
  if (first >= a.size()) {
    complain(task, "printf: usage: printf [-v var] format [arguments]");
    return 2;
  }
  std::string format = a[first];
  // %(format)T: the time now, or that of the argument.
  if (const auto at = format.find("%("); at != std::string::npos && shellOf(task).dialect == Dialect::kBash) {
    const auto end = format.find(")T", at);
    if (end != std::string::npos) {
      TimePoint when = now();
      if (first + 1 < a.size() && a[first + 1] != "-1" && a[first + 1] != "-2") {
        when = TimePoint(std::chrono::seconds(numberOrFail(task, "printf", a[first + 1])));
      }
      format = format.substr(0, at) + dateText(std::string_view(format).substr(at + 2, end - at - 2), when) +
               format.substr(end + 2);
      const std::string text = printfText(format, {}, true).text;
      if (into.empty())
        write(task, 1, text);
      else
        assign(task, into, text);
      return 0;
    }
  }
  const Printed printed = printfText(format, Args(a.begin() + static_cast<long>(first) + 1, a.end()),
                                     shellOf(task).dialect == Dialect::kBash);
  for (const auto& error : printed.errors) complain(task, "printf: " + error);
  if (into.empty()) {
    write(task, 1, printed.text);
  } else {
    assign(task, into, printed.text);
  }
  return printed.errors.empty() ? 0 : 1;
}

int Machine::biLet(Task& task, const Args& a) {
  std::int64_t value = 0;
  try {
    for (std::size_t i = 1; i < a.size(); ++i) value = arithmetic(task, a[i]);
  } catch (const AbortLine&) {
    return 1;
  }
  return value != 0 ? 0 : 1;
}

int Machine::biUnset(Task& task, const Args& a) {
  auto& shell = shellOf(task);
  bool functions = false;
  bool variables = false;
  int status = 0;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (a[i] == "-f") {
      functions = true;
      continue;
    }
    if (a[i] == "-v") {
      variables = true;
      continue;
    }
    if (const auto bracket = a[i].find('['); bracket != std::string::npos && a[i].back() == ']' && !functions) {
      const std::string name = a[i].substr(0, bracket);
      std::int64_t index = arithmetic(task, a[i].substr(bracket + 1, a[i].size() - bracket - 2));
      if (Variable* v = findVariable(shell, name)) {
        if (index < 0 && !v->items.empty()) index += v->items.back().index + 1;
        std::erase_if(v->items, [&](const Element& e) { return e.index == index; });
      }
      continue;
    }
    const Variable* v = findVariable(shell, a[i]);
    if (!functions && v != nullptr) {
      if (v->readonly) {
        complain(task, "unset: " + a[i] +
                           (shell.dialect == Dialect::kBash ? ": cannot unset: readonly variable" : ": is read only"));
        if (shell.dialect != Dialect::kBash) throw ExitTask{2};
        status = 1;
        continue;
      }
      eraseVariable(shell, a[i]);
    } else if (functions || (!variables && shell.dialect == Dialect::kBash)) {
      std::erase_if(shell.functions, [&](const Function& f) { return f.name == a[i]; });
    }
  }
  return status;
}

int Machine::declareOne(Task& task, const std::string& text, const std::string& command,
                        const std::function<void(Variable&)>& mark) {
  auto equals = text.find('=');
  const bool append =
      equals != std::string::npos && equals > 0 && text[equals - 1] == '+' && shellOf(task).dialect == Dialect::kBash;
  const std::string name = text.substr(0, append ? equals - 1 : equals);
  if (!isName(name)) {
    complain(task, shellOf(task).dialect == Dialect::kBash ? command + ": `" + text + "': not a valid identifier"
                                                           : command + ": " + name + ": bad variable name");
    if (shellOf(task).dialect != Dialect::kBash) throw ExitTask{2};
    return 1;
  }
  if (equals != std::string::npos) {
    const Variable* v = findVariable(shellOf(task), name);
    if (v != nullptr && v->readonly && shellOf(task).dialect == Dialect::kBash) {
      complain(task, command == "readonly" || command == "export" ? name + ": readonly variable"
                                                                  : command + ": " + name + ": readonly variable");
      return 1;
    }
    Variable& before = variable(shellOf(task), name);
    if (before.integer == false) mark(before);
    const bool read_only = before.readonly;
    before.readonly = false;
    assign(task, name, std::string_view(text).substr(equals + 1), append);
    variable(shellOf(task), name).readonly = read_only;
  }
  mark(variable(shellOf(task), name));
  return 0;
}

// bash shows the assignment that export and readonly make on a line of its own.
void Machine::traceDeclared(Task& task, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || shellOf(task).dialect != Dialect::kBash) return;
  trace(task, text.substr(0, equals + 1) + quoteWord(text.substr(equals + 1), Dialect::kBash));
}

int Machine::biExport(Task& task, const Args& a) {
  int status = 0;
  bool on = true;
  bool any = false;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (a[i] == "-n") {
      on = false;
    } else if (a[i] == "-f" || a[i] == "--") {
      if (a[i] == "-f") return 0;
    } else if (a[i] != "-p") {
      any = true;
      status |= declareOne(task, a[i], "export", [&](Variable& v) { v.exported = on; });
      traceDeclared(task, a[i]);
    }
  }
  if (any) return status;
  const bool is_bash = shellOf(task).dialect == Dialect::kBash;
  std::string text;
  for (const auto& v : shellOf(task).variables) {
    if (v.exported)
      text += (is_bash ? "declare -x " : "export ") + v.name +
              (v.set ? "=" + (is_bash ? "\"" + v.value + "\"" : singleQuote(v.value)) : "") + "\n";
  }
  write(task, 1, text);
  return 0;
}

int Machine::biReadonly(Task& task, const Args& a) {
  int status = 0;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (a[i] == "-p" || a[i] == "-a") continue;
    status |= declareOne(task, a[i], "readonly", [](Variable& v) { v.readonly = true; });
    traceDeclared(task, a[i]);
  }
  return status;
}

int Machine::biLocal(Task& task, const Args& a) {
  const bool inside = std::any_of(shellOf(task).frames.begin(), shellOf(task).frames.end(),
                                  [](const Frame& f) { return f.kind == FrameKind::kFunction; });
  if (!inside) {
    complain(task, shellOf(task).dialect == Dialect::kBash ? "local: can only be used in a function"
                                                           : "local: not in a function");
    if (shellOf(task).dialect != Dialect::kBash) throw ExitTask{2};
    return 1;
  }
  return biDeclare(task, a);
}

int Machine::biDeclare(Task& task, const Args& a) {
  int status = 0;
  std::string flags;
  std::string off;
  const bool is_bash = shellOf(task).dialect == Dialect::kBash;
  const bool inside = std::any_of(shellOf(task).frames.begin(), shellOf(task).frames.end(),
                                  [](const Frame& f) { return f.kind == FrameKind::kFunction; });
  for (std::size_t i = 1; i < a.size(); ++i) {
    const std::string& arg = a[i];
    if (arg.size() > 1 && (arg[0] == '-' || arg[0] == '+') && is_bash) {
      (arg[0] == '-' ? flags : off) += arg.substr(1);
      continue;
    }
    const auto has = [&](char c) { return flags.find(c) != std::string::npos; };
    if (has('p') && a[0] != "local") {
      const Variable* v = findVariable(shellOf(task), arg);
      if (v == nullptr) {
        complain(task, a[0] + ": " + arg + ": not found");
        status = 1;
        continue;
      }
      std::string shown = v->array ? "a" : "";
      if (v->integer) shown += 'i';
      if (v->readonly) shown += 'r';
      if (v->exported) shown += 'x';
      std::string text = "declare -" + (shown.empty() ? "-" : shown) + " " + v->name;
      if (v->array) {
        text += "=(";
        for (const auto& item : v->items)
          text += fmt::format("{}[{}]=\"{}\"", &item == &v->items[0] ? "" : " ", item.index, item.value);
        text += ")";
      } else if (v->set) {
        text += "=\"" + v->value + "\"";
      }
      write(task, 1, text + "\n");
      continue;
    }
    auto equals = arg.find('=');
    std::string name = arg.substr(0, equals);
    if (!name.empty() && name.back() == '+') name.pop_back();
    if ((inside || a[0] == "local") && !has('g')) {
      const Variable* old = findVariable(shellOf(task), name);
      if (old != nullptr && old->readonly) {
        complain(task, a[0] + ": " + name + ": readonly variable");
        status = 1;
        continue;
      }
      bool already = false;
      for (auto it = shellOf(task).frames.rbegin(); it != shellOf(task).frames.rend() && !already; ++it) {
        if (it->kind != FrameKind::kFunction) continue;
        for (const auto& saved : it->locals) already |= saved.variable.name == name;
        break;
      }
      if (!already) {
        saveLocal(task, name);
        // bash: a new local is unset; dash and ash: it has the outer value.
        if (is_bash && isName(name)) {
          const bool exported = old != nullptr && old->exported;
          eraseVariable(shellOf(task), name);
          if (exported) variable(shellOf(task), name).exported = true;
        }
      }
    }
    status |= declareOne(task, arg, a[0], [&](Variable& v) {
      if (has('x')) v.exported = true;
      if (has('r')) v.readonly = true;
      if (has('i')) v.integer = true;
      if (has('a') && !v.array) {
        if (v.set) v.items.push_back({0, v.value});
        v.array = true;
        v.value.clear();
      }
      if (off.find('x') != std::string::npos) v.exported = false;
      if (off.find('i') != std::string::npos) v.integer = false;
    });
  }
  return status;
}

int Machine::biRead(Task& task, const Args& a) {
  auto& shell = shellOf(task);
  bool raw = false;
  int fd = 0;
  char delimiter = '\n';
  std::int64_t most = -1;
  std::string array;
  std::size_t i = 1;
  for (; i < a.size() && a[i].size() > 1 && a[i][0] == '-'; ++i) {
    if (a[i] == "--") {
      ++i;
      break;
    }
    for (std::size_t c = 1; c < a[i].size(); ++c) {
      const char option = a[i][c];
      if (option == 'r') {
        raw = true;
      } else if (option == 's' || option == 'e') {
      } else {
        const std::string value = c + 1 < a[i].size() ? a[i].substr(c + 1) : i + 1 < a.size() ? a[++i] : "";
        if (option == 'u') fd = static_cast<int>(numberOrFail(task, "read", value));
        if (option == 'd') delimiter = value.empty() ? '\0' : value[0];
        if (option == 'n' || option == 'N') most = numberOrFail(task, "read", value);
        if (option == 'a') array = value;
        break;
      }
    }
  }
  std::string line;
  bool terminated = false;
  const Read got = readLine(task, fd, delimiter, line, terminated, most);
  if (got == Read::kBlocked) {
    blocked_ = true;
    return 0;
  }
  // Without -r a backslash at the end of a line joins the next one.
  while (got == Read::kLine && !raw && terminated && most < 0 && !line.empty()) {
    const auto slashes = line.size() - (line.find_last_not_of('\\') + 1);
    if (slashes % 2 == 0) break;
    line.pop_back();
    std::string more;
    if (readLine(task, fd, delimiter, more, terminated) != Read::kLine) break;
    line += more;
  }
  task.wait = Wait::kNone;
  const std::string separators = ifs(task);
  const auto isSeparator = [&](char c) { return separators.find(c) != std::string::npos; };
  const auto isSpace = [&](char c) { return isSeparator(c) && (c == ' ' || c == '\t' || c == '\n'); };
  struct Char {
    char c;
    bool literal;
  };
  std::vector<Char> chars;
  for (std::size_t n = 0; n < line.size(); ++n) {
    if (!raw && line[n] == '\\' && n + 1 < line.size()) {
      chars.push_back({line[++n], true});
    } else if (raw || line[n] != '\\') {
      chars.push_back({line[n], false});
    }
  }
  std::vector<std::string> names(a.begin() + static_cast<long>(i), a.end());
  const bool reply = names.empty() && array.empty();
  if (reply && shell.dialect == Dialect::kBash) {
    std::string text;
    for (const auto& c : chars) text += c.c;
    assign(task, "REPLY", text);
    return terminated ? 0 : 1;
  }
  std::size_t at = 0;
  const auto skipSpaces = [&] {
    while (at < chars.size() && !chars[at].literal && isSpace(chars[at].c)) ++at;
  };
  std::vector<std::string> values;
  skipSpaces();
  while (at < chars.size()) {
    if (array.empty() && values.size() + 1 == names.size()) {
      // The last name takes the rest, without trailing white space; one trailing separator goes if nothing follows it.
      const auto start = at;
      auto end = chars.size();
      while (end > start && !chars[end - 1].literal && isSpace(chars[end - 1].c)) --end;
      std::size_t probe = start;
      while (probe < end && (chars[probe].literal || !isSeparator(chars[probe].c))) ++probe;
      if (probe + 1 == end && !isSpace(chars[probe].c)) end = probe;
      std::string text;
      for (std::size_t n = start; n < end; ++n) text += chars[n].c;
      values.push_back(std::move(text));
      break;
    }
    std::string text;
    while (at < chars.size() && (chars[at].literal || !isSeparator(chars[at].c))) text += chars[at++].c;
    values.push_back(std::move(text));
    skipSpaces();
    if (at < chars.size() && !chars[at].literal && isSeparator(chars[at].c) && !isSpace(chars[at].c)) {
      ++at;
      skipSpaces();
    }
  }
  if (!array.empty()) {
    eraseVariable(shell, array);
    Variable& v = variable(shell, array);
    v.array = true;
    v.set = true;
    for (std::size_t n = 0; n < values.size(); ++n) v.items.push_back({static_cast<std::int64_t>(n), values[n]});
  }
  for (std::size_t n = 0; n < names.size(); ++n) {
    if (!isName(names[n])) {
      complain(task, "read: `" + names[n] + "': not a valid identifier");
      return 1;
    }
    assign(task, names[n], n < values.size() ? values[n] : "");
  }
  return got == Read::kLine && terminated ? 0 : 1;
}

int Machine::biMapfile(Task& task, const Args& a) {
  bool trim = false;
  std::string name = "MAPFILE";
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (a[i] == "-t")
      trim = true;
    else if (a[i][0] != '-')
      name = a[i];
  }
  // Lines already taken stay in the array while it waits for more.
  std::string line;
  bool terminated = false;
  Variable& v = variable(shellOf(task), name);
  if (!resumed_) {
    v.items.clear();
    v.array = true;
    v.set = true;
  }
  for (;;) {
    const Read got = readLine(task, 0, '\n', line, terminated);
    if (got == Read::kBlocked) {
      blocked_ = true;
      return 0;
    }
    if (got == Read::kEnd) return 0;
    v.items.push_back({static_cast<std::int64_t>(v.items.size()), line + (trim || !terminated ? "" : "\n")});
    grow(line.size() + sizeof(Element));
  }
}

int Machine::biGetopts(Task& task, const Args& a) {
  auto& shell = shellOf(task);
  if (a.size() < 3) {
    complain(task, "getopts: usage: getopts optstring name [arg ...]");
    return 2;
  }
  const Args args = a.size() > 3 ? Args(a.begin() + 3, a.end()) : shell.positional;
  bool silent = !a[1].empty() && a[1][0] == ':';
  const std::string index_text = parameter(task, "OPTIND");
  std::size_t index = index_text.empty() || index_text.size() > 6 || !(index_text[0] >= '1' && index_text[0] <= '9')
                          ? 1
                          : std::stoul(index_text);
  const auto finish = [&](const std::string& value, const std::string* argument) {
    const int offset = shell.getopts_offset;
    assign(task, "OPTIND", std::to_string(index));
    shell.getopts_offset = offset;
    assign(task, a[2], value);
    if (argument != nullptr)
      assign(task, "OPTARG", *argument);
    else
      eraseVariable(shell, "OPTARG");
  };
  if (index > args.size() || args[index - 1].size() < 2 || args[index - 1][0] != '-' || args[index - 1] == "--") {
    if (index <= args.size() && args[index - 1] == "--") ++index;
    shell.getopts_offset = 1;
    finish("?", nullptr);
    return 1;
  }
  const std::string arg = args[index - 1];
  const auto at = static_cast<std::size_t>(shell.getopts_offset);
  const char option = at < arg.size() ? arg[at] : '?';
  const auto found = option == ':' ? std::string::npos : a[1].find(option, silent ? 1 : 0);
  if (at + 1 >= arg.size()) {
    ++index;
    shell.getopts_offset = 1;
  } else {
    ++shell.getopts_offset;
  }
  const std::string letter(1, option);
  if (found == std::string::npos) {
    if (!silent) write(task, 2, shell.name + ": illegal option -- " + letter + "\n");
    finish("?", silent ? &letter : nullptr);
    return 0;
  }
  if (found + 1 >= a[1].size() || a[1][found + 1] != ':') {
    finish(letter, nullptr);
    return 0;
  }
  std::string value;
  if (at + 1 < arg.size()) {
    value = arg.substr(at + 1);
    ++index;
  } else if (index <= args.size()) {
    value = args[index - 1];
    ++index;
  } else {
    if (!silent) write(task, 2, shell.name + ": option requires an argument -- " + letter + "\n");
    finish(silent ? ":" : "?", silent ? &letter : nullptr);
    return 0;
  }
  shell.getopts_offset = 1;
  finish(letter, &value);
  return 0;
}

}  // namespace jobset_twin::workload::shell
