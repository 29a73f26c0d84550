// params.cpp - variables, special parameters and the operators of ${…}.
#include <algorithm>

#include <fmt/format.h>

#include "sim/workload/shell/machine.hpp"
#include "sim/workload/shell/pattern.hpp"

namespace jobset_twin::workload::shell {
namespace {

auto lowerBound(auto& variables, std::string_view name) {
  return std::lower_bound(variables.begin(), variables.end(), name,
                          [](const Variable& v, std::string_view n) { return v.name < n; });
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

const Variable* findVariable(const Shell& shell, std::string_view name) {
  const auto at = lowerBound(shell.variables, name);
  return at != shell.variables.end() && at->name == name ? &*at : nullptr;
}

Variable* findVariable(Shell& shell, std::string_view name) {
  const auto at = lowerBound(shell.variables, name);
  return at != shell.variables.end() && at->name == name ? &*at : nullptr;
}

Variable& variable(Shell& shell, std::string_view name) {
  auto at = lowerBound(shell.variables, name);
  if (at == shell.variables.end() || at->name != name) {
    Variable v;
    v.name = name;
    at = shell.variables.insert(at, std::move(v));
  }
  return *at;
}

void eraseVariable(Shell& shell, std::string_view name) {
  const auto at = lowerBound(shell.variables, name);
  if (at != shell.variables.end() && at->name == name) shell.variables.erase(at);
}

std::string Machine::parameter(Task& task, std::string_view name, bool* is_set) {
  auto& shell = shellOf(task);
  if (is_set != nullptr) *is_set = true;
  if (name.size() == 1 || (name[0] >= '0' && name[0] <= '9')) {
    switch (name[0]) {
      case '#': return std::to_string(shell.positional.size());
      case '?': return std::to_string(shell.status);
      case '$': return std::to_string(shell.main_pid);
      case '!':
        if (is_set != nullptr) *is_set = shell.last_job != 0;
        return shell.last_job == 0 ? "" : std::to_string(shell.last_job);
      case '-': {
        std::string flags;
        if (shell.errexit) flags += 'e';
        if (shell.noglob) flags += 'f';
        if (shell.dialect == Dialect::kBash) flags += 'h';
        if (shell.nounset) flags += 'u';
        if (shell.xtrace) flags += 'x';
        return flags + (shell.dialect == Dialect::kBash ? "Bc" : "");
      }
      default: break;
    }
    if (name[0] >= '0' && name[0] <= '9') {
      const auto n =
          name.size() > 9 ? std::size_t{999'999'999} : static_cast<std::size_t>(std::stoul(std::string(name)));
      if (n == 0) return shell.name;
      if (n <= shell.positional.size()) return shell.positional[n - 1];
      if (is_set != nullptr) *is_set = false;
      return "";
    }
  }
  const Variable* v = findVariable(shell, name);
  if (v != nullptr && v->array) {
    if (!v->items.empty() && v->items[0].index == 0) return v->items[0].value;
    if (is_set != nullptr) *is_set = false;
    return "";
  }
  if (v != nullptr && v->set) return v->value;
  if (shell.dialect != Dialect::kDash) {
    if (name == "RANDOM") {
      effect_ = true;
      return std::to_string(host_.random15());
    }
    if (name == "SECONDS")
      return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now() - shell.started).count());
    if (name == "EPOCHSECONDS")
      return std::to_string(std::chrono::floor<std::chrono::seconds>(now()).time_since_epoch().count());
    if (name == "EPOCHREALTIME") {
      const auto us = std::chrono::floor<std::chrono::microseconds>(now()).time_since_epoch().count();
      return fmt::format("{}.{:06}", us / 1'000'000, us % 1'000'000);
    }
    if (name == "HOSTNAME") return host_.hostname();
  }
  if (shell.dialect == Dialect::kBash) {
    if (name == "BASHPID") return std::to_string(task.pid);
    if (name == "PIPESTATUS")
      return shell.pipe_statuses.empty() ? std::to_string(shell.status) : std::to_string(shell.pipe_statuses[0]);
    if (name == "UID" || name == "EUID") return "0";
    if (name == "BASH_VERSION") return "5.2.15(1)-release";
    if (name == "FUNCNAME") {
      for (auto it = shell.frames.rbegin(); it != shell.frames.rend(); ++it) {
        if (it->kind == FrameKind::kFunction) return it->function;
      }
    }
  }
  if (name == "PPID") return std::to_string(task.parent);
  if (name == "LINENO" && shell.dialect != Dialect::kDash) {
    const Frame& frame = shell.frames.back();
    const int line = frame.code.code->instructions[static_cast<std::size_t>(std::max(0, frame.pc - 1))].line;
    return std::to_string(line);
  }
  if (is_set != nullptr) *is_set = false;
  return "";
}

void Machine::checkAssignable(Task& task, std::string_view name) {
  const Variable* v = findVariable(shellOf(task), name);
  if (v == nullptr || !v->readonly) return;
  if (shellOf(task).dialect == Dialect::kBash) {
    complain(task, std::string(name) + ": readonly variable");
    throw AbortLine{1};
  }
  complain(task, std::string(name) + ": is read only");
  throw ExitTask{2};
}

void Machine::assign(Task& task, std::string_view name, std::string_view value, bool append) {
  checkAssignable(task, name);
  auto& shell = shellOf(task);
  Variable& v = variable(shell, name);
  if (v.array) return assignElement(task, name, 0, value, append);
  if (v.integer) {
    const std::int64_t base = append && v.set ? arithmetic(task, v.value) : 0;
    const std::string text = std::to_string(base + arithmetic(task, std::string(value)));
    Variable& again = variable(shell, name);
    again.value = text;
    again.set = true;
    return;
  }
  if (!append) v.value.clear();
  v.value += value;
  v.set = true;
  v.exported |= shell.allexport;
  if (name == "OPTIND") shell.getopts_offset = 1;
  grow(value.size());
}

void Machine::assignElement(Task& task, std::string_view name, std::int64_t index, std::string_view value,
                            bool append) {
  checkAssignable(task, name);
  Variable& v = variable(shellOf(task), name);
  if (!v.array) {
    if (v.set) v.items.push_back({0, v.value});
    v.array = true;
    v.value.clear();
  }
  v.set = true;
  if (index < 0 && !v.items.empty()) index += v.items.back().index + 1;
  if (index < 0) {
    complain(task, std::string(name) + "[" + std::to_string(index) + "]: bad array subscript");
    throw AbortLine{1};
  }
  auto at = std::lower_bound(v.items.begin(), v.items.end(), index,
                             [](const Element& e, std::int64_t i) { return e.index < i; });
  if (at == v.items.end() || at->index != index) at = v.items.insert(at, {index, ""});
  if (!append) at->value.clear();
  at->value += value;
  grow(value.size() + sizeof(Element));
}

std::string Machine::element(Task& task, std::string_view name, std::int64_t index, bool* is_set) {
  auto& shell = shellOf(task);
  if (is_set != nullptr) *is_set = true;
  const Variable* v = findVariable(shell, name);
  if (name == "PIPESTATUS" && v == nullptr && index >= 0 &&
      static_cast<std::size_t>(index) < shell.pipe_statuses.size()) {
    return std::to_string(shell.pipe_statuses[static_cast<std::size_t>(index)]);
  }
  if (v != nullptr && v->array) {
    if (index < 0 && !v->items.empty()) index += v->items.back().index + 1;
    for (const auto& item : v->items) {
      if (item.index == index) return item.value;
    }
  } else if (index == 0) {
    return parameter(task, name, is_set);
  }
  if (index < 0) {
    complain(task, std::string(name) + ": bad array subscript");
    if (shell.errexit) throw ExitTask{shell.status != 0 ? shell.status : 1, true};  // also in a condition
  }
  if (is_set != nullptr) *is_set = false;
  return "";
}

void Machine::unbound(Task& task, std::string_view name) {
  auto& shell = shellOf(task);
  if (shell.dialect == Dialect::kBash) {
    complain(task, std::string(name) + ": unbound variable");
    throw ExitTask{shell.child || shell.errexit ? 1 : 127, true};
  }
  complain(task, std::string(name) + ": parameter not set");
  throw ExitTask{2};
}

Machine::Values Machine::lookup(Task& task, const ParamSpec& spec, std::string* subscript) {
  auto& shell = shellOf(task);
  Values values;
  std::string name = spec.name;
  if (spec.indirect) {
    name = parameter(task, name);
    const auto bracket = name.find('[');
    if (!isName(std::string_view(name).substr(0, bracket)) &&
        name.find_first_not_of("0123456789") != std::string::npos) {
      complain(task, name.empty() ? spec.name + ": invalid indirect expansion" : name + ": invalid variable name");
      throw AbortLine{1};
    }
  }
  if (name == "@" || name == "*") {
    values.many = true;
    values.at = name == "@";
    values.list = shell.positional;
    values.set = !values.list.empty();
    return values;
  }
  if (spec.index == Index::kAt || spec.index == Index::kStar) {
    values.many = true;
    values.at = spec.index == Index::kAt;
    const Variable* v = findVariable(shell, name);
    if (v != nullptr && v->array) {
      for (const auto& item : v->items) {
        values.list.push_back(spec.op == ParamOp::kKeys ? std::to_string(item.index) : item.value);
        values.indices.push_back(item.index);
      }
    } else if (v != nullptr && v->set) {
      values.list.push_back(spec.op == ParamOp::kKeys ? "0" : v->value);
    } else if (name == "PIPESTATUS") {
      for (const int status : shell.pipe_statuses) values.list.push_back(std::to_string(status));
      if (values.list.empty()) values.list.push_back(std::to_string(shell.status));
    }
    values.set = !values.list.empty();
    return values;
  }
  if (spec.index == Index::kWord) {
    values.list.push_back(element(task, name, arithmetic(task, *subscript), &values.set));
    return values;
  }
  values.list.push_back(parameter(task, name, &values.set));
  return values;
}

bool Machine::paramTest(Task& task, const ParamSpec& spec, bool quoted) {
  std::string subscript;
  if (spec.index == Index::kWord) subscript = shellOf(task).strings.back();
  Values values = lookup(task, spec, &subscript);
  const bool empty = std::all_of(values.list.begin(), values.list.end(), [](const auto& v) { return v.empty(); }) &&
                     (!values.many || values.list.size() <= 1);
  const bool usable = values.set && !(spec.colon && empty);
  if (spec.op == ParamOp::kAlternate || spec.op == ParamOp::kDefault || usable) {
    if (spec.index == Index::kWord) shellOf(task).strings.pop_back();
  }
  if (spec.op == ParamOp::kAlternate) return !usable;
  if (!usable) return false;
  if (values.many) {
    appendValues(task, values.list, values.at, quoted);
  } else {
    appendValue(task, values.list[0], quoted);
  }
  return true;
}

void Machine::paramAssign(Task& task, const ParamSpec& spec, bool quoted) {
  const std::string value = popString(task);
  if (spec.index == Index::kWord) {
    const std::int64_t index = arithmetic(task, popString(task));
    assignElement(task, spec.name, index, value);
  } else if (isName(spec.name)) {
    assign(task, spec.name, value);
  } else {
    complain(task, "$" + spec.name + ": cannot assign in this way");
    throw AbortLine{1};
  }
  appendValue(task, value, quoted);
}

void Machine::paramError(Task& task, const ParamSpec& spec) {
  std::string text = popString(task);
  const bool is_bash = shellOf(task).dialect == Dialect::kBash;
  if (text.empty()) {
    text = is_bash ? (spec.colon ? "parameter null or not set" : "parameter not set")
                   : (spec.colon ? "parameter not set or null" : "parameter not set");
  }
  complain(task, spec.name + ": " + text);
  throw ExitTask{is_bash ? (shellOf(task).child ? 1 : 127) : 2, true};
}

std::string Machine::transform(Task& task, const ParamSpec& spec, const std::string& value, const std::string& word,
                               const std::string& second) {
  budget_ -= static_cast<int>(value.size() / 16);
  const std::string_view v = value;
  switch (spec.op) {
    case ParamOp::kRemoveSmallPrefix:
      for (std::size_t n = 0; n <= v.size(); ++n) {
        if (matches(word, v.substr(0, n))) return value.substr(n);
      }
      return value;
    case ParamOp::kRemoveLargePrefix:
      for (std::size_t n = v.size() + 1; n-- > 0;) {
        if (matches(word, v.substr(0, n))) return value.substr(n);
      }
      return value;
    case ParamOp::kRemoveSmallSuffix:
      for (std::size_t n = v.size() + 1; n-- > 0;) {
        if (matches(word, v.substr(n))) return value.substr(0, n);
      }
      return value;
    case ParamOp::kRemoveLargeSuffix:
      for (std::size_t n = 0; n <= v.size(); ++n) {
        if (matches(word, v.substr(n))) return value.substr(0, n);
      }
      return value;
    case ParamOp::kReplaceFirst:
    case ParamOp::kReplaceAll:
    case ParamOp::kReplacePrefix:
    case ParamOp::kReplaceSuffix: {
      std::string out;
      const auto replacement = [&](std::string_view match) {
        std::string text;
        for (std::size_t i = 0; i < second.size(); ++i) {
          if (second[i] == '\\' && i + 1 < second.size()) {
            text += second[++i];
          } else if (second[i] == '&' && shellOf(task).dialect == Dialect::kBash) {
            text += match;
          } else {
            text += second[i];
          }
        }
        return text;
      };
      if (word.empty()) {
        if (spec.op == ParamOp::kReplacePrefix) return replacement("") + value;
        if (spec.op == ParamOp::kReplaceSuffix) return value + replacement("");
        return value;
      }
      std::size_t at = 0;
      bool replaced = false;
      while (at <= v.size()) {
        std::size_t length = std::string_view::npos;
        const bool may = !replaced || spec.op == ParamOp::kReplaceAll;
        if (may && !(spec.op == ParamOp::kReplacePrefix && at != 0)) {
          for (std::size_t n = v.size() - at + 1; n-- > 0;) {
            if (spec.op == ParamOp::kReplaceSuffix && at + n != v.size()) break;
            if (matches(word, v.substr(at, n))) {
              length = n;
              break;
            }
          }
          budget_ -= static_cast<int>((v.size() - at) / 8);
        }
        if (length != std::string_view::npos && (length > 0 || value.empty())) {
          out += replacement(v.substr(at, length));
          replaced = true;
          at += length;
          if (length == 0) break;
        } else {
          if (at < v.size()) out += v[at];
          ++at;
        }
      }
      return out;
    }
    case ParamOp::kUpperFirst:
    case ParamOp::kUpperAll:
    case ParamOp::kLowerFirst:
    case ParamOp::kLowerAll: {
      std::string out = value;
      const bool all = spec.op == ParamOp::kUpperAll || spec.op == ParamOp::kLowerAll;
      const bool up = spec.op == ParamOp::kUpperFirst || spec.op == ParamOp::kUpperAll;
      for (std::size_t i = 0; i < (all ? out.size() : std::min<std::size_t>(1, out.size())); ++i) {
        if (word.empty() || matches(word, std::string_view(&out[i], 1))) out[i] = up ? upper(out[i]) : lower(out[i]);
      }
      return out;
    }
    default: return value;
  }
}

void Machine::substring(Task& task, const ParamSpec& spec, Values& values, const std::string& word,
                        const std::string& second) {
  const std::int64_t offset = arithmetic(task, word);
  const std::int64_t length = spec.has_second ? arithmetic(task, second) : 0;
  const auto range = [&](std::int64_t size, std::int64_t from) -> std::pair<std::size_t, std::size_t> {
    if (from < 0) from += size;
    if (from < 0 || from > size) return {0, 0};
    std::int64_t end = size;
    if (spec.has_second) end = length >= 0 ? (length > size - from ? size : from + length) : size + length;
    if (end < from) {
      complain(task, second + ": substring expression < 0");
      throw AbortLine{1};
    }
    return {static_cast<std::size_t>(from), static_cast<std::size_t>(end)};
  };
  if (!values.many) {
    const auto [from, end] = range(static_cast<std::int64_t>(values.list[0].size()), offset);
    values.list[0] = values.list[0].substr(from, end - from);
    return;
  }
  if (spec.has_second && length < 0) {
    complain(task, second + ": substring expression < 0");
    throw AbortLine{1};
  }
  if (!values.indices.empty()) {  // by index, not by position
    const std::int64_t least = offset < 0 ? offset + values.indices.back() + 1 : offset;
    const auto first = std::lower_bound(values.indices.begin(), values.indices.end(), least) - values.indices.begin();
    std::int64_t count = least < 0 ? 0 : static_cast<std::int64_t>(values.list.size()) - first;
    if (spec.has_second) count = std::min(count, length);
    values.list = {values.list.begin() + first, values.list.begin() + first + count};
    return;
  }
  const bool positional = spec.name == "@" || spec.name == "*";
  if (positional && offset <= 0) values.list.insert(values.list.begin(), shellOf(task).name);
  const auto size = static_cast<std::int64_t>(values.list.size());
  const auto [from, end] = range(size, positional && offset > 0 ? offset - 1 : offset);
  values.list = {values.list.begin() + static_cast<long>(from), values.list.begin() + static_cast<long>(end)};
}

void Machine::expandParam(Task& task, const ParamSpec& spec, bool quoted) {
  std::string second;
  std::string word;
  const bool plain = spec.op == ParamOp::kPlain || spec.op == ParamOp::kLength || spec.op == ParamOp::kKeys;
  if (!plain && spec.has_second) second = popString(task);
  if (!plain) word = popString(task);
  std::string subscript;
  if (spec.index == Index::kWord) subscript = popString(task);
  Values values = lookup(task, spec, &subscript);
  if (!values.set && !values.many && shellOf(task).nounset) {
    unbound(task, spec.index == Index::kWord ? spec.name + "[" + subscript + "]" : spec.name);
  }
  if (spec.op == ParamOp::kLength && values.many && shellOf(task).nounset && isName(spec.name) &&
      spec.name != "PIPESTATUS") {
    const Variable* v = findVariable(shellOf(task), spec.name);
    if (v == nullptr || !v->array) unbound(task, spec.name);
  }
  if (spec.op == ParamOp::kLength) {
    return appendValue(task, std::to_string(values.many ? values.list.size() : values.list[0].size()), quoted);
  }
  if (spec.op == ParamOp::kSubstring) {
    substring(task, spec, values, word, second);
  } else if (!plain) {
    for (auto& value : values.list) value = transform(task, spec, value, word, second);
  }
  if (values.many) {
    appendValues(task, values.list, values.at, quoted);
  } else {
    appendValue(task, values.list[0], quoted);
  }
}

}  // namespace jobset_twin::workload::shell
