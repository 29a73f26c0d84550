#include "sim/apiserver/http/pod_log.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/api/names.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {
namespace {

struct LogOptions {
  std::string container;
  bool follow = false, previous = false, timestamps = false;
  std::optional<std::int64_t> tail, limit;
  std::optional<api::TimePoint> since;
  std::int32_t stream = 0;  // 0: both
};

// "": read; else what is wrong.
std::string readOptions(const ApiPath& path, api::TimePoint now, LogOptions& out) {
  if (const std::string* container = path.param("container")) out.container = *container;
  out.follow = path.flag("follow");
  out.previous = path.flag("previous");
  out.timestamps = path.flag("timestamps");
  for (const auto& [name, into] : {std::pair("tailLines", &out.tail), {"limitBytes", &out.limit}}) {
    const std::string* text = path.param(name);
    if (!text) continue;
    *into = wholeNumber(*text);
    if (!*into || **into < (into == &out.limit ? 1 : 0))
      return fmt::format("{}: Invalid value: {}: must be {}", name, *text,
                         into == &out.limit ? "greater than 0" : "greater than or equal to 0");
  }
  if (const std::string* seconds = path.param("sinceSeconds")) {
    const std::optional<std::int64_t> number = wholeNumber(*seconds);
    constexpr std::int64_t kMost = 1'000'000'000;
    if (!number || *number < 1) return fmt::format("sinceSeconds: Invalid value: {}: must be greater than 0", *seconds);
    out.since = now - std::chrono::seconds(std::min(*number, kMost));
  }
  if (const std::string* time = path.param("sinceTime")) {
    const api::Result<api::TimePoint> at = api::parseTime(*time);
    if (at.ok()) out.since = *at;
    if (!out.since) return fmt::format("sinceTime: Invalid value: \"{}\": must be a time as RFC 3339 has it", *time);
  }
  if (const std::string* stream = path.param("stream")) {
    if (*stream == "Stdout") {
      out.stream = 1;
    } else if (*stream == "Stderr") {
      out.stream = 2;
    } else if (*stream != "All") {
      return fmt::format("stream: Unsupported value: \"{}\": supported values: \"All\", \"Stdout\", \"Stderr\"",
                         *stream);
    }
  }
  return {};
}

std::vector<std::string> containersOf(const api::Pod& pod, bool init) {
  std::vector<std::string> out;
  for (const api::Container& container : init ? pod.spec->initContainers : pod.spec->containers)
    out.push_back(container.name);
  return out;
}

// The container that is meant; "": `problem` says why none is.
std::string chosen(const api::Object& object, const LogOptions& options, std::string& problem) {
  const api::Pod& pod = api::as<api::Pod>(object);
  const std::vector<std::string> main = containersOf(pod, false), init = containersOf(pod, true);
  if (options.container.empty()) {
    if (main.size() == 1 && init.empty()) return main.front();
    if (main.size() == 1) return main.front();
    problem = fmt::format("a container name must be specified for pod {}, choose one of: [{}]", object.meta.name,
                          fmt::join(main, " "));
    if (!init.empty()) problem += fmt::format(" or one of the init containers: [{}]", fmt::join(init, " "));
    return {};
  }
  for (const std::vector<std::string>& names : {main, init}) {
    if (std::find(names.begin(), names.end(), options.container) != names.end()) return options.container;
  }
  problem = fmt::format("container {} is not valid for pod {}", options.container, object.meta.name);
  return {};
}

const api::ContainerStatus* statusOf(const api::Object& pod, const std::string& container) {
  const api::PodStatus& status = api::as<api::Pod>(pod).status;
  for (const auto* list : {&status.containerStatuses, &status.initContainerStatuses}) {
    for (const api::ContainerStatus& one : *list)
      if (one.name == container) return &one;
  }
  return nullptr;
}

// RFC 3339 with nanoseconds, as the kubelet writes it.
std::string timestamp(api::TimePoint at) {
  std::string seconds = api::formatTime(at);
  seconds.pop_back();
  return fmt::format("{}.{:09d}Z ", seconds, (at - api::truncateToSeconds(at)).count());
}

std::string written(const PrintedLine& line, bool timestamps) {
  const std::string when = timestamps ? timestamp(line.at) : "";
  return when + line.text + (line.whole ? "\n" : "");
}

HttpAnswer plainText() {
  HttpAnswer out;
  out.content_type = "text/plain";
  return out;
}

// What follows as it is printed.
class Following {
 public:
  Following(api::ObjectKey key, std::string uid, std::string container, LogOptions options, const Store& store,
            LogSource lines, std::uint64_t from)
      : key_(std::move(key)),
        uid_(std::move(uid)),
        container_(std::move(container)),
        options_(std::move(options)),
        store_(store),
        lines_(std::move(lines)),
        next_(from) {}

  std::string operator()(bool& over) {
    std::string out;
    for (const PrintedLine& line : lines_(key_.namespace_, key_.name, container_, next_)) {
      next_ = line.number + 1;
      if (options_.stream == 0 || options_.stream == line.stream) out += written(line, options_.timestamps);
    }
    const api::ObjectPtr pod = store_.find(key_);
    const api::ContainerStatus* status = pod ? statusOf(*pod, container_) : nullptr;
    over = out.empty() && (!pod || pod->meta.uid != uid_ || !status || status->state.terminated ||
                           (status->state.waiting && status->restartCount > 0));
    return out;
  }

 private:
  api::ObjectKey key_;
  std::string uid_, container_;
  LogOptions options_;
  const Store& store_;
  LogSource lines_;
  std::uint64_t next_;
};

}  // namespace

HttpAnswer podLog(const ApiPath& path, const Store& store, const LogSource& lines,
                  const std::function<api::TimePoint()>& now) {
  const api::ObjectKey key{api::Kind::kPod, path.namespace_, path.name};
  const api::ObjectPtr pod = store.find(key);
  if (!pod) return refusal(notFoundError(namesOf(key)));
  LogOptions options;
  if (const std::string problem = readOptions(path, now(), options); !problem.empty())
    return refusal(422, "Invalid", fmt::format("PodLogOptions \"{}\" is invalid: {}", path.name, problem));
  std::string problem;
  const std::string container = chosen(*pod, options, problem);
  if (container.empty()) return refusal(badRequest(problem));
  const api::ContainerStatus* status = statusOf(*pod, container);
  if (options.previous && (!status || !status->lastState.terminated))
    return refusal(
        badRequest(fmt::format("previous terminated container \"{}\" in pod \"{}\" not found", container, path.name)));
  if (!options.previous && (!status || (status->state.waiting && !status->lastState.terminated))) {
    const std::string reason = status && !status->state.waiting->reason.empty() ? status->state.waiting->reason : "";
    if (api::as<api::Pod>(pod).nodeName.empty()) return plainText();  // it is nowhere yet: nothing, as upstream
    return refusal(badRequest(fmt::format("container \"{}\" in pod \"{}\" is waiting to start: {}", container,
                                          path.name, reason.empty() ? "ContainerCreating" : reason)));
  }
  const std::vector<PrintedLine> all = lines(path.namespace_, path.name, container, 0);
  // The instance that runs, or did last; `previous`: the one before.
  std::int32_t instance = status->restartCount;
  if (options.previous && !status->state.waiting) --instance;
  std::vector<PrintedLine> out;
  for (const PrintedLine& line : all) {
    if (line.instance == instance && (options.stream == 0 || options.stream == line.stream) &&
        (!options.since || line.at >= *options.since))
      out.push_back(line);
  }
  if (options.tail && out.size() > static_cast<std::size_t>(*options.tail))
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(*options.tail));
  HttpAnswer answer = plainText();
  for (const PrintedLine& line : out) answer.body += written(line, options.timestamps);
  if (options.limit && answer.body.size() > static_cast<std::size_t>(*options.limit)) {
    answer.body.resize(static_cast<std::size_t>(*options.limit));
    return answer;
  }
  if (!options.follow) return answer;
  const std::uint64_t from = all.empty() ? 0 : all.back().number + 1;
  answer.stream =
      TextStream{std::move(answer.body), Following(key, pod->meta.uid, container, options, store, lines, from)};
  answer.body.clear();
  return answer;
}

}  // namespace jobset_twin::apiserver::http
