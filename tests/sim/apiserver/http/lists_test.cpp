// Lists over HTTP: pages, selectors, and which past may be asked for (K-API-43; ListOptions).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/apiserver/http/handler_fixture.hpp"

namespace jobset_twin::apiserver::http::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

const char* const kMaps = "/api/v1/namespaces/default/configmaps";

struct Maps : Served {
  explicit Maps(int count) {
    for (int i = 0; i < count; ++i)
      json("POST", kMaps,
           R"({"metadata":{"name":"m)" + std::to_string(i) + R"(","labels":{"n":")" + std::to_string(i) + R"("}}})",
           "application/json", 201);
  }
  std::vector<std::string> names(const nlohmann::json& list) {
    std::vector<std::string> out;
    for (const nlohmann::json& item : list.at("items")) out.push_back(item.at("metadata").at("name"));
    return out;
  }
};

TEST(Lists, come_in_pages) {
  Maps maps(5);
  const json first = maps.json("GET", std::string(kMaps) + "?limit=2");
  EXPECT_THAT(maps.names(first), ElementsAre("m0", "m1"));
  EXPECT_EQ(first.at("metadata").at("remainingItemCount"), 3);
  const std::string token = first.at("metadata").at("continue");
  // What happens meanwhile is not seen: all pages are of one revision.
  maps.json("POST", kMaps, R"({"metadata":{"name":"m2a"}})", "application/json", 201);
  maps.json("DELETE", std::string(kMaps) + "/m3");
  maps.json("PUT", std::string(kMaps) + "/m2", R"({"metadata":{"name":"m2"},"data":{"is":"new"}})");
  const json second = maps.json("GET", std::string(kMaps) + "?limit=2&continue=" + token);
  EXPECT_THAT(maps.names(second), ElementsAre("m2", "m3"));
  EXPECT_FALSE(second.at("items").at(0).contains("data"));
  const json past = maps.json("GET", std::string(kMaps) + "?resourceVersionMatch=Exact&resourceVersion=" +
                                         first.at("metadata").at("resourceVersion").get<std::string>());
  EXPECT_THAT(maps.names(past), ElementsAre("m0", "m1", "m2", "m3", "m4"));
  EXPECT_EQ(second.at("metadata").at("resourceVersion"), first.at("metadata").at("resourceVersion"));
  const json last = maps.json(
      "GET", std::string(kMaps) + "?limit=2&continue=" + second.at("metadata").at("continue").get<std::string>());
  EXPECT_THAT(maps.names(last), ElementsAre("m4"));
  EXPECT_FALSE(last.at("metadata").contains("continue"));
}

TEST(Lists, select) {
  Maps maps(3);
  EXPECT_THAT(maps.names(maps.json("GET", std::string(kMaps) + "?labelSelector=n%20in%20(0,2)")),
              ElementsAre("m0", "m2"));
  EXPECT_THAT(maps.names(maps.json("GET", std::string(kMaps) + "?fieldSelector=metadata.name!%3Dm0")),
              ElementsAre("m1", "m2"));
  const json page = maps.json("GET", std::string(kMaps) + "?limit=1&labelSelector=n");
  EXPECT_FALSE(page.at("metadata").contains("remainingItemCount")) << "not known of what is selected";
}

TEST(Lists, refuse_what_they_cannot_do) {
  struct {
    const char* query;
    int code;
  } const rows[] = {
      {"?limit=x", 400},
      {"?limit=-1", 400},
      {"?continue=nonsense", 400},
      {"?continue=e30=", 400},
      {"?resourceVersion=x", 400},
      {"?resourceVersion=999999", 504},
      {"?resourceVersionMatch=Exact", 422},
      {"?resourceVersion=0&resourceVersionMatch=Exact", 422},
      {"?resourceVersion=1&resourceVersionMatch=Sometimes", 422},
      {"?resourceVersion=1&resourceVersionMatch=NotOlderThan", 200},
      {"?resourceVersion=0", 200},
      {"?fieldSelector=spec.x%3D1", 400},
      {"?labelSelector=a%20b", 400},
  };
  Maps maps(2);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.query);
    maps.json("GET", std::string(kMaps) + row.query, "", "", row.code);
  }
}

// What is stored as a tree has its lists merged all the same.
TEST(Patches, of_workloads_merge_by_name) {
  Served served;
  served.json("POST", "/apis/apps/v1/namespaces/default/deployments",
              R"({"metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a","image":"x"}]}}}})",
              "application/json", 201);
  const json patched = served.json(
      "PATCH", "/apis/apps/v1/namespaces/default/deployments/d",
      R"({"spec":{"template":{"spec":{"containers":[{"name":"b","image":"y"},{"name":"a","image":"z"}]}}}})",
      "application/strategic-merge-patch+json");
  const json& containers = patched.at("spec").at("template").at("spec").at("containers");
  ASSERT_EQ(containers.size(), 2U);
  EXPECT_EQ(containers.at(0).at("name"), "b") << "as the patch has them";
  EXPECT_EQ(containers.at(1).at("image"), "z");
  EXPECT_EQ(patched.at("metadata").at("generation"), 2);
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
