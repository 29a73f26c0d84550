#include "tests/sim/apiserver/http/handler_fixture.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::apiserver::http::testing {

Served::Served() {
  server.bootstrap(now);
  backend.store = &server.store();
  backend.kinds = &kinds;
  backend.execute = [this](const api::Request& request) { return server.execute(request, now, EmptyWebhookView()); };
  backend.now = [this] { return now; };
  backend.logs = [this](const std::string&, const std::string&, const std::string&, std::uint64_t from) {
    std::vector<PrintedLine> out;
    for (const PrintedLine& line : printed)
      if (line.number >= from) out.push_back(line);
    return out;
  };
  backend.credentials.everybody = true;
  backend.credentials.administrator = {"admin", {"system:masters"}};
}

HttpAnswer Served::ask(const std::string& method, const std::string& target, const std::string& body,
                       const std::string& content_type) {
  HttpRequest request;
  request.method = method;
  request.target = target;
  request.body = body;
  request.content_type = content_type;
  return handle(request, backend);
}

nlohmann::json Served::json(const std::string& method, const std::string& target, const std::string& body,
                            const std::string& content_type, int code) {
  const HttpAnswer answer = ask(method, target, body, content_type);
  EXPECT_EQ(answer.code, code) << method << " " << target << ": " << answer.body;
  return nlohmann::json::parse(answer.body, nullptr, false);
}

}  // namespace jobset_twin::apiserver::http::testing
