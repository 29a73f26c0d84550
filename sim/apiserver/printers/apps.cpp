// apps.cpp - the columns of Deployments, StatefulSets, DaemonSets and ReplicaSets, which are stored as trees.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/selector_json.hpp"
#include "sim/apiserver/printers/cells.hpp"
#include "sim/apiserver/printers/kinds.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

// One when nothing is said, as the server would fill in.
std::int64_t wantedOf(const api::Object& object) {
  return fieldOf(object, {"spec", "replicas"}) ? numberOf(object, {"spec", "replicas"}) : 1;
}

std::string readyText(const api::Object& object) {
  return fmt::format("{}/{}", numberOf(object, {"status", "readyReplicas"}), wantedOf(object));
}

ContainerCells containersIn(const api::Object& object) { return containersOf(fieldOf(object, {"spec", "template"})); }

std::string selectorIn(const api::Object& object) { return selectorText(fieldOf(object, {"spec", "selector"})); }

Cells deploymentCells(const api::Object& object, api::TimePoint now) {
  const ContainerCells containers = containersIn(object);
  return {object.meta.name,
          readyText(object),
          numberOf(object, {"status", "updatedReplicas"}),
          numberOf(object, {"status", "availableReplicas"}),
          ageText(object.meta, now),
          containers.names,
          containers.images,
          selectorIn(object)};
}

Cells statefulSetCells(const api::Object& object, api::TimePoint now) {
  const ContainerCells containers = containersIn(object);
  return {object.meta.name, readyText(object), ageText(object.meta, now), containers.names, containers.images};
}

Cells daemonSetCells(const api::Object& object, api::TimePoint now) {
  const ContainerCells containers = containersIn(object);
  return {object.meta.name,
          numberOf(object, {"status", "desiredNumberScheduled"}),
          numberOf(object, {"status", "currentNumberScheduled"}),
          numberOf(object, {"status", "numberReady"}),
          numberOf(object, {"status", "updatedNumberScheduled"}),
          numberOf(object, {"status", "numberAvailable"}),
          selectorText(api::stringMapAt(api::as<api::Generic>(object).content.get(),
                                        {"spec", "template", "spec", "nodeSelector"})),
          ageText(object.meta, now),
          containers.names,
          containers.images,
          selectorIn(object)};
}

Cells replicaSetCells(const api::Object& object, api::TimePoint now) {
  const ContainerCells containers = containersIn(object);
  return {object.meta.name,
          wantedOf(object),
          numberOf(object, {"status", "replicas"}),
          numberOf(object, {"status", "readyReplicas"}),
          ageText(object.meta, now),
          containers.names,
          containers.images,
          selectorIn(object)};
}

Cells replicationControllerCells(const api::Object& object, api::TimePoint now) {
  const ContainerCells containers = containersIn(object);
  return {object.meta.name,
          wantedOf(object),
          numberOf(object, {"status", "replicas"}),
          numberOf(object, {"status", "readyReplicas"}),
          ageText(object.meta, now),
          containers.names,
          containers.images,
          selectorText(api::stringMapAt(api::as<api::Generic>(object).content.get(), {"spec", "selector"}))};
}

Cells controllerRevisionCells(const api::Object& object, api::TimePoint now) {
  const api::OwnerReference* owner = api::controllerOf(object.meta);
  std::string controller(kNone);
  if (owner) {
    const std::string group = api::groupOf(owner->apiVersion);
    controller = api::lowerCase(owner->kind) + (group.empty() ? "" : "." + group) + "/" + owner->name;
  }
  return {object.meta.name, controller, numberOf(object, {"revision"}), ageText(object.meta, now)};
}

}  // namespace

Printer deploymentPrinter() {
  return {joined({nameColumn(),
                  {"Ready", "string", "Pods that are ready, of those wanted.", 0, ""},
                  {"Up-to-date", "string", "Pods of the present template.", 0, ""},
                  {"Available", "string", "Pods that have been ready for long enough.", 0, ""},
                  ageColumn()},
                 templateColumns(true)),
          deploymentCells};
}

Printer statefulSetPrinter() {
  return {joined({nameColumn(), {"Ready", "string", "Pods that are ready, of those wanted.", 0, ""}, ageColumn()},
                 templateColumns(false)),
          statefulSetCells};
}

Printer daemonSetPrinter() {
  return {joined({nameColumn(),
                  {"Desired", "integer", "Nodes that ought to run the Pod.", 0, ""},
                  {"Current", "integer", "Nodes that run it.", 0, ""},
                  {"Ready", "integer", "Nodes where it is ready.", 0, ""},
                  {"Up-to-date", "integer", "Nodes with a Pod of the present template.", 0, ""},
                  {"Available", "integer", "Nodes where it has been ready for long enough.", 0, ""},
                  {"Node Selector", "string", "Labels of the nodes meant.", 0, ""},
                  ageColumn()},
                 templateColumns(true)),
          daemonSetCells};
}

Printer replicaSetPrinter() {
  return {joined({nameColumn(),
                  {"Desired", "integer", "Pods wanted.", 0, ""},
                  {"Current", "integer", "Pods there are.", 0, ""},
                  {"Ready", "integer", "Pods that are ready.", 0, ""},
                  ageColumn()},
                 templateColumns(true)),
          replicaSetCells};
}

Printer replicationControllerPrinter() { return {replicaSetPrinter().columns, replicationControllerCells}; }

Printer controllerRevisionPrinter() {
  return {{nameColumn(),
           {"Controller", "string", "Whose revision it is.", 0, ""},
           {"Revision", "string", "Which one.", 0, ""},
           ageColumn()},
          controllerRevisionCells};
}

}  // namespace jobset_twin::apiserver::printers
