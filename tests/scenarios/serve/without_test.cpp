// Parts that are left out do nothing, and others go on.
#include <sstream>

#include "tests/scenarios/serve/served.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using namespace std::chrono_literals;

// What becomes of a JobSet in two minutes.
std::string becomes(const std::vector<std::string>& without) {
  Served served(planWithout(without));
  const int code = served.ask("POST", kJobSets, trainJson()).code;
  served.goOn(2min);
  std::size_t bound = 0, running = 0;
  for (const auto& [key, pod] : served.run.run().world().server().store().all(api::Kind::kPod)) {
    bound += api::as<api::Pod>(pod).nodeName.empty() ? 0 : 1;
    running += api::as<api::Pod>(pod).status.phase == "Running" ? 1 : 0;
  }
  std::ostringstream out;
  out << code << " jobs " << served.count(api::Kind::kJob) << " pods " << served.count(api::Kind::kPod) << " bound "
      << bound << " running " << running;
  return out.str();
}

TEST(Without, APartThatIsLeftOutDoesNothing) {
  EXPECT_EQ(becomes({}), "201 jobs 2 pods 2 bound 2 running 2");
  EXPECT_EQ(becomes({"jobset-controller"}), "201 jobs 0 pods 0 bound 0 running 0");
  EXPECT_EQ(becomes({"jobset-controller", "jobset-webhooks"}), "201 jobs 0 pods 0 bound 0 running 0");
  EXPECT_EQ(becomes({"job-controller"}), "201 jobs 2 pods 0 bound 0 running 0");
  EXPECT_EQ(becomes({"kube-controller-manager"}), "201 jobs 2 pods 0 bound 0 running 0");
  EXPECT_EQ(becomes({"scheduler"}), "201 jobs 2 pods 2 bound 0 running 0");
  EXPECT_EQ(becomes({"kubelet", "node-lifecycle"}), "201 jobs 2 pods 2 bound 2 running 0");
}

TEST(Without, TheWebhooksGoWithTheirPart) {
  Served with(planWithout({"jobset-controller"})), without(planWithout({"jobset-controller", "jobset-webhooks"}));
  const std::string bad = R"({"metadata": {"name": "x"}, "spec": {"replicatedJobs": [{"name": "Not_A_Name",
    "template": {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}}}]}})";
  EXPECT_GE(with.ask("POST", kJobSets, bad).code, 400);
  EXPECT_EQ(without.ask("POST", kJobSets, bad).code, 201);
}

TEST(Without, EachPartHasAName) {
  for (const std::string_view name : cluster::partNames()) {
    cluster::LeftOut parts;
    EXPECT_TRUE(cluster::leaveOut(parts, name)) << name;
    EXPECT_TRUE(parts.any()) << name;
    Served served(planWithout({std::string(name)}));
    served.ask("POST", kJobSets, trainJson());
    served.goOn(10min);  // faults are the next test's
  }
  cluster::LeftOut none;
  EXPECT_FALSE(cluster::leaveOut(none, "nothing"));
  EXPECT_FALSE(none.any());
}

TEST(Without, FaultsFindNoPartThatIsLeftOut) {
  Served served(planWithout({"jobset-controller", "kubelet", "job-controller"}));
  const std::vector<std::string> specs = {R"("controller-crash component=jobset-controller")",
                                          R"("controller-crash component=controller-manager")",
                                          R"("node-fail node=node-1 for=1m")", R"("api-outage for=1m")"};
  for (std::size_t i = 0; i < specs.size(); ++i)
    ASSERT_EQ(served.ask("POST", kFaults, faultJson("f" + std::to_string(i), specs[i])).code, 201) << specs[i];
  served.ask("POST", kJobSets, trainJson());
  served.goOn(10min);
  EXPECT_EQ(served.count(api::Kind::kJob), 0U);
  EXPECT_EQ(served.get(std::string(kFaults) + "/f0")["status"]["phase"], "Missed");
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
