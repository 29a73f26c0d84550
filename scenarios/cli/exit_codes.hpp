// exit_codes.hpp - what the program's exit codes mean (docs/output.md, `help exit-codes`).
#pragma once

namespace jobset_twin::cli {

inline constexpr int kDone = 0;            // it ran, and every expectation held; a JobSet that fails is still 0
inline constexpr int kBadInput = 1;        // bad input, bad usage, or what was asked for cannot be done
inline constexpr int kUnmet = 2;           // it ran to its end, but an expectation did not hold, or two results differ
inline constexpr int kInternalError = 70;  // a bug of ours
inline constexpr int kInterrupted = 130;   // Ctrl-C

}  // namespace jobset_twin::cli
