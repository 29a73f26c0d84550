// input.hpp - reading what the command line names: files, and standard input as "-".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/api/result.hpp"
#include "scenarios/load.hpp"

namespace jobset_twin::cli {

inline constexpr std::size_t kInputBytesMax = 256u * 1024 * 1024;

// The whole file; an error says why not (missing, a directory, no right, too large).
api::Result<std::string> readFile(const std::string& path);
api::Result<std::string> readStandardInput();

// All of them, in order. Standard input at most once.
api::Result<std::vector<scenarios::InputFile>> readInputs(const std::vector<std::string>& names);

}  // namespace jobset_twin::cli
