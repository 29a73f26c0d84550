// Scripts that are broken, deeply nested or greedy: none of them may crash, hang or flood the simulator.
#include <gtest/gtest.h>

#include "tests/sim/workload/container.hpp"
#include "tests/sim/workload/sanitized.hpp"

namespace jobset_twin::workload::testing {
namespace {

constexpr int kNested = kSanitized ? 600 : 3000;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

const std::vector<std::string>& oddScripts() {
  static const std::vector<std::string> kScripts = {
      repeated("(", kNested) + "echo" + repeated(")", kNested),
      "echo $((" + repeated("(", kNested) + "1" + repeated(")", kNested) + "))",
      repeated("if true; then ", kNested),
      "echo " + repeated("$(echo ", kNested),
      "echo " + repeated("\"$(echo ", kNested),
      "echo " + repeated("${x:-", kNested),
      "true" + repeated(" && true", 20'000),

      "echo 'a",
      "echo \"a",
      "echo `a",
      "echo $(a",
      "echo ${a",
      "echo $((1",
      "cat <<E",
      "cat <<",
      "case",
      "case x in",
      "for",
      "for i in",
      "f(",
      "f()",
      "if",
      "while",
      "{",
      "(",
      "[[",
      "[[ a",
      "[[ -f ]]",
      "((",
      "for ((",
      "echo ${}",
      "echo ${#}${#",
      "echo ${a[}",
      "a[=1",
      "a=(",
      "|",
      "&&",
      ";;",
      "&",
      "!",
      "\\",
      "echo \\",
      "$",
      "echo $'\\",
      "<",
      "> ",
      "2>&",
      "echo ${a:",
      "echo ${a/",
      "echo {1..1000000000}",
      "echo "
      "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,"
      "b}{a,b}{a,b}",
      "echo $((1<<100)) $((1/0))",
      "echo $((9223372036854775807*9223372036854775807)) $((-9223372036854775807-1)) $(( "
      "(-9223372036854775807-1)/-1 ))",
      "echo $(( (-9223372036854775807-1) % -1 )) $((2**63)) $((2**-1))",
      "eval eval eval eval 'eval \"'",

      "x='a[$(x)]'; echo $((x))",
      "x=x; echo $((x))",
      "break; continue; return; shift 5",
      "printf '%999999999d' 1",
      "printf '%*d' 99999999 1",
      "printf %",
      "printf '%z'",
      "echo ${x:0:-9} ${x: -99999999999999}",
      "trap 'trap \"kill -USR1 $$\" USR1; kill -USR1 $$' USR1; kill -USR1 $$",
      "exec 99999>f",
      "read x y z <<< \"$(seq 100)\"",
      "set -- $(seq 10000); shift 9999; echo $1",
      "wait -n; wait %9; kill %9; kill -0 0",
      std::string("\0x", 2),
      "echo \xff\xfe$(echo \xc3)",
      "a[99999999999]=1; echo ${#a[@]}",
      "seq 5 | while read x; do exec <&-; done",
      ". /dev/null; . .; cat /dev/stdin < /dev/null",
      "exec >&-; echo lost; echo more >&2",
      "sed -n 's/\\(/x/' <<< a",
      "grep '[' <<< a; grep -E '(((' <<< a; expr a : '\\('",

      "cut -f999999999999999999 <<< a; head -n -99999999999999999999 <<< a; tail -c +0 <<< a; tr z-a b <<< a",
      "sleep -5; sleep 1e400; sleep nan",
  };
  return kScripts;
}

TEST(OddScripts, EndOrTakeVirtualTime) {
  for (const std::string& script : oddScripts()) {
    for (const char* shell : {"bash", "dash", "ash"}) {
      Container c = Container::start({shell, "-c", script});
      c.runUntil(20);
      EXPECT_TRUE(c.process.exited() || c.now() >= 20) << script.substr(0, 60);
      EXPECT_LE(c.resumes, 2'000) << script.substr(0, 60);
      EXPECT_LE(c.log.size(), 30'000U) << script.substr(0, 60);
    }
  }
}

TEST(OddScripts, EndlessRecursionCrashesTheShell) {
  for (const char* shell : {"bash", "dash", "ash"}) {
    for (const char* script : {"f() { f; }; f", "f() { f || true; }; f", "x='eval \"$x\"'; eval \"$x\"",
                               "trap 'echo end' EXIT; f() { g; }; g() { f; }; f; echo never"}) {
      Container c = Container::start({shell, "-c", script});
      c.runUntil(100);
      EXPECT_EQ(c.exitCode(), 139) << shell << ": " << script;
      EXPECT_EQ(c.text().find("never"), std::string::npos);
      EXPECT_EQ(c.text().find("end\n"), std::string::npos);
    }
  }
  Container c = Container::bash("f() { f; }; (f) 2>/dev/null; echo \"then $?\"");
  c.runUntil(100);
  EXPECT_EQ(c.text(), "then 139\n");
}

TEST(OddScripts, RecursionThatEndsIsDeepEnough) {
  Container c = Container::bash("f() { [ $1 -eq 0 ] && echo bottom || f $(($1 - 1)); }; f 3000");
  c.runUntil(100);
  EXPECT_EQ(c.text(), "bottom\n");
  EXPECT_EQ(c.exitCode(), 0);
}

TEST(OddScripts, BracesOfTooManyWordsAreFoundAtLoad) {
  for (const std::string& words : {repeated("{a,b}", 22), std::string("{1..1000000000}"), repeated("{1..400}", 2)}) {
    const std::vector<std::string> argv = {"bash", "-c", "echo\necho " + words};
    const Compiled compiled = compile(argv);
    ASSERT_EQ(compiled.unknown.size(), 1U) << words;
    EXPECT_EQ(compiled.unknown[0].line, 2);
    EXPECT_EQ(compiled.unknown[0].text, "braces that make more than 100,000 words");
  }
  const std::vector<std::string> within = {"bash", "-c", "echo {1..100000} {a,b}{c,d}"};
  EXPECT_TRUE(compile(within).known);
  const std::vector<std::string> no_braces = {"dash", "-c", "echo {1..1000000000}"};
  EXPECT_TRUE(compile(no_braces).known);
}

TEST(OddScripts, GreedOfMemoryKills) {
  for (const char* script : {"x=$(yes | head -c 900000000)", "yes | sort", "x=$(seq 3000000); y=$x$x$x$x"}) {
    Container c = Container::bash(script);
    c.runUntil(1e6);
    EXPECT_EQ(c.exitCode(), 137) << script;
  }
}

TEST(OddScripts, SequencesAndFilesAreBounded) {
  Container c = Container::bash("seq 1000000000 > /dev/null; echo $?");
  c.runUntil(100);
  EXPECT_EQ(c.text(), "seq: output of more than 32,000,000 bytes\n1\n");

  c = Container::bash("cd /tmp; echo 0123456789abcdef > f; while cat f f f f > g && cat g > f; do :; done; echo never");
  c.runUntil(60);
  EXPECT_LE(c.host.files["/tmp/f"].size(), kMaxFileBytes);
  EXPECT_LE(c.host.files["/tmp/g"].size(), kMaxFileBytes);
  EXPECT_LE(c.resumes, 2'000);

  c = Container::bash("cd /tmp; while :; do echo x >> f; n=$(wc -l < f); m=$(cat f); done");
  c.runUntil(100);
  EXPECT_GE(c.now(), 100);
  EXPECT_LE(c.resumes, 2'000);
}

// About as fast as a shell at first; hours of it are few steps, and few lines of log.
TEST(OddScripts, PrintingWithoutWaiting) {
  Container c = Container::bash("for i in $(seq 10000); do echo $i; done");
  c.runUntil(100);
  EXPECT_EQ(c.log.size(), 10'000U);
  EXPECT_GT(c.ended, 0.02);
  EXPECT_LT(c.ended, 1);

  for (const char* script : {"while :; do echo x; done", "yes", "i=0; while :; do i=$((i+1)); echo $i; done",
                             "while :; do printf x; done", "while :; do date; done", "yes | cat",
                             "trap 'kill -USR1 $$; echo x' USR1; kill -USR1 $$; while :; do :; done"}) {
    c = Container::bash(script);
    c.runUntil(86'400);
    EXPECT_GE(c.now(), 86'400) << script;
    EXPECT_LE(c.resumes, 4'000) << script;
    EXPECT_LE(c.log.size(), 20'001U) << script;
  }
  c = Container::bash("while :; do echo x; done");
  c.runUntil(60);
  EXPECT_EQ(c.log.size(), 20'001U);
  EXPECT_EQ(c.log.back().second,
            "[the container prints without ever waiting: its further lines are left out until it waits]");
  bool idle = false;  // nobody sees the rest
  for (int t = 61; t < 90; ++t) {
    c.runUntil(t);
    idle |= c.process.idle();
  }
  EXPECT_TRUE(idle);

  c = Container::bash("seq 30000; sleep 1; echo after");
  c.runUntil(100);
  EXPECT_EQ(c.log.size(), 20'002U);
  EXPECT_EQ(c.log.back().second, "after");
}

TEST(OddScripts, ComputingDoesNotMissTheTime) {
  Container c = Container::bash("while [ $SECONDS -lt 600 ]; do :; done; echo done");
  c.runUntil(1000);
  EXPECT_GE(c.ended, 600);
  EXPECT_LT(c.ended, 605);

  c = Container::bash("sleep 600 & while kill -0 $! 2>/dev/null; do :; done; echo done");
  c.runUntil(1000);
  EXPECT_GE(c.ended, 600);
  EXPECT_LT(c.ended, 605);

  c = Container::bash("timeout 600 bash -c 'while :; do :; done'; echo $?");
  c.runUntil(1000);
  EXPECT_GE(c.ended, 600);
  EXPECT_LT(c.ended, 605);
  EXPECT_EQ(c.text(), "124\n");

  c = Container::bash("trap 'echo bye; exit 3' TERM; while :; do :; done");
  c.signalAt(3600, 15);
  EXPECT_EQ(c.exitCode(), 3);
}

}  // namespace
}  // namespace jobset_twin::workload::testing
