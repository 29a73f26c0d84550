// What a client is told of the objects that it makes and that the simulator does not model in full.
#include <gmock/gmock.h>

#include "tests/scenarios/serve/served.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPods = "/api/v1/namespaces/default/pods";

class Told : public Served {
 public:
  explicit Told(const std::vector<std::string>& without = {}) : Served(planWithout(without)) {
    run.tellDoubts(load({{"served.yaml", kThreeNodes}}, {}, {}).scenario);
  }
  std::vector<std::string> of(const std::string& target, const std::string& body) {
    const apiserver::http::HttpAnswer answer = ask("POST", target, body);
    EXPECT_EQ(answer.code, 201) << answer.body;
    return answer.warnings;
  }
};

std::string pod(const std::string& container, const std::string& meta = "", const std::string& spec = "") {
  return R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x")" + meta +
         R"(}, "spec": {"containers": [{"name": "main", "image": "i", )" + container + "}]" + spec + "}}";
}

const std::string kKnown = R"("command": ["sleep", "5"])", kUnknown = R"("command": ["torchrun"])";

TEST(Doubts, are_told_of_what_is_made) {
  EXPECT_THAT(Told().of(kPods, pod(kKnown)), IsEmpty());
  EXPECT_THAT(
      Told().of(kPods, pod(kUnknown)),
      ElementsAre("container main of Pod/default/x: unknown command torchrun: it is taken to run for 1m0s and to "
                  "exit with 0"));
  EXPECT_THAT(Told().of(kPods, pod(kKnown, "", R"(, "schedulerName": "mine")")),
              ElementsAre(HasSubstr("no profile of the scheduler is called \"mine\"")));
  EXPECT_THAT(Told().of("/apis/apps/v1/namespaces/default/deployments",
                        R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec":
                          {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}},
                          "spec": {"containers": [{"name": "main", "image": "i"}]}}}})"),
              ElementsAre(HasSubstr("kind Deployment (apps/v1) is not modelled")));
  EXPECT_THAT(Told().of("/apis/coordination.k8s.io/v1/namespaces/default/leases",
                        R"({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "mine"}})"),
              IsEmpty());
}

TEST(Doubts, know_what_is_there_already) {
  const std::string body = pod(kKnown + R"(, "envFrom": [{"configMapRef": {"name": "settings"}}])");
  EXPECT_THAT(Told().of(kPods, body),
              ElementsAre(HasSubstr("refers to ConfigMap/default/settings, which is not there yet")));
  Told told;
  EXPECT_THAT(told.of("/api/v1/namespaces/default/configmaps",
                      R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}})"),
              IsEmpty());
  EXPECT_THAT(told.of(kPods, body), IsEmpty());
}

TEST(Doubts, know_which_parts_are_there) {
  const std::string queued = pod(kKnown, R"(, "labels": {"kueue.x-k8s.io/queue-name": "q"})");
  EXPECT_THAT(Told().of(kPods, queued), ElementsAre(HasSubstr("nothing holds it back, as Kueue is not here")));
  const std::string queue = "/apis/kueue.x-k8s.io/v1beta2/clusterqueues";
  EXPECT_THAT(Told().of(queue, R"({"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "ClusterQueue",
                                   "metadata": {"name": "q"}})"),
              ElementsAre(HasSubstr("nothing acts on it: Kueue is there where serve is given a file")));
  EXPECT_THAT(Told().of(kPods, pod(kKnown, "", R"(, "schedulingGroup": {"podGroupName": "g"})")),
              ElementsAre(HasSubstr("has no effect without feature gates GenericWorkload and GangScheduling")));
  EXPECT_THAT(Told().of("/apis/resource.k8s.io/v1/namespaces/default/resourceclaimtemplates",
                        R"({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate", "metadata":
                          {"name": "gpu"}})"),
              ElementsAre(HasSubstr("kind ResourceClaimTemplate (resource.k8s.io/v1) is not modelled")));
}

TEST(Doubts, are_not_told_of_what_others_do) {
  EXPECT_THAT(Told({"kubelet", "node-lifecycle"}).of(kPods, pod(kUnknown)), IsEmpty());
  EXPECT_THAT(Told({"scheduler"}).of(kPods, pod(kKnown, "", R"(, "schedulerName": "mine")")), IsEmpty());
  const std::string owned = R"(, "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u",
                                 "controller": true}])";
  EXPECT_THAT(Told().of(kPods, pod(kUnknown, owned)), IsEmpty());
}

TEST(Doubts, are_told_at_the_first_apply_alone) {
  Told told;
  const auto apply = [&] {
    apiserver::http::HttpRequest request =
        Served::request("PATCH", std::string(kPods) + "/x?fieldManager=m", pod(kUnknown));
    request.content_type = "application/apply-patch+yaml";
    return told.run.answer(request);
  };
  EXPECT_EQ(apply().warnings.size(), 1U);
  EXPECT_EQ(apply().warnings.size(), 0U);
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
