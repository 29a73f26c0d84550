// flags.hpp - how commands declare flags, so that help, completion and error messages come from the one table that
// CLI11 holds.
//
// A flag's type name tells what it takes: "FILE" (a path), "a|b|c" (one of these words), else a word such as "N".
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/api/time.hpp"
#include "scenarios/cli/invocation.hpp"
#include "scenarios/load.hpp"

namespace jobset_twin::cli {

// The groups of --help, in this order.
inline constexpr const char* kInput = "Input";
inline constexpr const char* kWorld = "World";
inline constexpr const char* kOutput = "Output";
inline constexpr const char* kGeneral = "General";

// -q, -v, --color, --help.
void addGeneralFlags(CLI::App& command, Invocation& invocation);

// -o: which of these forms; the first is the default.
CLI::Option* addFormat(CLI::App& command, std::string& target, const std::vector<std::string>& forms);

// One of these words; the first is the default unless `target` says otherwise.
CLI::Option* addWord(CLI::App& command, const std::string& names, std::string& target,
                     const std::vector<std::string>& words, const std::string& text);

// A whole number from `least` to `most`.
CLI::Option* addNumber(CLI::App& command, const std::string& names, std::function<void(std::uint64_t)> set,
                       std::uint64_t least, std::uint64_t most, const std::string& text);

// "90s", "1h30m", "2d".
CLI::Option* addDuration(CLI::App& command, const std::string& names, std::optional<api::Duration>& target,
                         const std::string& text);

// --fault, and its texts as diagnostics show them: a line each of a source of this name.
inline constexpr const char* kFaultSource = "--fault";
CLI::Option* addFaultFlag(CLI::App& command, scenarios::LoadOptions& options);
std::string faultSource(const scenarios::LoadOptions& options);

// --set: changes of fields (scenarios/changes.hpp).
CLI::Option* addSetFlag(CLI::App& command, scenarios::LoadOptions& options);

// The words of a type name "a|b|c"; none for others.
std::vector<std::string> wordsOf(const CLI::Option& option);

}  // namespace jobset_twin::cli
