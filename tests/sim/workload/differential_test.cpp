// The interpreter against this machine's bash and dash: the same output and exit code for every script of scripts/.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/sim/workload/run_script.hpp"
#include "tests/sim/workload/script_table.hpp"

namespace jobset_twin::workload::testing {
namespace {

std::string shown(const ScriptRun& outcome) {
  return fmt::format("exit code {}\n{}{}--- stdout\n{}--- stderr\n{}", outcome.status, outcome.problem, outcome.unknown,
                     outcome.out, outcome.err);
}

bool alike(const ScriptCase& script, const ScriptRun& ours, const ScriptRun& theirs) {
  if (!ours.problem.empty() || !theirs.problem.empty()) return false;
  if (ours.status != theirs.status || ours.out != theirs.out) return false;
  if (ours.unknown.empty() == script.unknown) return false;
  if (script.noisy) return true;
  // The wording of messages is each shell's own; whether there is one is not.
  return script.trace ? ours.err == theirs.err : ours.err.empty() == theirs.err.empty();
}

// Runs the script with both, reports a difference, says whether there was none.
void compare(Machine& machine, const ScriptCase& script, const std::string& shell, const std::string& read_as) {
  Place place = machine.freshPlace();
  place.pid1 = script.pid1;
  const ScriptRun ours = interpret({read_as, "-c", script.text, shell, "first", "second word"}, place);
  const ScriptRun theirs = machine.run({shell, "-c", script.text, shell, "first", "second word"}, place);
  if (alike(script, ours, theirs)) return;
  ADD_FAILURE() << fmt::format("{}: {} ({})\n{}\n=== interpreter: {}\n=== {}: {}", script.file, script.name, read_as,
                               script.text, shown(ours), shell, shown(theirs));
}

TEST(Differential, TheTableIsWhole) {
  const auto scripts = readScripts();
  std::set<std::string> texts;
  std::map<std::string, int> by_file;
  for (const ScriptCase& script : scripts) {
    EXPECT_TRUE(texts.insert(script.text).second) << script.file << ": " << script.name << " is there twice";
    ++by_file[script.file];
  }
  EXPECT_GE(texts.size(), 150U);
  for (const char* subject :
       {"quoting", "expansions", "status", "options", "loops", "pipelines", "traps", "background"}) {
    EXPECT_GE(by_file[subject], 8) << subject;
  }
}

TEST(Differential, LikeBash) {
  Machine machine;
  for (const ScriptCase& script : readScripts()) {
    if (script.bash && !script.pid1) compare(machine, script, "bash", "bash");
  }
}

TEST(Differential, LikeDash) {
  Machine machine;
  for (const ScriptCase& script : readScripts()) {
    if (script.dash && !script.pid1) compare(machine, script, "dash", "dash");
  }
}

// busybox is not on this machine; where its shell must do as dash does, it is compared with dash.
TEST(Differential, AshLikeDash) {
  Machine machine;
  for (const ScriptCase& script : readScripts()) {
    if (script.dash && script.ash && !script.pid1) compare(machine, script, "dash", "ash");
  }
}

TEST(Differential, AsPid1) {
  if (!Machine::hasNamespaces()) GTEST_SKIP() << "this machine does not let us start a PID namespace";
  Machine machine;
  for (const ScriptCase& script : readScripts()) {
    if (script.pid1 && script.bash) compare(machine, script, "bash", "bash");
    if (script.pid1 && script.dash) compare(machine, script, "dash", "dash");
  }
}

}  // namespace
}  // namespace jobset_twin::workload::testing
