// object.hpp - any Kubernetes object: one metadata view, and a typed body or a generic tree.
//
// Objects are immutable once stored and shared by reference (ObjectPtr); whoever changes one copies it first (edit).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/api/event.hpp"
#include "engine/api/jobset.hpp"
#include "engine/api/node.hpp"
#include "engine/api/scheduling.hpp"
#include "engine/api/service.hpp"

namespace jobset_twin::api {

// The order is that of Object::body. kGeneric stands for every kind that is stored but not typed.
enum class Kind : std::uint8_t {
  kJobSet,
  kJob,
  kPod,
  kNode,
  kService,
  kEndpointSlice,
  kPersistentVolumeClaim,
  kEvent,
  kPriorityClass,
  kGeneric
};
inline constexpr std::size_t kKindCount = 10;

struct Generic {
  std::string apiVersion, kind;
  Raw content;  // the whole object without apiVersion, kind and metadata
};

using Body =
    std::variant<JobSet, Job, Pod, Node, Service, EndpointSlice, PersistentVolumeClaim, Event, PriorityClass, Generic>;

struct Object : boost::intrusive_ref_counter<Object, boost::thread_unsafe_counter> {
  Object() = default;
  explicit Object(Body b) : body(std::move(b)) {}
  ObjectMeta meta;
  Body body;

  Kind kind() const { return static_cast<Kind>(body.index()); }
};

using ObjectPtr = boost::intrusive_ptr<const Object>;
using MutableObjectPtr = boost::intrusive_ptr<Object>;

// The typed body; asserts the kind. Pointers so that absence can be passed on.
template <class T>
const T& as(const Object& object) {
  return std::get<T>(object.body);
}
template <class T>
const T& as(const ObjectPtr& object) {
  return std::get<T>(object->body);
}
template <class T>
T& as(Object& object) {
  return std::get<T>(object.body);
}

// A copy to change; nobody else sees it until it is stored.
inline MutableObjectPtr edit(const Object& object) { return MutableObjectPtr(new Object(object)); }
inline MutableObjectPtr edit(const ObjectPtr& object) { return edit(*object); }
inline MutableObjectPtr makeObject(Body body) { return MutableObjectPtr(new Object(std::move(body))); }

// Where an object is found: kind, namespace ("" for cluster scope), name. Generic kinds put "<kind>.<group>/" before
// the name.
struct ObjectKey {
  Kind kind = Kind::kGeneric;
  std::string namespace_, name;
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
  friend bool operator==(const ObjectKey&, const ObjectKey&) = default;
};
ObjectKey keyOf(const Object& object);

std::string_view apiVersionOf(const Object& object);  // "batch/v1"
std::string_view kindNameOf(const Object& object);    // "Job"
std::string groupOf(std::string_view api_version);    // "batch"; "" for the core group

}  // namespace jobset_twin::api
