// load.hpp - from files to a run: reads manifests and at most one Scenario document, derives the cluster, and finds at
// load what the simulator does not model. The only reader of files beside the command line.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/read.hpp"
#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"

namespace jobset_twin::scenarios {

struct LoadOptions {
  api::Validation validation = api::Validation::kStrict;
  std::optional<std::int32_t> nodes;          // --nodes
  std::optional<std::uint64_t> seed;          // --seed; else the scenario's, else 1
  std::optional<Duration> until;              // --until; else the scenario's duration
  std::vector<std::string> faults;            // --fault, in the short form
  std::vector<std::string> changes;           // --set (changes.hpp)
  std::string feature_gates;                  // --feature-gates
  std::string kubernetes_version;             // --kubernetes-version; "": the scenario's
  std::string default_namespace = "default";  // -n
  std::optional<TimePoint> start;             // else the scenario's startTime, else the kernel's
};

struct InputFile {
  std::string name;  // as shown; "-" is standard input
  std::string text;
};

struct Loaded {
  Scenario scenario;  // complete: with the derived cluster and all manifests, for --print-scenario
  RunPlan plan;
  std::vector<std::string> invented;  // what was invented, one line each
  api::Errors errors;                 // not empty: nothing is to be run
  api::Errors warnings;               // plan.warnings has them too, as text
};

// read: gives the text of a file that a scenario names (apply:), or nothing if it cannot be read.
Loaded load(const std::vector<InputFile>& files, const LoadOptions& options,
            const std::function<std::optional<std::string>(const std::string& path)>& read);

// Every document of these files, also those that a Scenario applies, as trees before any change; what cannot be read is
// left out.
std::vector<api::Tree> documentsOf(const std::vector<InputFile>& files,
                                   const std::function<std::optional<std::string>(const std::string& path)>& read);

// The objects of manifests alone, with errors and warnings; Lists are taken apart. Scenario documents are given back as
// trees.
struct Manifests {
  std::vector<api::ObjectPtr> objects;
  std::vector<std::string> origins;  // file:line of each
  std::vector<api::Tree> trees;      // the document of each
  std::vector<api::Tree> own;        // documents of jobset-twin.dev
  api::Errors errors, warnings;
};
// edit: changes a document before it is read; may be empty.
Manifests readManifests(const InputFile& file, api::Validation validation, const std::string& default_namespace,
                        const std::function<void(api::Tree&, api::Errors&)>& edit = {});

}  // namespace jobset_twin::scenarios
