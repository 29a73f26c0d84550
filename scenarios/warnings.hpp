// warnings.hpp - what the simulator does not model in a set of manifests, found before the run and named: kinds that
// nothing acts on, containers whose command it does not know, constructs of scripts that its shell lacks, behaviours
// that fit no container.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scenarios/load.hpp"

namespace jobset_twin::scenarios {

// An object that is to be submitted, and where it stands.
struct Source {
  api::ObjectPtr object;
  std::string origin;                   // file:line
  const api::Tree* document = nullptr;  // null: in place in a scenario
  const std::string* text = nullptr;    // of the document's file
  Duration at{};
};

// A warning that names the object's place.
api::Error warningAt(const Source& source, std::string code, std::string text);
using VisitPod =
    std::function<void(const Source&, const api::PodSpec&, const std::string& path, const std::string& replicated_job)>;
// All Pods and templates of Pods; path: "spec.template.spec".
void visitPods(const std::vector<Source>& sources, const VisitPod& visit);

// Whether an object is there that others refer to, and how a warning says that it is not.
struct Presence {
  std::function<bool(std::string_view kind, const std::string& namespace_, const std::string& name)> is;
  std::string_view absent;
};
Presence amongst(const std::vector<Source>& sources);

// "kind Deployment (apps/v1) is not modelled: Deployment/default/web is stored, and nothing acts on it"; and fields of
// Pods that rely on such kinds.
void checkKinds(const std::vector<Source>& sources, api::Errors& warnings);

// Errors: constructs that the interpreter would have to guess. Warnings: unknown commands, with the default that stands
// in.
void checkCommands(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& errors,
                   api::Errors& warnings);

// What admission lets through though it cannot work: patterns that are no regular expressions, a replicated job that
// depends on itself.
void checkJobSets(const std::vector<Source>& sources, api::Errors& warnings);

// What Pods refer to and no manifest brings (ConfigMaps, Secrets, service accounts): a real cluster
// would wait for it or refuse the Pod, here it is passed over.
void checkReferences(const std::vector<Source>& sources, const Presence& presence, api::Errors& warnings);

// Numbers of nodes, Pods, namespaces, Services and endpoints beyond Kubernetes' published thresholds: one warning.
void checkThresholds(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& warnings);

// PodGroups and Workloads that the API server would refuse; gangs that have no effect, and why.
void checkGangs(const std::vector<Source>& sources, const Scenario& scenario, const Presence& presence,
                api::Errors& errors, api::Errors& warnings);

// Whether Kueue is installed: the manifests have a ClusterQueue or a LocalQueue. And what of it is not modelled, or
// cannot work.
bool hasKueue(const std::vector<Source>& sources);
void checkKueue(const std::vector<Source>& sources, api::Errors& warnings);
// What can be said of one object by itself.
void checkKueue(const Source& source, bool installed, api::Errors& warnings);

// Pods of a scheduler that is not there: a name that no profile has (K-SCH-6).
void checkSchedulers(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& warnings);

// Models of containers that work together which cannot do so: roles that nobody has, numbers that cannot be changed.
// `scenario`: its document, to say where.
void checkModels(const std::vector<Source>& sources, const Scenario& scenario, const api::Tree* document,
                 api::Errors& errors, api::Errors& warnings);

// Behaviours that no container of the manifests fits.
void checkBehaviors(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& warnings);

}  // namespace jobset_twin::scenarios
