#include "engine/api/result.hpp"

namespace jobset_twin::api {

std::string describe(const Error& error) {
  std::string out = error.file;
  if (error.line > 0) {
    if (!out.empty()) out += ':';
    out += std::to_string(error.line);
    if (error.column > 0) out += ':' + std::to_string(error.column);
  }
  if (!out.empty()) out += ": ";
  return out + error.text;
}

}  // namespace jobset_twin::api
