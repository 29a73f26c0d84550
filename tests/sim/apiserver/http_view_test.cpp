// In which forms objects are answered: as they are, as tables, as metadata alone.
#include "sim/apiserver/http/view.hpp"

#include <gtest/gtest.h>

#include "sim/apiserver/http/media_type.hpp"
#include "sim/apiserver/http/object_documents.hpp"
#include "tests/sim/apiserver/http_calls.hpp"

namespace jobset_twin::apiserver {
namespace {

using nlohmann::json;
using testing::HttpCluster;

constexpr const char* kTable = "application/json;as=Table;v=v1;g=meta.k8s.io";
// What kubectl get sends.
constexpr const char* kKubectl =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
constexpr const char* kPods = "/api/v1/namespaces/default/pods";

TEST(MediaTypes, BestFirst) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"", {"*/*"}},
      {" ", {"*/*"}},
      {"application/json", {"application/json"}},
      {"application/vnd.kubernetes.protobuf, Application/JSON",
       {"application/vnd.kubernetes.protobuf", "application/json"}},
      {"a/b;q=0.5, c/d;q=0.9,e/f ;q=0, g/h", {"g/h", "c/d", "a/b"}},
      {"nonsense, /x, x/, a/b", {"a/b"}},
  };
  for (const auto& [header, want] : cases) {
    std::vector<std::string> got;
    for (const http::MediaType& type : http::acceptedTypes(header)) got.push_back(type.type);
    EXPECT_EQ(got, want) << header;
  }
}

TEST(Views, FormByAcceptHeader) {
  HttpCluster twin;
  twin.cluster.created(testing::podYaml("p"));
  struct Case {
    const char* accept;
    int code;
    const char *one, *list;
  };
  const Case cases[] = {
      {"", 200, "Pod", "PodList"},
      {"*/*", 200, "Pod", "PodList"},
      {"application/json", 200, "Pod", "PodList"},
      {"application/json, */*", 200, "Pod", "PodList"},
      {"application/vnd.kubernetes.protobuf,application/json", 200, "Pod", "PodList"},
      {kTable, 200, "Table", "Table"},
      {kKubectl, 200, "Table", "Table"},
      {"application/json;q=0.8,application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9", 200, "Table", "Table"},
      {"application/json;as=Table;v=v7;g=meta.k8s.io, application/json", 200, "Pod", "PodList"},
      {"application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", 200, "PartialObjectMetadata",
       "PartialObjectMetadataList"},
      {"application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", 200, "PartialObjectMetadata",
       "PartialObjectMetadataList"},
      {"application/json;as=Table;v=v7;g=meta.k8s.io", 406, "Status", "Status"},
      {"application/vnd.kubernetes.protobuf", 406, "Status", "Status"},
  };
  for (const Case& c : cases) {
    const http::HttpAnswer one = twin.ask("GET", std::string(kPods) + "/p", c.accept);
    const http::HttpAnswer list = twin.ask("GET", kPods, c.accept);
    EXPECT_EQ(one.code, c.code) << c.accept;
    EXPECT_EQ(list.code, c.code) << c.accept;
    EXPECT_EQ(json::parse(one.body)["kind"], c.one) << c.accept;
    EXPECT_EQ(json::parse(list.body)["kind"], c.list) << c.accept;
  }
}

TEST(Views, TableOfAList) {
  HttpCluster twin;
  twin.cluster.created(testing::podYaml("p"));
  twin.cluster.created(testing::podYaml("q"));
  const json table = twin.got(kPods, kKubectl);
  EXPECT_EQ(table["apiVersion"], "meta.k8s.io/v1");
  EXPECT_EQ(table["metadata"]["resourceVersion"], twin.got(kPods)["metadata"]["resourceVersion"]);
  ASSERT_EQ(table["rows"].size(), 2U);
  ASSERT_EQ(table["columnDefinitions"].size(), table["rows"][0]["cells"].size());
  EXPECT_EQ(table["columnDefinitions"][0]["name"], "Name");
  EXPECT_EQ(table["columnDefinitions"][0]["format"], "name");
  EXPECT_EQ(table["columnDefinitions"][5]["priority"], 1);
  EXPECT_EQ(table["rows"][1]["cells"][0], "q");
  EXPECT_EQ(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
  EXPECT_EQ(table["rows"][0]["object"]["metadata"]["name"], "p");
  EXPECT_FALSE(table["rows"][0]["object"].contains("spec"));
}

TEST(Views, WhatARowIncludes) {
  HttpCluster twin;
  twin.cluster.created(testing::podYaml("p"));
  const std::pair<const char*, const char*> cases[] = {{"", "PartialObjectMetadata"},
                                                       {"?includeObject=Metadata", "PartialObjectMetadata"},
                                                       {"?includeObject=Object", "Pod"},
                                                       {"?includeObject=None", ""}};
  for (const auto& [query, want] : cases) {
    const json row = twin.got(std::string(kPods) + query, kTable)["rows"][0];
    EXPECT_EQ(row.contains("object") ? row["object"]["kind"] : json(""), want) << query;
  }
  EXPECT_EQ(twin.ask("GET", std::string(kPods) + "?includeObject=All", kTable).code, 400);
}

TEST(Views, WatchOfATable) {
  HttpCluster twin;
  twin.cluster.created(testing::podYaml("p"));
  http::HttpAnswer answer = twin.ask("GET", std::string(kPods) + "?watch=true", kKubectl);
  ASSERT_TRUE(answer.watch);
  twin.cluster.created(testing::podYaml("q"));
  std::vector<json> lines;
  http::ObjectTexts texts;
  for (const StreamEvent& event : nextEvents(*twin.backend.store, answer.watch->watch, twin.cluster.now, 10))
    lines.push_back(json::parse(http::eventLine(event, *answer.watch, twin.cluster.now, texts)));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["type"], "ADDED");
  EXPECT_EQ(lines[0]["object"]["kind"], "Table");
  EXPECT_EQ(lines[0]["object"]["rows"][0]["cells"][0], "p");
  EXPECT_EQ(lines[0]["object"]["columnDefinitions"].size(), 9U);
  EXPECT_TRUE(lines[1]["object"]["columnDefinitions"].is_null());  // once is enough
  EXPECT_EQ(lines[1]["object"]["rows"][0]["cells"][0], "q");
  StreamEvent bookmark;
  bookmark.type = StreamType::kBookmark;
  bookmark.revision = 7;
  const json last = json::parse(http::eventLine(bookmark, *answer.watch, twin.cluster.now, texts));
  EXPECT_EQ(last["object"]["rows"][0]["object"]["metadata"]["resourceVersion"], "7");
}

TEST(Views, RefusalsStayStatuses) {
  HttpCluster twin;
  EXPECT_EQ(json::parse(twin.ask("GET", std::string(kPods) + "/none", kKubectl).body)["kind"], "Status");
}

}  // namespace
}  // namespace jobset_twin::apiserver
