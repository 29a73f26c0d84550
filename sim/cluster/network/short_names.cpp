#include "sim/cluster/network/short_names.hpp"

#include <charconv>
#include <optional>

#include "engine/api/ascii.hpp"
#include "engine/jobset/names.hpp"

namespace jobset_twin::cluster {
namespace {

std::int64_t podsOfJob(const api::ReplicatedJob& job) {
  const api::JobSpec& spec = *job.template_.spec;
  return spec.completions.value_or(spec.parallelism.value_or(1));
}

// "3" of "leader-3" with the prefix "leader"; absent: it does not go on with a dash and something.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size() + 2 || !text.starts_with(prefix) || text[prefix.size()] != '-') return std::nullopt;
  return text.substr(prefix.size() + 1);
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool plain = problem == std::errc() && end == text.data() + text.size() && value >= 0;
  return plain && (text.size() == 1 || text.front() != '0') ? std::optional(value) : std::nullopt;
}

struct Place {
  std::int64_t job = 0, pod = 0;
};

// "<job index>-<pod index>" of a Pod that the replicated job can have.
std::optional<Place> placeOf(std::string_view text, const api::ReplicatedJob& job) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number(text.substr(0, dash)), second = number(text.substr(dash + 1));
  if (!first || !second || *first >= job.replicas.value_or(1) || *second >= podsOfJob(job)) return std::nullopt;
  return Place{*first, *second};
}

}  // namespace

void ShortNames::onJobSet(const api::ObjectPtr& jobset, bool deleted) {
  const std::pair key{jobset->meta.namespace_, jobset->meta.name};
  if (deleted) {
    jobsets_.erase(key);
  } else {
    jobsets_.insert_or_assign(key, jobset);
  }
}

std::vector<std::string> ShortNames::hostsOf(std::string_view namespace_, std::string_view service,
                                             std::string_view host) const {
  std::vector<std::string> out;
  for (auto at = jobsets_.lower_bound({std::string(namespace_), {}});
       at != jobsets_.end() && at->first.first == namespace_; ++at) {
    const std::string& name = at->first.second;
    const api::JobSetSpec& spec = *api::as<api::JobSet>(at->second).spec;
    if (api::lowerCase(jobset::subdomainOf(spec, name)) != service) continue;
    for (const api::ReplicatedJob& job : spec.replicatedJobs) {
      const auto rest = after(host, job.name);
      if (!rest) continue;
      std::optional<Place> place = placeOf(*rest, job);
      const std::int64_t pods = podsOfJob(job);
      if (const auto rank = number(*rest); rank && pods > 0 && *rank / pods < job.replicas.value_or(1))
        place = Place{*rank / pods, *rank % pods};
      if (place)
        out.push_back(api::lowerCase(jobset::podHostname(jobset::jobName(name, job.name, place->job), place->pod)));
    }
  }
  return out;
}

std::vector<std::string> ShortNames::shortOf(std::string_view namespace_, std::string_view service,
                                             std::string_view host) const {
  std::vector<std::string> out;
  for (auto at = jobsets_.lower_bound({std::string(namespace_), {}});
       at != jobsets_.end() && at->first.first == namespace_; ++at) {
    const std::string& name = at->first.second;
    const api::JobSetSpec& spec = *api::as<api::JobSet>(at->second).spec;
    if (api::lowerCase(jobset::subdomainOf(spec, name)) != service) continue;
    const auto own = after(host, api::lowerCase(name));
    if (!own) continue;
    for (const api::ReplicatedJob& job : spec.replicatedJobs) {
      const auto rest = after(*own, job.name);
      const auto place = rest ? placeOf(*rest, job) : std::nullopt;
      if (!place) continue;
      out.push_back(job.name + "-" + std::to_string(place->job * podsOfJob(job) + place->pod));
      out.push_back(job.name + "-" + std::string(*rest));
    }
  }
  return out;
}

}  // namespace jobset_twin::cluster
