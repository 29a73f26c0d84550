// fields.hpp - reading documents of our own kinds (jobset-twin.dev) by tables: one table per type, one row per field.
//
// A row holds name, type in words, a line of documentation and how the value is read; strict errors, `required` and the
// JSON Schema come from the same rows. Messages are those of an API server for custom resources (K-API-14, K-API-15),
// with file, line, column and the nearest known name. Not here: which kinds there are (read_scenario.hpp).
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/names.hpp"
#include "engine/api/read.hpp"
#include "engine/api/time.hpp"
#include "engine/api/tree.hpp"

namespace jobset_twin::scenarios {

// A value in a document: its node, and its path ("spec.cluster.nodePools[0].count").
struct Place {
  const api::TreeNode& node;
  std::string path;
  Place at(const api::TreeEntry& entry) const {
    return {entry.value, path.empty() ? entry.key : path + "." + entry.key};
  }
  Place at(std::size_t index) const { return {node.items[index], path + "[" + std::to_string(index) + "]"}; }
};

class Reader;

template <class T>
struct Field {
  std::string_view name;
  std::string_view type;  // "duration", "[]NodePool", "map[string]quantity": as docs/scenario.md spells it
  std::string_view doc;
  void (*read)(Reader& reader, const Place& place, T& out);
  bool required = false;
};

struct ReadContext {
  std::string file;
  api::Validation validation = api::Validation::kStrict;
  std::string default_namespace = "default";
  std::function<std::optional<std::string>(const std::string& path)> read;  // the text of a file; empty: of none
};

// A path in a file that is named in another one: relative to that one's folder.
std::string besides(const std::string& file, const std::string& path);

class Reader {
 public:
  explicit Reader(ReadContext context) : context_(std::move(context)) {}

  // Each reads a value, or records an error and leaves `out` alone. Null counts as absent for objects' fields.
  bool text(const Place& place, std::string& out);
  bool choice(const Place& place, std::string& out, const std::vector<std::string>& allowed);
  bool flag(const Place& place, bool& out);
  bool integer(const Place& place, std::int64_t& out, std::int64_t least = std::numeric_limits<std::int64_t>::min(),
               std::int64_t most = std::numeric_limits<std::int64_t>::max());
  bool integer(const Place& place, std::int32_t& out, std::int64_t least = std::numeric_limits<std::int32_t>::min());
  bool number(const Place& place, double& out, double least = 0, double most = std::numeric_limits<double>::max());
  // A duration as Go and Kubernetes spell it ("90s", "1h30m", "2d"), not negative.
  bool duration(const Place& place, api::Duration& out);
  bool positiveDuration(const Place& place, api::Duration& out);
  bool stringMap(const Place& place, api::StringMap& out);
  bool quantities(const Place& place, api::ResourceList& out);
  bool texts(const Place& place, std::vector<std::string>& out);      // a list of strings, or one string
  bool integers(const Place& place, std::vector<std::int32_t>& out);  // a list of integers, or one integer
  bool isMap(const Place& place);                                     // an error when not
  bool isList(const Place& place);                                    // an error when not

  template <class T>
  void object(const Place& place, std::span<const Field<T>> fields, T& out) {
    if (!isMap(place)) return;
    for (const api::TreeEntry& entry : place.node.entries) {
      const Field<T>* known = nullptr;
      for (const Field<T>& field : fields) {
        if (field.name == entry.key) known = &field;
      }
      const Place inner = place.at(entry);
      if (!known) {
        unknown(entry.at, inner.path, entry.key, names(fields));
      } else if (!entry.value.isNull()) {
        known->read(*this, inner, out);
      }
    }
    for (const Field<T>& field : fields) {
      const api::TreeNode* value = place.node.find(field.name);
      if (field.required && (!value || value->isNull())) missing(place, field.name);
    }
  }

  template <class T>
  void list(const Place& place, std::vector<T>& out, void (*read)(Reader&, const Place&, T&)) {
    if (!isList(place)) return;
    for (std::size_t i = 0; i < place.node.items.size(); ++i) {
      out.emplace_back();
      read(*this, place.at(i), out.back());
    }
  }

  void error(const Place& place, api::Error error);  // adds file, line, column
  void invalid(const Place& place, std::string_view detail, std::string hint = {});
  void missing(const Place& place, std::string_view field, std::string_view detail = {});
  void unknown(api::Position at, const std::string& path, std::string_view name, const std::vector<std::string>& known);
  api::Error origin(const Place& place) const;  // the place alone
  std::string where(const Place& place) const;  // "file:line"

  const ReadContext& context() const { return context_; }
  api::Errors errors, warnings;

 private:
  template <class T>
  static std::vector<std::string> names(std::span<const Field<T>> fields) {
    std::vector<std::string> out;
    for (const Field<T>& field : fields) out.emplace_back(field.name);
    return out;
  }
  bool wrongType(const Place& place, std::string_view wanted, std::string hint = {});
  ReadContext context_;
};

}  // namespace jobset_twin::scenarios
