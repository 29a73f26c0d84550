#include "scenarios/cli/flags.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "engine/api/names.hpp"

namespace jobset_twin::cli {
namespace {

std::string flagName(const std::string& names) {
  const std::size_t at = names.find("--");
  return at == std::string::npos ? names : names.substr(at, names.find(',', at) - at);
}

}  // namespace

void addGeneralFlags(CLI::App& command, Invocation& invocation) {
  command.set_help_flag("-h,--help", "Print this help")->group(kGeneral);
  command
      .add_flag_function(
          "-q,--quiet", [&invocation](std::int64_t times) { invocation.diagnostics.quiet = static_cast<int>(times); },
          "Less: no progress and no timeline; twice: no warnings either")
      ->group(kGeneral);
  command
      .add_flag_function(
          "-v,--verbose", [&invocation](std::int64_t times) { invocation.verbose = static_cast<int>(times); },
          "More on standard error: what the run itself cost")
      ->group(kGeneral);
  addWord(command, "--color", invocation.color, {"auto", "always", "never"}, "When to use colours; also NO_COLOR")
      ->group(kGeneral);
}

CLI::Option* addFormat(CLI::App& command, std::string& target, const std::vector<std::string>& forms) {
  return addWord(command, "-o,--output", target, forms, "Form of the result")->group(kOutput);
}

CLI::Option* addWord(CLI::App& command, const std::string& names, std::string& target,
                     const std::vector<std::string>& words, const std::string& text) {
  if (target.empty()) target = words.front();
  const std::string flag = flagName(names);
  const auto set = [&target, words, flag](const std::string& word) {
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      const std::string nearest = api::nearestName(word, words);
      throw CLI::ValidationError(flag, fmt::format("must be one of {}, got '{}'{}", fmt::join(words, ", "), word,
                                                   nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
    }
    target = word;
  };
  return command.add_option_function<std::string>(names, set, text)
      ->type_name(fmt::format("{}", fmt::join(words, "|")))
      ->default_str(target);
}

CLI::Option* addNumber(CLI::App& command, const std::string& names, std::function<void(std::uint64_t)> set,
                       std::uint64_t least, std::uint64_t most, const std::string& text) {
  const std::string flag = flagName(names);
  const auto read = [set = std::move(set), least, most, flag](const std::string& word) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value < least || value > most) {
      throw CLI::ValidationError(flag,
                                 fmt::format("must be a whole number from {} to {}, got '{}'", least, most, word));
    }
    set(value);
  };
  return command.add_option_function<std::string>(names, read, text)->type_name("N");
}

CLI::Option* addDuration(CLI::App& command, const std::string& names, std::optional<api::Duration>& target,
                         const std::string& text) {
  const std::string flag = flagName(names);
  const auto read = [&target, flag](const std::string& word) {
    const api::Result<api::Duration> value = api::parseDuration(word);
    if (!value)
      throw CLI::ValidationError(flag,
                                 fmt::format("{}; write for example 90s, 1h30m or 2d", value.errors().front().text));
    if (*value < api::Duration::zero())
      throw CLI::ValidationError(flag, fmt::format("must not be negative, got '{}'", word));
    target = *value;
  };
  return command.add_option_function<std::string>(names, read, text)->type_name("DURATION");
}

CLI::Option* addFaultFlag(CLI::App& command, scenarios::LoadOptions& options) {
  return command
      .add_option("--fault", options.faults,
                  "What goes wrong: a verb, then any, all and key=value (may repeat; docs/faults.md)")
      ->type_name("FAULT")
      ->allow_extra_args(false);
}

CLI::Option* addSetFlag(CLI::App& command, scenarios::LoadOptions& options) {
  return command
      .add_option("--set", options.changes,
                  "Change a field first: maxRestarts=3, JobSet/x:/spec/suspend=true (may repeat)")
      ->type_name("CHANGE")
      ->allow_extra_args(false);
}

std::string faultSource(const scenarios::LoadOptions& options) {
  std::string text;
  for (const std::string& fault : options.faults) text += fault + "\n";
  return text;
}

std::vector<std::string> wordsOf(const CLI::Option& option) {
  std::vector<std::string> words;
  std::string type = option.get_type_name();
  // CLI11 appends the description of checks: only what it takes counts.
  type = type.substr(0, type.find(':'));
  if (type.find('|') == std::string::npos) return words;
  for (std::size_t at = 0; at <= type.size();) {
    const std::size_t end = std::min(type.find('|', at), type.size());
    words.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace jobset_twin::cli
