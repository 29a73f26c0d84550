#include "sim/apiserver/write.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "sim/apiserver/admission.hpp"
#include "sim/apiserver/content.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr std::string_view kSuffixLetters = "bcdfghjklmnpqrstvwxz2456789";  // K-API-4
constexpr std::size_t kPrefixMax = 58, kSuffixLength = 5;
constexpr int kNameTries = 8;

}  // namespace

Write::Write(Server& server, const api::Request& request, api::TimePoint now, const WebhookView& webhooks)
    : server_(server),
      request_(request),
      now_(now),
      webhooks_(webhooks),
      names_(namesOf(request.key)),
      context_{server.store_, server.config_, now, warnings_, server.specs_, server.webhook_spec_},
      strategy_(strategyOf(request.key.kind)) {}

api::Response Write::run() {
  api::Response response = dispatch();
  response.warnings.insert(response.warnings.begin(), warnings_.begin(), warnings_.end());
  return response;
}

api::Response Write::dispatch() {
  if (names_.namespaced == request_.key.namespace_.empty()) {
    return badRequest(names_.namespaced
                          ? "an empty namespace may not be set when a resource name is provided"
                          : "the namespace of the provided object does not match the namespace sent on the request");
  }
  switch (request_.verb) {
    case api::Verb::kGet: return get();
    case api::Verb::kCreate: return create();
    case api::Verb::kUpdate:
    case api::Verb::kUpdateStatus: return update();
    case api::Verb::kPatch:
    case api::Verb::kPatchStatus: return patch();
    case api::Verb::kDelete: return remove(request_.delete_options);
    case api::Verb::kBind: return bind();
    case api::Verb::kEvict: return evict();
  }
  return methodNotAllowed(names_, api::verbText(request_.verb));
}

api::Response Write::answered(api::ObjectPtr object) {
  api::Response response;
  response.object = std::move(object);
  return response;
}

api::ObjectPtr Write::noted(api::ObjectPtr object, bool deleted) {
  server_.writes_.push_back({object, request_.verb, deleted});
  return object;
}

api::ObjectPtr Write::insert(api::MutableObjectPtr object) {
  if (dryRun()) return object;
  return noted(server_.store_.insert(std::move(object), now_), false);
}

api::ObjectPtr Write::replace(api::MutableObjectPtr object) {
  if (dryRun()) {
    object->meta.resourceVersion = server_.store_.find(api::keyOf(*object))->meta.resourceVersion;
    return object;
  }
  return noted(server_.store_.replace(std::move(object), now_), false);
}

api::ObjectPtr Write::erase() {
  if (dryRun()) return server_.store_.find(request_.key);
  api::ObjectPtr gone = noted(server_.store_.erase(request_.key, now_), true);
  if (request_.key.kind == api::Kind::kGeneric) finishDefinitionOf(request_.key.name);
  return gone;
}

api::Response Write::get() {
  api::ObjectPtr object = server_.store_.find(request_.key);
  return object ? answered(std::move(object)) : notFoundError(names_);
}

// A namespaced object needs its namespace, alive (admission plugin NamespaceLifecycle).
bool Write::namespaceAllows(api::Response& failure) const {
  if (!names_.namespaced) return true;
  const api::ObjectPtr found = server_.store_.find({api::Kind::kGeneric, "", "Namespace/" + request_.key.namespace_});
  if (!found) {
    ResourceNames missing;
    missing.resource = "namespaces";
    missing.name = request_.key.namespace_;
    failure = notFoundError(missing);
    return false;
  }
  if (!found->meta.deletionTimestamp) return true;
  failure =
      forbiddenError(names_, fmt::format("unable to create new content in namespace {} because it is being terminated",
                                         request_.key.namespace_));
  failure.causes.push_back({"NamespaceTerminating",
                            fmt::format("namespace {} is being terminated", request_.key.namespace_),
                            "metadata.namespace"});
  return false;
}

std::string Write::drawText() const {
  const std::uint64_t draw = request_.options.get().draw;
  return draw == 0 ? std::string() : fmt::format("/{}", draw);
}

// A random UUID (version 4), by what is created and at which revision (K-API-1).
std::string Write::newUid(const api::ObjectKey& key) const {
  const std::string name =
      fmt::format("uid/{}/{}/{}{}", names_.qualifiedResource(), key.namespace_, key.name, drawText());
  const auto revision = static_cast<std::uint64_t>(server_.store_.revision());
  std::uint64_t high = kernel::bitsAt(server_.config_.seed, name, 2 * revision);
  std::uint64_t low = kernel::bitsAt(server_.config_.seed, name, 2 * revision + 1);
  high = (high & ~std::uint64_t{0xf000}) | 0x4000;
  low = (low & ~(std::uint64_t{3} << 62)) | (std::uint64_t{1} << 63);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string uid;
  uid.reserve(36);
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) uid.push_back('-');
    const std::uint64_t half = i < 16 ? high : low;
    uid.push_back(kDigits[(half >> (60 - 4 * (i % 16))) & 15]);
  }
  return uid;
}

std::string nameFrom(const std::string& generate_name, kernel::Stream& letters) {
  std::string out = generate_name.substr(0, kPrefixMax);
  for (std::size_t i = 0; i < kSuffixLength; ++i)
    out.push_back(kSuffixLetters[kernel::below(letters, kSuffixLetters.size())]);
  return out;
}

// A free name from generateName (K-API-4).
bool Write::generateName(api::Object& object, api::Response& failure) {
  const std::string prefix = object.meta.generateName.substr(0, kPrefixMax);
  kernel::Stream letters =
      kernel::stream(server_.config_.seed, fmt::format("name/{}/{}/{}/{}{}", names_.resource, object.meta.namespace_,
                                                       prefix, server_.store_.revision(), drawText()));
  for (int attempt = 0; attempt < kNameTries; ++attempt) {
    object.meta.name = nameFrom(prefix, letters);
    if (!server_.store_.find(api::keyOf(object))) return true;
  }
  names_.name = object.meta.name;
  failure = nameNotUnique(names_);
  return false;
}

// Of what is stored as a tree: workloads, what makes the API larger, and resources that somebody has defined.
bool Write::hasGeneration() const {
  if (strategy_.has_generation) return true;
  return request_.key.kind == api::Kind::kGeneric &&
         (names_.group == "apps" || names_.group == "apiextensions.k8s.io" ||
          names_.group == "admissionregistration.k8s.io" || !names_.unconditional_update);
}

api::Response Write::create() {
  TWIN_ASSERT(request_.object, "a create without an object");
  return createObject(request_.object);
}

api::Response Write::createObject(const api::ObjectPtr& sent) {
  api::Response failure;
  // Until the name is made, messages of admission plugins name the prefix (apiserver pkg/admission/errors.go).
  if (request_.key.name.empty()) names_.name = sent->meta.generateName;
  if (!namespaceAllows(failure)) return failure;
  if (sent->meta.resourceVersion != 0) return badRequest("resourceVersion should not be set on objects to be created");
  api::MutableObjectPtr object = api::edit(sent);
  api::ObjectMeta& meta = object->meta;
  if (strategy_.defaults) strategy_.defaults(*object);
  api::Raw owners = ownersAfter(*object, nullptr, false);

  Admission admission{context_, webhooks_, names_};
  if (!admission.mutateCreate(*object, failure)) return failure;
  if (request_.options.present() && request_.options->until_webhooks) {
    meta.uid.clear();
    meta.creationTimestamp.reset();
    meta.managedFields = std::move(owners);
    return answered(object);
  }
  const api::ObjectPtr admitted = request_.options.get().admitted;
  if (admitted) takeAdmitted(*object, nullptr);

  // FillObjectMetaSystemFields, then the strategy's own preparation (BeforeCreate).
  meta.creationTimestamp = api::truncateToSeconds(now_);
  meta.deletionTimestamp.reset();
  meta.deletionGracePeriodSeconds.reset();
  meta.selfLink.clear();
  meta.managedFields = std::move(owners);
  meta.generation = hasGeneration() ? 1 : 0;
  const bool generated = meta.name.empty() && !meta.generateName.empty();
  if (generated && !generateName(*object, failure)) return failure;
  names_ = namesOf(api::keyOf(*object));
  meta.uid = admitted && !admitted->meta.uid.empty() ? admitted->meta.uid : newUid(api::keyOf(*object));
  if (strategy_.prepareCreate) strategy_.prepareCreate(context_, *object);

  api::Errors errors;
  validateMeta(*object, strategy_, names_, errors);
  if (strategy_.validateCreate) strategy_.validateCreate(context_, *object, errors);
  if (!errors.empty()) return invalidError(names_.qualifiedKind(), names_.name, errors);
  if (!admission.validateCreate(*object, generated, failure)) return failure;

  if (const api::ObjectPtr old = server_.store_.find(api::keyOf(*object)))
    return alreadyExists(names_, old->meta.deletionTimestamp.has_value());
  return answered(insert(std::move(object)));
}

void Write::takeAdmitted(api::Object& object, const api::Object* old) const {
  const api::Object& admitted = *request_.options->admitted;
  const api::MutableObjectPtr before = api::edit(object);
  object.body = admitted.body;
  // Only its own endpoint writes a status, whoever changes what is sent there.
  carryStatus(object, *before);
  object.meta.labels = admitted.meta.labels;
  object.meta.annotations = admitted.meta.annotations;
  object.meta.ownerReferences = admitted.meta.ownerReferences;
  object.meta.finalizers = admitted.meta.finalizers;
  if (!old) {
    object.meta.name = admitted.meta.name;
    object.meta.generateName = admitted.meta.generateName;
  }
  if (strategy_.defaults) strategy_.defaults(object);
}

api::Response Write::bind() {
  if (request_.key.kind != api::Kind::kPod) return methodNotAllowed(names_, "bind");
  const api::ObjectPtr old = server_.store_.find(request_.key);
  if (!old) return notFoundError(names_);
  if (!request_.delete_options.preconditionUid.empty() && request_.delete_options.preconditionUid != old->meta.uid) {
    return conflictError("pods/binding", names_.name,
                         fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}",
                                     request_.delete_options.preconditionUid, old->meta.uid));
  }
  const api::Pod& pod = api::as<api::Pod>(old);
  if (request_.node.empty()) {
    return invalidError("Binding", names_.name, {api::requiredValue("target.name", "")});
  }
  if (old->meta.deletionTimestamp) {
    return conflictError("pods/binding", names_.name,
                         fmt::format("pod {} is being deleted, cannot be assigned to a host", names_.name));
  }
  if (!pod.nodeName.empty()) {
    return conflictError("pods/binding", names_.name,
                         fmt::format("pod {} is already assigned to node {}", names_.name, api::quoted(pod.nodeName)));
  }
  if (!pod.spec->schedulingGates.empty())
    return badRequest(fmt::format("pod {} has non-empty .spec.schedulingGates", names_.name));

  api::MutableObjectPtr fresh = api::edit(old);
  api::Pod& bound = api::as<api::Pod>(*fresh);
  bound.nodeName = request_.node;
  if (context_.minor() >= 35) bound.status.nominatedNodeName.clear();  // ClearingNominatedNodeNameAfterBinding
  std::vector<api::Condition>& conditions = bound.status.conditions;
  api::Condition* scheduled = api::findCondition(conditions, "PodScheduled");
  if (!scheduled) scheduled = &conditions.emplace_back();
  api::Condition now_true;
  now_true.type = "PodScheduled";
  now_true.status = "True";
  now_true.lastTransitionTime = api::truncateToSeconds(now_);
  *scheduled = std::move(now_true);
  copyTopologyLabels(context_, *fresh, request_.node);
  return commitUpdate(std::move(fresh), old, false);
}

}  // namespace jobset_twin::apiserver
