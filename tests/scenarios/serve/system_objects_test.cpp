// What is there before anybody asks.
#include "scenarios/serve/system_objects.hpp"

#include "tests/scenarios/serve/served.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using nlohmann::json;

constexpr const char* kDefinition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/jobsets.jobset.x-k8s.io";

apiserver::http::HttpAnswer installed(Served& served, const char* manager, json definition) {
  for (const char* field : {"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"})
    definition["metadata"].erase(field);
  definition.erase("status");
  apiserver::http::HttpRequest request =
      Served::request("PATCH", kDefinition + std::string("?fieldManager=") + manager, definition.dump());
  request.content_type = "application/apply-patch+yaml";
  return served.run.answer(request);
}

TEST(Definitions, can_be_installed_over_as_kubectl_does) {
  Served served;
  json upstream = served.get(kDefinition);
  EXPECT_EQ(upstream["status"]["conditions"].back()["type"], "Established");
  upstream["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["description"] = "another text";
  upstream["metadata"]["labels"] = {{"app.kubernetes.io/name", "jobset"}};
  const auto done = installed(served, "kubectl", upstream);
  EXPECT_EQ(done.code, 200) << done.body;
  EXPECT_EQ(served.ask("POST", kJobSets, trainJson()).code, 201) << "its kind stays";
  upstream["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["description"] = "a third";
  EXPECT_EQ(installed(served, "somebody", upstream).code, 409) << "as where kubectl has installed it";
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
