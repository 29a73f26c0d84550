#include "scenarios/cli/run_input.hpp"

#include <algorithm>

#include "scenarios/cli/input.hpp"

namespace jobset_twin::cli {

scenarios::Loaded RunInput::load() {
  const auto read = [this](const std::string& path) -> std::optional<std::string> {
    if (const auto found = named.find(path); found != named.end()) return found->second;
    api::Result<std::string> text = readFile(path);
    if (!text) return std::nullopt;
    return named.emplace(path, std::move(*text)).first->second;
  };
  scenarios::Loaded loaded = scenarios::load(files, options, read);
  // What was found at load belongs to the result of the run.
  for (const api::Error& warning : loaded.warnings) {
    std::vector<std::string>& known = loaded.plan.warnings;
    const std::string text = api::describe(warning);
    if (std::find(known.begin(), known.end(), text) == known.end()) known.push_back(text);
  }
  return loaded;
}

}  // namespace jobset_twin::cli
