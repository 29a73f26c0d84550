#include "scenarios/deadlock.hpp"

#include <vector>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"

namespace jobset_twin::scenarios {
namespace {

struct Part {
  std::string uid, name;
  std::size_t placed = 0, waiting = 0;
};

// Refused by some node for what others have of it.
bool wantsRoom(const std::string& message) {
  return message.find("Insufficient ") != std::string::npos || message.find("Too many pods") != std::string::npos;
}

bool ended(const api::Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

}  // namespace

std::map<std::string, std::string> deadlocked(const apiserver::Server& server,
                                              const std::map<std::string, std::string>& unschedulable, bool gangs) {
  std::map<std::string, Part> parts;  // by namespace/name
  for (const auto& [key, object] : server.store().all(api::Kind::kJobSet)) {
    if (!api::as<api::JobSet>(object).status.terminalState.empty()) continue;
    Part& part = parts[object->meta.namespace_ + "/" + object->meta.name];
    part.uid = object->meta.uid;
    part.name = object->meta.name;
  }
  for (const auto& [key, object] : server.store().all(api::Kind::kPod)) {
    const api::Pod& pod = api::as<api::Pod>(object);
    const std::string namespace_ = object->meta.namespace_ + "/";
    const auto part = parts.find(namespace_ + std::string(object->meta.labels.get(jobset::kJobSetNameKey)));
    if (part == parts.end() || ended(pod)) continue;
    if (!pod.nodeName.empty()) {
      ++part->second.placed;
    } else if (const auto why = unschedulable.find(namespace_ + object->meta.name);
               why != unschedulable.end() && wantsRoom(why->second)) {
      ++part->second.waiting;
    }
  }
  std::vector<Part> half;
  for (const auto& [key, part] : parts) {
    if (part.placed > 0 && part.waiting > 0) half.push_back(part);
  }
  std::map<std::string, std::string> out;
  if (half.size() < 2) return out;
  for (const Part& part : half) {
    std::string others;
    std::size_t named = 0;
    for (const Part& other : half) {
      if (other.uid == part.uid) continue;
      if (++named > 3) {
        others += ", …";
        break;
      }
      others += fmt::format("{}{} ({} of {})", named == 1 ? "" : ", ", other.name, other.placed,
                            other.placed + other.waiting);
    }
    constexpr const char* kAdvice =
        ". Gang scheduling (spec.scheduler.gangs) gives nodes to all Pods of a JobSet or to none";
    out[part.uid] =
        fmt::format("deadlock: {} of its {} Pods have nodes and wait for the others, which fit nowhere; so {} {}{}",
                    part.placed, part.placed + part.waiting, named == 1 ? "does" : "do", others, gangs ? "" : kAdvice);
  }
  return out;
}

}  // namespace jobset_twin::scenarios
