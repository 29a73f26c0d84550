#include "sim/apiserver/http/table_fields.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/schema_check.hpp"
#include "engine/api/tree.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

// A kind of its own may stand in another: a claim in a StatefulSet.
bool isBody(const api::TypeInfo& table) {
  const auto& bodies = api::typeTables().bodies;
  return std::find(std::begin(bodies), std::end(bodies), &table) != std::end(bodies);
}

class TablePruning {
 public:
  std::vector<std::string> unknown;

  void at(json& value, const api::TypeInfo& table, const std::string& path, bool root) {
    if (!value.is_object()) return;
    for (auto member = value.begin(); member != value.end();) {
      const std::string& name = member.key();
      const std::string inner = path.empty() ? name : path + "." + name;
      if (root && (name == "apiVersion" || name == "kind" || name == "metadata")) {
        ++member;
        continue;
      }
      const api::FieldInfo* field = table.find(name);
      if (!field) {
        unknown.push_back(inner);
        member = value.erase(member);
        continue;
      }
      if (field->shape == api::Shape::kObject && field->object) into(*member, *field, inner);
      ++member;
    }
  }

 private:
  void into(json& value, const api::FieldInfo& field, const std::string& path) {
    const bool body = isBody(*field.object);
    if (!field.list) return at(value, *field.object, path, body);
    for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
      at(value[i], *field.object, fmt::format("{}[{}]", path, i), body);
  }
};

}  // namespace

TableFindings fitToTable(json& object, const api::TypeInfo& body) {
  TablePruning pruning;
  pruning.at(object, body, "", true);
  api::Findings found;
  api::checkAgainst(api::treeFromJson(object), body, api::Dialect::kBuiltIn, "", found);
  return {std::move(pruning.unknown), found.wrong.empty() ? std::string() : found.wrong.front().text};
}

}  // namespace jobset_twin::apiserver::http
