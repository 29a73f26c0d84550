#include "engine/runtime/driver.hpp"

#include <algorithm>
#include <utility>

#include "engine/api/check.hpp"

namespace jobset_twin::runtime {
namespace {

enum State : std::uint8_t { kWaiting, kSent, kDone, kFailed, kSkipped };

// errors.Join and fmt's "%w": one error per line.
std::string joined(const std::vector<std::string>& errors) {
  std::string text;
  for (const std::string& error : errors) {
    if (error.empty()) continue;
    if (!text.empty()) text += '\n';
    text += error;
  }
  return text;
}

// What a failure says of itself; never "": that would read as success.
std::string messageOf(const api::Response& response) {
  return response.message.empty() ? std::string(api::reasonText(response.reason)) : response.message;
}

bool tolerated(const jobset::StepRequest& request, const api::Response& response) {
  return (request.tolerate_already_exists && response.reason == api::Reason::kAlreadyExists) ||
         (request.tolerate_not_found && response.reason == api::Reason::kNotFound);
}

}  // namespace

void Driver::begin(jobset::Plan plan, ApiClient& client) {
  TWIN_ASSERT(!running_, "a Plan is under way");
  plan_ = std::move(plan);
  running_ = true;
  step_ = 0;
  sent_ = 0;
  writing_status_ = false;
  outcome_ = {};
  earlier_versions_.clear();
  startStep(client);
}

void Driver::onSeen(const api::ObjectKey& key) {
  if (!unseen_.contains(key)) return;
  if (running_) {
    seen_.push_back(key);
  } else {
    unseen_.erase(key);
  }
}

PassOutcome Driver::takeOutcome() {
  TWIN_ASSERT(!running_, "the Plan is not done");
  for (const api::ObjectKey& key : std::exchange(seen_, {})) unseen_.erase(key);
  return std::exchange(outcome_, {});
}

std::string Driver::stepName() const {
  if (!running_) return {};
  return writing_status_ ? "write status" : plan_.steps[step_].name;
}

void Driver::startStep(ApiClient& client) {
  if (step_ == plan_.steps.size()) {
    finish(client);
    return;
  }
  const std::size_t count = plan_.steps[step_].requests.size();
  states_.assign(count, kWaiting);
  errors_.assign(count, {});
  versions_.assign(count, 0);
  in_flight_ = 0;
  sendNext(client);
}

// Whether request `index` may be sent now, by the mode of its step.
bool Driver::mayStart(std::size_t index) const {
  const jobset::Step& step = plan_.steps[step_];
  if (step.mode == jobset::StepMode::kSequence) {
    return index == 0 || (states_[index - 1] != kWaiting && states_[index - 1] != kSent);
  }
  const std::int32_t group = step.requests[index].group;
  if (group < 0) return true;
  for (std::size_t i = 0; i < index; ++i) {
    if (step.requests[i].group == group && (states_[i] == kWaiting || states_[i] == kSent)) return false;
  }
  return true;
}

void Driver::sendNext(ApiClient& client) {
  const std::size_t count = states_.size();
  for (std::size_t i = 0; i < count && in_flight_ < in_flight_max_; ++i) {
    if (states_[i] != kWaiting) continue;
    if (!mayStart(i)) {
      if (plan_.steps[step_].mode == jobset::StepMode::kSequence) break;
      continue;
    }
    sendOne(i, client);
  }
  const bool busy =
      std::any_of(states_.begin(), states_.end(), [](std::uint8_t s) { return s == kWaiting || s == kSent; });
  if (!busy) finishStep(client);
}

void Driver::sendOne(std::size_t index, ApiClient& client) {
  const jobset::StepRequest& wanted = plan_.steps[step_].requests[index];
  api::Request request = wanted.request;
  if (wanted.resource_version_from) {
    const std::vector<std::int64_t>& versions =
        wanted.resource_version_from_step ? earlier_versions_.at(*wanted.resource_version_from_step) : versions_;
    const api::MutableObjectPtr object = api::edit(request.object);
    object->meta.resourceVersion = versions.at(*wanted.resource_version_from);
    request.object = object;
  }
  if (wanted.tolerate_own) unseen_.try_emplace(request.key, false);
  states_[index] = kSent;
  ++in_flight_;
  ++sent_;
  client.send(std::move(request), base_token_ + index);
}

// What an answer says of a creation. True: it exists already, by this driver's own doing in a pass before.
bool Driver::noteCreation(const jobset::StepRequest& request, const api::Response& response) {
  const auto creation = unseen_.find(request.request.key);
  if (!request.tolerate_own || creation == unseen_.end()) return false;
  if (response.ok()) creation->second = true;
  if (response.ok() || (response.reason == api::Reason::kAlreadyExists && creation->second)) return true;
  unseen_.erase(creation);
  return false;
}

void Driver::onAnswer(std::uint64_t token, const api::Response& response, ApiClient& client) {
  if (!running_) return;
  if (writing_status_) {
    if (token != base_token_) return;
    ++base_token_;
    running_ = false;
    if (!response.ok()) {
      outcome_.error = messageOf(response);
      return;
    }
    outcome_.wrote_status = true;
    for (jobset::EventRecord event : plan_.events) {
      if (response.object) event.regarding = response.object;
      client.record(event);
    }
    outcome_.metrics = std::move(plan_.metrics);
    outcome_.requeue_after = plan_.requeue_after;
    return;
  }
  if (token < base_token_ || token - base_token_ >= states_.size()) return;
  const auto index = static_cast<std::size_t>(token - base_token_);
  if (states_[index] != kSent) return;
  --in_flight_;
  const jobset::Step& step = plan_.steps[step_];
  const jobset::StepRequest& request = step.requests[index];
  const bool own = noteCreation(request, response);
  if (response.ok() || own || tolerated(request, response)) {
    states_[index] = kDone;
    if (response.object) versions_[index] = response.object->meta.resourceVersion;
  } else {
    states_[index] = kFailed;
    errors_[index] = request.error_prefix + messageOf(response);
    if (step.on_failure_each && !step.on_failure.type.empty()) {
      jobset::EventRecord event = step.on_failure;
      event.note += errors_[index];
      client.record(event);
    }
    for (std::size_t i = index + 1; i < states_.size(); ++i) {
      const bool same_group = request.group >= 0 && step.requests[i].group == request.group;
      const bool rest_of_sequence = request.group < 0 && step.mode == jobset::StepMode::kSequence;
      if (states_[i] == kWaiting && (same_group || rest_of_sequence)) states_[i] = kSkipped;
    }
  }
  sendNext(client);
}

void Driver::finishStep(ApiClient& client) {
  const jobset::Step& step = plan_.steps[step_];
  base_token_ += states_.size();
  earlier_versions_.resize(step_ + 1);
  earlier_versions_[step_] = std::move(versions_);
  const std::string error = joined(errors_);
  if (!error.empty()) {
    if (!step.on_failure_each && !step.on_failure.type.empty()) {
      jobset::EventRecord event = step.on_failure;
      event.note += error;
      client.record(event);
    }
    running_ = false;
    outcome_.error = error;
    return;
  }
  ++step_;
  startStep(client);
}

void Driver::finish(ApiClient& client) {
  if (!plan_.error.empty()) {
    running_ = false;
    outcome_.error = plan_.error;
    return;
  }
  if (plan_.status_update) {
    writing_status_ = true;
    ++sent_;
    client.send(api::updateStatusRequest(plan_.status_update), base_token_);
    return;
  }
  running_ = false;
  for (const jobset::EventRecord& event : plan_.events) client.record(event);
  outcome_.metrics = std::move(plan_.metrics);
  outcome_.requeue_after = plan_.requeue_after;
}

}  // namespace jobset_twin::runtime
