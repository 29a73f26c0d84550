// said.hpp - errors as their reader sees them.
#pragma once

#include <string>
#include <vector>

#include "engine/api/result.hpp"

namespace jobset_twin::scenarios::test {

inline std::vector<std::string> said(const api::Errors& errors) {
  std::vector<std::string> out;
  for (const api::Error& error : errors) out.push_back(api::describe(error));
  return out;
}

// A line each, with hints below.
inline std::string saidWithHints(const api::Errors& errors) {
  std::string out;
  for (const api::Error& error : errors) {
    out += api::describe(error) + "\n";
    if (!error.hint.empty()) out += "  hint: " + error.hint + "\n";
  }
  return out;
}

}  // namespace jobset_twin::scenarios::test
