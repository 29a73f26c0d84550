// served.hpp - small clusters for the tests of serving, without sockets.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "scenarios/load.hpp"
#include "scenarios/serve/served_run.hpp"
#include "sim/cluster/left_out.hpp"

namespace jobset_twin::scenarios::test {

inline constexpr const char* kThreeNodes = R"(apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: served}
spec:
  cluster:
    nodePools:
    - {name: node, count: 3, capacity: {cpu: "8", memory: 32Gi, pods: "110"}}
)";

inline std::string trainJson() {
  return R"({"apiVersion": "jobset.x-k8s.io/v1alpha2", "kind": "JobSet", "metadata": {"name": "train"},
    "spec": {"failurePolicy": {"maxRestarts": 3}, "replicatedJobs": [{"name": "workers", "replicas": 2, "template":
      {"spec": {"backoffLimit": 0, "completions": 1, "parallelism": 1, "template": {"spec": {"restartPolicy": "Never",
        "containers": [{"name": "main", "image": "busybox", "command": ["sleep", "600"]}]}}}}}]}})";
}

inline RunPlan planWithout(const std::vector<std::string>& parts = {}) {
  Loaded loaded = load({{"served.yaml", kThreeNodes}}, {}, {});
  EXPECT_TRUE(loaded.errors.empty());
  for (const std::string& part : parts) EXPECT_TRUE(cluster::leaveOut(loaded.plan.world.left_out, part)) << part;
  return std::move(loaded.plan);
}

class Served {
 public:
  explicit Served(RunPlan plan = planWithout(), Controls::SetClock set_clock = {})
      : run(std::move(plan), {36, "test"}, everybody(), {}, std::move(set_clock)) {}

  apiserver::http::HttpAnswer ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    return run.answer(request(method, target, body));
  }
  nlohmann::json get(const std::string& target) { return nlohmann::json::parse(ask("GET", target).body); }
  void goOn(Duration time) { run.advance(run.now() + time); }
  std::size_t count(api::Kind kind) const { return run.run().world().server().store().size(kind); }

  static apiserver::http::HttpRequest request(const std::string& method, const std::string& target,
                                              const std::string& body) {
    apiserver::http::HttpRequest out;
    out.method = method;
    out.target = target;
    out.body = body;
    out.content_type = method == "PATCH" ? "application/merge-patch+json" : "application/json";
    return out;
  }

  ServedRun run;

 private:
  static apiserver::http::Credentials everybody() {
    apiserver::http::Credentials out;
    out.everybody = true;
    out.administrator = {"somebody", {"system:masters"}};
    return out;
  }
};

inline constexpr const char* kJobSets = "/apis/jobset.x-k8s.io/v1alpha2/namespaces/default/jobsets";
inline constexpr const char* kFaults = "/apis/jobset-twin.dev/v1alpha1/faults";
inline constexpr const char* kClock = "/apis/jobset-twin.dev/v1alpha1/clocks/clock";

inline std::string faultJson(const std::string& name, const std::string& spec) {
  return R"({"apiVersion": "jobset-twin.dev/v1alpha1", "kind": "Fault", "metadata": {"name": ")" + name +
         R"("}, "spec": )" + spec + "}";
}

}  // namespace jobset_twin::scenarios::test
