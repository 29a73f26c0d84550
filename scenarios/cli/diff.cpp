#include "scenarios/cli/diff.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/input.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/report.hpp"
#include "scenarios/cli/result_diff.hpp"
#include "scenarios/cli/usage_error.hpp"

namespace jobset_twin::cli {
namespace {

constexpr std::size_t kTextLinesMax = 10;

struct DiffOptions {
  std::vector<std::string> files;
  std::string format;
};

// A result or trace; the limits of manifests do not hold for what we wrote ourselves.
std::optional<nlohmann::json> readDocument(const std::string& name, const Diagnostics& diagnostics) {
  const api::Result<std::string> text = name == "-" ? readStandardInput() : readFile(name);
  if (!text) {
    diagnostics.errors(text.errors());
    return std::nullopt;
  }
  nlohmann::json document = nlohmann::json::parse(*text, nullptr, false);
  if (document.is_discarded()) {  // -o yaml
    api::ReadLimits limits;
    limits.document_bytes = limits.total_bytes = kInputBytesMax;
    api::Documents documents = api::readDocuments(*text, name, limits);
    if (!documents.errors.empty()) {
      diagnostics.errors(documents.errors);
      return std::nullopt;
    }
    document = documents.trees.empty() ? nlohmann::json() : api::toJson(documents.trees.front().root);
  }
  if (kindOfDocument(document) == DocumentKind::kOther) {
    diagnostics.error(fmt::format("{}: is neither a RunResult nor a trace file", name),
                      "write them with: jobset-twin run … -o json -O FILE, or --trace FILE");
    return std::nullopt;
  }
  return document;
}

std::string diffJson(const std::vector<Difference>& differences) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Difference& row : differences) {
    const bool at_end = row.seconds > 1e18;
    rows.push_back({{"seconds", at_end ? nlohmann::json(nullptr) : nlohmann::json(row.seconds)},
                    {"object", row.object},
                    {"field", row.field},
                    {"a", row.a},
                    {"b", row.b}});
  }
  return documentText({{"apiVersion", "jobset-twin.dev/v1alpha1"}, {"kind", "RunDiff"}, {"differences", rows}}, "json");
}

std::string diffText(const std::vector<Difference>& differences) {
  if (differences.empty()) return "no difference\n";
  std::string text = fmt::format("first difference {}\n", differenceText(differences.front()));
  const std::size_t shown = std::min(differences.size(), kTextLinesMax);
  for (std::size_t i = 1; i < shown; ++i) text += fmt::format("  then {}\n", differenceText(differences[i]));
  if (differences.size() > shown) text += fmt::format("  and {} more\n", differences.size() - shown);
  return text;
}

int diff(const DiffOptions& options, const Invocation& invocation) {
  if (options.files.size() != 2) {
    return usageError(invocation, "diff", fmt::format("diff compares two files, got {}", options.files.size()));
  }
  const std::optional<nlohmann::json> a = readDocument(options.files[0], invocation.diagnostics);
  const std::optional<nlohmann::json> b = readDocument(options.files[1], invocation.diagnostics);
  if (!a || !b) return kBadInput;
  if (kindOfDocument(*a) != kindOfDocument(*b)) {
    invocation.diagnostics.error("a RunResult and a trace file cannot be compared with each other");
    return kBadInput;
  }
  const std::vector<Difference> differences = differencesOf(*a, *b);
  Output out;
  out.write(options.format == "json" ? diffJson(differences) : diffText(differences));
  if (const std::string problem = out.finish(); !problem.empty()) {
    invocation.diagnostics.error(problem);
    return kBadInput;
  }
  return differences.empty() ? kDone : kUnmet;
}

}  // namespace

void addDiff(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("diff", "Show where two runs part: of two results (-o json) or two trace files");
  command->footer("  jobset-twin diff a.json b.json\n");
  const auto options = std::make_shared<DiffOptions>();
  command->add_option("FILE", options->files, "Two RunResults, or two trace files: A and B")
      ->type_name("FILE")
      ->group("");
  addFormat(*command, options->format, {"text", "json"});
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, options] { invocation.command = [&invocation, options] { return diff(*options, invocation); }; });
}

}  // namespace jobset_twin::cli
