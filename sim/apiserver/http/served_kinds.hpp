// served_kinds.hpp - which resources the HTTP face serves, by group, version and plural name: all kinds that the
// program knows by name (engine/api/kinds.hpp), and what CustomResourceDefinitions define (apiextensions v1).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/kinds.hpp"

namespace jobset_twin::apiserver {
class Store;
}

namespace jobset_twin::apiserver::http {

// How a custom resource says where its scale is: paths of members ("spec.replicas").
struct ScalePaths {
  std::string spec_replicas, status_replicas, selector;  // the selector's may be ""
};

struct Resource {
  api::KindInfo info;
  std::vector<std::string> subresources, categories;
  bool defined = false;                           // by a CustomResourceDefinition; its schema is then obeyed
  bool terminating = false;                       // its definition is being deleted: nothing new is made
  std::shared_ptr<const nlohmann::json> schema;   // OpenAPI v3, structural; null: whatever comes
  std::shared_ptr<const nlohmann::json> columns;  // additionalPrinterColumns; null: the usual ones
  std::optional<ScalePaths> scale;
  std::vector<std::string> texts;  // what the views of `info` look at, where it is defined

  bool has(std::string_view subresource) const;
};

struct GroupVersions {
  std::string group;                  // "": core
  std::vector<std::string> versions;  // preferred first
};

class ServedKinds {
 public:
  ServedKinds();
  ServedKinds(const ServedKinds&) = delete;
  ServedKinds& operator=(const ServedKinds&) = delete;
  // Takes up what the CustomResourceDefinitions say now. Of resources once handed out `info` stays valid.
  void refresh(const Store& store);

  // Of a kind that the program knows and has no table of fields for: its schema, and the columns of its tables as
  // additionalPrinterColumns has them. It is not held to the schema.
  void describe(std::string_view api_version, std::string_view kind, nlohmann::json schema, nlohmann::json columns);

  // null: not served.
  const Resource* find(std::string_view group, std::string_view version, std::string_view plural) const;
  // By group and name of the kind, in any version.
  const Resource* findKind(std::string_view group, std::string_view kind) const;
  const Resource* of(const api::KindInfo& kind) const;  // of a kind that one of them has
  std::uint64_t revision() const { return revision_; }  // another one: something else is served
  const std::vector<const Resource*>& all() const { return served_; }
  // In the order of discovery: core first, then by name.
  const std::vector<GroupVersions>& groups() const { return groups_; }

 private:
  struct Definition {
    api::ObjectPtr object;  // as it was taken up
    std::vector<Resource*> resources;
  };
  void takeUp(Definition& known);
  static void retire(Definition& known);
  void arrange();
  std::deque<Resource> known_, defined_;
  std::map<std::string, Definition> definitions_;  // by name
  std::vector<const Resource*> served_;
  std::vector<GroupVersions> groups_;
  std::uint64_t revision_ = 0;
};

std::string apiVersionText(std::string_view group, std::string_view version);  // "batch/v1", "v1"

// The key of an object of the kind, as the store has it.
api::ObjectKey keyFor(const api::KindInfo& kind, std::string namespace_, std::string name);
// As Selection::type has it: "<kind>.<group>" of generic kinds (without a dot in the core group), "" of typed ones.
std::string storedType(const api::KindInfo& kind);

}  // namespace jobset_twin::apiserver::http
