// What a toy model of names and nodes' networks gets wrong (K-GOT-13, 14, 31, 32; K-DNS-20 to K-DNS-24), by whole runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cluster/network/dns.hpp"
#include "sim/cluster/world_parts.hpp"
#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

// A JobSet `s` of a leader and a worker, each with a script and, ending with a comma, further fields of its Pod.
std::string pair(const std::string& leader, const std::string& worker, const std::string& leader_fields = {},
                 const std::string& worker_fields = {}) {
  const auto job = [](const std::string& name, const std::string& script, const std::string& more) {
    return "{name: " + name + ", template: {spec: {completionMode: Indexed, completions: 1, parallelism: 1, " +
           "backoffLimit: 0, template: {spec: {" + more + container(script) + "}}}}}";
  };
  return "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: s}\nspec: {replicatedJobs: [" +
         job("leader", leader, leader_fields) + ", " + job("worker", worker, worker_fields) + "]}\n";
}

// What the worker printed, without repeats in a row.
std::vector<std::string> workerLines(const Ran& ran) {
  std::vector<std::string> out;
  for (const kernel::Note& note : ran.notes) {
    if (note.kind == static_cast<std::uint16_t>(cluster::NoteKind::kLog) &&
        note.subject.find("s-worker") != std::string::npos && (out.empty() || out.back() != note.text))
      out.push_back(note.text);
  }
  return out;
}

TEST(NetworkGotchas, KGOT13ResumedTooEarlyANameHasTwoAddresses) {
  std::string job = indexed(1, "sleep 1000; true");
  job.replace(job.find("restartPolicy"), 0, "subdomain: j, ");
  LoadOptions options;
  options.until = seconds(60);
  std::vector<std::vector<std::string>> answers;
  const auto ask = [&](Ran& now) {
    answers.push_back(
        now.run->world().dns().lookUp("j-0.j", "default", "n", now.run->world().kernel().now()).addresses);
  };
  const Ran ran(idle("  actions: [{at: 10s, suspend: Job/default/j}, {at: 12s, resume: Job/default/j}]\n") +
                    "apiVersion: v1\nkind: Service\nmetadata: {name: j}\nspec: {clusterIP: None, "
                    "publishNotReadyAddresses: true, selector: {job-name: j}}\n---\n" +
                    job,
                options, {{seconds(9), ask}, {seconds(15), ask}, {seconds(16), ask}, {seconds(17), ask}});
  ASSERT_THAT(answers, SizeIs(4));
  EXPECT_THAT(answers[0], SizeIs(1));
  for (int i = 1; i < 4; ++i) EXPECT_THAT(answers[i], SizeIs(2)) << "K-DNS-24";
}

TEST(NetworkGotchas, KGOT14ATooLongHostnameIsRefusedWithTheJob) {
  struct Row {
    std::size_t length;
    int pods;
    bool accepted;
  };
  for (const Row& row : {Row{61, 10, true}, {62, 10, false}, {60, 11, true}, {61, 11, false}}) {
    SCOPED_TRACE(std::to_string(row.length) + " " + std::to_string(row.pods));
    std::string job = indexed(row.pods, "sleep 1");
    const std::string name(row.length, 'n');
    job.replace(job.find("name: j}"), 8, "name: " + name + "}");
    const Ran ran(idle() + job);
    EXPECT_EQ(ran.find(api::Kind::kJob, name) != nullptr, row.accepted);
    const std::string wanted = "will not able to create pod with invalid DNS label: " + name;
    EXPECT_EQ(std::any_of(ran.outcome.warnings.begin(), ran.outcome.warnings.end(),
                          [&](const std::string& text) { return text.find(wanted) != std::string::npos; }),
              !row.accepted);
    for (const api::ObjectPtr& pod : ran.all(kPod)) {
      EXPECT_THAT(pod->meta.name, SizeIs(63)) << "K-JOB-4: the job's name is cut";
      EXPECT_THAT(api::as<api::Pod>(pod).hostname, ::testing::StartsWith(name + "-"));
    }
  }
}

TEST(NetworkGotchas, KGOT31ANameResolvesBeforeAnybodyListens) {
  const Ran ran(idle("  images: {'slow:1': 1Gi}\n", 8, ", kubelet.imagesPresent: false, kubelet.defaultImageBytes: 1") +
                [] {
                  std::string text =
                      pair("sleep 60",
                           "until nc -z s-leader-0-0.s 80 2> /dev/null; do if getent hosts s-leader-0-0.s > /dev/null;"
                           " then echo refused; else echo no such name; fi; sleep 1; done; echo up");
                  const std::size_t image = text.find("image: busybox");
                  return text.replace(image, 14, "image: 'slow:1'");
                }());
  EXPECT_THAT(workerLines(ran),
              ::testing::AnyOf(ElementsAre("no such name", "refused", "up"), ElementsAre("refused", "up")));
  const double resolvable = ran.noted(cluster::NoteKind::kNameResolvable, "s-leader").front();
  const double running = ran.first(kPod, "s-leader", phase("Running"));
  EXPECT_GT(running - resolvable, 5) << "the pull of the image";
}

TEST(NetworkGotchas, KGOT32TheNameOfALeaderThatHasFinishedIsGone) {
  const Ran ran(idle() + pair("sleep 10",
                              "sleep 5; while getent hosts s-leader-0-0.s > /dev/null; do sleep 1; done; "
                              "nslookup s-leader-0-0.s | tail -n 2 | head -n 1"));
  EXPECT_THAT(workerLines(ran), ElementsAre("** server can't find s-leader-0-0.s: NXDOMAIN"));
  const double gone = ran.noted(cluster::NoteKind::kNameGone, "s-leader").front();
  EXPECT_LT(gone - ran.first(kPod, "s-leader", phase("Succeeded")), 0.2);
}

TEST(NetworkGotchas, KDNS20And23APositiveAnswerIsKeptThoughItsAddressIsDead) {
  for (const std::string ttl : {"0s", "30s"}) {
    SCOPED_TRACE(ttl);
    // The leader is deleted at 10 s; its replacement has another address.
    std::string text = pair("trap 'exit 1' TERM; sleep 1000 & wait",
                            "until nc -z -w 1 s-leader-0-0.s 80; do sleep 1; done; sleep 15; "
                            "until nc -z -w 1 s-leader-0-0.s 80; do sleep 1; done; echo up again");
    text.replace(text.find("backoffLimit: 0"), 15, "backoffLimit: 3");
    LoadOptions options;
    options.until = seconds(90);
    const Ran ran(idle({}, 8, ", network.positiveTtl: " + ttl) + text, options,
                  {{seconds(10), [](Ran& now) {
                      now.submit(api::deleteRequest(api::keyOf(*now.all(kPod, "s-leader").front()), {}));
                    }}});
    const std::vector<double> up = ran.noted(cluster::NoteKind::kLog, "s-worker", "up again");
    ASSERT_THAT(up, SizeIs(1));
    const std::vector<double> running = ran.times(kPod, "s-leader", phase("Running"));
    ASSERT_THAT(running, SizeIs(2));
    if (ttl == "0s") {
      EXPECT_THAT(up[0] - running[1], AllOf(Gt(-1), Le(3)));
    } else {
      EXPECT_THAT(up[0], between(31, 36)) << "the answer of its first look-up has run out";
    }
  }
}

TEST(NetworkGotchas, TheWorkedNamesOfTheArticleResolveIfAskedFor) {
  for (const bool asked : {false, true}) {
    const Ran ran(idle(asked ? "  dns: {shortNames: true}\n" : "") +
                  pair("sleep 20",
                       "sleep 5; nslookup leader-0.s.default.svc.cluster.local > /dev/null && echo found; "
                       "getent hosts worker-0-0.s | awk '{print $2}'"));
    if (asked) {
      EXPECT_THAT(workerLines(ran), ElementsAre("found", "worker-0-0.s"));
      for (const PodNames& pod : ran.outcome.pod_names) EXPECT_THAT(pod.names, SizeIs(3));
    } else {
      EXPECT_THAT(workerLines(ran), IsEmpty());
    }
  }
}

// --- faults

// A fault of the DNS from 10 s to 40 s; the worker asks for the leader every 5 s and prints the time and what came.
Ran underFault(const cluster::DnsFault& fault) {
  const std::string script =
      "for i in $(seq 9); do sleep 5; if nslookup s-leader-0-0.s > /tmp/o; then echo $i yes; else echo $i $(tail -n 2 "
      "/tmp/o); fi; done";
  return Ran(idle() + pair("sleep 100", script), {},
             {{seconds(10),
               [fault](Ran& now) {
                 cluster::Context ctx = now.run->world().context();
                 now.run->world().parts().dns.beginFault(ctx, 1, fault);
               }},
              {seconds(40), [](Ran& now) {
                 cluster::Context ctx = now.run->world().context();
                 now.run->world().parts().dns.endFault(ctx, 1);
               }}});
}

TEST(NetworkFaults, ANameServerThatIsDownIsNoMissingName) {
  const Ran ran = underFault({cluster::DnsFault::Kind::kDown, {}});
  EXPECT_THAT(workerLines(ran), ElementsAre("1 yes", "2 ;; connection timed out; no servers could be reached",
                                            "3 ;; connection timed out; no servers could be reached", "4 yes", "5 yes",
                                            "6 yes", "7 yes", "8 yes", "9 yes"))
      << "K-T-97: each look-up takes ten seconds";
}

TEST(NetworkFaults, ASlowNameServerAnswersLaterOrTooLate) {
  const Ran slow = underFault({cluster::DnsFault::Kind::kSlow, seconds(3)});
  EXPECT_THAT(workerLines(slow),
              ElementsAre("1 yes", "2 yes", "3 yes", "4 yes", "5 yes", "6 yes", "7 yes", "8 yes", "9 yes"));
  const std::vector<double> at = slow.noted(cluster::NoteKind::kLog, "s-worker", "yes");
  EXPECT_THAT(at[2] - at[1], between(8, 8.1));
  EXPECT_THAT(at[8] - at[7], between(5, 5.1));
  const Ran slower = underFault({cluster::DnsFault::Kind::kSlow, seconds(12)});
  EXPECT_THAT(workerLines(slower)[1], HasSubstr("timed out"));
}

TEST(NetworkFaults, AStaleNameServerAnswersByWhatWas) {
  // The leader ends at 15 s; its name goes on resolving until the fault is over.
  const Ran ran(idle() + pair("sleep 12",
                              "sleep 5; while nslookup s-leader-0-0.s > /dev/null; do echo still; sleep 1; "
                              "done; echo gone"),
                {},
                {{seconds(8),
                  [](Ran& now) {
                    cluster::Context ctx = now.run->world().context();
                    now.run->world().parts().dns.beginFault(ctx, 7, {cluster::DnsFault::Kind::kStale, {}});
                  }},
                 {seconds(40), [](Ran& now) {
                    cluster::Context ctx = now.run->world().context();
                    now.run->world().parts().dns.endFault(ctx, 7);
                  }}});
  EXPECT_LT(ran.first(kPod, "s-leader", phase("Succeeded")), 20) << "the set-up";
  EXPECT_THAT(ran.noted(cluster::NoteKind::kLog, "s-worker", "gone"), ElementsAre(between(40, 42)));
}

TEST(NetworkFaults, DelayedEndpointUpdatesDelayNames) {
  struct Row {
    const char* description;
    cluster::EndpointsFault fault;
    double from, until;
  };
  for (const Row& row :
       {Row{"none", {}, 0, 3}, {"paused", {{}, true}, 20, 20.2}, {"slow", {seconds(5), false}, 5, 9}}) {
    SCOPED_TRACE(row.description);
    const Ran ran(idle() + pair("sleep 60", "until nslookup s-leader-0-0.s > /dev/null; do sleep 1; done"), {},
                  {{seconds(0), [&](Ran& now) { now.run->world().parts().endpoints.beginFault(3, row.fault); }},
                   {seconds(20), [](Ran& now) {
                      cluster::Context ctx = now.run->world().context();
                      now.run->world().parts().endpoints.endFault(ctx, 3);
                    }}});
    EXPECT_THAT(ran.noted(cluster::NoteKind::kNameResolvable, "s-leader"), ElementsAre(between(row.from, row.until)));
  }
}

cluster::PodGroup pods(const std::string& replicated_job) {
  cluster::PodGroup group;
  group.selector.matchLabels.set("jobset.sigs.k8s.io/replicatedjob-name", replicated_job);
  return group;
}

TEST(NetworkFaults, APartitionBetweenPodsIsSilence) {
  const std::string script =
      "for i in $(seq 4); do sleep 5; if nc -z -w 3 s-leader-0-0.s 80 2> /dev/null; then echo $i yes; else echo $i no; "
      "fi; done; "
      "nc -z s-leader-0-0.s 80 && echo whole";
  struct Row {
    const char* description;
    bool dns;
    std::vector<std::string> lines;
  };
  const Row rows[] = {{"connections only", false, {"1 yes", "2 no", "3 no", "4 no", "whole"}},
                      {"the DNS too", true, {"1 yes", "2 no", "3 no", "4 yes", "whole"}}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    const Ran ran(idle() + pair("sleep 100", script), {},
                  {{seconds(9),
                    [&](Ran& now) {
                      now.run->world().parts().dns.beginPartition(1, {pods("worker"), pods("leader"), row.dns});
                    }},
                   {seconds(36), [](Ran& now) {
                      cluster::Context ctx = now.run->world().context();
                      now.run->world().parts().dns.endPartition(ctx, 1);
                    }}});
    EXPECT_EQ(workerLines(ran), row.lines);
    const double whole = ran.noted(cluster::NoteKind::kLog, "s-worker", "whole").front();
    EXPECT_THAT(whole, between(36, 45)) << "a SYN that is sent again finds its way";
  }
}

TEST(NetworkFaults, APartitionHidesPeersFromBehaviours) {
  const Ran ran(
      idle("  behaviors:\n  - {match: {jobSet: s, replicatedJob: leader}, runTime: 100s}\n  - {match: {jobSet: "
           "s, replicatedJob: worker}, runTime: 5s, waitFor: {peers: [leader]}}\n") +
          pair("true", "true"),
      {},
      {{seconds(0),
        [](Ran& now) {
          now.run->world().parts().dns.beginPartition(1, {pods("worker"), {}, false});
        }},
       {seconds(50), [](Ran& now) {
          cluster::Context ctx = now.run->world().context();
          now.run->world().parts().dns.endPartition(ctx, 1);
        }}});
  EXPECT_THAT(ran.first(kPod, "s-worker", phase("Succeeded")), between(55, 58));
}

TEST(NetworkGotchas, KDNS22WhoseNameServerAPodAsks) {
  struct Row {
    const char *fields, *name, *line;
  };
  for (const Row& row :
       {Row{"", "s-leader-0-0.s", "yes"},
        {"hostNetwork: true, ", "s-leader-0-0.s", "no"},
        {"hostNetwork: true, ", "localhost", "yes"},
        {"hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet, ", "s-leader-0-0.s", "yes"},
        {"dnsPolicy: Default, ", "s-leader-0-0.s", "no"},
        {"dnsPolicy: None, dnsConfig: {nameservers: [8.8.8.8]}, ", "s-leader-0-0.s", "no"},
        {"dnsPolicy: None, dnsConfig: {nameservers: [10.96.0.10]}, ", "s-leader-0-0.s", "no"},
        {"dnsPolicy: None, dnsConfig: {nameservers: [10.96.0.10]}, ", "s-leader-0-0.s.default.svc.cluster.local",
         "yes"},
        {"dnsPolicy: None, dnsConfig: {nameservers: [10.96.0.10], searches: [default.svc.cluster.local]}, ",
         "s-leader-0-0.s", "yes"},
        {"", "s-leader-0-0", "no"},
        {"dnsConfig: {searches: [s.default.svc.cluster.local]}, ", "s-leader-0-0", "yes"}}) {
    SCOPED_TRACE(std::string(row.fields) + row.name);
    const Ran ran(
        idle() + pair("sleep 30",
                      std::string("sleep 5; if nslookup ") + row.name + " > /dev/null; then echo yes; else echo no; fi",
                      {}, row.fields));
    EXPECT_THAT(workerLines(ran), ElementsAre(row.line));
  }
}

TEST(NetworkGotchas, KDNS22AHostNetworkWithoutItsPolicyIsWarnedOf) {
  const auto warned = [](const std::string& fields) {
    const Ran ran(idle() + pair("sleep 3", "sleep 3", {}, fields));
    std::string all;
    for (const api::Error& warning : ran.loaded.warnings) all += api::describe(warning) + "\n";
    return all;
  };
  EXPECT_THAT(warned("hostNetwork: true, "), HasSubstr("dnsPolicy: ClusterFirstWithHostNet"));
  EXPECT_THAT(warned("hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet, "), IsEmpty());
  EXPECT_THAT(warned("hostNetwork: true, dnsPolicy: Default, "), IsEmpty());
}

TEST(NetworkGotchas, HostAliasesAreReadByWhoReadsEtcHosts) {
  const Ran ran(idle() +
                pair("sleep 30",
                     "for p in 'getent hosts' nslookup; do if $p db.local > /dev/null; then echo $p yes; else echo "
                     "$p no; fi; done",
                     {}, "hostAliases: [{ip: 10.1.2.3, hostnames: [other.local, db.local]}], "));
  EXPECT_THAT(workerLines(ran), ElementsAre("getent hosts yes", "nslookup no"));
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
