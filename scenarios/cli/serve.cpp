#include "scenarios/cli/serve.hpp"

#include <memory>

#include <fmt/format.h>

#include "scenarios/cli/admission_check.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/input.hpp"
#include "scenarios/cli/interrupt.hpp"
#include "scenarios/cli/kubeconfig.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/report.hpp"
#include "scenarios/cli/run_input.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/cli/version.hpp"
#include "scenarios/serve/served_cluster.hpp"
#include "scenarios/serve/system_objects.hpp"

namespace jobset_twin::cli {
namespace {

constexpr const char* kExamples =
    "  jobset-twin serve --nodes 100 --kubeconfig twin.kubeconfig\n"
    "  jobset-twin serve scenario.yaml --speed 60\n"
    "  KUBECONFIG=twin.kubeconfig kubectl get nodes\n";

struct ServeFlags {
  std::vector<std::string> files;
  std::string kubeconfig = "twin.kubeconfig", speed = "1";
  std::uint32_t nodes = 10, port = 0;
  std::string address = "127.0.0.1";
  bool nodes_given = false, paused = false, plain_http = false;
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

std::optional<double> speedOf(const std::string& text) {
  char* end = nullptr;
  const double speed = std::strtod(text.c_str(), &end);
  constexpr double kMost = 1e6;
  if (text.empty() || *end != '\0' || !(speed > 0 && speed <= kMost)) return std::nullopt;
  return speed;
}

std::optional<scenarios::RunPlan> loadPlan(const ServeFlags& flags, Diagnostics& diagnostics) {
  std::vector<scenarios::InputFile> inputs;
  if (flags.files.empty()) {
    inputs.push_back({"serve", usualCluster(flags.nodes)});
  } else {
    api::Result<std::vector<scenarios::InputFile>> read = readInputs(flags.files);
    if (!read) {
      diagnostics.errors(read.errors());
      return std::nullopt;
    }
    inputs = std::move(*read);
  }
  for (const scenarios::InputFile& file : inputs) diagnostics.addSource(file.name, file.text);
  RunInput input{inputs, flags.load, {}};
  if (!flags.files.empty() && flags.nodes_given) input.options.nodes = static_cast<std::int32_t>(flags.nodes);
  // At speed 1 both clocks agree.
  input.options.start = std::chrono::time_point_cast<api::Duration>(std::chrono::system_clock::now());
  scenarios::Loaded loaded = input.load();
  diagnostics.errors(loaded.errors);
  if (!loaded.errors.empty()) return std::nullopt;
  const AdmissionReport report = admit(loaded.plan, inputs);
  diagnostics.errors(report.errors);
  if (!report.errors.empty()) return std::nullopt;
  diagnostics.warnings(loaded.warnings);
  return std::move(loaded.plan);
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

int serve(const ServeFlags& flags, Invocation& invocation) {
  Diagnostics& diagnostics = invocation.diagnostics;
  if (flags.plain_http && !isLoopback(flags.address))
    return usageError(invocation, "serve",
                      fmt::format("--http asks nobody who he is: only on loopback, not on {}", flags.address));
  const std::optional<double> speed = speedOf(flags.speed);
  if (!speed)
    return usageError(invocation, "serve", fmt::format("--speed must be a number above 0, got '{}'", flags.speed));
  std::optional<scenarios::RunPlan> plan = loadPlan(flags, diagnostics);
  if (!plan) return kBadInput;
  scenarios::ServeOptions options;
  options.face.address = flags.address;
  options.face.port = static_cast<std::uint16_t>(flags.port);
  options.identity = {plan->world.kubernetes_minor, kVersion};
  options.speed = *speed;
  options.paused = flags.paused;
  try {
    secure(flags, options);
    scenarios::addSystemObjects(*plan, options.face.tls ? options.face.tls->authority.certificate : "",
                                options.face.port);
    scenarios::ServedCluster cluster(std::move(*plan), options);
    const std::string server = serverUrl(flags, cluster.port());
    Output file(flags.kubeconfig);
    file.write(kubeconfigText({server, options.face.tls, options.credentials.token}));
    if (const std::string problem = file.finish(); !problem.empty()) {
      diagnostics.error(problem);
      return kBadInput;
    }
    diagnostics.note(
        fmt::format("serving at {}, time {}", server,
                    flags.paused ? "stands" : fmt::format("goes {:g} times as fast as the clock", *speed)));
    diagnostics.note(fmt::format("export KUBECONFIG={}", flags.kubeconfig));
    const Interruptible guard;
    cluster.serve(Interruptible::flag());
    diagnostics.note(fmt::format("{} requests were answered", cluster.requests()));
  } catch (const std::runtime_error& error) {
    diagnostics.error(error.what());
    return kBadInput;
  }
  return kDone;
}

}  // namespace

void addServe(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("serve", "Serve the simulated cluster as a Kubernetes API, on loopback");
  command->footer(kExamples);
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
  command->add_option("--speed", flags->speed, "How fast virtual time goes: 1 is real time")
      ->type_name("N")
      ->default_str(flags->speed)
      ->group(kWorld);
  command->add_flag("--paused", flags->paused, "Virtual time stands")->group(kWorld);
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
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, flags] { invocation.command = [&invocation, flags] { return serve(*flags, invocation); }; });
}

}  // namespace jobset_twin::cli
