// Which objects a field selector takes, and what it refuses (K-API-13; fields.ParseSelector).
#include "sim/apiserver/field_selector.hpp"

#include <gtest/gtest.h>

#include "engine/api/read.hpp"
#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::apiserver {
namespace {

api::ObjectPtr objectOf(const std::string& yaml) {
  api::Errors warnings;
  const auto read = api::readObject(api::readDocuments(yaml, "").trees.front(), api::Validation::kStrict, warnings);
  return read.ok() ? *read : nullptr;
}

const char* const kPod =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x}\n"
    "spec: {nodeName: n1, restartPolicy: Never, containers: [{name: c, image: i}]}\nstatus: {phase: Running}\n";
const char* const kEvent =
    "apiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: x}\n"
    "involvedObject: {kind: Pod, name: a, namespace: x, uid: u}\nreason: Failed\ntype: Warning\n";
const char* const kNode = "apiVersion: v1\nkind: Node\nmetadata: {name: n9}\n";

TEST(FieldSelector, takes_what_has_the_fields) {
  struct {
    const char* object;
    const char* selector;
    bool taken;
  } const rows[] = {
      {kPod, "", true},
      {kPod, "metadata.name=a,metadata.namespace==x", true},
      {kPod, "metadata.name!=a", false},
      {kPod, "spec.nodeName=n1,status.phase!=Succeeded,status.phase!=Failed", true},
      {kPod, "spec.nodeName=n2", false},
      {kPod, "status.phase!=Running", false},
      {kPod, "spec.restartPolicy=Never,spec.hostNetwork=false", true},
      {kPod, "spec.hostNetwork=true", false},
      {kPod, "status.podIP=", true},
      {kEvent, "involvedObject.name=a,involvedObject.kind=Pod,involvedObject.uid=u", true},
      {kEvent, "involvedObject.namespace=y", false},
      {kEvent, "reason=Failed,type!=Normal", true},
      {kNode, "spec.unschedulable=false", true},
      {kNode, "spec.unschedulable!=false", false},
      {kNode, "metadata.name=n9\\\\,", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.selector);
    const api::ObjectPtr object = objectOf(row.object);
    ASSERT_TRUE(object);
    const auto terms = parseFieldSelector(row.selector, object->kind());
    ASSERT_TRUE(terms.ok());
    EXPECT_EQ(matches(*terms, *object), row.taken);
  }
}

TEST(FieldSelector, refuses_in_the_servers_words) {
  struct {
    api::Kind kind;
    const char* type;
    const char* selector;
    const char* text;
  } const rows[] = {
      {api::Kind::kPod, "", "spec.color=red", "field label not supported: spec.color"},
      {api::Kind::kPod, "", "nothing", "invalid selector: 'nothing'; can't understand 'nothing'"},
      {api::Kind::kJobSet, "", "spec.suspend=true",
       "\"spec.suspend\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""},
      {api::Kind::kGeneric, "ConfigMap", "data=a",
       "\"data\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.selector);
    const auto terms = parseFieldSelector(row.selector, row.kind, row.type);
    ASSERT_FALSE(terms.ok());
    EXPECT_EQ(terms.errors().front().text, row.text);
  }
}

}  // namespace
}  // namespace jobset_twin::apiserver
