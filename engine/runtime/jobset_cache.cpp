#include "engine/runtime/jobset_cache.hpp"

#include <utility>

#include "engine/jobset/names.hpp"

namespace jobset_twin::runtime {
namespace {

std::string keyText(std::string_view namespace_, std::string_view name) {
  std::string key(namespace_);
  key += '/';
  key += name;
  return key;
}

// Returns what stood there before.
api::ObjectPtr put(std::map<std::string, api::ObjectPtr, std::less<>>& objects, const std::string& key,
                   const api::ObjectPtr& object, bool deleted) {
  if (!deleted) return std::exchange(objects[key], object);
  const auto found = objects.find(key);
  if (found == objects.end()) return nullptr;
  api::ObjectPtr before = std::move(found->second);
  objects.erase(found);
  return before;
}

api::ObjectPtr get(const std::map<std::string, api::ObjectPtr, std::less<>>& objects, std::string_view key) {
  const auto found = objects.find(key);
  return found == objects.end() ? nullptr : found->second;
}

}  // namespace

void JobSetCache::indexPod(const api::Object& pod, bool present) {
  const std::string key = keyText(pod.meta.namespace_, pod.meta.name);
  const auto change = [&](auto& index, std::string group) {
    std::set<std::string>& keys = index[group];
    if (present) {
      keys.insert(key);
    } else {
      keys.erase(key);
      if (keys.empty()) index.erase(group);
    }
  };
  if (const auto base = jobset::podNameWithoutSuffix(pod.meta.name))
    change(pods_by_base_, keyText(pod.meta.namespace_, *base));
  if (const auto job = pod.meta.labels.get(jobset::kJobKeyKey); !job.empty())
    change(pods_by_job_key_, keyText(pod.meta.namespace_, job));
}

void JobSetCache::countPod(const api::Object& pod, bool present) {
  const std::string_view name = pod.meta.labels.get(jobset::kJobSetNameKey);
  if (name.empty()) return;
  const std::string key = keyText(pod.meta.namespace_, name);
  jobset::SeenPods& pods = pods_by_jobset_[key];
  present ? pods.add(pod) : pods.remove(pod);
  if (pods.size() == 0) pods_by_jobset_.erase(key);
}

// A Job may lose its owner (orphaned, K-API-33) and be another one under the same name (its deletion was not seen).
void JobSetCache::indexJob(const api::ObjectPtr& job, bool present) {
  const std::string_view owner = jobset::ownerJobSetUid(job->meta);  // JS-R3
  if (owner.empty()) return;
  const std::string key = keyText(job->meta.namespace_, owner);
  if (present) {
    jobs_by_owner_[key].put(job);
    return;
  }
  const auto jobs = jobs_by_owner_.find(key);
  if (jobs == jobs_by_owner_.end()) return;
  jobs->second.erase(job->meta.name);
  if (jobs->second.empty()) jobs_by_owner_.erase(jobs);
}

api::ObjectPtr JobSetCache::apply(const api::ObjectPtr& object, bool deleted) {
  const std::string key = keyText(object->meta.namespace_, object->meta.name);
  switch (object->kind()) {
    case api::Kind::kJobSet: return put(jobsets_, key, object, deleted);
    case api::Kind::kJob: {
      api::ObjectPtr before = put(jobs_, key, object, deleted);
      const bool same_owner =
          before && !deleted && jobset::ownerJobSetUid(before->meta) == jobset::ownerJobSetUid(object->meta);
      if (before && !same_owner) indexJob(before, false);
      if (!deleted) indexJob(object, true);
      return before;
    }
    case api::Kind::kService: return put(services_, key, object, deleted);
    case api::Kind::kPod: {
      api::ObjectPtr before = put(pods_, key, object, deleted);
      const bool same_indexes = before && !deleted && before->meta.labels == object->meta.labels;
      if (before && !same_indexes) indexPod(*before, false);
      if (!deleted && !same_indexes) indexPod(*object, true);
      if (!same_indexes || !jobset::SeenPods::alike(*before, *object)) {
        if (!deleted) countPod(*object, true);
        if (before) countPod(*before, false);
      }
      return before;
    }
    case api::Kind::kNode: return put(nodes_, object->meta.name, object, deleted);
    case api::Kind::kPersistentVolumeClaim: return put(claims_, key, object, deleted);
    default: return nullptr;
  }
}

api::ObjectPtr JobSetCache::jobset(const std::string& key) const { return get(jobsets_, key); }

std::size_t JobSetCache::childCount(const std::string& key) const {
  const api::ObjectPtr object = get(jobsets_, key);
  const auto jobs =
      object ? jobs_by_owner_.find(keyText(object->meta.namespace_, object->meta.uid)) : jobs_by_owner_.end();
  return jobs == jobs_by_owner_.end() ? 0 : jobs->second.size();
}

jobset::Observed JobSetCache::observe(const std::string& key, bool with_pods) const {
  jobset::Observed seen;
  seen.jobset = get(jobsets_, key);
  if (!seen.jobset) return seen;
  const auto jobs = jobs_by_owner_.find(keyText(seen.jobset->meta.namespace_, seen.jobset->meta.uid));
  if (jobs != jobs_by_owner_.end()) seen.jobs = jobs->second;
  seen.service =
      get(services_, keyText(seen.jobset->meta.namespace_,
                             jobset::subdomainOf(*api::as<api::JobSet>(seen.jobset).spec, seen.jobset->meta.name)));
  if (!with_pods) return seen;
  if (const auto pods = pods_by_jobset_.find(key); pods != pods_by_jobset_.end()) seen.pods = pods->second;
  return seen;
}

jobset::ObservedPlacement JobSetCache::observePlacement(const std::string& pod_key) const {
  jobset::ObservedPlacement seen;
  seen.leader = get(pods_, pod_key);
  if (!seen.leader) return seen;
  const std::string job = keyText(seen.leader->meta.namespace_, seen.leader->meta.labels.get(jobset::kJobKeyKey));
  if (const auto pods = pods_by_job_key_.find(job); pods != pods_by_job_key_.end()) {
    for (const std::string& pod : pods->second) {
      const api::ObjectPtr object = get(pods_, pod);
      if (object->meta.annotations.contains(jobset::kExclusiveKey)) seen.pods.push_back(object);
    }
  }
  seen.node = node(api::as<api::Pod>(seen.leader).nodeName);
  return seen;
}

std::vector<api::ObjectPtr> JobSetCache::podsByBaseName(std::string_view namespace_, std::string_view base) const {
  std::vector<api::ObjectPtr> found;
  if (const auto pods = pods_by_base_.find(keyText(namespace_, base)); pods != pods_by_base_.end()) {
    for (const std::string& pod : pods->second) found.push_back(get(pods_, pod));
  }
  return found;
}

api::ObjectPtr JobSetCache::node(std::string_view name) const { return get(nodes_, name); }

api::ObjectPtr JobSetCache::volumeClaim(std::string_view namespace_, std::string_view name) const {
  return get(claims_, keyText(namespace_, name));
}

}  // namespace jobset_twin::runtime
