// The trace file: valid JSON whose slices are closed and do not overlap on a lane.
#include "viz/trace.hpp"

#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/viz/builders.hpp"

namespace jobset_twin::viz {
namespace {

using namespace test;
using Json = nlohmann::json;

Json parse(const std::ostringstream& out) { return Json::parse(out.str()).at("traceEvents"); }

Json named(const Json& events, std::string_view name) {
  for (const Json& event : events) {
    if (event.value("name", "") == name) return event;
  }
  return {};
}

TEST(Trace, EmptyRunIsValid) {
  std::ostringstream out;
  TraceFile trace(out, kStart);
  trace.finish(at(1));
  trace.finish(at(2));  // once is enough
  EXPECT_TRUE(parse(out).empty());
}

TEST(Trace, SlicesInstantsAndNames) {
  std::ostringstream out;
  TraceFile trace(out, kStart);
  Feed feed(trace);
  const auto set = jobSet("w", 1, 1);
  feed.added(0, set);
  const auto job = jobOf(*set, "w", 0);
  feed.added(0.5, job);
  const auto pod = podOf(*job, 0);
  api::Pod& body = api::as<api::Pod>(*pod);
  feed.added(1, pod);
  body.nodeName = "n \"1\"";
  feed.modified(1.25, pod);
  body.status.phase = "Running";
  body.status.containerStatuses = {running("main")};
  feed.modified(2, pod);
  pod->meta.deletionTimestamp = at(3);
  feed.modified(3, pod);
  body.status.phase = "Failed";
  body.status.containerStatuses = {terminated("main", 137, "Error")};
  feed.modified(4, pod);
  feed.deleted(4.5, pod);
  api::as<api::Job>(*job).status.conditions = {condition("Failed", "True", "R", "M")};
  feed.modified(5, job);
  api::as<api::JobSet>(*set).status.restarts = 1;
  feed.modified(5.5, set);
  feed.note(5.5, cluster::NoteKind::kDecision, "JobSet/default/x", "delete previous Jobs");
  trace.finish(at(6));

  const Json events = parse(out);
  const Json running_slice = named(events, "x-w-0-0-abcde/main (running)");
  EXPECT_EQ(running_slice.at("ph"), "X");
  EXPECT_EQ(running_slice.at("ts"), 2'000'000);
  EXPECT_EQ(running_slice.at("dur"), 1'000'000);
  EXPECT_EQ(named(events, "x-w-0-0-abcde/main (starting)").at("dur"), 750'000);
  EXPECT_EQ(named(events, "x-w-0-0-abcde/main (terminating)").at("args").at("exitCode"), "137");
  EXPECT_EQ(named(events, "x-w-0 (running)").at("dur"), 4'500'000);
  EXPECT_EQ(named(events, "Failed").at("args").at("message"), "M");
  EXPECT_EQ(named(events, "restart 1").at("ph"), "i");
  EXPECT_EQ(named(events, "delete previous Jobs").at("ts"), 5'500'000);
  EXPECT_EQ(named(events, "x (attempt 0)").at("dur"), 5'500'000);
  EXPECT_EQ(named(events, "x (attempt 1)").at("dur"), 500'000);
  std::map<std::string, int> processes;
  for (const Json& event : events) {
    if (event.at("name") == "process_name") processes[event.at("args").at("name")] = event.at("pid");
  }
  EXPECT_EQ(processes.at("Node n \"1\""), running_slice.at("pid"));
  EXPECT_EQ(processes.at("JobSet default/x"), named(events, "x (attempt 0)").at("pid"));
  int waits = 0;
  for (const Json& event : events) {
    if (event.at("ph") == "b" || event.at("ph") == "e")
      waits += event.at("ph") == "b" ? event.at("ts").get<int>() : -event.at("ts").get<int>();
  }
  EXPECT_EQ(waits, -250'000) << "waited from 1 s to 1.25 s";
}

// Lanes of a node are used again, and no two slices of a lane overlap.
TEST(Trace, LanesHoldOneSliceAtATime) {
  std::ostringstream out;
  TraceFile trace(out, kStart);
  Feed feed(trace);
  for (int i = 0; i < 20; ++i) {
    const auto made = pod("p" + std::to_string(i), {"a", "b"}, i);
    feed.added(i, made);
    api::Pod& body = api::as<api::Pod>(*made);
    body.nodeName = "n";
    body.status.containerStatuses = {running("a"), running("b")};
    feed.modified(i + 0.1, made);
    if (i % 5 == 0) continue;  // still there at the end
    body.status.phase = "Succeeded";
    feed.modified(i + 0.7, made);
  }
  trace.finish(at(30));
  std::map<std::pair<int, int>, std::vector<std::pair<double, double>>> lanes;
  for (const Json& event : parse(out)) {
    if (event.at("ph") != "X") continue;
    lanes[{event.at("pid"), event.at("tid")}].emplace_back(
        event.at("ts"), event.at("ts").get<double>() + event.at("dur").get<double>());
  }
  EXPECT_EQ(lanes.size(), 10U) << "four Pods stay, a fifth comes and goes";
  for (auto& [lane, slices] : lanes) {
    std::sort(slices.begin(), slices.end());
    for (std::size_t i = 1; i < slices.size(); ++i) EXPECT_LE(slices[i - 1].second, slices[i].first);
  }
}

TEST(Trace, NanosecondsAreKept) {
  std::ostringstream out;
  TraceFile trace(out, kStart);
  const auto set = jobSet("w", 1, 1);
  trace.onChange({apiserver::WatchType::kAdded, set, nullptr, kStart + std::chrono::nanoseconds(1'002'003), 1});
  trace.finish(at(1));
  EXPECT_NE(out.str().find("\"ts\":1002.003"), std::string::npos);
}

}  // namespace
}  // namespace jobset_twin::viz
