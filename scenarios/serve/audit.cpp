#include "scenarios/serve/audit.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/serve/request_words.hpp"

namespace jobset_twin::scenarios {

using nlohmann::json;

std::string auditLine(const Audited& one) {
  const std::string at = api::formatMicroTime(one.at);
  const bool known = !one.user.name.empty();
  json out = {{"kind", "Event"},
              {"apiVersion", "audit.k8s.io/v1"},
              {"level", "Metadata"},
              {"auditID", fmt::format("00000000-0000-4000-8000-{:012x}", one.number)},
              {"stage", one.stream ? "ResponseStarted" : "ResponseComplete"},
              {"requestURI", one.request.target},
              {"verb", requestVerb(one.request, one.path)},
              {"user",
               {{"username", known ? one.user.name : "system:anonymous"},
                {"groups", known ? json(one.user.groups) : json::array({"system:unauthenticated"})}}},
              {"userAgent", one.request.user_agent},
              {"responseStatus", {{"metadata", json::object()}, {"code", one.code}}},
              {"requestReceivedTimestamp", at},
              {"stageTimestamp", at}};
  if (known && one.acting.name != one.user.name)
    out["impersonatedUser"] = {{"username", one.acting.name}, {"groups", one.acting.groups}};
  if (one.path.api) {
    json about = {{"resource", one.path.resource}, {"apiVersion", one.path.version}};
    const auto add = [&](const char* field, const std::string& value) {
      if (!value.empty()) about[field] = value;
    };
    add("namespace", one.path.namespace_);
    add("name", one.path.name);
    add("apiGroup", one.path.group);
    add("subresource", one.path.subresource);
    out["objectRef"] = std::move(about);
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace jobset_twin::scenarios
