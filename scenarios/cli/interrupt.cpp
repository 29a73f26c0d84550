#include "scenarios/cli/interrupt.hpp"

#include <cstdlib>

#include <unistd.h>

#include <fmt/format.h>

#include "scenarios/cli/exit_codes.hpp"

namespace jobset_twin::cli {
namespace {

// Signal handlers can reach nothing but what is static.
volatile std::sig_atomic_t interrupted = 0;
volatile std::sig_atomic_t graceful = 0;
char fault_text[8192];
std::size_t fault_length = 0;

void onInterrupt(int) {
  if (graceful == 0 || interrupted != 0) _exit(kInterrupted);
  interrupted = 1;
}

void onFault(int) {
  if (fault_length > 0 && write(STDERR_FILENO, fault_text, fault_length) < 0) _exit(kInternalError);
  _exit(kInternalError);
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitizer = true;  // it explains invalid accesses better than we can
#else
constexpr bool kSanitizer = false;
#endif

}  // namespace

Interruptible::Interruptible() {
  interrupted = 0;
  graceful = 1;
}

Interruptible::~Interruptible() { graceful = 0; }

const volatile std::sig_atomic_t* Interruptible::flag() { return &interrupted; }

std::string reportRequest(const std::string& command) {
  return fmt::format(
      "this is a bug in jobset-twin, not in your input; please report it with the input and this command:\n  {}",
      command);
}

void catchOwnFaults(const std::string& command) {
  const std::string text = "error: " + reportRequest(command) + "\n";
  fault_length = text.copy(fault_text, sizeof fault_text);
  handle(SIGABRT, onFault, 0);
  handle(SIGINT, onInterrupt, 0);
  handle(SIGTERM, onInterrupt, 0);
  if (kSanitizer) return;
  static char stack[65536];  // a stack of its own: the usual one may be what ran out
  stack_t alternative{};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof stack;
  if (sigaltstack(&alternative, nullptr) != 0) return;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) handle(signal, onFault, SA_ONSTACK);
}

}  // namespace jobset_twin::cli
