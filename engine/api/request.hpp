// request.hpp - one call to an API server and its answer, as plain values: what a Plan is made of, what the driver
// sends, what the simulated server executes and what the live client puts on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::api {

enum class Verb : std::uint8_t { kGet, kCreate, kUpdate, kUpdateStatus, kPatch, kPatchStatus, kDelete, kBind, kEvict };
enum class Propagation : std::uint8_t { kDefault, kBackground, kForeground, kOrphan };

// Patches. The typed ones are what Kubernetes' own components send as strategic merge patches; they save JSON on hot
// paths and mean exactly the patch that their comment names.
struct MergePatch {  // RFC 7386 on the object's JSON
  Raw body;
};
struct StrategicMergePatch {  // lists merged by their key (reflect.hpp)
  Raw body;
};
struct RemoveFinalizer {  // {"metadata":{"$deleteFromPrimitiveList/finalizers":[name]}}; no such finalizer: no change
  std::string name;
};
struct SetConditions {  // status.conditions merged by type; other fields of status untouched
  std::vector<Condition> conditions;
  std::optional<std::string> phase, reason, message;  // of a Pod's status, when given
  std::optional<std::string> nominatedNodeName;
};
struct PodStatusPatch {  // kubelet: its own fields replaced, its own conditions merged by type, the others kept
  PodStatus status;
};
struct AnnotationPatch {  // metadata.annotations merged
  StringMap annotations;
};
struct ApplyPatch {  // server-side apply: the fields that the manager wants, and no others; creates what is absent
  Raw body;
};
using Patch = std::variant<std::monostate, MergePatch, StrategicMergePatch, RemoveFinalizer, SetConditions,
                           PodStatusPatch, AnnotationPatch, ApplyPatch>;

// What a client from outside says about its write.
struct WriteOptions {
  std::string field_manager;  // whose fields it sets; "": nobody keeps account (the cluster's own components)
  bool force = false;         // of an ApplyPatch: takes what others own
  bool dry_run = false;       // answers as if it were done, and stores nothing
  // With webhooks of others: the object as it comes to them is the answer, unchecked and not stored; and the object as
  // it comes from them, in place of the one that came to them. A create's has a UID if they were told one.
  bool until_webhooks = false;
  ObjectPtr admitted{};
  // Of a rehearsal whose outcome is to stay: what sets its UID and its generated name apart from those of others that
  // are under way at the same revision. 0: nothing does.
  std::uint64_t draw = 0;
  friend bool operator==(const WriteOptions&, const WriteOptions&) = default;
};

struct DeleteOptions {
  Propagation propagation = Propagation::kDefault;
  std::optional<std::int64_t> gracePeriodSeconds;
  std::string preconditionUid;                   // "": none
  std::int64_t preconditionResourceVersion = 0;  // 0: none
};

struct Request {
  Verb verb = Verb::kGet;
  ObjectKey key;     // the target; for a create with generateName the name is empty
  ObjectPtr object;  // kCreate, kUpdate, kUpdateStatus: as sent. meta.resourceVersion 0: unconditional
  Patch patch;       // kPatch, kPatchStatus
  DeleteOptions delete_options;
  std::string node;                         // kBind: the node
  std::int64_t patch_resource_version = 0;  // kPatch, kPatchStatus: 0 unconditional, else a precondition
  Shared<WriteOptions> options;             // absent but for clients from outside
};

// What an API server says of a request (metav1.Status), K-API-13.
enum class Reason : std::uint8_t {
  kSuccess,
  kBadRequest,
  kUnauthorized,
  kForbidden,
  kNotFound,
  kMethodNotAllowed,
  kAlreadyExists,
  kConflict,
  kExpired,
  kInvalid,
  kTooManyRequests,
  kInternalError,
  kTimeout,
  kUnknownOutcome /* no answer came: done or not done */,
  kServiceUnavailable
};
struct Cause {
  std::string reason, message, field;
};
struct Response {
  Reason reason = Reason::kSuccess;
  std::string message;
  std::vector<Cause> causes;
  std::int32_t retry_after_seconds = 0;
  ObjectPtr object;  // the object after the request (the last state for a finished delete)
  std::vector<std::string> warnings;
  bool ok() const { return reason == Reason::kSuccess; }
};

std::int32_t httpCode(Reason reason);
std::string_view reasonText(Reason reason);  // "AlreadyExists"
std::string_view verbText(Verb verb);        // "create"

Request createRequest(ObjectPtr object);
Request updateRequest(ObjectPtr object);
Request updateStatusRequest(ObjectPtr object);
Request deleteRequest(ObjectKey key, DeleteOptions options);
Request patchRequest(ObjectKey key, Patch patch);
Request patchStatusRequest(ObjectKey key, Patch patch);

}  // namespace jobset_twin::api
