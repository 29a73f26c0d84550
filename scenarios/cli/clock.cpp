#include "scenarios/cli/clock.hpp"

#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/time.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/input.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/serve/api_client.hpp"
#include "scenarios/serve/pace.hpp"

namespace jobset_twin::cli {
namespace {

using nlohmann::json;

constexpr const char* kClockExamples =
    "  jobset-twin clock pause\n"
    "  jobset-twin clock step 10s\n"
    "  jobset-twin clock speed 60\n"
    "  jobset-twin clock until 'jobset/train Completed' --timeout 2h\n";
constexpr const char* kPath = "/apis/jobset-twin.dev/v1alpha1/clocks/clock";

struct ClockFlags {
  std::string action = "show", argument, kubeconfig, namespace_ = "default";
  std::optional<api::Duration> timeout;
};

struct Asked {
  std::string method = "GET", target = kPath, content_type, body;
  std::chrono::nanoseconds patience = std::chrono::seconds(30);
};

Asked patchOf(const json& spec) {
  return {"PATCH", kPath, "application/merge-patch+json", json{{"spec", spec}}.dump()};
}

Asked postOf(const std::string& part, const json& body) {
  Asked out{"POST", fmt::format("{}/{}", kPath, part), "application/json", body.dump()};
  out.patience = std::chrono::hours(24);  // virtual time may go slowly
  return out;
}

// "": understood.
std::string askedFor(const ClockFlags& flags, Asked& out) {
  const std::string& argument = flags.argument;
  const bool takes = flags.action == "step" || flags.action == "speed" || flags.action == "until";
  if (takes && argument.empty()) return fmt::format("clock {} needs an argument", flags.action);
  if (!takes && !argument.empty()) return fmt::format("clock {} takes no argument", flags.action);
  if (flags.timeout && flags.action != "until") return "--timeout belongs to clock until";
  if (flags.action == "pause" || flags.action == "resume") {
    out = patchOf({{"paused", flags.action == "pause"}});
  } else if (flags.action == "speed") {
    if (!scenarios::speedFrom(argument))
      return fmt::format("a speed is max or a number above 0, at most 1000000, not '{}'", argument);
    out = patchOf({{"speed", argument}});
  } else if (flags.action == "step") {
    if (const auto duration = api::parseDuration(argument); !duration) return duration.errors().front().text;
    out = postOf("step", {{"duration", argument}});
  } else if (flags.action == "until") {
    const std::size_t space = argument.find(' ');
    if (space == std::string::npos) return "until takes an object and its state in one word: 'jobset/x Completed'";
    json body = {
        {"object", argument.substr(0, space)}, {"state", argument.substr(space + 1)}, {"namespace", flags.namespace_}};
    if (flags.timeout) body["timeout"] = api::formatDuration(*flags.timeout);
    out = postOf("until", body);
  }
  return {};
}

// $KUBECONFIG may name several, of which the first that is there counts here.
std::string kubeconfigOf(const ClockFlags& flags) {
  if (!flags.kubeconfig.empty()) return flags.kubeconfig;
  const char* set = std::getenv("KUBECONFIG");
  const std::string paths = set ? set : "";
  for (std::size_t from = 0; from < paths.size();) {
    const std::size_t end = std::min(paths.find(':', from), paths.size());
    const std::string path = paths.substr(from, end - from);
    if (!path.empty() && readFile(path)) return path;
    from = end + 1;
  }
  return "twin.kubeconfig";
}

int tell(const scenarios::ClientAnswer& answer, Diagnostics& diagnostics) {
  const json document = json::parse(answer.body, nullptr, false);
  const std::string message = api::textAt(document, {"message"});
  if (api::textAt(document, {"kind"}) != "Clock") {
    diagnostics.error(message.empty() ? fmt::format("the server answered {}: is it a served cluster?", answer.code)
                                      : message);
    return api::textAt(document, {"reason"}) == "Timeout" ? kUnmet : kBadInput;
  }
  const json* paused = api::jsonAt(document, {"status", "paused"});
  const bool stands = paused && paused->is_boolean() && paused->get<bool>();
  Output out;
  out.write(fmt::format("{}  speed {}{}\n", api::textAt(document, {"status", "now"}),
                        api::textAt(document, {"status", "speed"}), stands ? ", paused" : ""));
  return out.finish().empty() ? kDone : kBadInput;
}

int clock(const ClockFlags& flags, Invocation& invocation) {
  Diagnostics& diagnostics = invocation.diagnostics;
  Asked asked;
  if (const std::string problem = askedFor(flags, asked); !problem.empty())
    return usageError(invocation, "clock", problem);
  const std::string path = kubeconfigOf(flags);
  const api::Result<std::string> text = readFile(path);
  const auto read = [](const std::string& file) -> std::optional<std::string> {
    const api::Result<std::string> found = readFile(file);
    return found ? std::optional(*found) : std::nullopt;
  };
  const api::Result<scenarios::ClientConfig> config =
      text ? scenarios::readKubeconfig(*text, path, read) : api::Result<scenarios::ClientConfig>(text.errors());
  if (!config) {
    diagnostics.errors(config.errors());
    return kBadInput;
  }
  try {
    return tell(scenarios::ask(*config, asked.method, asked.target, asked.content_type, asked.body, asked.patience),
                diagnostics);
  } catch (const std::runtime_error& error) {
    diagnostics.error(fmt::format("{}:{}: {}", config->host, config->port, error.what()));
    return kBadInput;
  }
}

}  // namespace

void addClock(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("clock", "The virtual time of a served cluster: show, pause, step, speed, until");
  command->footer(kClockExamples);
  const auto flags = std::make_shared<ClockFlags>();
  addWord(*command, "ACTION", flags->action, {"show", "pause", "resume", "step", "speed", "until"}, "What to do")
      ->group(kInput);
  command
      ->add_option("ARGUMENT", flags->argument,
                   "step: how long; speed: how many times as fast as the clock, or max; until: 'jobset/x Completed'")
      ->type_name("WORD")
      ->group(kInput);
  command->add_option("-n,--namespace", flags->namespace_, "Of the object that until waits for")
      ->type_name("NAME")
      ->default_str(flags->namespace_)
      ->group(kInput);
  addDuration(*command, "--timeout", flags->timeout, "until: give up after so long, by virtual time (default 24h)")
      ->group(kInput);
  command
      ->add_option("--kubeconfig", flags->kubeconfig,
                   "Where the cluster is (default $KUBECONFIG, then twin.kubeconfig)")
      ->type_name("FILE")
      ->group(kInput);
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, flags] { invocation.command = [&invocation, flags] { return clock(*flags, invocation); }; });
}

}  // namespace jobset_twin::cli
