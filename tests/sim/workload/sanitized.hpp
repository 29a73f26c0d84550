// sanitized.hpp - whether this program runs with AddressSanitizer or ThreadSanitizer: many times slower, with a deeper
// stack. gcc says so with macros, clang with features.
#pragma once

namespace jobset_twin::workload::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace jobset_twin::workload::testing
