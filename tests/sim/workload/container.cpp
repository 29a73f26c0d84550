#include "tests/sim/workload/container.hpp"

#include <algorithm>

namespace jobset_twin::workload::testing {

Container Container::start(const std::vector<std::string>& argv, const Options& options,
                           const std::vector<std::pair<std::string, std::string>>& environment) {
  Container c;
  c.process = Process::start(compile(argv).program, environment, options, c.host.now());
  return c;
}

double Container::now() const { return static_cast<double>(host.now_value.time_since_epoch().count()) / 1e9; }

Step Container::step() {
  ++resumes;
  Step step = process.resume(host);
  for (const LogLine& line : step.output) log.emplace_back(now(), line.text);
  for (const Request& request : step.requests) {
    due.push_back(host.now_value + (request.kind == RequestKind::kUnknown ? unknown_run : look_up));
    open.push_back(request);
  }
  wake_ = step.wake;
  if (step.exit_code && ended < 0) ended = now();
  return step;
}

void Container::runUntil(double seconds) {
  const TimePoint end{Duration(static_cast<std::int64_t>(seconds * 1e9))};
  if (resumes == 0) step();
  while (!process.exited()) {
    std::optional<TimePoint> next = wake_;
    for (const TimePoint at : due) next = next ? std::min(*next, at) : at;
    if (!next || *next > end) break;
    host.now_value = std::max(host.now_value, *next);
    for (std::size_t i = 0; i < open.size();) {
      if (due[i] > host.now_value) {
        ++i;
        continue;
      }
      Answer answer;
      const auto found = names.find(open[i].name);
      if (found != names.end()) answer.addresses = found->second;
      if (open[i].kind != RequestKind::kUnknown && found == names.end()) answer.outcome = Outcome::kNoSuchName;
      process.answer(open[i].id, answer);
      open.erase(open.begin() + static_cast<long>(i));
      due.erase(due.begin() + static_cast<long>(i));
    }
    step();
  }
  if (!process.exited()) host.now_value = std::max(host.now_value, end);
}

std::string Container::text() const {
  std::string all;
  for (const auto& [at, line] : log) all += line + "\n";
  return all;
}

}  // namespace jobset_twin::workload::testing
