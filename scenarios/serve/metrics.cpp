#include "scenarios/serve/metrics.hpp"

#include <unistd.h>

#include <fstream>

#include <fmt/format.h>

#include "engine/api/kinds.hpp"
#include "scenarios/serve/pace.hpp"
#include "scenarios/serve/request_words.hpp"
#include "sim/cluster/jobset/jobset_controller.hpp"

namespace jobset_twin::scenarios {
namespace {

using apiserver::http::ApiPath;
using apiserver::http::HttpRequest;

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

std::string quotedLabel(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

void value(std::string& out, std::string_view name, std::string_view help, double number) {
  head(out, name, "gauge", help);
  out += fmt::format("{} {}\n", name, number == kSpeedMax ? "+Inf" : fmt::format("{:.15g}", number));
}

double residentBytes() {
  std::ifstream in("/proc/self/statm");
  double all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// As the API server names what it stores: "pods", "jobs.batch".
std::map<std::string, std::size_t> stored(const apiserver::Store& store) {
  std::map<std::string, std::size_t> out;
  for (std::size_t kind = 0; kind < api::kKindCount; ++kind) {
    const auto one = static_cast<api::Kind>(kind);
    if (one != api::Kind::kGeneric) {
      const api::KindInfo& info = api::kindInfo(one);
      out[api::resourceName(info.api_version, info.name)] = store.size(one);
      continue;
    }
    for (const auto& [key, object] : store.all(one))
      ++out[api::resourceName(api::apiVersionOf(*object), api::kindNameOf(*object))];
  }
  return out;
}

void jobsetCounters(std::string& out, const cluster::JobSetController& controller) {
  std::string last;
  for (const auto& [name, count] : controller.metrics()) {
    const std::string family = name.substr(0, name.find('{'));
    if (family != last) head(out, family, "counter", "As the JobSet manager counts it.");
    last = family;
    out += fmt::format("{} {}\n", name, count);
  }
}

// As apiserver_request_total has them.
std::string verbLabel(const std::string& verb) {
  if (verb == "create") return "POST";
  if (verb == "update") return "PUT";
  std::string out;
  for (const char c : verb) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

}  // namespace

void RequestCounts::count(const HttpRequest& request, const ApiPath& path, int code) {
  ++requests_[{verbLabel(requestVerb(request, path)), path.group, path.version, path.resource, path.subresource, code}];
}

std::shared_ptr<void> RequestCounts::watching(const ApiPath& path) {
  std::weak_ptr<void>& known = watches_[{path.group, path.version, path.resource}];
  std::shared_ptr<void> out = known.lock();
  if (!out) known = out = std::make_shared<char>();
  return out;
}

std::string metricsText(const ServedRun& run, const RequestCounts& requests, const ClockState& clock) {
  std::string out;
  head(out, "apiserver_request_total", "counter", "Requests that were answered.");
  for (const auto& [labels, count] : requests.requests_) {
    const auto& [verb, group, version, resource, subresource, code] = labels;
    out += fmt::format(
        "apiserver_request_total{{code=\"{}\",group={},resource={},subresource={},verb={},version={}}} {}\n", code,
        quotedLabel(group), quotedLabel(resource), quotedLabel(subresource), quotedLabel(verb), quotedLabel(version),
        count);
  }
  head(out, "apiserver_longrunning_requests", "gauge", "Watches that are open.");
  for (const auto& [labels, uses] : requests.watches_) {
    const auto& [group, version, resource] = labels;
    out += fmt::format("apiserver_longrunning_requests{{group={},resource={},verb=\"WATCH\",version={}}} {}\n",
                       quotedLabel(group), quotedLabel(resource), quotedLabel(version), uses.use_count());
  }
  head(out, "apiserver_storage_objects", "gauge", "Objects that are stored.");
  for (const auto& [resource, count] : stored(run.run().world().server().store()))
    out += fmt::format("apiserver_storage_objects{{resource=\"{}\"}} {}\n", resource, count);
  jobsetCounters(out, run.run().world().jobsets());
  value(out, "process_resident_memory_bytes", "Memory of this process.", residentBytes());
  value(out, "twin_virtual_time_seconds", "The cluster's time, since 1970.",
        std::chrono::duration<double>(run.now().time_since_epoch()).count());
  value(out, "twin_speed", "How many times as fast as the clock time goes; 0: it stands; +Inf: as fast as it goes.",
        clock.paused ? 0 : clock.speed);
  return out;
}

}  // namespace jobset_twin::scenarios
