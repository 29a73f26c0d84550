#include "engine/api/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace jobset_twin::api {

void assertionFailed(const char* condition, const char* file, int line, std::string_view what,
                     const std::string& values) {
  std::fprintf(stderr, "assertion failed: %.*s (%s) at %s:%d: %s\n", static_cast<int>(what.size()), what.data(),
               condition, file, line, values.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace jobset_twin::api
