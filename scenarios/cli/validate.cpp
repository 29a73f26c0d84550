#include "scenarios/cli/validate.hpp"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "scenarios/cli/admission_check.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/input.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/report.hpp"
#include "scenarios/cli/run_input.hpp"
#include "scenarios/cli/usage_error.hpp"

namespace jobset_twin::cli {
namespace {

struct ValidateOptions {
  std::vector<std::string> files;
  std::string format, validation, output;
  scenarios::LoadOptions load;
};

// Where a file does not load, its objects that could be read are still admitted, so that all mistakes are shown at
// once.
AdmissionReport check(RunInput& input, Diagnostics& diagnostics) {
  const scenarios::Loaded loaded = input.load();
  diagnostics.warnings(loaded.warnings);
  if (loaded.errors.empty()) {
    AdmissionReport report = admit(loaded.plan, input.files);
    for (const faults::Fault& fault : loaded.plan.faults) {
      if (fault.origin.line > 0)
        report.faults.emplace_back(fmt::format("{}:{}", fault.origin.file, fault.origin.line), fault.name);
    }
    return report;
  }
  std::vector<api::ObjectPtr> objects;
  std::vector<std::string> origins;
  for (const scenarios::InputFile& file : input.files) {
    scenarios::Manifests manifests =
        scenarios::readManifests(file, input.options.validation, input.options.default_namespace);
    objects.insert(objects.end(), manifests.objects.begin(), manifests.objects.end());
    origins.insert(origins.end(), manifests.origins.begin(), manifests.origins.end());
  }
  AdmissionReport report = admit({}, objects, origins, input.files);
  report.errors.insert(report.errors.begin(), loaded.errors.begin(), loaded.errors.end());
  return report;
}

std::string resultText(const AdmissionReport& report, const std::string& format) {
  std::string text;
  if (format == "json" || format == "yaml") {
    nlohmann::json documents = nlohmann::json::array();
    for (const Admitted& admitted : report.admitted) documents.push_back(api::toJson(*admitted.object));
    if (format == "json" && documents.size() != 1) {  // one JSON value, as kubectl prints several objects
      return documentText({{"apiVersion", "v1"}, {"kind", "List"}, {"items", documents}}, format);
    }
    for (std::size_t i = 0; i < documents.size(); ++i)
      text += (i > 0 ? "---\n" : "") + documentText(documents[i], format);
    return text;
  }
  for (const Admitted& admitted : report.admitted) {
    const std::string name = viz::objectName(*admitted.object);
    text += format == "name" ? name + "\n" : fmt::format("{}: {} is valid\n", admitted.origin, name);
  }
  for (const auto& [origin, name] : report.faults)
    text += format == "name" ? "fault/" + name + "\n" : fmt::format("{}: fault/{} is valid\n", origin, name);
  return text;
}

int validate(ValidateOptions& options, const Invocation& invocation) {
  Diagnostics diagnostics = invocation.diagnostics;
  if (options.files.empty())
    return usageError(invocation, "validate", "validate needs a file (or - for standard input)");
  api::Result<std::vector<scenarios::InputFile>> files = readInputs(options.files);
  if (!files) {
    diagnostics.errors(files.errors());
    return kBadInput;
  }
  for (const scenarios::InputFile& file : *files) diagnostics.addSource(file.name, file.text);
  diagnostics.addSource(kFaultSource, faultSource(options.load));
  options.load.validation = options.validation == "warn"     ? api::Validation::kWarn
                            : options.validation == "ignore" ? api::Validation::kIgnore
                                                             : api::Validation::kStrict;
  RunInput input{std::move(*files), options.load, {}};
  const AdmissionReport report = check(input, diagnostics);
  diagnostics.warnings(report.warnings);
  if (!report.errors.empty()) {
    diagnostics.errors(report.errors);
    return kBadInput;
  }
  if (report.admitted.empty() && report.faults.empty()) {
    diagnostics.error("there is nothing to check: no file holds an object");
    return kBadInput;
  }
  Output out(options.output);
  out.write(resultText(report, options.format));
  if (const std::string problem = out.finish(); !problem.empty()) {
    diagnostics.error(problem);
    return kBadInput;
  }
  return kDone;
}

}  // namespace

void addValidate(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("validate", "Check manifests as the API server would, and show its defaults");
  command->footer("  jobset-twin validate jobset.yaml\n  jobset-twin validate jobset.yaml -o yaml\n");
  const auto options = std::make_shared<ValidateOptions>();
  command->add_option("-f,--filename,FILE", options->files, "Manifests or a Scenario; - is standard input")
      ->type_name("FILE")
      ->group(kInput);
  command->add_option("-n,--namespace", options->load.default_namespace, "Namespace of objects that name none")
      ->type_name("NAME")
      ->default_str("default")
      ->group(kInput);
  addWord(*command, "--validate", options->validation, {"strict", "warn", "ignore"},
          "Unknown and duplicate fields: refuse, warn, ignore")
      ->group(kInput);
  command->add_option("--feature-gates", options->load.feature_gates, "JobSet's feature gates")
      ->type_name("NAME=BOOL,…")
      ->group(kWorld);
  addFaultFlag(*command, options->load)->group(kWorld);
  addWord(*command, "--kubernetes-version", options->load.kubernetes_version, {"1.36", "1.35", "1.34"},
          "Kubernetes release")
      ->default_str("the scenario's, else 1.36")
      ->group(kWorld);
  options->load.kubernetes_version.clear();
  addFormat(*command, options->format, {"text", "json", "yaml", "name"});
  command->add_option("-O,--output-file", options->output, "Write the result to a file, whole or not at all")
      ->type_name("FILE")
      ->group(kOutput);
  addGeneralFlags(*command, invocation);
  command->callback([&invocation, options] {
    invocation.command = [&invocation, options] { return validate(*options, invocation); };
  });
}

}  // namespace jobset_twin::cli
