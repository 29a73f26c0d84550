#include "sim/workload/process.hpp"

#include "sim/workload/process_archive.hpp"
#include "sim/workload/shell/machine.hpp"

namespace jobset_twin::workload {
namespace {

// An archive that only mixes what it is given into two 64-bit sums: the fingerprint of a state. Times count relative
// to now, so that a loop comes back to the same state later.
class Fingerprint {
 public:
  explicit Fingerprint(TimePoint now) : now_(now) {}

  template <class... T>
  void operator()(T&&... values) {
    (add(values), ...);
  }

  std::uint64_t a = 14695981039346656037ULL;
  std::uint64_t b = 0x9E3779B97F4A7C15ULL;

 private:
  void mix(std::uint64_t v) {
    a = (a ^ v) * 1099511628211ULL;
    a ^= a >> 29;
    b = (b + v) * 0xBF58476D1CE4E5B9ULL;
    b ^= b >> 31;
  }
  void add(const std::string& text) {
    mix(text.size());
    for (const char c : text) mix(static_cast<unsigned char>(c));
  }
  void add(const TimePoint& at) { mix(at > now_ ? static_cast<std::uint64_t>((at - now_).count()) : 0); }
  template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void add(T v) {
    mix(static_cast<std::uint64_t>(v));
  }
  template <class T>
  void add(const std::vector<T>& list) {
    mix(list.size());
    for (const auto& v : list) add(v);
  }
  template <class A, class B>
  void add(const std::pair<A, B>& pair) {
    add(pair.first);
    add(pair.second);
  }
  void add(const shell::CodeRef& ref) {
    if (ref.code) add(ref.code->text);
  }
  template <class T>
    requires(std::is_class_v<T>)
  void add(const T& value) {
    const_cast<T&>(value).serialize(*this);
  }

  TimePoint now_;
};

std::int64_t size(const std::string& text) {
  return text.capacity() > 15 ? static_cast<std::int64_t>(text.capacity()) : 0;
}

}  // namespace

Process Process::start(std::shared_ptr<const Program> program,
                       const std::vector<std::pair<std::string, std::string>>& environment, const Options& options,
                       TimePoint now) {
  Process p;
  p.pid1_ = options.pid1;
  p.max_memory_ = options.max_memory;
  shell::OpenFile null;
  null.kind = shell::FileKind::kNull;
  null.references = 1;
  shell::OpenFile out;
  out.kind = shell::FileKind::kLog;
  out.references = 1;
  out.stream = 1;
  shell::OpenFile err = out;
  err.stream = 2;
  p.files_ = {null, out, err};
  p.tasks_.resize(1);
  shell::Task& task = *p.tasks_[0];
  task.pid = options.pid1 ? 1 : 7;
  task.directory = options.directory;
  task.fds = {0, 1, 2};
  shell::Machine::begin(p, task, *program, environment, now);
  return p;
}

Step Process::resume(Host& host) { return shell::Machine(*this, host).run(); }

void Process::answer(std::uint32_t request, const Answer& answer) {
  for (const auto& box : tasks_) {
    if (box->wait == shell::Wait::kRequest && box->request == request) {
      for (const auto& given : answers_) {
        if (given.first == request) return;
      }
      answers_.emplace_back(request, answer);
      return;
    }
  }
}

void Process::signal(int number) {
  if (exit_code_) return;
  if (number == shell::kSigKill) {
    exit_code_ = 128 + number;
    return;
  }
  incoming_.push_back(number);
}

void Process::attach(const Program& program) {
  if (program.code == nullptr) return;
  const auto share = [&](shell::CodeRef& ref) {
    if (ref.code && ref.code->text == program.code->text && ref.code->dialect == program.code->dialect &&
        ref.code->first_line == 1)
      ref.code = program.code;
  };
  for (auto& box : tasks_) {
    for (auto& sh : box->shell) {
      for (auto& frame : sh.frames) share(frame.code);
      for (auto& function : sh.functions) share(function.code);
    }
  }
}

std::int64_t Process::memory() const {
  std::int64_t total = 0;
  for (const auto& box : tasks_) {
    total += static_cast<std::int64_t>(sizeof(shell::Task) + box->fds.capacity() * 4);
    for (const auto& running : box->running) {
      total += static_cast<std::int64_t>(sizeof(shell::Running)) + size(running.buffer);
      for (const auto& arg : running.argv) total += static_cast<std::int64_t>(sizeof(std::string)) + size(arg);
    }
    for (const auto& sh : box->shell) {
      total += static_cast<std::int64_t>(sizeof(shell::Shell) + sh.frames.capacity() * sizeof(shell::Frame));
      for (const auto& v : sh.variables) {
        total += static_cast<std::int64_t>(sizeof(v)) + size(v.name) + size(v.value);
        for (const auto& item : v.items) total += static_cast<std::int64_t>(sizeof(item)) + size(item.value);
      }
      for (const auto& word : sh.words) total += size(word.text) * 2;
      for (const auto& text : sh.strings) total += size(text);
      for (const auto& text : sh.positional) total += static_cast<std::int64_t>(sizeof(text)) + size(text);
      for (const auto& frame : sh.frames) {
        for (const auto& text : frame.positional) total += static_cast<std::int64_t>(sizeof(text)) + size(text);
      }
      for (const auto& list : sh.args) {
        for (const auto& text : list) total += static_cast<std::int64_t>(sizeof(text)) + size(text);
      }
      for (const auto& loop : sh.loops) {
        for (const auto& text : loop.items) total += static_cast<std::int64_t>(sizeof(text)) + size(text);
      }
    }
  }
  for (const auto& file : files_) total += static_cast<std::int64_t>(sizeof(file)) + size(file.text) + size(file.path);
  for (const auto& pipe : pipes_) total += static_cast<std::int64_t>(sizeof(pipe)) + size(pipe.data);
  return total;
}

namespace shell {

void Machine::begin(Process& p, Task& task, const Program& program,
                    const std::vector<std::pair<std::string, std::string>>& environment, TimePoint now) {
  if (program.kind == ProgramKind::kShell && program.code != nullptr) {
    startShell(task, program, environment, now);
    return;
  }
  task.environment = environment;
  p.argv_ = program.argv;
  p.fresh_ = true;
}

// Brent's cycle search over the states at which the process rests: one state is remembered, for twice as long each
// time; meeting it again means a circle.
void Machine::detectIdle(const Step& step) {
  if (effect_ || !step.output.empty()) {
    p_.idle_ = false;
    p_.rests_ = 0;
    p_.limit_ = 1;
    p_.mark_[0] = p_.mark_[1] = 0;
    return;
  }
  bool open = false;
  for (const auto& box : p_.tasks_) open |= box->wait == Wait::kRequest;
  if (!step.wake && !open) {
    p_.idle_ = true;  // nothing but a signal moves it
    return;
  }
  Fingerprint state(host_.now());
  for (const auto& box : p_.tasks_) {
    Task task = *box;
    task.request = 0;
    if (task.wait != Wait::kTime) task.until = TimePoint{};
    state(task);
  }
  state(p_.files_, p_.pipes_);
  if (p_.rests_ + p_.limit_ > 1 && state.a == p_.mark_[0] && state.b == p_.mark_[1]) {
    p_.idle_ = true;
    return;
  }
  p_.idle_ = false;
  if (++p_.rests_ >= p_.limit_) {
    p_.rests_ = 0;
    p_.limit_ = std::min<std::uint64_t>(p_.limit_ * 2, 1 << 20);
    p_.mark_[0] = state.a;
    p_.mark_[1] = state.b;
  }
}

}  // namespace shell
}  // namespace jobset_twin::workload
