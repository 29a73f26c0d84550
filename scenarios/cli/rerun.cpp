#include "scenarios/cli/rerun.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/kernel/fingerprint.hpp"

namespace jobset_twin::cli {

std::string shellQuoted(const std::string& word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./=:,@%+").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string commandText(const std::vector<std::string>& arguments) {
  std::string text = "./jobset-twin";
  for (const std::string& argument : arguments) text += " " + shellQuoted(argument);
  return text;
}

std::string rerunText(const std::vector<std::string>& arguments, std::uint64_t seed) {
  const bool given = std::any_of(arguments.begin(), arguments.end(), [](const std::string& word) {
    return word == "--seed" || word.starts_with("--seed=");
  });
  return given ? commandText(arguments) : fmt::format("{} --seed {}", commandText(arguments), seed);
}

std::string scenarioHash(const std::vector<scenarios::InputFile>& files, const scenarios::LoadOptions& options) {
  kernel::Fingerprint digest;
  for (const scenarios::InputFile& file : files) digest.line({}, "file", file.text);
  for (const std::string& fault : options.faults) digest.line({}, "fault", fault);
  for (const std::string& change : options.changes) digest.line({}, "set", change);
  digest.line({}, "gates", options.feature_gates);
  digest.line({}, "kubernetes", options.kubernetes_version);
  digest.line({}, "namespace", options.default_namespace);
  digest.line({}, "nodes", options.nodes ? std::to_string(*options.nodes) : "");
  digest.line({}, "validation", std::to_string(static_cast<int>(options.validation)));
  return digest.text().substr(0, 16);
}

}  // namespace jobset_twin::cli
