#include "tests/sim/apiserver/fixture.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/read.hpp"
#include "engine/api/yaml_reader.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::apiserver::testing {

api::TimePoint atSecond(double seconds) {
  return kernel::kDefaultStart + std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

double secondsOf(api::TimePoint at) { return std::chrono::duration<double>(at - kernel::kDefaultStart).count(); }

api::ObjectPtr parse(std::string_view yaml) {
  api::Documents documents = api::readDocuments(yaml, "");
  TWIN_ASSERT(documents.errors.empty() && documents.trees.size() == 1, "one document was expected",
              documents.errors.empty() ? std::string(yaml) : api::describe(documents.errors[0]));
  api::Errors warnings;
  const api::Result<api::ObjectPtr> object = api::readObject(documents.trees[0], api::Validation::kStrict, warnings);
  TWIN_ASSERT(object.ok(), "an object that can be read",
              object.ok() ? std::string() : api::describe(object.errors()[0]));
  return *object;
}

std::string shown(const api::Response& answer) {
  if (answer.ok()) return "200";
  return fmt::format("{} {}: {}", api::httpCode(answer.reason), api::reasonText(answer.reason), answer.message);
}

std::string jobYaml(std::string_view name, std::string_view spec_lines, std::string_view pod_lines) {
  std::string lines(spec_lines), pod(pod_lines);
  for (std::string* text : {&lines, &pod}) {
    if (!text->empty() && text->back() != '\n') *text += '\n';
  }
  std::string indented;
  std::size_t at = 0;
  while (at < lines.size()) {
    const std::size_t end = lines.find('\n', at) + 1;
    indented += "  " + lines.substr(at, end - at);
    at = end;
  }
  std::string pod_indented;
  at = 0;
  while (at < pod.size()) {
    const std::size_t end = pod.find('\n', at) + 1;
    pod_indented += "      " + pod.substr(at, end - at);
    at = end;
  }
  if (pod.find("restartPolicy") == std::string::npos) pod_indented += "      restartPolicy: Never\n";
  return fmt::format(
      "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {}, namespace: default}}\nspec:\n{}  template:\n    "
      "spec:\n{}      containers: "
      "[{{name: c, image: i}}]\n",
      name, indented, pod_indented);
}

std::string podYaml(std::string_view name, std::string_view spec_lines) {
  std::string lines(spec_lines), indented;
  if (!lines.empty() && lines.back() != '\n') lines += '\n';
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at) + 1;
    indented += "  " + lines.substr(at, end - at);
    at = end;
  }
  const std::string containers =
      lines.find("containers:") == std::string::npos ? "  containers: [{name: c, image: i}]\n" : "";
  return fmt::format("apiVersion: v1\nkind: Pod\nmetadata: {{name: {}, namespace: default}}\nspec:\n{}{}", name,
                     indented, containers);
}

std::string jobSetYaml(std::string_view name, std::string_view spec_lines) {
  std::string lines(spec_lines), indented;
  if (!lines.empty() && lines.back() != '\n') lines += '\n';
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at) + 1;
    indented += "  " + lines.substr(at, end - at);
    at = end;
  }
  const std::string jobs = lines.find("replicatedJobs:") == std::string::npos
                               ? "  replicatedJobs:\n  - name: w\n    template: {spec: {template: {spec: {containers: "
                                 "[{name: c, image: i}]}}}}\n"
                               : "";
  return fmt::format(
      "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: {}, namespace: default}}\nspec:\n{}{}",
      name, indented, jobs);
}

Cluster::Cluster(ServerConfig config) : server(std::move(config)) {
  server.bootstrap(now);
  server.takeWrites();
}

api::Response Cluster::run(const api::Request& request) { return server.execute(request, now, webhooks); }

api::Response Cluster::create(const api::ObjectPtr& object) { return run(api::createRequest(object)); }

api::Response Cluster::create(std::string_view yaml) { return create(parse(yaml)); }

api::ObjectPtr Cluster::created(std::string_view yaml) {
  const api::Response answer = create(yaml);
  TWIN_ASSERT(answer.ok(), "a create that succeeds", answer.message);
  return answer.object;
}

api::Response Cluster::update(const api::ObjectPtr& stored, const std::function<void(api::Object&)>& change) {
  const api::MutableObjectPtr fresh = api::edit(stored);
  change(*fresh);
  return run(api::updateRequest(fresh));
}

api::Response Cluster::updateStatus(const api::ObjectPtr& stored, const std::function<void(api::Object&)>& change) {
  const api::MutableObjectPtr fresh = api::edit(stored);
  change(*fresh);
  return run(api::updateStatusRequest(fresh));
}

api::Response Cluster::patch(const api::ObjectPtr& stored, std::string_view json) {
  return run(api::patchRequest(api::keyOf(*stored), api::MergePatch{api::Raw(nlohmann::json::parse(json))}));
}

api::Response Cluster::strategic(const api::ObjectPtr& stored, std::string_view json) {
  return run(api::patchRequest(api::keyOf(*stored), api::StrategicMergePatch{api::Raw(nlohmann::json::parse(json))}));
}

api::Response Cluster::remove(const api::ObjectPtr& stored, api::DeleteOptions options) {
  return run(api::deleteRequest(api::keyOf(*stored), std::move(options)));
}

void Cluster::schedule(std::string_view pod_name, std::string_view node) {
  api::Request request;
  request.verb = api::Verb::kBind;
  request.key = {api::Kind::kPod, "default", std::string(pod_name)};
  request.node = node;
  const api::Response answer = run(request);
  TWIN_ASSERT(answer.ok(), "a binding that succeeds", answer.message);
}

api::JobSpec& jobSpec(api::Object& object) { return api::as<api::Job>(object).spec.mut(); }
api::PodSpec& podSpec(api::Object& object) { return api::as<api::Pod>(object).spec.mut(); }
api::JobSetSpec& jobSetSpec(api::Object& object) { return api::as<api::JobSet>(object).spec.mut(); }

}  // namespace jobset_twin::apiserver::testing
