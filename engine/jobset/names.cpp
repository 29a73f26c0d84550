#include "engine/jobset/names.hpp"

#include <charconv>

#include <fmt/format.h>

#include "engine/jobset/sha1.hpp"

namespace jobset_twin::jobset {
namespace {

std::string join(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string out;
  out.reserve(size);
  for (const std::string_view part : parts) out.append(part);
  return out;
}

}  // namespace

std::string jobName(std::string_view jobset, std::string_view replicated_job, std::int64_t index) {
  return join({jobset, "-", replicated_job, "-", fmt::format_int(index).c_str()});
}

std::string podName(std::string_view jobset, std::string_view replicated_job, std::string_view job_index,
                    std::string_view pod_index) {
  return join({jobset, "-", replicated_job, "-", job_index, "-", pod_index});
}

std::string podHostname(std::string_view job_name, std::int64_t completion_index) {
  return join({job_name, "-", fmt::format_int(completion_index).c_str()});
}

std::string podFqdn(std::string_view hostname, std::string_view subdomain, std::string_view namespace_,
                    std::string_view cluster_domain) {
  return join({hostname, ".", subdomain, ".", namespace_, ".svc.", cluster_domain});
}

std::string jobKey(std::string_view namespace_, std::string_view job_name) {
  return sha1Hex(join({namespace_, "/", job_name}));
}

std::string namespacedJobName(std::string_view namespace_, std::string_view job_name) {
  return join({namespace_, "_", job_name});
}

std::string claimName(std::string_view jobset, std::string_view claim_template) {
  return join({claim_template, "-", jobset});
}

std::string_view subdomainOf(const api::JobSetSpec& spec, std::string_view jobset_name) {
  return spec.network && !spec.network->subdomain.empty() ? std::string_view(spec.network->subdomain) : jobset_name;
}

bool dnsHostnamesEnabled(const api::JobSetSpec& spec) {
  return !spec.network || spec.network->enableDNSHostnames.value_or(false);
}

std::string coordinatorEndpoint(const api::JobSetSpec& spec, std::string_view jobset_name) {
  const api::Coordinator& at = *spec.coordinator;
  return fmt::format("{}-{}-{}-{}.{}", jobset_name, at.replicatedJob, at.jobIndex, at.podIndex,
                     subdomainOf(spec, jobset_name));
}

std::optional<std::string_view> podNameWithoutSuffix(std::string_view pod_name) {
  int dashes = 0;
  for (const char c : pod_name) dashes += c == '-' ? 1 : 0;
  if (dashes < 4) return std::nullopt;
  return pod_name.substr(0, pod_name.rfind('-'));
}

std::string_view ownerJobSetUid(const api::ObjectMeta& meta) {
  const api::OwnerReference* owner = api::controllerOf(meta);
  if (!owner || owner->apiVersion != kApiVersion || owner->kind != kKind) return {};
  return owner->uid;
}

bool isLeaderPod(const api::ObjectMeta& pod) { return pod.annotations.get(kCompletionIndexKey) == "0"; }

bool usesExclusivePlacement(const api::ObjectMeta& object) { return object.annotations.contains(kExclusiveKey); }

std::optional<std::int64_t> parseInteger(std::string_view text, std::string& error) {
  std::string_view digits = text;
  if (digits.starts_with('+')) {
    digits.remove_prefix(1);
    if (digits.starts_with('-')) digits = {};
  }
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = !digits.empty() && end == digits.data() + digits.size();
  if (status == std::errc() && whole) return value;
  const bool range = status == std::errc::result_out_of_range && whole;
  error = fmt::format("strconv.Atoi: parsing \"{}\": {}", text, range ? "value out of range" : "invalid syntax");
  return std::nullopt;
}

}  // namespace jobset_twin::jobset
