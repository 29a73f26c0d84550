// What is decided about a command line at load: known or not, and where not (design: "found at load, with line and
// column").
#include "sim/workload/command.hpp"

#include <gtest/gtest.h>

#include "tests/sim/workload/container.hpp"

namespace jobset_twin::workload::testing {
namespace {

using Argv = std::vector<std::string>;

TEST(Command, KnownOnes) {
  const Argv rows[] = {
      {"sleep", "100s"},
      {"sleep", "infinity"},
      {"/bin/sh", "-c", "sleep 60"},
      {"/bin/sh", "-c", "echo 'runs for 10 seconds' && sleep 10"},
      {"bash", "-xc", "echo 'Leader is running'; sleep 1000"},
      {"bash", "-c",
       "for i in {1..2}; do if ping -c 1 leader-0-0.net; then ((up++)); fi; done; [[ $up -eq 2 ]] && echo up"},
      {"/bin/sh", "-c",
       "echo m > /data/m.txt\ncat /data/m.txt\necho \"c ${JOB_COMPLETION_INDEX}\" > "
       "/out/m_${JOB_COMPLETION_INDEX}.txt"},
      {"/bin/bash", "-c", "code=\"${f##*exit}\"; if [[ \"$code\" =~ ^[0-9]+$ ]]; then exit \"$code\"; fi"},
      {"sh", "-c", "until nslookup leader; do sleep 2; done; wget -qO- http://leader:8080/ready; nc -z leader 80"},
      {"busybox", "sh", "-c", "echo x"},
      {"env", "A=b", "sleep", "1"},
      {"timeout", "60", "sleep", "100"},
      {"true"},
      {"echo", "hello"},
      {"cat", "/etc/hostname"},
      {"bash", "-euo", "pipefail", "-c", "f() { local x=$1; }; f a; trap 'kill %1' TERM; sleep 5 & wait"},
  };
  for (const Argv& argv : rows) {
    const Compiled compiled = compile(argv);
    EXPECT_TRUE(compiled.known) << argv.back() << ": " << (compiled.unknown.empty() ? "" : compiled.unknown[0].text);
    EXPECT_TRUE(compiled.runnable) << argv.back();
  }
}

TEST(Command, UnknownOnesSayWhere) {
  struct Row {
    Argv argv;
    int line, column;
    const char* command;
    const char* text;  // part of it
    bool runnable;
  };
  const Row rows[] = {
      {{}, 0, 0, "", "entry point", false},
      {{"python", "train.py"}, 0, 0, "python", "unknown command python", false},
      {{"torchrun", "--nnodes=4", "train.py"}, 0, 0, "torchrun", "unknown command torchrun", false},
      {{"timeout", "60", "python", "x.py"}, 0, 0, "python", "unknown command python", false},
      {{"bash", "run.sh"}, 0, 0, "bash", "script from a file", false},
      {{"bash"}, 0, 0, "bash", "without -c", false},
      {{"bash", "-c"}, 0, 0, "bash", "without a script", false},
      {{"bash", "-c", "echo a\n  torchrun x.py"}, 2, 3, "torchrun", "unknown command torchrun", true},
      {{"bash", "-c", "if true; then\n  x=$(nvidia-smi -L)\nfi"}, 2, 7, "nvidia-smi", "unknown command", true},
      {{"sh", "-c", "sort --parallel=4 f"}, 1, 1, "sort", "--parallel", true},
      {{"bash", "-c", "trap 'mpirun x' TERM"}, 1, 6, "mpirun", "in the trap", true},
      {{"bash", "-c", "bash -c 'python x'"}, 1, 1, "python", "in its script", true},
      {{"bash", "-c", "echo a\ncat <(echo b)"}, 2, 5, "", "process substitution", false},
      {{"bash", "-c", "while read x; do :; done < <(echo b)"}, 1, 28, "", "process substitution", false},
      {{"bash", "-c", "\n select x in a b; do :; done"}, 2, 2, "", "select", false},
      {{"bash", "-c", "echo ${x@Q}"}, 1, 9, "", "transformations", false},
      {{"bash", "-c", "declare -A m"}, 1, 1, "", "declare -A", true},
      {{"bash", "-c", "read -t 5 x"}, 1, 1, "", "read -t", true},
  };
  for (const Row& row : rows) {
    const std::string shown = row.argv.empty() ? "(nothing)" : row.argv.back();
    const Compiled compiled = compile(row.argv);
    EXPECT_FALSE(compiled.known) << shown;
    EXPECT_EQ(compiled.runnable, row.runnable) << shown;
    ASSERT_FALSE(compiled.unknown.empty()) << shown;
    const Diagnostic& d = compiled.unknown[0];
    EXPECT_EQ(d.line, row.line) << shown;
    EXPECT_EQ(d.column, row.column) << shown;
    EXPECT_EQ(d.command, row.command) << shown;
    EXPECT_NE(d.text.find(row.text), std::string::npos) << shown << ": " << d.text;
    EXPECT_FALSE(d.syntax_error) << shown;
  }
}

TEST(Command, AllUnknownOnesAreListed) {
  const Compiled compiled =
      compile(Argv{"bash", "-c", "python a\nif true; then perl b; fi\ngo() { :; }; go\npython c"});
  ASSERT_EQ(compiled.unknown.size(), 3U);
  EXPECT_EQ(compiled.unknown[1].command, "perl");
  EXPECT_EQ(compiled.unknown[1].line, 2);
  EXPECT_EQ(compiled.unknown[1].column, 15);
  EXPECT_EQ(compiled.unknown[2].line, 4);
}

// The shell itself would refuse these: they run, up to the mistake, and exit with 2.
TEST(Command, SyntaxErrorsRunAsTheyDo) {
  for (const char* script :
       {"echo a\nif true; then", "echo a\necho 'x", "echo a\n}", "echo a\nfor 1 in x; do :; done"}) {
    const Compiled compiled = compile(Argv{"bash", "-c", script});
    ASSERT_EQ(compiled.unknown.size(), 1U) << script;
    EXPECT_TRUE(compiled.unknown[0].syntax_error) << script;
    EXPECT_GE(compiled.unknown[0].line, 2) << script;
    EXPECT_TRUE(compiled.runnable) << script;
    Container c = Container::bash(script);
    c.runUntil(1);
    EXPECT_EQ(c.exitCode(), 2) << script;
    EXPECT_EQ(c.log.front().second, "a") << script;
  }
}

TEST(Command, OptionsAndArgumentsOfShells) {
  struct Row {
    Argv argv;
    const char* text;
    int code;
  };
  const Row rows[] = {
      {{"bash", "-c", "echo $0 $1 $#", "name", "arg"}, "name arg 1\n", 0},
      {{"/bin/bash", "-c", "echo $0"}, "/bin/bash\n", 0},
      {{"bash", "-ec", "false; echo no"}, "", 1},
      {{"bash", "-e", "-c", "false; echo no"}, "", 1},
      {{"bash", "-o", "errexit", "-c", "false; echo no"}, "", 1},
      {{"bash", "-o", "pipefail", "-c", "false | true"}, "", 1},
      {{"bash", "--norc", "-lc", "echo l"}, "l\n", 0},
      {{"dash", "-c", "echo ${BASH_VERSION-dash}"}, "dash\n", 0},
      {{"sh", "-c", "[[ a == a* ]] && echo busybox"}, "busybox\n", 0},
      {{"dash", "-c", "[[ a == a* ]] && echo no"}, "", 127},
      {{"busybox", "sh", "-c", "exit 4"}, "", 4},
      {{"echo", "-n", "x"}, "x\n", 0},
  };
  for (const Row& row : rows) {
    Container c = Container::start(row.argv);
    c.unknown_run = {};
    c.names.clear();
    c.runUntil(1);
    if (row.code != 127) {
      EXPECT_EQ(c.text(), row.text) << row.argv[2];
      EXPECT_EQ(c.exitCode(), row.code) << row.argv[2];
    }
  }
}

}  // namespace
}  // namespace jobset_twin::workload::testing
