// fixture.hpp - an API server of its own for each test, spoken to in YAML; and how its answers are shown.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/request.hpp"
#include "sim/apiserver/server.hpp"

namespace jobset_twin::apiserver::testing {

api::TimePoint atSecond(double seconds);         // since 2026-01-01T00:00:00Z
double secondsOf(api::TimePoint at);             // the inverse
api::ObjectPtr parse(std::string_view yaml);     // one object; asserts that it can be read
std::string shown(const api::Response& answer);  // "409 AlreadyExists: jobs.batch …"; "200" when it succeeded

std::string jobYaml(std::string_view name, std::string_view spec_lines = "", std::string_view pod_lines = "");
std::string podYaml(std::string_view name, std::string_view spec_lines = "");
std::string jobSetYaml(std::string_view name, std::string_view spec_lines = "");

struct Cluster {
  explicit Cluster(ServerConfig config = {});

  api::Response run(const api::Request& request);
  api::Response create(std::string_view yaml);
  api::Response create(const api::ObjectPtr& object);
  api::ObjectPtr created(std::string_view yaml);  // asserts success
  api::ObjectPtr get(const api::ObjectKey& key) const { return server.store().find(key); }
  api::ObjectPtr pod(std::string_view name) const { return get({api::Kind::kPod, "default", std::string(name)}); }
  api::ObjectPtr job(std::string_view name) const { return get({api::Kind::kJob, "default", std::string(name)}); }

  // A PUT of the stored object after a change.
  api::Response update(const api::ObjectPtr& stored, const std::function<void(api::Object&)>& change);
  api::Response updateStatus(const api::ObjectPtr& stored, const std::function<void(api::Object&)>& change);
  api::Response patch(const api::ObjectPtr& stored, std::string_view json);      // merge patch
  api::Response strategic(const api::ObjectPtr& stored, std::string_view json);  // strategic merge patch
  api::Response remove(const api::ObjectPtr& stored, api::DeleteOptions options = {});
  void schedule(std::string_view pod, std::string_view node = "n");
  void advance(double seconds) { now += std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)); }

  Server server;
  EmptyWebhookView webhooks;
  api::TimePoint now = atSecond(0);
};

api::JobSpec& jobSpec(api::Object& object);
api::PodSpec& podSpec(api::Object& object);
api::JobSetSpec& jobSetSpec(api::Object& object);

}  // namespace jobset_twin::apiserver::testing
