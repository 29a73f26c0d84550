#include "sim/kernel/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace jobset_twin::kernel {

void CheckValue::print() const {
  switch (kind_) {
    case Kind::kSigned: std::fprintf(stderr, " %lld", signed_); break;
    case Kind::kUnsigned: std::fprintf(stderr, " %llu", unsigned_); break;
    case Kind::kReal: std::fprintf(stderr, " %.17g", real_); break;
    case Kind::kText: std::fprintf(stderr, " \"%.*s\"", static_cast<int>(text_.size()), text_.data()); break;
  }
}

void checkFailed(const char* file, int line, const char* condition, const char* what, const char* names,
                 std::initializer_list<CheckValue> values) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s: %s", file, line, what, condition);
  if (values.size() != 0) {
    std::fprintf(stderr, "\n  (%s) =", names);
    for (const CheckValue& value : values) value.print();
  }
  std::fputc('\n', stderr);
  std::abort();
}

}  // namespace jobset_twin::kernel
