// Bodies in protobuf as JSON. testdata: what the reference's own serializer (apimachinery v0.36.2) makes of an object,
// in hex, and the JSON that it makes of what it reads back from there.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/http/protobuf/decode.hpp"
#include "sim/apiserver/http/protobuf/message_table.hpp"
#include "sim/apiserver/http/protobuf/special_values.hpp"
#include "sim/apiserver/http/protobuf/wire.hpp"

namespace jobset_twin::apiserver::http::protobuf {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7fU) | 0x80U);
  return out + static_cast<char>(value);
}
std::string number(std::uint32_t field, std::uint64_t value) { return varint(field << 3) + varint(value); }
std::string bytes(std::uint32_t field, const std::string& value) {
  return varint(field << 3 | 2U) + varint(value.size()) + value;
}
std::string body(const std::string& api_version, const std::string& kind, const std::string& message) {
  return std::string("k8s\0", 4) + bytes(1, bytes(1, api_version) + bytes(2, kind)) + bytes(2, message) + bytes(3, "") +
         bytes(4, "");
}

std::string problemOf(const std::string& sent) {
  const api::Result<json> out = decode(sent);
  return out ? "" : out.errors().front().text;
}

struct Case {
  const char* what;
  std::string api_version, kind, message;
  const char* expected;  // without apiVersion and kind
};

TEST(Protobuf, MessagesAreTheirJson) {
  const std::string minus_one = varint(~std::uint64_t{0});
  const Case cases[] = {
      {"nothing", "v1", "Pod", "", "{}"},
      {"zero values that JSON leaves out", "v1", "ConfigMap", bytes(1, bytes(1, "") + number(7, 0) + bytes(8, "")),
       R"({"metadata":{}})"},
      {"a zero value that takes another back", "v1", "ConfigMap", bytes(1, bytes(1, "a") + bytes(1, "")),
       R"({"metadata":{}})"},
      {"zero values that say something", "batch/v1", "Job", bytes(2, number(1, 0) + number(10, 0)),
       R"({"spec":{"parallelism":0,"suspend":false}})"},
      {"a message in two parts", "v1", "ConfigMap", bytes(1, bytes(1, "a")) + bytes(1, bytes(3, "b")),
       R"({"metadata":{"name":"a","namespace":"b"}})"},
      {"the last of several", "v1", "ConfigMap", bytes(1, bytes(1, "a") + bytes(1, "b")),
       R"({"metadata":{"name":"b"}})"},
      {"maps", "v1", "ConfigMap",
       bytes(2, bytes(1, "k") + bytes(2, "v")) + bytes(2, bytes(2, "w")) + bytes(2, bytes(1, "e")),
       R"({"data":{"":"w","e":"","k":"v"}})"},
      {"maps of bytes", "v1", "Secret", bytes(2, bytes(1, "k") + bytes(2, "\xff")) + bytes(2, bytes(1, "n")),
       R"({"data":{"k":"/w==","n":""}})"},
      {"maps of quantities", "v1", "ResourceQuota",
       bytes(2, bytes(1, bytes(1, "cpu") + bytes(2, bytes(1, "250m"))) + bytes(1, bytes(1, "pods"))),
       R"({"spec":{"hard":{"cpu":"250m","pods":"0"}}})"},
      {"maps of lists", "authorization.k8s.io/v1", "SubjectAccessReview",
       bytes(2, bytes(5, bytes(1, "scopes") + bytes(2, bytes(1, "a") + bytes(1, "b"))) + bytes(5, bytes(1, "none"))),
       R"({"spec":{"extra":{"none":[],"scopes":["a","b"]}}})"},
      {"members of an inlined message", "v1", "Pod",
       bytes(2, bytes(1, bytes(1, "v") + bytes(2, bytes(2, bytes(1, ""))))),
       R"({"spec":{"volumes":[{"name":"v","emptyDir":{}}]}})"},
      {"numbers one by one", "batch/v1", "Job", bytes(2, bytes(11, bytes(1, bytes(2, number(3, 1) + number(3, 137))))),
       R"({"spec":{"podFailurePolicy":{"rules":[{"onExitCodes":{"values":[1,137]}}]}}})"},
      {"packed numbers", "batch/v1", "Job", bytes(2, bytes(11, bytes(1, bytes(2, bytes(3, varint(1) + varint(137)))))),
       R"({"spec":{"podFailurePolicy":{"rules":[{"onExitCodes":{"values":[1,137]}}]}}})"},
      {"a negative number in 64 bits", "v1", "Pod", bytes(2, varint(25 << 3) + minus_one),
       R"({"spec":{"priority":-1}})"},
      {"a time", "v1", "ConfigMap", bytes(1, bytes(8, number(1, 1767323045) + number(2, 999))),
       R"({"metadata":{"creationTimestamp":"2026-01-02T03:04:05Z"}})"},
      {"no time", "v1", "ConfigMap", bytes(1, bytes(8, "") + bytes(9, "")),
       R"({"metadata":{"deletionTimestamp":null}})"},
      {"a time in microseconds", "coordination.k8s.io/v1", "Lease",
       bytes(2, bytes(4, number(1, 1767323045) + number(2, 123456789))),
       R"({"spec":{"renewTime":"2026-01-02T03:04:05.123456Z"}})"},
      {"number or string: a number", "policy/v1", "PodDisruptionBudget",
       bytes(2, bytes(1, number(1, 0) + number(2, 3) + bytes(3, ""))), R"({"spec":{"minAvailable":3}})"},
      {"number or string: a string", "policy/v1", "PodDisruptionBudget",
       bytes(2, bytes(1, number(1, 1) + number(2, 0) + bytes(3, "5%"))), R"({"spec":{"minAvailable":"5%"}})"},
      {"JSON in bytes", "apps/v1", "ControllerRevision", bytes(2, bytes(1, R"({"a":[1,{"b":null}]})")) + number(3, 2),
       R"({"data":{"a":[1,{"b":null}]},"revision":2})"},
      {"no JSON in bytes", "apps/v1", "ControllerRevision", bytes(2, ""), R"({"data":null})"},
      {"unknown fields of every type", "v1", "ConfigMap",
       number(900, 1) + bytes(901, "x") + varint(902 << 3 | 1) + "12345678" + varint(903 << 3 | 5) + "1234" +
           bytes(1, bytes(1, "a")),
       R"({"metadata":{"name":"a"}})"},
      {"a message without fields", "scheduling.k8s.io/v1alpha2", "PodGroup", bytes(2, bytes(2, bytes(1, number(9, 1)))),
       R"({"spec":{"schedulingPolicy":{"basic":{}}}})"},
      {"options of a deletion, of any group", "jobset.x-k8s.io/v1alpha2", "DeleteOptions",
       number(1, 0) + bytes(4, "Orphan"), R"({"gracePeriodSeconds":0,"propagationPolicy":"Orphan"})"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    const api::Result<json> out = decode(body(one.api_version, one.kind, one.message));
    ASSERT_TRUE(out.ok()) << describe(out.errors().front());
    json expected = json::parse(one.expected);
    expected["apiVersion"] = one.api_version;
    expected["kind"] = one.kind;
    EXPECT_EQ(*out, expected);
  }
}

TEST(Protobuf, WhatCannotBeReadIsAnErrorThatSaysWhere) {
  const std::string ten = "\xff\xff\xff\xff\xff\xff\xff\xff\xff";
  const auto configMap = [](const std::string& message) { return body("v1", "ConfigMap", message); };
  const auto meta = [&](const std::string& message) { return configMap(bytes(1, message)); };
  const struct {
    std::string sent;
    const char* problem;
  } cases[] = {
      {"", "does not begin as a protobuf object"},
      {"k8s", "does not begin as a protobuf object"},
      {R"({"kind":"Pod"})", "does not begin as a protobuf object"},
      {std::string("k8s\0", 4), "no kind \"\" of version \"\""},
      {body("v1", "Container", ""), "no kind \"Container\" of version \"v1\""},
      {body("apps/v1", "Pod", ""), "no kind \"Pod\" of version \"apps/v1\""},
      {body("v1", "\xff", ""), "apiVersion or kind is not UTF-8"},
      {std::string("k8s\0", 4) + number(2, 1), "field 2 has another wire type"},
      {std::string("k8s\0", 4) + bytes(1, bytes(1, "v1") + bytes(2, "Pod")) + bytes(3, "gzip"), "is encoded"},
      {std::string("k8s\0", 4) + bytes(1, bytes(1, "v1") + bytes(2, "Pod")) + bytes(4, "application/json"),
       "is not protobuf"},
      {configMap("\x0a\x05"), "field 1 needs 5 bytes where 0 are left"},
      {configMap("\x0a" + ten + "\x01"), "bytes where 0 are left"},
      {configMap("\x0a" + ten + "\x02"), "the length of field 1 is malformed"},
      {configMap(varint(900 << 3) + ten + "\xff\x01"), "the number in field 900 is malformed"},
      {configMap(ten + "\x01"), "a field's number is malformed"},
      {configMap("\x80"), "a field's number is malformed"},
      {configMap(bytes(0, "")), "a field has the number 0"},
      {configMap("\x0b\x0c"), "field 1 has the unknown wire type 3"},
      {configMap(number(1, 1)), "metadata: it has another wire type"},
      {configMap(number(2, 1)), "data: it has another wire type"},
      {meta(bytes(7, "")), "metadata.generation: it has another wire type"},
      {meta(bytes(1, "\xc3(")), "metadata.name: the text is not UTF-8"},
      {meta(bytes(11, bytes(1, "\xed\xa0\x80"))), "metadata.labels: a key is not UTF-8"},
      {meta(bytes(11, bytes(1, "k") + bytes(2, "\xff"))), "metadata.labels[k]: the text is not UTF-8"},
      {meta(bytes(13, "") + bytes(13, bytes(3, "\xff"))), "metadata.ownerReferences[1].name: the text is not UTF-8"},
      {meta(bytes(8, number(1, std::uint64_t{1} << 62))), "metadata.creationTimestamp: the time of"},
      {meta(bytes(8, number(2, 1'000'000'000))), "metadata.creationTimestamp: the time of"},
      {meta(bytes(17, bytes(7, bytes(1, "{")))), "metadata.managedFields[0].fieldsV1: "},
      {meta(bytes(17, bytes(7, bytes(1, "1 2")))), "it must be one JSON value"},
      {meta(bytes(17, bytes(7, bytes(1, std::string(5000, '['))))), "nesting is deeper than 100 levels"},
      {body("policy/v1", "PodDisruptionBudget", bytes(2, bytes(1, number(1, 2)))),
       "spec.minAvailable: a number or string has the unknown type 2"},
      {body("batch/v1", "Job", bytes(2, bytes(11, bytes(1, bytes(2, bytes(3, "\x01\x80")))))),
       "values: a number in the list is malformed"},
  };
  for (const auto& one : cases) EXPECT_THAT(problemOf(one.sent), HasSubstr(one.problem));
}

TEST(Protobuf, MemoryIsBounded) {
  std::string many;
  for (int i = 0; i < 600'000; ++i) many += bytes(2, "");
  EXPECT_THAT(problemOf(body("v1", "Endpoints", many)), HasSubstr("more than 500000 values"));
  std::string lists;
  for (int i = 0; i < 600'000; ++i) lists += "[],";
  EXPECT_THAT(problemOf(body("apps/v1", "ControllerRevision", bytes(2, bytes(1, "[" + lists + "0]")))),
              HasSubstr("more than 500000 values"));
}

TEST(Protobuf, KindsOfTheServedGroupsAreKnown) {
  const std::pair<const char*, const char*> kinds[] = {{"v1", "Namespace"},
                                                       {"v1", "Node"},
                                                       {"v1", "Binding"},
                                                       {"v1", "PersistentVolumeClaim"},
                                                       {"v1", "ServiceAccount"},
                                                       {"apps/v1", "Deployment"},
                                                       {"apps/v1", "StatefulSet"},
                                                       {"apps/v1", "DaemonSet"},
                                                       {"apps/v1", "ReplicaSet"},
                                                       {"batch/v1", "CronJob"},
                                                       {"discovery.k8s.io/v1", "EndpointSlice"},
                                                       {"events.k8s.io/v1", "Event"},
                                                       {"policy/v1", "Eviction"},
                                                       {"scheduling.k8s.io/v1", "PriorityClass"},
                                                       {"scheduling.k8s.io/v1alpha2", "PodGroup"},
                                                       {"storage.k8s.io/v1", "StorageClass"},
                                                       {"rbac.authorization.k8s.io/v1", "RoleBinding"},
                                                       {"authorization.k8s.io/v1", "SelfSubjectAccessReview"},
                                                       {"authorization.k8s.io/v1", "SelfSubjectRulesReview"},
                                                       {"authentication.k8s.io/v1", "SelfSubjectReview"},
                                                       {"authentication.k8s.io/v1", "TokenRequest"},
                                                       {"autoscaling/v1", "Scale"},
                                                       {"networking.k8s.io/v1", "NetworkPolicy"}};
  for (const auto& [api_version, kind] : kinds)
    EXPECT_NE(messageOfKind(api_version, kind), nullptr) << api_version << ' ' << kind;
}

std::string textOf(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

std::vector<std::filesystem::path> samples() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(TWIN_SOURCE_DIR "/tests/sim/apiserver/http/testdata"))
    if (entry.path().extension() == ".hex") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string bytesOf(const std::filesystem::path& path) {
  std::string out, digits;
  for (const char c : textOf(path)) {
    if (c == '\n') continue;
    digits += c;
    if (digits.size() < 2) continue;
    out += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  return out;
}

TEST(Protobuf, WhatTheReferenceEncodesIsItsJson) {
  ASSERT_GE(samples().size(), 16U);
  for (std::filesystem::path path : samples()) {
    SCOPED_TRACE(path.filename());
    const api::Result<json> out = decode(bytesOf(path));
    ASSERT_TRUE(out.ok()) << describe(out.errors().front());
    EXPECT_EQ(*out, json::parse(textOf(path.replace_extension(".json"))));
  }
}

TEST(Protobuf, NothingThatIsCutOffOrChangedDoesHarm) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same cases each time
  for (const std::filesystem::path& path : samples()) {
    const std::string sent = bytesOf(path);
    for (std::size_t length = 0; length < sent.size(); ++length) problemOf(sent.substr(0, length));
    for (int round = 0; round < 500; ++round) {
      std::string changed = sent;
      for (unsigned i = 0; i <= random() % 4; ++i)
        changed[random() % changed.size()] = static_cast<char>(random() % 256);
      const api::Result<json> out = decode(changed);
      EXPECT_TRUE(!out.ok() || !out->dump().empty());
    }
  }
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::protobuf
