// files.cpp - descriptors, open files, pipes, redirections, and the container's log.
#include <algorithm>

#include "engine/api/ascii.hpp"
#include "sim/workload/shell/machine.hpp"

namespace jobset_twin::workload::shell {

namespace {
constexpr std::size_t kMaxFds = 64;
}

int Machine::newFile(OpenFile file) {
  file.references = 0;
  for (std::size_t i = 0; i < p_.files_.size(); ++i) {
    if (p_.files_[i].kind == FileKind::kFree) {
      p_.files_[i] = std::move(file);
      return static_cast<int>(i);
    }
  }
  p_.files_.push_back(std::move(file));
  return static_cast<int>(p_.files_.size()) - 1;
}

void Machine::retain(int file) {
  if (file < 0) return;
  ++p_.files_[static_cast<std::size_t>(file)].references;
}

void Machine::release(int file) {
  if (file < 0) return;
  auto& open = p_.files_[static_cast<std::size_t>(file)];
  if (--open.references > 0) return;
  if (open.kind == FileKind::kPipe) {
    auto& pipe = p_.pipes_[static_cast<std::size_t>(open.pipe)];
    --(open.stream == 0 ? pipe.readers : pipe.writers);
    if (pipe.readers == 0 && pipe.writers == 0) pipe = Pipe{};
  }
  open = OpenFile{};
}

int Machine::getFd(const Task& task, int fd) {
  if (fd < 0 || static_cast<std::size_t>(fd) >= task.fds.size()) return -1;
  return task.fds[static_cast<std::size_t>(fd)];
}

void Machine::setFd(Task& task, int fd, int file) {
  if (static_cast<std::size_t>(fd) >= task.fds.size()) task.fds.resize(static_cast<std::size_t>(fd) + 1, -1);
  retain(file);
  release(task.fds[static_cast<std::size_t>(fd)]);
  task.fds[static_cast<std::size_t>(fd)] = file;
}

void Machine::closeAll(Task& task) {
  for (int& file : task.fds) {
    release(file);
    file = -1;
  }
  if (task.shell.empty()) return;
  for (auto& scope : shellOf(task).redirects) {
    for (const auto& saved : scope.saved) release(saved.file);
  }
  for (auto& pipe : shellOf(task).pipes) release(pipe.read_end);
}

std::pair<int, int> Machine::makePipe(bool capture) {
  std::size_t index = 0;
  while (index < p_.pipes_.size() && p_.pipes_[index].used) ++index;
  if (index == p_.pipes_.size()) p_.pipes_.emplace_back();
  auto& pipe = p_.pipes_[index];
  pipe.used = true;
  pipe.capture = capture;
  pipe.readers = 1;
  pipe.writers = 1;
  OpenFile end;
  end.kind = FileKind::kPipe;
  end.pipe = static_cast<std::int32_t>(index);
  const int reader = newFile(end);
  retain(reader);
  end.stream = 1;
  const int writer = newFile(end);
  retain(writer);
  return {reader, writer};
}

std::string Machine::absolute(const Task& task, std::string_view path) {
  std::string full = path.empty() || path[0] != '/' ? task.directory + "/" + std::string(path) : std::string(path);
  std::vector<std::string_view> parts;
  std::string_view rest = full;
  while (!rest.empty()) {
    const auto slash = std::min(rest.find('/'), rest.size());
    const auto part = rest.substr(0, slash);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
  }
  std::string out;
  for (const auto part : parts) {
    out += '/';
    out += part;
  }
  return out.empty() ? "/" : out;
}

void Machine::redirect(Task& task, const RedirectSpec& spec, const std::string& target) {
  auto& shell = shellOf(task);
  auto& scope = shell.redirects.back();
  if (scope.failed) return;
  const auto point = [&](int fd, int file) {
    const int old = getFd(task, fd);
    retain(old);
    scope.saved.push_back({fd, old});
    setFd(task, fd, file);
  };
  const auto failed = [&](const std::string& text) {
    complain(task, text);
    shell.status = shell.dialect == Dialect::kBash ? 1 : shell.dialect == Dialect::kDash ? 2 : 1;
    scope.failed = true;
  };
  OpenFile file;
  switch (spec.op) {
    case RedirectOp::kHere:
    case RedirectOp::kHereString:
      file.kind = FileKind::kText;
      file.text = target + (spec.op == RedirectOp::kHereString ? "\n" : "");
      point(spec.fd, newFile(std::move(file)));
      return;
    case RedirectOp::kDupIn:
    case RedirectOp::kDupOut: {
      if (target == "-") return point(spec.fd, -1);
      const bool digits =
          !target.empty() && target.size() < 4 && std::all_of(target.begin(), target.end(), api::isDigit);
      const int source = digits ? getFd(task, std::stoi(target)) : -1;
      if (!digits) return failed(target + ": ambiguous redirect");
      if (source < 0) return failed(target + (": Bad file descriptor"));
      return point(spec.fd, source);
    }
    default: break;
  }
  if (static_cast<std::size_t>(spec.fd) >= kMaxFds) return failed(std::to_string(spec.fd) + ": Bad file descriptor");
  const std::string path = absolute(task, target);
  const bool dash = shell.dialect != Dialect::kBash;
  if (spec.op == RedirectOp::kRead) {
    if (path == "/dev/null") {
      file.kind = FileKind::kNull;
    } else if (path == "/dev/stdin") {
      return point(spec.fd, getFd(task, 0));
    } else if (auto content = host_.readFile(path); content && !target.empty()) {
      file.kind = FileKind::kText;
      file.text = std::move(*content);
      grow(file.text.size());
      budget_ -= static_cast<int>(file.text.size() / 64);
    } else if (dash) {
      return failed("cannot open " + target + ": No such file");
    } else {
      return failed(target + ": No such file or directory");
    }
    return point(spec.fd, newFile(std::move(file)));
  }
  const bool append = spec.op == RedirectOp::kAppend || spec.op == RedirectOp::kAppendBoth;
  int index = -1;
  if (path == "/dev/stdout" || path == "/dev/stderr" || path == "/proc/1/fd/1" || path == "/proc/1/fd/2") {
    const bool log = path[1] == 'p';
    if (log) {
      file.kind = FileKind::kLog;
      file.stream = path.back() - '0';
      index = newFile(std::move(file));
    } else {
      index = getFd(task, path == "/dev/stdout" ? 1 : 2);
    }
  } else if (path == "/dev/null") {
    file.kind = FileKind::kNull;
    index = newFile(std::move(file));
  } else {
    const bool same = append ? host_.isFile(path) : host_.readFile(path) == std::string();
    if (host_.isDirectory(path)) {
      return failed(dash ? "cannot create " + target + ": Is a directory" : target + ": Is a directory");
    }
    if (target.empty() || !host_.writeFile(path, "", append)) {
      return failed(dash ? "cannot create " + target + ": Directory nonexistent"
                         : target + ": No such file or directory");
    }
    effect_ |= !same;
    file.kind = FileKind::kFile;
    file.path = path;
    index = newFile(std::move(file));
  }
  point(spec.fd, index);
  if (spec.op == RedirectOp::kWriteBoth || spec.op == RedirectOp::kAppendBoth) point(2, index);
}

void Machine::popRedirects(Task& task, bool keep) {
  auto& stack = shellOf(task).redirects;
  RedirectScope scope = std::move(stack.back());
  stack.pop_back();
  for (auto it = scope.saved.rbegin(); it != scope.saved.rend(); ++it) {
    if (!keep || scope.failed) setFd(task, it->fd, it->file);
    release(it->file);
  }
}

void Machine::write(Task& task, int fd, std::string_view text) {
  if (text.empty()) return;
  const int file = getFd(task, fd);
  if (file >= 0) writeFile(file, text, &task);
}

void Machine::writeFile(int file, std::string_view text, Task* writer) {
  auto& open = p_.files_[static_cast<std::size_t>(file)];
  grow(text.size());
  budget_ -= static_cast<int>(text.size() / 64);
  switch (open.kind) {
    case FileKind::kLog: logText(open.stream, text); break;
    case FileKind::kFile:
      effect_ = true;
      if (!host_.writeFile(open.path, text, true) && writer != nullptr && open.text.empty()) {
        open.text = "full";  // said once
        complain(*writer, "write error: No space left on device");
      }
      break;
    case FileKind::kPipe: {
      auto& pipe = p_.pipes_[static_cast<std::size_t>(open.pipe)];
      if (pipe.readers == 0) {
        if (writer != nullptr) throw ExitTask{128 + kSigPipe};
        return;
      }
      pipe.data += text;
      if (!pipe.capture && pipe.data.size() >= 65536 && writer != nullptr && writer->wait == Wait::kNone) {
        for (std::size_t fd = 0; fd < writer->fds.size(); ++fd) {
          if (writer->fds[fd] == file) writer->number = static_cast<std::int32_t>(fd);
        }
        writer->wait = Wait::kWritable;
      }
      break;
    }
    default: break;
  }
}

void Machine::logText(int stream, std::string_view text) {
  if (p_.lines_ > Process::kMaxLines) return;
  effect_ = true;
  auto& partial = p_.partial_[stream == 2 ? 1 : 0];
  while (!text.empty()) {
    const auto newline = text.find('\n');
    if (newline == std::string_view::npos) {
      partial += text;
      // A container runtime cuts lines of 16 KiB.
      while (partial.size() >= 16384) {
        logLine(stream, partial.substr(0, 16384), false);
        partial.erase(0, 16384);
      }
      return;
    }
    partial += text.substr(0, newline);
    logLine(stream, std::move(partial), true);
    partial.clear();
    text.remove_prefix(newline + 1);
  }
}

// A loop that prints without end must not fill the memory; what nobody sees of it has no effect.
void Machine::logLine(int stream, std::string text, bool whole) {
  if (p_.lines_ > Process::kMaxLines) return;
  p_.bytes_ += static_cast<std::int64_t>(text.size());
  if (++p_.lines_ > Process::kMaxLines || p_.bytes_ > Process::kMaxLogBytes) {
    p_.lines_ = Process::kMaxLines + 1;
    text = "[the container prints without ever waiting: its further lines are left out until it waits]";
    whole = true;
  }
  out_.output.push_back({stream, std::move(text), whole});
}

Machine::More Machine::readSome(Task& task, int fd, std::string& into) {
  const int file = getFd(task, fd);
  if (file < 0) return More::kEnd;
  auto& open = p_.files_[static_cast<std::size_t>(file)];
  if (open.kind == FileKind::kText) {
    if (open.offset >= open.text.size()) return More::kEnd;
    into += std::string_view(open.text).substr(open.offset);
    open.offset = open.text.size();
    return More::kData;
  }
  if (open.kind != FileKind::kPipe) return More::kEnd;
  auto& pipe = p_.pipes_[static_cast<std::size_t>(open.pipe)];
  if (!pipe.data.empty()) {
    into += pipe.data;
    pipe.data.clear();
    return More::kData;
  }
  if (pipe.writers == 0) return More::kEnd;
  task.wait = Wait::kReadable;
  task.number = fd;
  task.request = 0;
  return More::kBlocked;
}

// One line for the read builtin: takes no more than the line from a pipe or file. A line that is not complete yet
// stays where it is.
Machine::Read Machine::readLine(Task& task, int fd, char delimiter, std::string& line, bool& terminated,
                                std::int64_t most) {
  const int file = getFd(task, fd);
  terminated = false;
  if (file < 0) return Read::kEnd;
  auto& open = p_.files_[static_cast<std::size_t>(file)];
  std::string_view data;
  bool complete = true;
  if (open.kind == FileKind::kText) {
    data = std::string_view(open.text).substr(std::min<std::size_t>(open.offset, open.text.size()));
  } else if (open.kind == FileKind::kPipe) {
    const auto& pipe = p_.pipes_[static_cast<std::size_t>(open.pipe)];
    data = pipe.data;
    complete = pipe.writers == 0;
  } else {
    return Read::kEnd;
  }
  auto end = data.find(delimiter);
  const bool limited = most >= 0 && static_cast<std::size_t>(most) < std::min(end, data.size() + 1);
  if (limited && static_cast<std::size_t>(most) <= data.size()) {
    end = static_cast<std::size_t>(most);
    terminated = true;
    line = data.substr(0, end);
  } else if (end != std::string_view::npos) {
    terminated = true;
    line = data.substr(0, end++);
  } else if (!complete) {
    task.wait = Wait::kReadable;
    task.number = fd;
    task.request = static_cast<std::uint32_t>(data.size());  // what more must come than
    return Read::kBlocked;
  } else {
    if (data.empty()) return Read::kEnd;
    line = data;
    end = data.size();
  }
  if (open.kind == FileKind::kText) {
    open.offset += end;
  } else {
    p_.pipes_[static_cast<std::size_t>(open.pipe)].data.erase(0, end);
  }
  return Read::kLine;
}

}  // namespace jobset_twin::workload::shell
