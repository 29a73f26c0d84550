// The network programs of scripts: what users write to wait for a peer, with what they find.
#include <gtest/gtest.h>

#include "sim/workload/shell/network.hpp"
#include "tests/sim/workload/container.hpp"

namespace jobset_twin::workload::testing {
namespace {

// Written by users in front of the real work; each has to wait until `leader` is there at 5 s, and no longer than to
// its next try.
struct WaitCase {
  const char* script;
  double ended;
};
const WaitCase kWaits[] = {
    {"until nslookup leader; do sleep 2; done", 6},
    {"until nslookup leader > /dev/null 2>&1; do echo waiting for leader; sleep 2; done", 6},
    {"while ! nslookup leader >/dev/null; do sleep 1; done", 5},
    {"until getent hosts leader; do sleep 1; done", 5},
    {"until getent hosts leader | grep -q 10.0.0.1; do sleep 1; done", 5},
    {"IP=; while [ -z \"$IP\" ]; do IP=$(getent hosts leader | awk '{ print $1 }'); sleep 2; done; [ $IP = 10.0.0.1 ]",
     8},
    {"until nc -z leader 8080; do sleep 1; done", 5},
    {"until nc -zv -w 1 leader 8080 2>/dev/null; do sleep 1; done", 5},
    {"until nc -z -w1 leader 8080; do sleep 1; done", 5},
    {"until nc -vz -w 2 leader 8080; do sleep 3; done", 6},
    {"for i in $(seq 1 30); do nc -zvw3 leader 8080 && break; sleep 2; done", 6},
    {"until ping -c1 -W1 leader >/dev/null 2>&1; do sleep 1; done", 5},
    {"until ping -c 1 leader &> /dev/null; do sleep 1; done", 5},
    {"until [ -n \"$(dig +short leader)\" ]; do sleep 1; done", 5},
    {"until host leader; do sleep 1; done", 5},
    {"until wget -q -O- http://leader:8080/healthz; do sleep 1; done", 5},
    {"until wget --spider --timeout=1 -q leader:8080; do sleep 1; done", 5},
    {"until curl -sf http://leader:8080/healthz > /dev/null; do sleep 1; done", 5},
    {"while ! curl --silent --fail --connect-timeout 1 leader:8080; do sleep 1; done", 5},
    {"timeout 60 sh -c 'until nslookup leader; do sleep 1; done'", 5},
    {"while true; do if nslookup leader | grep -q 'Address: 10'; then break; fi; sleep 1; done", 5},
};

TEST(NetworkPrograms, LoopsEndWithTheFirstTryThatFindsThePeer) {
  for (const WaitCase& row : kWaits) {
    SCOPED_TRACE(row.script);
    Container c = Container::bash(row.script);
    c.runUntil(4.5);
    EXPECT_EQ(c.ended, -1) << c.text();
    c.names["leader"] = {"10.0.0.1"};
    c.runUntil(100);
    EXPECT_DOUBLE_EQ(c.ended, row.ended) << c.text();
    EXPECT_EQ(c.exitCode(), 0);
  }
}

struct FailureCase {
  std::vector<std::string> argv;
  Outcome outcome;
  int status;
  const char* text;  // a part of what it prints
};
const FailureCase kFailures[] = {
    {{"nslookup", "x"}, Outcome::kNoSuchName, 1, "** server can't find x: NXDOMAIN"},
    {{"nslookup", "x"}, Outcome::kNoServer, 1, ";; connection timed out; no servers could be reached"},
    {{"getent", "hosts", "x"}, Outcome::kNoSuchName, 2, ""},
    {{"getent", "hosts", "x"}, Outcome::kNoServer, 2, ""},
    {{"host", "x"}, Outcome::kNoServer, 1, "no servers could be reached"},
    {{"dig", "x"}, Outcome::kNoServer, 9, "no servers could be reached"},
    {{"ping", "-c", "1", "x"}, Outcome::kNoServer, 2, "ping: x: Temporary failure in name resolution"},
    {{"ping", "-c", "1", "x"}, Outcome::kTimedOut, 1, "100% packet loss"},
    {{"nc", "-z", "x", "80"}, Outcome::kNoServer, 1, "Temporary failure in name resolution"},
    {{"nc", "-z", "x", "80"}, Outcome::kNoSuchName, 1, "Name or service not known"},
    {{"nc", "-zv", "x", "80"}, Outcome::kTimedOut, 1, "Operation timed out"},
    {{"nc", "-zv", "x", "80"}, Outcome::kRefused, 1, "Connection refused"},
    {{"curl", "x:80"}, Outcome::kNoServer, 6, "Could not resolve host: x"},
    {{"curl", "x:80"}, Outcome::kTimedOut, 28, "timed out"},
    {{"curl", "x:80"}, Outcome::kRefused, 7, "Connection refused"},
    {{"wget", "x:80"}, Outcome::kTimedOut, 4, "timed out"},
    {{"wget", "x:80"}, Outcome::kNoServer, 4, "unable to resolve host address"},
};

TEST(NetworkPrograms, WhatTheySayOfFailures) {
  for (const FailureCase& row : kFailures) {
    SCOPED_TRACE(row.argv[0] + " " + std::to_string(static_cast<int>(row.outcome)));
    Answer answer;
    answer.outcome = row.outcome;
    if (row.outcome == Outcome::kTimedOut || row.outcome == Outcome::kRefused) answer.addresses = {"10.0.0.1"};
    const shell::NetworkResult result = shell::networkResult(row.argv, answer);
    EXPECT_EQ(result.status, row.status);
    EXPECT_NE((result.out + result.err).find(row.text), std::string::npos) << result.out << result.err;
  }
}

}  // namespace
}  // namespace jobset_twin::workload::testing
