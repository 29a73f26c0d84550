#include "scenarios/cli/serve.hpp"

#include <sys/stat.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/file_lock.hpp"
#include "scenarios/cli/input.hpp"
#include "scenarios/cli/interrupt.hpp"
#include "scenarios/cli/kubeconfig.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/served_input.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/cli/version.hpp"
#include "scenarios/serve/served_cluster.hpp"
#include "sim/cluster/left_out.hpp"

namespace jobset_twin::cli {
namespace {

constexpr const char* kServeExamples =
    "  jobset-twin serve --nodes 100 --kubeconfig twin.kubeconfig\n"
    "  jobset-twin serve scenario.yaml --speed 60\n"
    "  KUBECONFIG=twin.kubeconfig kubectl get nodes\n";

struct ServeFlags {
  std::vector<std::string> files;
  std::string kubeconfig = "twin.kubeconfig", speed = "1", record, audit_log;
  std::vector<std::string> without;
  std::optional<api::Duration> idle;
  std::uint32_t nodes = 10, port = 0;
  std::string address = "127.0.0.1";
  bool nodes_given = false, paused = false, plain_http = false, no_warnings = false;
  scenarios::LoadOptions load;
};

// A cluster for those who bring no files.
std::string usualCluster(std::uint32_t nodes) {
  return fmt::format(
      "apiVersion: jobset-twin.dev/v1alpha1\n"
      "kind: Scenario\n"
      "metadata: {{name: served}}\n"
      "spec:\n"
      "  cluster:\n"
      "    nodePools:\n"
      "    - {{name: node, count: {}, capacity: {{cpu: \"32\", memory: 128Gi, pods: \"110\"}}}}\n",
      nodes);
}

// "": all are known.
std::string takeWithout(const std::vector<std::string>& given, std::vector<std::string>& out) {
  cluster::LeftOut parts;
  for (const std::string& list : given) {
    std::istringstream in(list);
    for (std::string name; std::getline(in, name, ',');) {
      if (name.empty()) continue;
      if (!cluster::leaveOut(parts, name)) {
        std::vector<std::string> known;
        for (const std::string_view one : cluster::partNames()) known.emplace_back(one);
        const std::string near = api::nearestName(name, known);
        return fmt::format("--without: there is no part '{}'{}; parts are {}", name,
                           near.empty() ? "" : fmt::format(", did you mean {}?", near), fmt::join(known, ", "));
      }
      out.push_back(name);
    }
  }
  return {};
}

std::optional<ServedInput> inputOf(const ServeFlags& flags, Diagnostics& diagnostics) {
  ServedInput out;
  if (flags.files.empty()) {
    out.run.files.push_back({"serve", usualCluster(flags.nodes)});
  } else {
    api::Result<std::vector<scenarios::InputFile>> read = readInputs(flags.files);
    if (!read) {
      diagnostics.errors(read.errors());
      return std::nullopt;
    }
    out.run.files = std::move(*read);
  }
  out.run.options = flags.load;
  if (!flags.files.empty() && flags.nodes_given) out.run.options.nodes = static_cast<std::int32_t>(flags.nodes);
  // At speed 1 both clocks agree.
  out.run.options.start = std::chrono::time_point_cast<api::Duration>(std::chrono::system_clock::now());
  return out;
}

// "::1" stands in brackets in a URL; what listens everywhere is found at home.
std::string serverUrl(const ServeFlags& flags, std::uint16_t port) {
  std::string host = flags.address;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", flags.plain_http ? "http" : "https", host, port);
}

bool isLoopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

void secure(const ServeFlags& flags, scenarios::ServeOptions& options) {
  options.credentials.administrator = {"jobset-twin", {"system:masters", "system:authenticated"}};
  if (flags.plain_http) {
    options.credentials.everybody = true;
    return;
  }
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1", "kubernetes.default.svc"};
  if (!isLoopback(flags.address) && flags.address != "0.0.0.0" && flags.address != "::") names.push_back(flags.address);
  options.face.tls = apiserver::http::makeCertificates(names, options.credentials.administrator.name,
                                                       options.credentials.administrator.groups);
  options.credentials.token = apiserver::http::randomToken();
}

// What those who come must know of a clock that is not theirs, and of parts that are not there.
void warnClients(const ServeFlags& flags, double speed, const cluster::LeftOut& left_out,
                 const Diagnostics& diagnostics) {
  if (speed != 1 && !flags.paused)
    diagnostics.note(
        "clients go by their own clock: back-offs, periods, time-outs and lease durations of controllers outside pass "
        "in real time, and ages that they compute from the cluster's times are off");
  if (speed == scenarios::kSpeedMax)
    diagnostics.note("time goes on when nothing was asked and nothing told for --idle: no two runs need be alike");
  if (left_out.has(cluster::Component::kKubelet) && !left_out.has(cluster::Component::kNodeLifecycle))
    diagnostics.warning("nobody renews the nodes' leases here: without kubelet, leave out node-lifecycle, too");
}

// The files that are written while it serves.
struct Logs {
  FileLock record_lock, audit_lock;
  std::ofstream record, audit;
  std::optional<scenarios::Recorder> recorder;
};
// "": they can be written.
std::string openLogs(const ServeFlags& flags, const ServedInput& input, Logs& logs, scenarios::ServeOptions& options) {
  const auto open = [](const std::string& path, FileLock& lock, std::ofstream& out) -> std::string {
    if (path.empty()) return {};
    if (std::string problem = lock.take(path); !problem.empty()) return problem;
    out.open(path, std::ios::binary | std::ios::trunc);
    return out ? "" : fmt::format("cannot write {}", path);
  };
  if (std::string problem = open(flags.record, logs.record_lock, logs.record); !problem.empty()) return problem;
  if (std::string problem = open(flags.audit_log, logs.audit_lock, logs.audit); !problem.empty()) return problem;
  if (!flags.record.empty()) options.recorder = &logs.recorder.emplace(logs.record, servedJson(input));
  if (!flags.audit_log.empty()) options.audit = &logs.audit;
  return {};
}

// Readable by its owner alone: it has a key. "" or why it was not written.
std::string writeKubeconfig(const std::string& path, const std::string& text) {
  std::ifstream before;
  if (std::filesystem::is_regular_file(path)) before.open(path, std::ios::binary);
  const std::string there((std::istreambuf_iterator<char>(before)), std::istreambuf_iterator<char>());
  if (!isOurs(there))
    return fmt::format("{} has other clusters than jobset-twin, which would be lost: name another file by --kubeconfig",
                       path);
  const mode_t usual = ::umask(077);
  Output file(path);
  file.write(text);
  std::string problem = file.finish();
  ::umask(usual);
  return problem;
}

int serveUntilStopped(ServedPlan plan, const ServeFlags& flags, scenarios::ServeOptions options, Logs& logs,
                      Diagnostics& diagnostics) {
  const cluster::LeftOut left_out = plan.run.world.left_out;
  scenarios::ServedCluster cluster(std::move(plan.run), std::move(plan.scenario), options);
  const std::string server = serverUrl(flags, cluster.port());
  if (const std::string problem =
          writeKubeconfig(flags.kubeconfig, kubeconfigText({server, options.face.tls, options.credentials.token}));
      !problem.empty()) {
    diagnostics.error(problem);
    return kBadInput;
  }
  const double speed = options.clock.speed;
  diagnostics.note(fmt::format("serving at {}, time {}", server,
                               flags.paused ? "stands"
                               : speed == scenarios::kSpeedMax
                                   ? "goes as fast as it can"
                                   : fmt::format("goes {:g} times as fast as the clock", speed)));
  warnClients(flags, speed, left_out, diagnostics);
  diagnostics.note(fmt::format("export KUBECONFIG={}", flags.kubeconfig));
  const Interruptible guard;
  cluster.serve(Interruptible::flag());
  const std::string fingerprint = cluster.run().outcome().fingerprint;
  if (logs.recorder) logs.recorder->end(cluster.run().world().kernel().now(), fingerprint);
  diagnostics.note(fmt::format("{} requests were answered; fingerprint {}", cluster.requests(), fingerprint));
  if ((logs.recorder && !logs.record) || (options.audit && !logs.audit)) {
    diagnostics.error("not everything could be written: the record or the audit log is not complete");
    return kBadInput;
  }
  return kDone;
}

int serve(const ServeFlags& flags, Invocation& invocation) {
  Diagnostics& diagnostics = invocation.diagnostics;
  if (flags.plain_http && !isLoopback(flags.address))
    return usageError(invocation, "serve",
                      fmt::format("--http asks nobody who he is: only on loopback, not on {}", flags.address));
  const std::optional<double> speed = scenarios::speedFrom(flags.speed);
  if (!speed)
    return usageError(invocation, "serve",
                      fmt::format("--speed must be max or a number above 0, got '{}'", flags.speed));
  std::vector<std::string> without;
  if (const std::string problem = takeWithout(flags.without, without); !problem.empty())
    return usageError(invocation, "serve", problem);
  std::optional<ServedInput> input = inputOf(flags, diagnostics);
  if (!input) return kBadInput;
  input->without = std::move(without);
  scenarios::ServeOptions options;
  secure(flags, options);
  if (options.face.tls) input->authority = options.face.tls->authority.certificate;
  std::optional<ServedPlan> plan = planOf(*input, diagnostics);
  if (!plan) return kBadInput;
  options.face.address = flags.address;
  options.face.port = static_cast<std::uint16_t>(flags.port);
  options.identity = {plan->run.world.kubernetes_minor, kVersion};
  options.clock = {*speed, flags.paused};
  options.warns = !flags.no_warnings;
  if (flags.idle) options.idle = *flags.idle;
  Logs logs;
  if (const std::string problem = openLogs(flags, *input, logs, options); !problem.empty()) {
    diagnostics.error(problem);
    return kBadInput;
  }
  try {
    return serveUntilStopped(std::move(*plan), flags, options, logs, diagnostics);
  } catch (const std::runtime_error& error) {
    diagnostics.error(error.what());
    return kBadInput;
  }
}

}  // namespace

void addServe(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("serve", "Serve the simulated cluster as a Kubernetes API, on loopback");
  command->footer(kServeExamples);
  const auto flags = std::make_shared<ServeFlags>();
  command
      ->add_option("-f,--filename,FILE", flags->files,
                   "A scenario, and manifests that are there from the start; without one, a cluster of like nodes")
      ->type_name("FILE")
      ->group(kInput);
  addNumber(
      *command, "--nodes",
      [flags](std::uint64_t n) {
        flags->nodes = static_cast<std::uint32_t>(n);
        flags->nodes_given = true;
      },
      1, 100'000, "So many nodes (default 10)")
      ->group(kWorld);
  command->add_option("--speed", flags->speed, "How fast virtual time goes: 1 is real time; max: as fast as it can")
      ->type_name("N")
      ->default_str(flags->speed)
      ->group(kWorld);
  command->add_flag("--paused", flags->paused, "Virtual time stands")->group(kWorld);
  addDuration(*command, "--idle", flags->idle,
              "At speed max: time goes on when nothing was asked and told for so long (default 50ms)")
      ->group(kWorld);
  command
      ->add_option("--without", flags->without,
                   "Leave out a part (jobset-controller, scheduler …), so that a real one can do its work")
      ->type_name("PART")
      ->allow_extra_args(false)  // what follows are files
      ->group(kWorld);
  addNumber(
      *command, "--port", [flags](std::uint64_t n) { flags->port = static_cast<std::uint32_t>(n); }, 0, 65535,
      "Port (default: any that is free)")
      ->group(kOutput);
  command->add_option("--address", flags->address, "Address to listen on")
      ->type_name("IP")
      ->default_str(flags->address)
      ->group(kOutput);
  command->add_flag("--http", flags->plain_http, "Without TLS and without asking who it is; only on loopback")
      ->group(kOutput);
  command->add_option("--kubeconfig", flags->kubeconfig, "Where to write how clients find the cluster")
      ->type_name("FILE")
      ->default_str(flags->kubeconfig)
      ->group(kOutput);
  command
      ->add_flag("--no-warnings", flags->no_warnings,
                 "Do not tell clients what is not modelled of the objects that they make")
      ->group(kOutput);
  command->add_option("--record", flags->record, "Keep what is done to the cluster, for jobset-twin replay")
      ->type_name("FILE")
      ->group(kOutput);
  command->add_option("--audit-log", flags->audit_log, "A line for each request (audit.k8s.io/v1)")
      ->type_name("FILE")
      ->group(kOutput);
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, flags] { invocation.command = [&invocation, flags] { return serve(*flags, invocation); }; });
}

}  // namespace jobset_twin::cli
