#include "sim/apiserver/admission.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/jobset_defaults.hpp"
#include "engine/jobset/jobset_validation.hpp"
#include "engine/jobset/names.hpp"
#include "engine/jobset/pod_webhook.hpp"
#include "sim/apiserver/server.hpp"
#include "sim/apiserver/spec_cache.hpp"
#include "sim/apiserver/strategy/pod_spec.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr std::int64_t kDefaultTolerationSeconds = 300;  // K-T-38
constexpr std::string_view kNotReady = "node.kubernetes.io/not-ready", kUnreachable = "node.kubernetes.io/unreachable";

api::Response refusalOf(const jobset::Denial& denial) {
  api::Response response;
  response.reason = denial.reason;
  response.message = denial.message;
  response.causes = denial.causes;
  return response;
}

void tolerate(std::vector<api::Toleration>& tolerations, std::string_view key) {
  const bool tolerated = std::any_of(tolerations.begin(), tolerations.end(), [&](const api::Toleration& toleration) {
    return (toleration.key == key || toleration.key.empty()) &&
           (toleration.effect == "NoExecute" || toleration.effect.empty());
  });
  if (tolerated) return;
  api::Toleration added;
  added.key = key;
  added.operator_ = "Exists";
  added.effect = "NoExecute";
  added.tolerationSeconds = kDefaultTolerationSeconds;
  tolerations.push_back(std::move(added));
}

// The cluster's default class: the one with the lowest value if several claim to be it; null: none.
const api::Object* globalDefault(const Store& store) {
  const api::Object* best = nullptr;
  for (const auto& [key, object] : store.all(api::Kind::kPriorityClass)) {
    const auto& candidate = api::as<api::PriorityClass>(object);
    if (candidate.globalDefault && (!best || candidate.value < api::as<api::PriorityClass>(*best).value))
      best = object.get();
  }
  return best;
}

// Admission plugin Priority. Returns why the Pod is refused, "" if it is not.
std::string setPriority(const Store& store, api::PodSpec& spec) {
  std::int32_t priority = 0;
  std::string preemption = "PreemptLowerPriority";
  const api::Object* priority_class = nullptr;
  if (spec.priorityClassName.empty()) {
    priority_class = globalDefault(store);
    if (priority_class) spec.priorityClassName = priority_class->meta.name;
  } else {
    priority_class = store.find({api::Kind::kPriorityClass, "", spec.priorityClassName}).get();
    if (!priority_class) return fmt::format("no PriorityClass with name {} was found", spec.priorityClassName);
  }
  if (priority_class) {
    const auto& found = api::as<api::PriorityClass>(*priority_class);
    priority = found.value;
    if (found.preemptionPolicy) preemption = *found.preemptionPolicy;
  }
  if (spec.priority && *spec.priority != priority) {
    return fmt::format(
        "the integer value of priority ({}) must not be provided in pod spec; priority admission controller computed "
        "{} from the "
        "given PriorityClass name",
        *spec.priority, priority);
  }
  spec.priority = priority;
  if (spec.preemptionPolicy.empty()) {
    spec.preemptionPolicy = preemption;
  } else if (spec.preemptionPolicy != preemption) {
    return fmt::format(
        "the string value of PreemptionPolicy ({}) must not be provided in pod spec; priority admission controller "
        "computed {} from "
        "the given PriorityClass name",
        spec.preemptionPolicy, preemption);
  }
  return {};
}

// Defaults and the admission plugins for the spec of a new Pod, worked out once for each spec as sent.
bool admitPodSpec(const Admission& admission, api::Pod& pod, api::Response& failure) {
  const StrategyContext& context = admission.context;
  const std::uint64_t classes = context.store.changes(api::Kind::kPriorityClass);
  if (const SpecCache::Entry* known = context.specs.find(pod.spec, classes)) {
    pod.spec = known->admitted;
    return true;
  }
  SpecCache::Entry entry;
  entry.sent = pod.spec;
  entry.classes = classes;
  api::PodSpec spec = *pod.spec;
  defaultPodSpec(spec);
  defaultRequestsFromLimits(spec);
  dropDisabledFields(spec, context.minor());
  if (spec.serviceAccountName.empty()) spec.serviceAccountName = spec.serviceAccount = "default";
  const std::string refused = setPriority(context.store, spec);
  if (!refused.empty()) {
    failure = forbiddenError(admission.names, refused);
    return false;
  }
  tolerate(spec.tolerations, kNotReady);
  tolerate(spec.tolerations, kUnreachable);
  entry.qos = qosClassOf(spec);
  entry.admitted = api::Shared<api::PodSpec>(std::move(spec));
  pod.spec = entry.admitted;
  if (entry.sent.present()) context.specs.keep(std::move(entry));
  return true;
}

bool podPassesWebhooks(const api::ObjectMeta& meta) { return meta.annotations.contains(jobset::kJobSetNameKey); }

constexpr std::string_view kQueueName = "kueue.x-k8s.io/queue-name";

// K-KUE-2, 19: what names a queue waits for it, unless it belongs to something that does.
void suspendIfQueued(const Store& store, api::Object& object) {
  if (object.meta.labels.get(kQueueName).empty()) return;
  if (const api::OwnerReference* owner = api::controllerOf(object.meta); owner && owner->kind == "JobSet") {
    const api::ObjectPtr above = store.find({api::Kind::kJobSet, object.meta.namespace_, owner->name});
    if (above && !above->meta.labels.get(kQueueName).empty()) return;
  }
  if (object.kind() == api::Kind::kJobSet) {
    api::as<api::JobSet>(object).spec.mut().suspend = true;
  } else {
    api::as<api::Job>(object).spec.mut().suspend = true;
  }
}

}  // namespace

bool Admission::mutateCreate(api::Object& object, api::Response& failure) const {
  if (object.kind() == api::Kind::kJobSet) {
    if (context.config.jobset_webhooks) jobset::applyWebhookDefaults(object);
    if (context.config.kueue_webhooks) suspendIfQueued(context.store, object);
    return true;
  }
  if (object.kind() == api::Kind::kJob && context.config.kueue_webhooks) suspendIfQueued(context.store, object);
  if (object.kind() != api::Kind::kPod) return true;
  if (!admitPodSpec(*this, api::as<api::Pod>(object), failure)) return false;
  if (!context.config.jobset_webhooks || !podPassesWebhooks(object.meta)) return true;
  const api::ObjectPtr sent = api::edit(object);
  jobset::PodMutation mutation = jobset::mutatePod(sent, webhooks, &context.webhook_spec);
  if (mutation.denial) {
    failure = refusalOf(*mutation.denial);
    return false;
  }
  if (mutation.pod != sent) object = *mutation.pod;
  return true;
}

bool Admission::validateCreate(const api::Object& object, bool generated_name, api::Response& failure) const {
  if (!context.config.jobset_webhooks) return true;
  std::optional<jobset::Denial> denial;
  if (object.kind() == api::Kind::kJobSet) {
    if (generated_name) {  // the webhook sees the object without the generated name
      const api::MutableObjectPtr sent = api::edit(object);
      sent->meta.name.clear();
      denial = jobset::admitCreate(*sent, context.config.jobset_gates, object.meta.name, webhooks);
    } else {
      denial = jobset::admitCreate(object, context.config.jobset_gates, object.meta.name, webhooks);
    }
  } else if (object.kind() == api::Kind::kPod && podPassesWebhooks(object.meta)) {
    denial = jobset::validatePod(object, webhooks);
  }
  if (!denial) return true;
  failure = refusalOf(*denial);
  return false;
}

bool Admission::mutateUpdate(api::Object&, const api::Object&, api::Response&) const {
  return true;  // no mutating plugin or webhook here acts on updates
}

bool Admission::validateUpdate(const api::Object& fresh, const api::Object& old, api::Response& failure) const {
  if (!context.config.jobset_webhooks || fresh.kind() != api::Kind::kJobSet) return true;
  const std::optional<jobset::Denial> denial = jobset::admitUpdate(old, fresh, context.config.jobset_gates);
  if (!denial) return true;
  failure = refusalOf(*denial);
  return false;
}

int webhookCalls(const api::Request& request) {
  const bool create = request.verb == api::Verb::kCreate;
  if (request.key.kind == api::Kind::kJobSet) {
    if (create) return 2;
    return request.verb == api::Verb::kUpdate || request.verb == api::Verb::kPatch ? 1 : 0;
  }
  return create && request.key.kind == api::Kind::kPod && request.object && podPassesWebhooks(request.object->meta) ? 2
                                                                                                                    : 0;
}

int kueueWebhookCalls(const api::Request& request) {
  const bool workload = request.key.kind == api::Kind::kGeneric &&
                        (request.key.name.starts_with("Workload.kueue.x-k8s.io") ||
                         (request.object && api::kindNameOf(*request.object) == "Workload" &&
                          api::groupOf(api::apiVersionOf(*request.object)) == "kueue.x-k8s.io"));
  const bool job = request.key.kind == api::Kind::kJobSet || request.key.kind == api::Kind::kJob;
  if (!workload && !job) return 0;
  switch (request.verb) {
    case api::Verb::kCreate: return 2;
    case api::Verb::kUpdate:
    case api::Verb::kPatch: return 1;
    case api::Verb::kUpdateStatus:
    case api::Verb::kPatchStatus: return workload ? 1 : 0;
    default: return 0;
  }
}

void copyTopologyLabels(const StrategyContext& context, api::Object& pod, std::string_view node) {
  if (context.minor() < 35) return;
  const api::ObjectPtr found = context.store.find({api::Kind::kNode, "", std::string(node)});
  if (!found) return;
  for (const std::string_view key : {"topology.kubernetes.io/zone", "topology.kubernetes.io/region"}) {
    if (const std::string* value = found->meta.labels.find(key)) pod.meta.labels.set(key, *value);
  }
}

}  // namespace jobset_twin::apiserver
