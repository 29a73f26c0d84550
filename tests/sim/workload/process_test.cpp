// A container's command in virtual time: when it ends, what signals do (K-POD-5), copies and archives, idleness,
// limits.
#include "sim/workload/process.hpp"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/sim/workload/container.hpp"

namespace jobset_twin::workload::testing {
namespace {

constexpr int kTerm = 15, kInt = 2, kKill = 9, kUsr1 = 10;
constexpr double kForever = 1e6;

TEST(ProcessTime, SleepsAndEnds) {
  struct Row {
    std::vector<std::string> argv;
    double ended;
    int code;
  };
  const Row rows[] = {
      {{"sleep", "100s"}, 100, 0},
      {{"/bin/sleep", "1.5"}, 1.5, 0},
      {{"sleep", "2m", "3"}, 123, 0},
      {{"sleep", "1h"}, 3600, 0},
      {{"true"}, 0, 0},
      {{"false"}, 0, 1},
      {{"sh", "-c", "sleep 10; exit 3"}, 10, 3},
      {{"bash", "-xc", "sleep 20\n"}, 20, 0},
      {{"/bin/sh", "-c", "sleep 10 && sleep 5"}, 15, 0},
      {{"bash", "-c", "sleep 10 & sleep 4 & wait"}, 10, 0},
      {{"bash", "-c", "sleep 10 & sleep 4 & wait -n; exit 7"}, 4, 7},
      {{"bash", "-c", "sleep 3 | sleep 8 | sleep 1"}, 8, 0},
      {{"bash", "-c", "x=$(sleep 6; echo 2); sleep $x"}, 8, 0},
      {{"dash", "-c", "(sleep 5; exit 4) & wait $!"}, 5, 4},
      {{"bash", "-c", "timeout 5 sleep 100"}, 5, 124},
      {{"bash", "-c", "timeout -s KILL 5 sleep 100"}, 5, 137},
      {{"timeout", "50", "sleep", "20"}, 20, 0},
      {{"bash", "-c", "for i in 1 2 3; do sleep $i; done; exit $i"}, 6, 3},
      {{"bash", "-c", "exec sleep 9"}, 9, 0},
      {{"env", "A=b", "sleep", "4"}, 4, 0},
      {{"bash", "-c", "SECONDS_BEFORE=$SECONDS; sleep 42; exit $((SECONDS - SECONDS_BEFORE))"}, 42, 42},
      {{"bash", "-c", "sleep 1 & exit 0"}, 0, 0},
      {{"bash", "-c", "sleep x"}, 0, 1},
  };
  for (const Row& row : rows) {
    Container c = Container::start(row.argv);
    c.runUntil(kForever);
    EXPECT_DOUBLE_EQ(c.ended, row.ended) << row.argv.back();
    EXPECT_EQ(c.exitCode(), row.code) << row.argv.back();
  }
}

TEST(ProcessTime, SleepForEverNeverWakes) {
  for (const char* script : {"sleep infinity", "sleep inf", "exec sleep infinity", "cat; sleep infinity"}) {
    Container c = Container::bash(script);
    c.runUntil(kForever);
    EXPECT_FALSE(c.process.exited()) << script;
    EXPECT_TRUE(c.process.idle()) << script;
  }
}

TEST(ProcessTime, CountdownOfALeader) {
  const std::string script = R"(echo "index $JOB_COMPLETION_INDEX"
if [[ "$JOB_COMPLETION_INDEX" == "0" ]]; then
  for i in $(seq 10 -1 1)
  do
    echo "Sleeping in $i"
    sleep 1
  done
  exit 1
fi
for i in $(seq 1 1000)
do
  echo "$i"
  sleep 1
done
)";
  Container leader = Container::start({"bash", "-xc", script}, {}, {{"JOB_COMPLETION_INDEX", "0"}});
  leader.runUntil(kForever);
  EXPECT_DOUBLE_EQ(leader.ended, 10);
  EXPECT_EQ(leader.exitCode(), 1);
  const auto said = [&](double at, const std::string& line) {
    return std::find(leader.log.begin(), leader.log.end(), std::pair<double, std::string>(at, line)) !=
           leader.log.end();
  };
  EXPECT_TRUE(said(0, "index 0"));
  EXPECT_TRUE(said(0, "Sleeping in 10"));
  EXPECT_TRUE(said(9, "Sleeping in 1"));
  EXPECT_TRUE(said(9, "+ sleep 1"));
  EXPECT_TRUE(said(10, "+ exit 1"));

  Container other = Container::start({"bash", "-c", script}, {}, {{"JOB_COMPLETION_INDEX", "1"}});
  other.runUntil(kForever);
  EXPECT_DOUBLE_EQ(other.ended, 1000);
  EXPECT_EQ(other.exitCode(), 0);
}

TEST(ProcessWorld, DateIsTheVirtualClock) {
  Container c = Container::bash("date +%s; sleep 100; date -u +%Y-%m-%dT%H:%M:%SZ; echo $EPOCHSECONDS");
  c.host.now_value = TimePoint{std::chrono::seconds(1'800'000'000)};
  c.process =
      Process::start(compile(std::vector<std::string>{
                                 "bash", "-c", "date +%s; sleep 100; date -u +%Y-%m-%dT%H:%M:%SZ; echo $EPOCHSECONDS"})
                         .program,
                     {}, {}, c.host.now());
  c.runUntil(1'800'001'000);
  EXPECT_EQ(c.text(), "1800000000\n2027-01-15T08:01:40Z\n1800000100\n");
}

TEST(ProcessWorld, RandomComesFromTheStream) {
  const std::string script = "echo $RANDOM $RANDOM $((RANDOM % 10))";
  const auto run = [&](std::uint64_t state) {
    Container c = Container::bash(script);
    c.host.random_state = state;
    c.runUntil(1);
    return c.text();
  };
  MemoryHost drawn;
  drawn.random_state = 5;
  const auto first = drawn.random15(), second = drawn.random15(), third = drawn.random15();
  EXPECT_EQ(run(5), std::to_string(first) + " " + std::to_string(second) + " " + std::to_string(third % 10) + "\n");
  EXPECT_EQ(run(5), run(5));
  EXPECT_NE(run(5), run(6));
}

TEST(ProcessWorld, HostnameIsThePods) {
  Container c = Container::bash("hostname; echo $HOSTNAME; echo ${HOSTNAME##*-}; uname -n");
  c.host.name = "train-workers-0-3";
  c.runUntil(1);
  EXPECT_EQ(c.text(), "train-workers-0-3\ntrain-workers-0-3\n3\ntrain-workers-0-3\n");
}

TEST(ProcessWorld, NamesAreAskedFor) {
  Container c = Container::bash("until nslookup leader.svc > /dev/null; do echo waiting; sleep 1; done; echo found");
  c.runUntil(3.5);
  EXPECT_EQ(c.text(), "waiting\nwaiting\nwaiting\nwaiting\n");
  c.names["leader.svc"] = {"10.0.0.1"};
  c.runUntil(10);
  EXPECT_DOUBLE_EQ(c.ended, 4);
  EXPECT_EQ(c.exitCode(), 0);
}

TEST(ProcessWorld, UnknownProgramsRunForTheirTime) {
  Container c = Container::bash("python train.py; echo \"trained $?\"");
  c.unknown_run = std::chrono::seconds(30);
  c.runUntil(kForever);
  EXPECT_DOUBLE_EQ(c.ended, 30);
  EXPECT_EQ(c.text(), "trained 0\n");
}

TEST(ProcessSignals, Pid1) {
  struct Row {
    const char* name;
    std::vector<std::string> argv;
    int signal;
    double ended;  // the signal comes at 5 s
    int code;
    const char* text;
  };
  const Row rows[] = {
      {"sleep as PID 1 drops SIGTERM", {"sleep", "100"}, kTerm, 100, 0, ""},
      {"and SIGINT", {"sleep", "100"}, kInt, 100, 0, ""},
      {"SIGKILL from outside ends anything", {"sleep", "100"}, kKill, 5, 137, ""},
      {"bash without a trap drops SIGTERM", {"bash", "-c", "sleep 100; echo end"}, kTerm, 100, 0, "end\n"},
      {"dash too", {"dash", "-c", "sleep 100; echo end"}, kTerm, 100, 0, "end\n"},
      {"a trap runs after the foreground sleep in bash",
       {"bash", "-c", "trap 'echo term; exit 3' TERM; sleep 60; echo no"},
       kTerm,
       60,
       3,
       "term\n"},
      {"and in dash", {"dash", "-c", "trap 'echo term; exit 3' TERM; sleep 60; echo no"}, kTerm, 60, 3, "term\n"},
      {"a trapped signal interrupts wait in bash",
       {"bash", "-c", "trap 'echo term; exit 3' TERM; sleep 60 & wait; echo no"},
       kTerm,
       5,
       3,
       "term\n"},
      {"and in dash",
       {"dash", "-c", "trap 'echo term; exit 3' TERM; sleep 60 & wait $!; echo no"},
       kTerm,
       5,
       3,
       "term\n"},
      {"wait says 128 + signal and the script goes on",
       {"bash", "-c", "trap : TERM; sleep 60 & wait $!; echo $?; wait $!; echo $?"},
       kTerm,
       60,
       0,
       "143\n0\n"},
      {"an untrapped signal does not interrupt wait",
       {"bash", "-c", "sleep 60 & wait $!; echo $?"},
       kTerm,
       60,
       0,
       "0\n"},
      {"exec passes PID 1 on", {"bash", "-c", "trap 'echo no' TERM; exec sleep 30"}, kTerm, 30, 0, ""},
      {"a short sleep in a loop lets the trap in",
       {"bash", "-c", "trap 'exit 4' TERM; while true; do sleep 2; done"},
       kTerm,
       6,
       4,
       ""},
      {"the shell hands SIGTERM to no child", {"sh", "-c", "sleep 50"}, kTerm, 50, 0, ""},
      {"the entry point passes it on",
       {"bash", "-c", "trap 'kill $p; wait $p; echo $?; exit 0' TERM; sleep 500 & p=$!; wait $p"},
       kTerm,
       5,
       0,
       "143\n"},
      {"bash with a trap on EXIT ends at once",
       {"bash", "-c", "trap 'echo bye' EXIT; sleep 60; echo no"},
       kTerm,
       5,
       143,
       "bye\n"},
      {"dash with one does not",
       {"dash", "-c", "trap 'echo bye' EXIT; sleep 60; echo end"},
       kTerm,
       60,
       0,
       "end\nbye\n"},
      {"sh -c ends by SIGINT after its command", {"dash", "-c", "sleep 60; echo no"}, kInt, 60, 130, ""},
      {"bash drops SIGINT", {"bash", "-c", "sleep 60; echo end"}, kInt, 60, 0, "end\n"},
      {"an ignored signal is ignored", {"bash", "-c", "trap '' TERM; sleep 60; echo end"}, kTerm, 60, 0, "end\n"},
      {"a handler may go on",
       {"bash", "-c", "trap 'echo usr' USR1; sleep 10; sleep 10; echo end"},
       kUsr1,
       20,
       0,
       "usr\nend\n"},
      {"timeout as PID 1 forwards nothing it does not handle", {"timeout", "20", "sleep", "100"}, kKill, 5, 137, ""},
  };
  for (const Row& row : rows) {
    Container c = Container::start(row.argv);
    c.signalAt(5, row.signal);
    if (c.process.exited() && c.ended < 0) c.ended = 5;
    c.runUntil(kForever);
    EXPECT_DOUBLE_EQ(c.ended, row.ended) << row.name;
    EXPECT_EQ(c.exitCode(), row.code) << row.name;
    EXPECT_EQ(c.text(), row.text) << row.name;
  }
}

TEST(ProcessSignals, NotAsPid1) {
  Options options;
  options.pid1 = false;
  for (const std::vector<std::string>& argv :
       {std::vector<std::string>{"sleep", "100"}, {"bash", "-c", "sleep 100; echo no"}}) {
    Container c = Container::start(argv, options);
    c.signalAt(5, kTerm);
    EXPECT_EQ(c.exitCode(), 143);
    EXPECT_EQ(c.text(), "");
  }
}

// A script in which much is going on: jobs, pipes, traps, functions, substitutions, here-documents, arrays.
constexpr const char* kBusy = R"(trap 'echo "usr1 at $SECONDS"' USR1
trap 'echo "bye $?"' EXIT
work() { local n=$1; while ((n-- > 0)); do echo "$1:$n $RANDOM"; sleep 3; done; return $1; }
a=(1 'two words' 3)
work 2 & p=$!
{ sleep 1; echo piped; sleep 6; echo again; } | while read -r x; do echo "<$x>"; done
for i in "${a[@]}"; do x=$(sleep 2; echo "sub $i"); echo "$x"; done
(sleep 5; kill -USR1 $$) &
cat <<END > f
line of $((40 + 2))
END
wait $p; echo "job $?"
until nslookup peer > /dev/null; do sleep 1; done
timeout 4 sleep 100; echo "timeout $?"
while read -r l; do eval "echo \"$l\"; sleep 1"; done < f
exit 9
)";

TEST(ProcessState, CopiesAndArchivesGoOnAlike) {
  Container whole = Container::bash(kBusy);
  whole.host.name = "w-0";
  Container begun = whole;
  whole.runUntil(20);
  whole.names["peer"] = {"10.0.0.9"};
  whole.runUntil(kForever);
  ASSERT_EQ(whole.exitCode(), 9) << whole.text();
  const auto finish = [](Container& c) {
    c.runUntil(20);
    c.names["peer"] = {"10.0.0.9"};
    c.runUntil(kForever);
  };
  for (double at = 0; at < 20; at += 0.7) {
    Container original = begun;
    original.runUntil(at);
    Container copy = original;
    Container loaded = original;
    std::stringstream bytes;
    {
      cereal::BinaryOutputArchive out(bytes);
      out(original.process);
    }
    loaded.process = Process();
    {
      cereal::BinaryInputArchive in(bytes);
      in(loaded.process);
    }
    if (at > 10) loaded.process.attach(*compile(std::vector<std::string>{"bash", "-c", kBusy}).program);
    finish(original);
    EXPECT_EQ(original.log, whole.log) << "the original after a copy at " << at;
    finish(copy);
    EXPECT_EQ(copy.log, whole.log) << "a copy at " << at;
    finish(loaded);
    EXPECT_EQ(loaded.log, whole.log) << "loaded at " << at;
    EXPECT_DOUBLE_EQ(loaded.ended, whole.ended);
  }
}

TEST(ProcessIdle, LoopsThatOnlyTheWorldCanEnd) {
  struct Row {
    const char* script;
    bool idle;
  };
  const Row rows[] = {
      {"while true; do nslookup x; sleep 1; done", false},  // it prints
      {"while true; do nslookup x > /dev/null 2>&1; sleep 1; done", true},
      {"until getent hosts x > /dev/null; do sleep 5; done", true},
      {"while true; do sleep 30; done", true},
      {"while [ ! -f /tmp/go ]; do sleep 1; done", true},
      {"while true; do for f in /tmp/exit*; do if [ -f \"$f\" ]; then exit 1; fi; done; sleep 1; done", true},
      {"i=0; while true; do i=$((i+1)); sleep 1; done", false},
      {"while true; do echo beat; sleep 1; done", false},
      {"while [ $SECONDS -lt 100000 ]; do sleep 1; done", false},
      {"while true; do [ $RANDOM -eq 70000 ] && exit; sleep 1; done", false},
      {"i=0; while true; do i=$(( (i+1) % 3 )); sleep 1; done", true},
      {"while true; do sleep 1 & wait $!; done", true},
      {"while true; do x=$(hostname); echo $x > /dev/null; sleep 1; done", true},
      {"while true; do date > /tmp/stamp; sleep 1; done", false},
      {"f() { sleep 1; f; }; while true; do (sleep 1); done", true},
      {"tail -f /dev/null", true},
      {"sleep infinity & wait", true},
      {"while :; do :; done", true},
  };
  for (const Row& row : rows) {
    Container c = Container::bash(row.script);
    for (int i = 0; i < 40 && !c.process.idle(); ++i) c.runUntil(i * 5.0);
    bool idle = c.process.idle();
    if (!row.idle) {
      for (int i = 40; i < 60; ++i) {
        c.runUntil(i * 5.0);
        idle |= c.process.idle();
      }
    }
    EXPECT_FALSE(c.process.exited()) << row.script;
    EXPECT_EQ(idle, row.idle) << row.script;
  }
}

TEST(ProcessLimits, ALoopThatNeverWaitsCostsVirtualTime) {
  for (const char* script : {"while :; do :; done", "i=0; while true; do i=$((i+1)); done", "yes > /dev/null",
                             "for ((;;)); do x=$(echo a); done", "while :; do (:) & wait; done"}) {
    Container c = Container::bash(script);
    c.runUntil(100);
    EXPECT_GE(c.now(), 100) << script;
    EXPECT_LE(c.resumes, 2'000) << script;  // a second of it costs little
  }
}

TEST(ProcessLimits, Memory) {
  for (const char* script : {"x=a; while :; do x=$x$x; done",
                             "a=(); while :; do a+=(0123456789012345678901234567890123456789); done", "x=$(yes)"}) {
    Options options;
    options.max_memory = 8 << 20;
    Container c = Container::bash(script, options);
    c.runUntil(kForever);
    EXPECT_EQ(c.exitCode(), 137) << script;
    EXPECT_LE(c.process.memory(), 1 << 20) << script;
  }
}

}  // namespace
}  // namespace jobset_twin::workload::testing
