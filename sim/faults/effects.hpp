// effects.hpp - what each class does at the points of the simulated cluster where faults act, and how it is undone. One
// file per group of classes (*_effects.cpp); which objects and when is the injector's business.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/api/object.hpp"
#include "sim/cluster/world.hpp"
#include "sim/faults/fault.hpp"

namespace jobset_twin::faults {

// How many faults hold the same thing down ("power/node-3"): the last one to end lets it go.
using Holds = std::map<std::string, std::int32_t>;

// What an injection must remember to be undone.
struct Memory {
  std::vector<std::uint64_t> numbers;   // of rules
  std::vector<api::ObjectPtr> objects;  // as they were

  template <class Archive>
  void serialize(Archive& ar) {
    ar(numbers, objects);
  }
};

struct Effect {
  cluster::World& world;
  const Fault& fault;
  std::uint64_t number;  // of the injection: unique in a run
  Holds& holds;
  Memory& memory;
  Duration lasts{};  // how long it will, when it ends
};

// What was done, in words; "": nothing was hit.
std::string beginOnPod(const Effect& effect, const api::ObjectPtr& pod);
void endOnPod(const Effect& effect, const api::ObjectKey& pod);
std::string beginOnNode(const Effect& effect, const std::string& node);
void endOnNode(const Effect& effect, const std::string& node);
// "node-3" of "node-3-r17", which came in its place: the name of the first of the machines that took each other's
// place.
std::string firstName(const std::string& node);
// After endOnNode of each: what is done once for all.
void endOnNodes(const Effect& effect);
// How long before the node goes down or is removed it is drained; zero for other classes.
Duration noticeOf(const Fault& fault);
// It does now; false: it was gone already.
bool noticeIsOver(const Effect& effect, const std::string& node);

// On what there is one of in a cluster. endOnCluster says how often it hit, where that is counted; `missed`: never.
std::string beginOnCluster(const Effect& effect);
std::string endOnCluster(const Effect& effect, bool& missed);
std::string beginOnImages(const Effect& effect);
void endOnImages(const Effect& effect);
std::string beginOnNetwork(const Effect& effect);
void endOnNetwork(const Effect& effect);
std::string beginOnController(const Effect& effect);
void endOnController(const Effect& effect);
std::string beginOnApi(const Effect& effect);
std::string endOnApi(const Effect& effect, bool& missed);

// True for the first who holds it; release: true for the last.
bool hold(Holds& holds, const std::string& what);
bool release(Holds& holds, const std::string& what);

}  // namespace jobset_twin::faults
