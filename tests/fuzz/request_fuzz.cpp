// request_fuzz.cpp - whatever comes in over HTTP: "METHOD TARGET CONTENT-TYPE\n" and a body, to an API server that
// holds something of each sort. The answer must be one: a code, and JSON or text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "tests/sim/apiserver/http/handler_fixture.hpp"

namespace {

using jobset_twin::apiserver::http::HttpAnswer;
using jobset_twin::apiserver::http::testing::Served;

constexpr const char* kObjects[][2] = {
    {"/api/v1/namespaces/default/pods",
     R"({"metadata":{"name":"p","labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}})"},
    {"/api/v1/namespaces/default/configmaps", R"({"metadata":{"name":"m"},"data":{"k":"v"}})"},
    {"/apis/batch/v1/namespaces/default/jobs",
     R"({"metadata":{"name":"j"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}})"},
    {"/apis/apps/v1/namespaces/default/deployments",
     R"({"metadata":{"name":"d"},"spec":{"replicas":1,"selector":{"matchLabels":{"a":"b"}},"template":{}}})"},
    {"/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
     R"({"metadata":{"name":"xs.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"xs","kind":"X"},)"
     R"("versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object",)"
     R"("properties":{"spec":{"type":"object","properties":{"n":{"type":"integer","minimum":0},"l":{"type":"array","items":{"type":"string"}}}}}}}}]}})"},
    {"/apis/example.com/v1/namespaces/default/xs", R"({"metadata":{"name":"x"},"spec":{"n":1}})"},
};

// With an object of each sort.
std::unique_ptr<Served> furnished() {
  auto out = std::make_unique<Served>();
  for (const auto& [path, body] : kObjects) out->ask("POST", path, body);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view head = input.substr(0, input.find('\n'));
  const std::size_t first = head.find(' '), second = head.find(' ', first == head.npos ? head.npos : first + 1);
  if (first == head.npos || second == head.npos) return 0;
  const std::string method(head.substr(0, first));
  // Reads leave it as it was: they share one server, for the OpenAPI documents take it seconds when not optimised.
  static const std::unique_ptr<Served> read_only = furnished();
  const std::unique_ptr<Served> written_to = method == "GET" ? nullptr : furnished();
  Served& served = written_to ? *written_to : *read_only;
  const std::string body(input.substr(std::min(input.size(), head.size() + 1)));
  const HttpAnswer answer = served.ask(method, std::string(head.substr(first + 1, second - first - 1)), body,
                                       std::string(head.substr(second + 1)));
  if (answer.code < 200 || answer.code > 599) std::abort();
  if (answer.content_type == "application/json" && !answer.watch && !nlohmann::json::accept(answer.body)) std::abort();
  return 0;
}
