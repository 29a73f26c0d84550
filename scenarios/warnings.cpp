#include "scenarios/warnings.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/jobset/jobset_validation.hpp"
#include "scenarios/read_parts.hpp"
#include "sim/workload/command.hpp"

namespace jobset_twin::scenarios {
namespace {

// Stored as they are, and either acted on (ConfigMaps are read by containers) or without effect in a cluster without
// authorisation, which the simulated one is.
constexpr std::array<std::string_view, 14> kFineKinds = {"ConfigMap",
                                                         "Secret",
                                                         "Namespace",
                                                         "ServiceAccount",
                                                         "Role",
                                                         "RoleBinding",
                                                         "ClusterRole",
                                                         "ClusterRoleBinding",
                                                         "StorageClass",
                                                         "PodDisruptionBudget",
                                                         "PersistentVolume",
                                                         "PodGroup",
                                                         "Workload",
                                                         "CustomResourceDefinition"};
constexpr std::array<std::string_view, 6> kFineGroups = {
    "", "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io"};

bool isFine(const api::Object& object) {
  if (object.kind() != api::Kind::kGeneric) return true;
  if (api::groupOf(api::apiVersionOf(object)) == "kueue.x-k8s.io") return true;  // kueue_warnings.cpp
  const auto listed = [](const auto& list, std::string_view value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  return listed(kFineKinds, api::kindNameOf(object)) && listed(kFineGroups, api::groupOf(api::apiVersionOf(object)));
}

}  // namespace

api::Error warningAt(const Source& source, std::string code, std::string text) {
  api::Error out = api::plainError(std::move(code), std::move(text));
  const std::size_t colon = source.origin.rfind(':');
  out.file = source.origin.substr(0, colon);
  if (source.document != nullptr) {
    out.line = source.document->root.at.line;
    out.column = source.document->root.at.column;
  } else if (colon != std::string::npos) {
    out.line = std::atoi(source.origin.c_str() + colon + 1);
  }
  return out;
}

namespace {

// A container of a template, and the labels by which behaviours find it.
struct ContainerPlace {
  const Source& source;
  const api::Container& container;
  std::string path;            // "spec.template.spec.containers[0]"
  std::string replicated_job;  // "" outside of JobSets
  std::string who;             // "container worker of JobSet/default/x (replicated job workers)"
};

using Visit = std::function<void(const ContainerPlace&)>;
void visitContainersOf(const Source& source, const api::PodSpec& spec, const std::string& path,
                       const std::string& replicated_job, const Visit& visit) {
  const auto each = [&](const std::vector<api::Container>& containers, std::string_view list) {
    for (std::size_t i = 0; i < containers.size(); ++i) {
      std::string who = fmt::format("container {} of {}", containers[i].name, nameOf(*source.object));
      if (!replicated_job.empty()) who += fmt::format(" (replicated job {})", replicated_job);
      visit({source, containers[i], fmt::format("{}.{}[{}]", path, list, i), replicated_job, std::move(who)});
    }
  };
  each(spec.initContainers, "initContainers");
  each(spec.containers, "containers");
}

}  // namespace

void visitPods(const std::vector<Source>& sources, const VisitPod& visit) {
  for (const Source& source : sources) {
    if (source.object->kind() == api::Kind::kJobSet) {
      const api::JobSet& jobset = api::as<api::JobSet>(source.object);
      for (std::size_t i = 0; i < jobset.spec->replicatedJobs.size(); ++i) {
        const api::ReplicatedJob& job = jobset.spec->replicatedJobs[i];
        visit(source, *job.template_.spec->template_.spec,
              fmt::format("spec.replicatedJobs[{}].template.spec.template.spec", i), job.name);
      }
    } else if (source.object->kind() == api::Kind::kJob) {
      visit(source, *api::as<api::Job>(source.object).spec->template_.spec, "spec.template.spec", "");
    } else if (source.object->kind() == api::Kind::kPod) {
      visit(source, *api::as<api::Pod>(source.object).spec, "spec", "");
    }
  }
}

namespace {

void visitContainers(const std::vector<Source>& sources, const Visit& visit) {
  visitPods(sources,
            [&](const Source& source, const api::PodSpec& spec, const std::string& path,
                const std::string& replicated_job) { visitContainersOf(source, spec, path, replicated_job, visit); });
}

bool same(const std::string& wanted, std::string_view value) { return wanted.empty() || wanted == value; }

// Whether some start of the container may fit the behaviour.
bool mayMatch(const workload::BehaviorMatch& match, const ContainerPlace& place) {
  const api::Object& object = *place.source.object;
  const bool in_jobset = object.kind() == api::Kind::kJobSet;
  if (!same(match.namespace_, object.meta.namespace_) || !same(match.container, place.container.name)) return false;
  if (!same(match.jobset, in_jobset ? object.meta.name : "") || !same(match.replicated_job, place.replicated_job))
    return false;
  if (match.job.empty()) return true;
  if (in_jobset) return match.job.starts_with(fmt::format("{}-{}-", object.meta.name, place.replicated_job));
  return match.job == object.meta.name;
}

// A model without the name of a container is for the first of each Pod.
bool coversAll(const workload::Behavior& behavior, const ContainerPlace& place) {
  const workload::BehaviorMatch& match = behavior.match;
  if (behavior.model && match.container.empty() && !place.path.ends_with(".containers[0]")) return false;
  const bool job_covered = match.job.empty() || place.source.object->kind() != api::Kind::kJobSet;
  return mayMatch(match, place) && job_covered && match.job_index.empty() && match.pod_index.empty() &&
         match.attempt.empty();
}

bool isRestartAgent(const api::Container& container) {
  return container.name == "in-place-restart-agent" ||
         container.image.find("in-place-restart-agent") != std::string::npos;
}

// Where the script stands in the file: of a literal block ("|") each line of the script is a line of the file.
void placeInFile(const ContainerPlace& place, const std::vector<std::string>& argv,
                 const workload::Diagnostic& diagnostic, api::Error& error) {
  const api::Tree* document = place.source.document;
  if (document == nullptr || diagnostic.line == 0) return;
  // The script is the last word that has as many lines.
  for (std::size_t i = argv.size(); i-- > 0;) {
    if (std::count(argv[i].begin(), argv[i].end(), '\n') + 1 < diagnostic.line) continue;
    const std::size_t commands = place.container.command.size();
    const std::string path = i < commands ? fmt::format("{}.command[{}]", place.path, i)
                                          : fmt::format("{}.args[{}]", place.path, i - commands);
    const api::Position at = api::locate(document->root, path);
    error.field = path;
    error.line = at.line;
    error.column = at.column;
    if (place.source.text == nullptr || at.line <= 0) return;
    std::size_t begin = 0;
    for (int line = 1; line < at.line && begin != std::string::npos; ++line) {
      const std::size_t end = place.source.text->find('\n', begin);
      begin = end == std::string::npos ? end : end + 1;
    }
    if (begin == std::string::npos || begin + static_cast<std::size_t>(at.column) > place.source.text->size()) return;
    if ((*place.source.text)[begin + static_cast<std::size_t>(at.column) - 1] != '|') return;
    const std::size_t first = place.source.text->find('\n', begin);
    if (first == std::string::npos) return;
    const std::size_t indent = place.source.text->find_first_not_of(" \n", first);
    const std::size_t line_begin =
        indent == std::string::npos ? std::string::npos : place.source.text->rfind('\n', indent) + 1;
    if (line_begin != first + 1) return;  // blank lines at the top: the indentation is not known for sure
    error.line = at.line + diagnostic.line;
    error.column = static_cast<int>(indent - line_begin) + diagnostic.column;
    return;
  }
}

class Commands {
 public:
  Commands(const Scenario& scenario, api::Errors& errors, api::Errors& warnings)
      : scenario_(scenario), errors_(errors), warnings_(warnings) {}

  void check(const ContainerPlace& place) {
    if (place.container.command.empty() && isRestartAgent(place.container)) return;
    const auto& behaviors = scenario_.behaviors;
    if (std::any_of(behaviors.begin(), behaviors.end(),
                    [&](const auto& behavior) { return coversAll(behavior, place); }))
      return;
    std::vector<std::string> argv = place.container.command;
    argv.insert(argv.end(), place.container.args.begin(), place.container.args.end());
    if (place.container.command.empty()) {
      return warn(place, {},
                  fmt::format("the entry point of the image {} is not known: {}", place.container.image, stated()));
    }
    const workload::Compiled compiled = workload::compile(argv);
    const bool shell =
        compiled.program && compiled.program->kind == workload::ProgramKind::kShell && compiled.program->code;
    for (const workload::Diagnostic& unknown : compiled.unknown) {
      api::Error position;
      placeInFile(place, argv, unknown, position);
      const std::string where =
          unknown.line > 0 ? fmt::format("script line {}, column {}: ", unknown.line, unknown.column) : std::string();
      if (!shell) {
        warn(place, position, fmt::format("{}: {}", unknown.text, stated()));
      } else if (unknown.syntax_error) {
        warn(place, position, fmt::format("{}{}: the shell refuses it with exit code 2", where, unknown.text));
      } else if (!unknown.command.empty()) {
        warn(place, position, fmt::format("{}{}: it is taken to run for 1s and to succeed", where, unknown.text));
      } else {
        refuse(place, position, fmt::format("{}{}: the simulated shell does not know it", where, unknown.text));
      }
    }
  }

 private:
  std::string stated() const {
    return fmt::format("it is taken to run for {} and to exit with {}", api::formatDuration(scenario_.default_run_time),
                       scenario_.default_exit_code);
  }
  api::Error made(const ContainerPlace& place, const api::Error& position, std::string code,
                  const std::string& text) const {
    api::Error out = warningAt(place.source, std::move(code), fmt::format("{}: {}", place.who, text));
    if (position.line > 0) {
      out.line = position.line;
      out.column = position.column;
    }
    out.field = position.field.empty() ? place.path : position.field;
    out.hint = "a behavior in a Scenario says what the container does (docs/scenario.md)";
    return out;
  }
  void warn(const ContainerPlace& place, const api::Error& position, const std::string& text) {
    warnings_.push_back(made(place, position, "UnknownCommand", text));
  }
  void refuse(const ContainerPlace& place, const api::Error& position, const std::string& text) {
    errors_.push_back(made(place, position, "UnknownConstruct", text));
  }
  const Scenario& scenario_;
  api::Errors& errors_;
  api::Errors& warnings_;
};

}  // namespace

void checkKinds(const std::vector<Source>& sources, api::Errors& warnings) {
  for (const Source& source : sources) {
    const api::Object& object = *source.object;
    if (isFine(object)) continue;
    warnings.push_back(warningAt(source, "NotModelled",
                                 fmt::format("kind {} ({}) is not modelled: {} is stored, and nothing acts on it",
                                             api::kindNameOf(object), api::apiVersionOf(object), nameOf(object))));
  }
  visitPods(sources, [&](const Source& source, const api::PodSpec& spec, const std::string& path, const std::string&) {
    const auto warn = [&](std::string_view field, std::string_view what) {
      warnings.push_back(
          warningAt(source, "NotModelled", fmt::format("{}: {}.{}: {}", nameOf(*source.object), path, field, what)));
    };
    if (spec.resourceClaims.present() && !spec.resourceClaims.get().empty())
      warn("resourceClaims", "dynamic resource allocation is not modelled: the Pods run without what they claim");
  });
}

void checkCommands(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& errors,
                   api::Errors& warnings) {
  Commands commands(scenario, errors, warnings);
  visitContainers(sources, [&](const ContainerPlace& place) { commands.check(place); });
}

void checkJobSets(const std::vector<Source>& sources, api::Errors& warnings) {
  for (const Source& source : sources) {
    if (source.object->kind() != api::Kind::kJobSet) continue;
    for (const std::string& doubt : jobset::doubtsAbout(*source.object)) {
      api::Errors placed = {warningAt(source, "Doubtful", doubt)};
      if (source.document != nullptr) {
        placed.front().field = doubt.substr(0, doubt.find(": "));
        placed.front().line = placed.front().column = 0;
        api::locateErrors(*source.document, placed);
      }
      warnings.push_back(std::move(placed.front()));
    }
  }
}

Presence amongst(const std::vector<Source>& sources) {
  std::set<std::string> names;  // "ConfigMap/default/x"
  for (const Source& source : sources) names.insert(nameOf(*source.object));
  return {[names = std::move(names)](std::string_view kind, const std::string& namespace_, const std::string& name) {
            return names.contains(fmt::format("{}/{}/{}", kind, namespace_, name));
          },
          "which no manifest brings"};
}

void checkReferences(const std::vector<Source>& sources, const Presence& presence, api::Errors& warnings) {
  std::set<std::string> told;
  const auto missing = [&](const Source& source, std::string_view kind, const std::string& name, bool optional,
                           std::string_view effect) {
    const std::string& namespace_ = source.object->meta.namespace_;
    if (name.empty() || optional || presence.is(kind, namespace_, name)) return;
    const std::string wanted = fmt::format("{}/{}/{}", kind, namespace_, name);
    if (!told.insert(wanted).second) return;
    warnings.push_back(
        warningAt(source, "NotModelled",
                  fmt::format("{} refers to {}, {}: {}", nameOf(*source.object), wanted, presence.absent, effect)));
  };
  constexpr std::string_view kWouldWait = "a real kubelet would wait for it; here its content is empty";
  std::set<std::string> on_the_host;
  visitPods(sources, [&](const Source& source, const api::PodSpec& spec, const std::string&, const std::string&) {
    if (spec.hostNetwork && (spec.dnsPolicy.empty() || spec.dnsPolicy == "ClusterFirst") &&
        source.object->kind() == api::Kind::kJobSet && on_the_host.insert(nameOf(*source.object)).second) {
      warnings.push_back(warningAt(source, "Doubtful",
                                   fmt::format("{}: Pods with hostNetwork ask their node's name server, which knows no "
                                               "names of the cluster; dnsPolicy: ClusterFirstWithHostNet asks the "
                                               "cluster's",
                                               nameOf(*source.object))));
    }
    if (spec.serviceAccountName != "default")
      missing(source, "ServiceAccount", spec.serviceAccountName, false, "a real API server would refuse the Pods");
    for (const auto* containers : {&spec.initContainers, &spec.containers}) {
      for (const api::Container& container : *containers) {
        for (const api::EnvFromSource& from : container.envFrom) {
          const auto look = [&](std::string_view kind, const std::optional<api::EnvFromRef>& ref) {
            if (ref) missing(source, kind, ref->name, ref->optional.value_or(false), kWouldWait);
          };
          look("ConfigMap", from.configMapRef);
          look("Secret", from.secretRef);
        }
        for (const api::EnvVar& variable : container.env) {
          if (!variable.valueFrom) continue;
          const auto look = [&](std::string_view kind, const std::optional<api::KeySelector>& ref) {
            if (ref) missing(source, kind, ref->name, ref->optional.value_or(false), kWouldWait);
          };
          look("ConfigMap", variable.valueFrom->configMapKeyRef);
          look("Secret", variable.valueFrom->secretKeyRef);
        }
      }
    }
    for (const api::Volume& volume : spec.volumes) {
      const nlohmann::json& content = volume.source.get();
      const auto look = [&](const char* type, const char* key, std::string_view kind) {
        if (!content.is_object() || !content.contains(type) || !content[type].is_object()) return;
        missing(source, kind, content[type].value(key, ""), content[type].value("optional", false), kWouldWait);
      };
      look("configMap", "name", "ConfigMap");
      look("secret", "secretName", "Secret");
    }
  });
}

void checkSchedulers(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& warnings) {
  std::vector<std::string> names;
  for (const cluster::SchedulerProfile& profile : scenario.scheduler.profiles) names.push_back(profile.name);
  visitPods(sources, [&](const Source& source, const api::PodSpec& spec, const std::string& path, const std::string&) {
    const std::string name = spec.schedulerName.empty() ? "default-scheduler" : spec.schedulerName;
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    api::Error warning = warningAt(
        source, "NotFound",
        fmt::format("{}: {}.schedulerName: no profile of the scheduler is called \"{}\": the Pods wait for ever",
                    nameOf(*source.object), path, name));
    warning.hint = fmt::format("there is {}", fmt::join(names, ", "));
    if (const std::string near = api::nearestName(name, names); !near.empty())
      warning.hint = fmt::format("did you mean \"{}\"?", near);
    warnings.push_back(std::move(warning));
  });
}

void checkBehaviors(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& warnings) {
  std::vector<bool> used(scenario.behaviors.size(), false);
  visitContainers(sources, [&](const ContainerPlace& place) {
    for (std::size_t i = 0; i < used.size(); ++i) used[i] = used[i] || mayMatch(scenario.behaviors[i].match, place);
  });
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) {
      warnings.push_back(
          api::plainError("Unused", fmt::format("spec.behaviors[{}] fits no container of the manifests", i)));
    }
  }
}

}  // namespace jobset_twin::scenarios
