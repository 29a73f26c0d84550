// expand.cpp - finished words: field splitting (POSIX XCU 2.6.5), pathname expansion, quote removal.
#include <algorithm>

#include "sim/workload/shell/machine.hpp"
#include "sim/workload/shell/pattern.hpp"

namespace jobset_twin::workload::shell {

std::string Machine::ifs(Task& task) {
  const Variable* v = findVariable(shellOf(task), "IFS");
  return v != nullptr && v->set ? v->value : " \t\n";
}

std::string Machine::popString(Task& task) {
  auto& strings = shellOf(task).strings;
  std::string text = std::move(strings.back());
  strings.pop_back();
  return text;
}

std::vector<std::string> Machine::split(Task& task, const WordBuffer& word, bool glob) {
  const std::string separators = ifs(task);
  struct Field {
    std::string text;
    std::string pattern;
    bool exists = false;
    bool globs = false;
  };
  std::vector<std::string> out;
  Field field;
  bool after_space = false;
  const auto flush = [&] {
    if (field.globs && glob) {
      auto names = globWord(task, field.pattern);
      if (names.empty() && !shellOf(task).nullglob) names.push_back(field.text);
      for (auto& name : names) out.push_back(std::move(name));
    } else {
      out.push_back(std::move(field.text));
    }
    field = Field{};
  };
  for (std::size_t i = 0; i < word.text.size(); ++i) {
    const char c = word.text[i];
    const char mark = word.marks[i];
    if (mark == kMarkBreak) {
      if (field.exists) flush();
      after_space = false;
      continue;
    }
    if (mark == kMarkExists) {
      field.exists = true;
      after_space = false;
      continue;
    }
    if (mark == kMarkExpanded && separators.find(c) != std::string::npos) {
      const bool space = c == ' ' || c == '\t' || c == '\n';
      if (field.exists) {
        flush();
        after_space = space;
      } else if (!space) {
        if (after_space) {
          after_space = false;
        } else {
          flush();
        }
      }
      continue;
    }
    after_space = false;
    field.exists = true;
    field.text += c;
    if (mark == kMarkQuoted) {
      if (std::string_view("*?[]\\-!^").find(c) != std::string_view::npos) field.pattern += '\\';
    } else {
      field.globs |= c == '*' || c == '?' || c == '[';
      if (c == '\\') field.pattern += '\\';
    }
    field.pattern += c;
  }
  if (field.exists) flush();
  return out;
}

std::vector<std::string> Machine::globWord(Task& task, const std::string& pattern) {
  struct Found {
    std::string shown;
    std::string path;
  };
  std::vector<Found> found{{"", pattern[0] == '/' ? "/" : task.directory}};
  std::size_t at = 0;
  while (at < pattern.size()) {
    const auto slash = std::min(pattern.find('/', at), pattern.size());
    const std::string part = pattern.substr(at, slash - at);
    const bool last = slash == pattern.size();
    std::vector<Found> next;
    for (const auto& base : found) {
      const std::string prefix = base.path == "/" ? "/" : base.path + "/";
      if (part.empty()) {
        next.push_back({base.shown + "/", base.path});
        continue;
      }
      if (!isPattern(part)) {
        const std::string name = unescaped(part);
        const std::string path = absolute(task, prefix + name);
        if (host_.isDirectory(path) || (last && host_.isFile(path)))
          next.push_back({base.shown + name + (last ? "" : "/"), path});
        continue;
      }
      auto names = host_.list(base.path);
      if (part[0] == '.' && shellOf(task).dialect != Dialect::kBash) names.insert(names.end(), {".", ".."});
      std::sort(names.begin(), names.end());
      budget_ -= static_cast<int>(names.size());
      for (const auto& name : names) {
        if (name[0] == '.' && part[0] != '.') continue;
        if (!matches(part, name)) continue;
        if (!last && !host_.isDirectory(prefix + name)) continue;
        next.push_back({base.shown + name + (last ? "" : "/"), prefix + name});
      }
    }
    found = std::move(next);
    at = slash + 1;
  }
  std::vector<std::string> names;
  for (auto& f : found) names.push_back(std::move(f.shown));
  std::sort(names.begin(), names.end());
  return names;
}

void Machine::finishField(Task& task) {
  auto& shell = shellOf(task);
  const WordBuffer word = std::move(shell.words.back());
  shell.words.pop_back();
  auto fields = split(task, word, !shell.noglob);
  auto& args = shell.args.back();
  for (auto& field : fields) args.push_back(std::move(field));
}

std::string Machine::finishString(Task& task, Op how) {
  auto& shell = shellOf(task);
  const WordBuffer word = std::move(shell.words.back());
  shell.words.pop_back();
  std::string out;
  for (std::size_t i = 0; i < word.text.size(); ++i) {
    const char c = word.text[i];
    switch (word.marks[i]) {
      case kMarkBreak: out += ' '; break;  // between the values of $@, empty ones too
      case kMarkExists: break;
      default: {
        const bool quoted = word.marks[i] == kMarkQuoted;
        if (how == Op::kPattern && quoted) out += '\\';
        if (how == Op::kRegex && quoted && std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos)
          out += '\\';
        out += c;
      }
    }
  }
  return out;
}

void Machine::appendValue(Task& task, std::string_view value, bool quoted) {
  auto& word = shellOf(task).words.back();
  word.text += value;
  word.marks.append(value.size(), quoted ? kMarkQuoted : kMarkExpanded);
  grow(value.size() * 2);
}

// The values of $@, $* or an array. `at` quoted: each a field of its own, empty ones too.
void Machine::appendValues(Task& task, const std::vector<std::string>& values, bool at, bool quoted) {
  auto& word = shellOf(task).words.back();
  if (quoted && !at) {
    const std::string separators = ifs(task);
    std::string joined;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0 && !separators.empty()) joined += separators[0];
      joined += values[i];
    }
    return appendValue(task, joined, true);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) {
      word.text += ' ';
      word.marks += kMarkBreak;
    }
    if (quoted) {
      word.text += ' ';
      word.marks += kMarkExists;
    }
    appendValue(task, values[i], quoted);
  }
}

}  // namespace jobset_twin::workload::shell
