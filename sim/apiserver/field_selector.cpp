#include "sim/apiserver/field_selector.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"

namespace jobset_twin::apiserver {
namespace {

// Besides metadata.name and metadata.namespace.
std::vector<std::string_view> fieldsOf(api::Kind kind, std::string_view type) {
  switch (kind) {
    case api::Kind::kPod:
      return {"spec.nodeName",    "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
              "spec.hostNetwork", "status.phase",       "status.podIP",       "status.nominatedNodeName"};
    case api::Kind::kEvent:
      return {"involvedObject.kind",
              "involvedObject.namespace",
              "involvedObject.name",
              "involvedObject.uid",
              "involvedObject.apiVersion",
              "involvedObject.resourceVersion",
              "involvedObject.fieldPath",
              "regarding.kind",
              "regarding.namespace",
              "regarding.name",
              "regarding.uid",
              "reason",
              "reportingComponent",
              "reportingController",
              "source",
              "type"};
    case api::Kind::kJob: return {"status.successful"};
    case api::Kind::kNode: return {"spec.unschedulable"};
    case api::Kind::kService: return {"spec.clusterIP", "spec.type"};
    default: break;
  }
  if (type == "Namespace") return {"status.phase"};
  if (type == "Secret") return {"type"};
  if (type == "ReplicaSet.apps") return {"status.replicas"};
  return {};
}

const std::string& regarding(const api::ObjectReference& of, std::string_view part) {
  if (part == "kind") return of.kind;
  if (part == "namespace") return of.namespace_;
  if (part == "name") return of.name;
  if (part == "uid") return of.uid;
  if (part == "apiVersion") return of.apiVersion;
  if (part == "resourceVersion") return of.resourceVersion;
  return of.fieldPath;
}

std::string valueInEvent(const api::Event& event, std::string_view field) {
  for (const std::string_view prefix : {"involvedObject.", "regarding."}) {
    if (field.starts_with(prefix)) return regarding(event.regarding, field.substr(prefix.size()));
  }
  if (field == "reason") return event.reason;
  if (field == "type") return event.type;
  if (field == "source") return event.source.component.empty() ? event.reportingController : event.source.component;
  return event.reportingController;
}

// By the object's JSON. What is absent is "", a truth value "false".
std::string valueInJson(const api::Object& object, std::string_view field) {
  const nlohmann::json tree = api::toJson(object);
  const nlohmann::json* at = &tree;
  for (std::string_view rest = field; !rest.empty() && at;) {
    const std::string part(rest.substr(0, rest.find('.')));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const auto found = at->is_object() ? at->find(part) : at->end();
    at = at->is_object() && found != at->end() ? &*found : nullptr;
  }
  if (at && at->is_string()) return *at;
  if (at && !at->is_null()) return at->dump();
  if (field == "spec.unschedulable" || field == "spec.hostNetwork") return "false";
  return field == "status.successful" || field == "status.replicas" ? "0" : "";
}

std::string valueOf(const api::Object& object, std::string_view field) {
  if (field == "metadata.name") return object.meta.name;
  if (field == "metadata.namespace") return object.meta.namespace_;
  if (object.kind() == api::Kind::kPod) {  // asked by every node
    const api::Pod& pod = api::as<api::Pod>(object);
    if (field == "spec.nodeName") return pod.nodeName;
    if (field == "status.phase") return pod.status.phase;
  }
  if (object.kind() == api::Kind::kEvent) return valueInEvent(api::as<api::Event>(object), field);
  if (field == "status.successful") return std::to_string(api::as<api::Job>(object).status.succeeded);
  return valueInJson(object, field);
}

// Up to the next comma that no backslash stands before.
std::string_view nextTerm(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != ',') end += text[end] == '\\' ? 2 : 1;
  const std::string_view term = text.substr(0, std::min(end, text.size()));
  text.remove_prefix(std::min(end + 1, text.size()));
  return term;
}

std::optional<FieldTerm> termOf(std::string_view term) {
  const std::size_t equals = term.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  FieldTerm out;
  out.equal = equals == 0 || term[equals - 1] != '!';
  out.field = std::string(term.substr(0, out.equal ? equals : equals - 1));
  std::string_view value = term.substr(equals + 1);
  if (out.equal && value.starts_with('=')) value.remove_prefix(1);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '=') return std::nullopt;
    if (value[i] == '\\' && ++i == value.size()) return std::nullopt;
    out.value += value[i];
  }
  return out;
}

}  // namespace

api::Result<std::vector<FieldTerm>> parseFieldSelector(std::string_view text, api::Kind kind, std::string_view type) {
  std::vector<FieldTerm> out;
  const std::vector<std::string_view> known = fieldsOf(kind, type);
  while (!text.empty()) {
    const std::string_view term = nextTerm(text);
    if (term.empty()) continue;
    std::optional<FieldTerm> read = termOf(term);
    if (!read)
      return api::plainError("BadRequest", fmt::format("invalid selector: '{}'; can't understand '{}'", term, term));
    const bool general = read->field == "metadata.name" || read->field == "metadata.namespace";
    if (!general && std::find(known.begin(), known.end(), read->field) == known.end()) {
      return api::plainError(
          "BadRequest", known.empty() ? fmt::format("\"{}\" is not a known field selector: only \"metadata.name\", "
                                                    "\"metadata.namespace\"",
                                                    read->field)
                                      : fmt::format("field label not supported: {}", read->field));
    }
    out.push_back(std::move(*read));
  }
  return out;
}

bool matches(const std::vector<FieldTerm>& terms, const api::Object& object) {
  return std::all_of(terms.begin(), terms.end(),
                     [&](const FieldTerm& term) { return (valueOf(object, term.field) == term.value) == term.equal; });
}

}  // namespace jobset_twin::apiserver
