#include "scenarios/cli/version.hpp"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/writer.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/output.hpp"

namespace jobset_twin::cli {
namespace {

constexpr const char* kKubernetes = "1.36";
constexpr const char* kJobSetApi = "jobset.x-k8s.io/v1alpha2";

}  // namespace

int printVersion(bool as_json) {
  Output out;
  if (as_json) {
    const nlohmann::json document = {
        {"apiVersion", "jobset-twin.dev/v1alpha1"}, {"kind", "Version"},       {"version", kVersion},
        {"kubernetesVersion", kKubernetes},         {"jobSetApi", kJobSetApi}, {"compiler", __VERSION__}};
    out.write(api::writeJson(document) + "\n");
  } else {
    out.write(fmt::format("jobset-twin {} (Kubernetes {}, {})\n", kVersion, kKubernetes, kJobSetApi));
  }
  return out.finish().empty() ? kDone : kBadInput;
}

void addVersion(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("version", "Print the version, and what is modelled");
  command->footer("  jobset-twin version -o json\n");
  const auto format = std::make_shared<std::string>();
  addFormat(*command, *format, {"text", "json"});
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, format] { invocation.command = [format] { return printVersion(*format == "json"); }; });
}

}  // namespace jobset_twin::cli
