// rerun.hpp - how a run is done again: the command line as a shell takes it, and what the input was, as one number.
#pragma once

#include <string>
#include <vector>

#include "scenarios/load.hpp"

namespace jobset_twin::cli {

// "'it'\''s'" if a shell needs it, else the word itself.
std::string shellQuoted(const std::string& word);
// "./jobset-twin run a.yaml --seed 2": ready to be pasted.
std::string commandText(const std::vector<std::string>& arguments);
// The same, with the seed spelled out.
std::string rerunText(const std::vector<std::string>& arguments, std::uint64_t seed);

// 16 hexadecimal digits over the files' texts, in order, and the flags that change the world; not the seed, not the
// files' names.
std::string scenarioHash(const std::vector<scenarios::InputFile>& files, const scenarios::LoadOptions& options);

}  // namespace jobset_twin::cli
