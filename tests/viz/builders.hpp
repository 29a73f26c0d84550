// builders.hpp - objects, changes and notes as the tests of viz/ feed them to what shows a run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenarios/observer.hpp"
#include "scenarios/outcome.hpp"
#include "sim/cluster/component.hpp"

namespace jobset_twin::viz::test {

inline const api::TimePoint kStart = kernel::kDefaultStart;
inline api::TimePoint at(double seconds) {
  return kStart + std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

template <class T>
api::MutableObjectPtr object(const std::string& name, double created = 0) {
  api::MutableObjectPtr made = api::makeObject(T{});
  made->meta.name = name;
  made->meta.namespace_ = "default";
  made->meta.uid = "uid-" + name;
  made->meta.creationTimestamp = at(created);
  made->meta.generation = 1;
  return made;
}

api::Condition condition(std::string type, std::string status, std::string reason = "", std::string message = "");

// A JobSet "x" with one replicated job of so many Jobs, of so many Pods each.
api::MutableObjectPtr jobSet(const std::string& replicated_job, std::int32_t jobs, std::int32_t pods);
// Its Job and its Pod, labelled as the controllers label them.
api::MutableObjectPtr jobOf(const api::Object& jobset, const std::string& replicated_job, int index);
api::MutableObjectPtr podOf(const api::Object& job, int index);
// A Pod with containers of these names, without an owner.
api::MutableObjectPtr pod(const std::string& name, const std::vector<std::string>& containers, double created = 0);

api::ContainerStatus waiting(std::string name, std::string reason);
api::ContainerStatus running(std::string name, bool ready = true);
api::ContainerStatus terminated(std::string name, std::int32_t code, std::string reason, std::int32_t signal = 0);

// Feeds changes in order, remembering the states before.
class Feed {
 public:
  explicit Feed(scenarios::Observer& observer) : observer_(observer) {}
  void added(double seconds, const api::MutableObjectPtr& made);
  // The object as `made` is now; `edit` again before the next change.
  void modified(double seconds, const api::MutableObjectPtr& made);
  void deleted(double seconds, const api::MutableObjectPtr& made);
  void note(double seconds, cluster::NoteKind kind, std::string subject, std::string text, std::uint64_t a = 0,
            std::uint64_t b = 0);

 private:
  void send(double seconds, apiserver::WatchType type, const api::MutableObjectPtr& made);
  scenarios::Observer& observer_;
  std::map<std::string, api::ObjectPtr> last_;  // by UID
  std::int64_t revision_ = 0;
};

}  // namespace jobset_twin::viz::test
