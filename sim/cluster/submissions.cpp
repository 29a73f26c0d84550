#include "sim/cluster/submissions.hpp"

#include <algorithm>

namespace jobset_twin::cluster {

Duration patience(std::uint64_t tries) {
  return std::min<Duration>(5s * (1 << std::min<std::uint64_t>(tries, 4)), 60s);
}

bool mayPass(api::Reason reason) {
  return reason == api::Reason::kTooManyRequests || reason == api::Reason::kInternalError ||
         reason == api::Reason::kTimeout || reason == api::Reason::kUnknownOutcome ||
         reason == api::Reason::kServiceUnavailable;
}

bool doneBefore(const api::Request& request, api::Reason reason) {
  return (request.verb == api::Verb::kCreate && reason == api::Reason::kAlreadyExists) ||
         (request.verb == api::Verb::kDelete && reason == api::Reason::kNotFound);
}

api::Request withPodsName(api::Request request, const apiserver::Store& store) {
  if (request.key.kind != api::Kind::kPod || store.find(request.key)) return request;
  const api::Object* best = nullptr;
  for (const auto& [key, pod] : store.all(api::Kind::kPod)) {
    const std::string_view job = pod->meta.labels.get("batch.kubernetes.io/job-name");
    const std::string_view index = pod->meta.labels.get("batch.kubernetes.io/job-completion-index");
    if (job.empty() || index.empty() || pod->meta.namespace_ != request.key.namespace_) continue;
    if (request.key.name.size() != job.size() + 1 + index.size() || !request.key.name.starts_with(job) ||
        !request.key.name.ends_with(index) || request.key.name[job.size()] != '-')
      continue;
    const auto rank = [](const api::Object& one) {
      return std::make_pair(!one.meta.deletionTimestamp, one.meta.creationTimestamp);
    };
    if (!best || rank(*best) < rank(*pod)) best = pod.get();
  }
  if (best) request.key.name = best->meta.name;
  return request;
}

}  // namespace jobset_twin::cluster
