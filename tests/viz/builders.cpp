#include "tests/viz/builders.hpp"

#include <utility>

#include "engine/jobset/names.hpp"

namespace jobset_twin::viz::test {

api::Condition condition(std::string type, std::string status, std::string reason, std::string message) {
  api::Condition made;
  made.type = std::move(type);
  made.status = std::move(status);
  made.reason = std::move(reason);
  made.message = std::move(message);
  made.lastTransitionTime = kStart;
  return made;
}

api::MutableObjectPtr jobSet(const std::string& replicated_job, std::int32_t jobs, std::int32_t pods) {
  api::MutableObjectPtr made = object<api::JobSet>("x");
  api::ReplicatedJob job;
  job.name = replicated_job;
  job.replicas = jobs;
  job.template_.spec.mut().parallelism = pods;
  job.template_.spec.mut().completions = pods;
  api::as<api::JobSet>(*made).spec.mut().replicatedJobs = {job};
  api::as<api::JobSet>(*made).spec.mut().suspend = false;
  return made;
}

api::MutableObjectPtr jobOf(const api::Object& jobset, const std::string& replicated_job, int index) {
  const std::string name = jobset::jobName(jobset.meta.name, replicated_job, index);
  api::MutableObjectPtr made = object<api::Job>(name);
  made->meta.labels.set(jobset::kJobSetNameKey, jobset.meta.name);
  made->meta.labels.set(jobset::kReplicatedJobNameKey, replicated_job);
  made->meta.labels.set(jobset::kRestartAttemptKey, std::to_string(api::as<api::JobSet>(jobset).status.restarts));
  made->meta.uid = "uid-" + name + "-" + std::to_string(api::as<api::JobSet>(jobset).status.restarts);
  for (const api::ReplicatedJob& job : api::as<api::JobSet>(jobset).spec->replicatedJobs) {
    if (job.name == replicated_job) api::as<api::Job>(*made).spec = job.template_.spec;
  }
  return made;
}

api::MutableObjectPtr podOf(const api::Object& job, int index) {
  api::MutableObjectPtr made = pod(job.meta.name + "-" + std::to_string(index) + "-abcde", {"main"});
  made->meta.labels = job.meta.labels;
  made->meta.uid += job.meta.uid;
  api::OwnerReference owner;
  owner.kind = "Job";
  owner.name = job.meta.name;
  owner.uid = job.meta.uid;
  owner.controller = true;
  made->meta.ownerReferences.mut().push_back(owner);
  return made;
}

api::MutableObjectPtr pod(const std::string& name, const std::vector<std::string>& containers, double created) {
  api::MutableObjectPtr made = object<api::Pod>(name, created);
  api::Pod& body = api::as<api::Pod>(*made);
  for (const std::string& container : containers) {
    body.spec.mut().containers.emplace_back();
    body.spec.mut().containers.back().name = container;
  }
  body.status.phase = "Pending";
  return made;
}

api::ContainerStatus waiting(std::string name, std::string reason) {
  api::ContainerStatus status;
  status.name = std::move(name);
  status.state.waiting = api::ContainerStateWaiting{std::move(reason), ""};
  return status;
}

api::ContainerStatus running(std::string name, bool ready) {
  api::ContainerStatus status;
  status.name = std::move(name);
  status.ready = ready;
  status.started = true;
  status.state.running = api::ContainerStateRunning{kStart};
  return status;
}

api::ContainerStatus terminated(std::string name, std::int32_t code, std::string reason, std::int32_t signal) {
  api::ContainerStatus status;
  status.name = std::move(name);
  status.state.terminated.emplace();
  status.state.terminated->exitCode = code;
  status.state.terminated->signal = signal;
  status.state.terminated->reason = std::move(reason);
  return status;
}

void Feed::added(double seconds, const api::MutableObjectPtr& made) {
  send(seconds, apiserver::WatchType::kAdded, made);
}
void Feed::modified(double seconds, const api::MutableObjectPtr& made) {
  send(seconds, apiserver::WatchType::kModified, made);
}
void Feed::deleted(double seconds, const api::MutableObjectPtr& made) {
  send(seconds, apiserver::WatchType::kDeleted, made);
}

void Feed::send(double seconds, apiserver::WatchType type, const api::MutableObjectPtr& made) {
  const api::ObjectPtr now = api::edit(*made);
  api::ObjectPtr& last = last_[made->meta.uid];
  observer_.onChange({type, now, type == apiserver::WatchType::kAdded ? nullptr : last, at(seconds), ++revision_});
  last = now;
}

void Feed::note(double seconds, cluster::NoteKind kind, std::string subject, std::string text, std::uint64_t a,
                std::uint64_t b) {
  observer_.onNote({at(seconds), static_cast<std::uint16_t>(kind), std::move(subject), std::move(text), a, b});
}

}  // namespace jobset_twin::viz::test
