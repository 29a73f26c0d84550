#include "engine/api/schema_check.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/names.hpp"

namespace jobset_twin::api {
namespace {

using Kind = TreeNode::Kind;

bool isInt32(std::int64_t value) {
  return value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
}

// "[]interface {}" and so on are of no use to a reader: values are shown as JSON.
std::string shown(const TreeNode& node) {
  return node.isString() ? api::quoted(node.text)
                         : toJson(node).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class Checker {
 public:
  Checker(Dialect dialect, std::string path, Findings& out) : dialect_(dialect), path_(std::move(path)), out_(out) {
    for (const char c : path_) {  // the same without indexes
      if (c == '[') in_index_ = true;
      if (!in_index_) go_path_ += c;
      if (c == ']') in_index_ = false;
    }
  }

  void object(const TreeNode& node, const TypeInfo& info, bool is_root) {
    for (const TreeEntry& entry : node.entries) {
      if (is_root && (entry.key == "apiVersion" || entry.key == "kind" || entry.key == "metadata")) continue;
      const FieldInfo* field = info.find(entry.key);
      const Scope scope(*this, "." + entry.key, "." + entry.key);
      if (!field) {
        unknown(entry, info);
      } else {
        this->field(entry.value, *field, info, entry.at);
      }
    }
    if (dialect_ == Dialect::kCustom) required(node, info);
  }

 private:
  // Lengthens the paths for as long as it lives.
  class Scope {
   public:
    Scope(Checker& checker, std::string_view step, std::string_view go_step)
        : checker_(checker), size_(checker.path_.size()), go_size_(checker.go_path_.size()) {
      checker_.path_ += size_ == 0 && !step.empty() && step[0] == '.' ? step.substr(1) : step;
      checker_.go_path_ += go_size_ == 0 && !go_step.empty() ? go_step.substr(1) : go_step;
    }
    Scope(const Scope&) = delete;
    ~Scope() {
      checker_.path_.resize(size_);
      checker_.go_path_.resize(go_size_);
    }

   private:
    Checker& checker_;
    std::size_t size_, go_size_;
  };

  void unknown(const TreeEntry& entry, const TypeInfo& info) {
    Error error;
    error.line = entry.at.line;
    error.column = entry.at.column;
    error.field = path_;
    error.code = "UnknownField";
    error.text = "unknown field \"" + path_ + "\"";
    if (const std::string near = nearestName(entry.key, info.fieldNames()); !near.empty())
      error.hint = "did you mean \"" + near + "\"?";
    out_.unknown.push_back(std::move(error));
  }

  void wrong(const TreeNode& node, Error error) {
    error.line = node.at.line;
    error.column = node.at.column;
    if (error.field.empty()) error.field = path_;
    out_.wrong.push_back(std::move(error));
  }
  void wrongText(const TreeNode& node, std::string text) { wrong(node, plainError("Invalid", std::move(text))); }

  void mismatch(const TreeNode& node, const FieldInfo& field, const TypeInfo& owner, bool of_element) {
    if (dialect_ == Dialect::kCustom) return customMismatch(node, field, of_element);
    const std::string word = node.kind == Kind::kInt || node.kind == Kind::kDouble
                                 ? (isNumber(field) && !(field.list && !of_element) ? "number " + node.text : "number")
                                 : std::string(goTypeWord(node.kind));
    wrongText(node, "json: cannot unmarshal " + word + " into Go struct field " + owner.go_name + "." + go_path_ +
                        " of type " + goTypeName(field, of_element));
  }
  static bool isNumber(const FieldInfo& field) {
    return field.shape == Shape::kInt32 || field.shape == Shape::kInt64 || field.shape == Shape::kNumber;
  }

  void customMismatch(const TreeNode& node, const FieldInfo& field, bool of_element) {
    std::string want, have(openApiTypeWord(node.kind));
    if (field.list && !of_element) {
      want = "array";
    } else {
      switch (field.shape) {
        case Shape::kBool: want = "boolean"; break;
        case Shape::kInt32:
        case Shape::kInt64:
          want = "integer";
          if (node.kind == Kind::kDouble) {
            want = field.shape == Shape::kInt32 ? "int32" : "int64";
            have = "double";
          } else if (node.kind == Kind::kBool || node.kind == Kind::kMap) {
            want = field.shape == Shape::kInt32 ? "int32" : "int64";
            have = "";
          }
          break;
        case Shape::kNumber: want = "number"; break;
        case Shape::kString:
        case Shape::kTime:
        case Shape::kMicroTime: want = "string"; break;
        case Shape::kQuantity:
        case Shape::kIntOrString: want = "integer,string"; break;
        default: want = "object";
      }
    }
    wrong(node, invalidValue(path_, api::quoted(have),
                             path_ + " in body must be of type " + want + ": " + api::quoted(have)));
  }

  void field(const TreeNode& node, const FieldInfo& field, const TypeInfo& owner, Position key_at) {
    if (node.isNull()) {
      // Go leaves the field alone. A CRD drops nulls of fields with a default and refuses the others.
      if (dialect_ == Dialect::kCustom && field.default_json.empty() && field.shape != Shape::kAny)
        customMismatch(node, field, false);
      return;
    }
    if (!field.list) return value(node, field, owner, false);
    if (!node.isList()) return mismatch(node, field, owner, false);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Scope scope(*this, "[" + std::to_string(i) + "]", "");
      if (node.items[i].isNull() && dialect_ == Dialect::kBuiltIn) continue;
      value(node.items[i], field, owner, true);
    }
    if (dialect_ == Dialect::kCustom) listRules(node, field);
    (void)key_at;
  }

  void value(const TreeNode& node, const FieldInfo& field, const TypeInfo& owner, bool of_element) {
    const auto expect = [&](bool fits) {
      if (!fits) mismatch(node, field, owner, of_element);
      return fits;
    };
    switch (field.shape) {
      case Shape::kBool: expect(node.kind == Kind::kBool); break;
      case Shape::kInt32:
        if (expect(node.kind == Kind::kInt) && !isInt32(node.integer)) outOfInt32(node, field, owner, of_element);
        break;
      case Shape::kInt64: expect(node.kind == Kind::kInt); break;
      case Shape::kNumber: expect(node.kind == Kind::kInt || node.kind == Kind::kDouble); break;
      case Shape::kString:
        if (expect(node.isString()) && field.decimal_string) decimalString(node);
        break;
      case Shape::kTime:
      case Shape::kMicroTime:
        if (expect(node.isString())) time(node);
        break;
      case Shape::kQuantity:
        if (expect(node.isString() || node.kind == Kind::kInt ||
                   (node.kind == Kind::kDouble && dialect_ == Dialect::kBuiltIn)))
          quantity(node);
        break;
      case Shape::kIntOrString:
        if (expect(node.isString() || node.kind == Kind::kInt) && node.kind == Kind::kInt && !isInt32(node.integer)) {
          outOfInt32(node, field, owner, of_element);
        }
        break;
      case Shape::kStringMap:
      case Shape::kQuantityMap:
        if (expect(node.isMap())) map(node, field, owner);
        break;
      case Shape::kObject:
        if (expect(node.isMap())) object(node, objectInfo(field), false);
        break;
      case Shape::kAny: break;
    }
    if (dialect_ == Dialect::kCustom) valueRules(node, field);
  }

  // Metadata inside a custom resource is only what its schema lists.
  const TypeInfo& objectInfo(const FieldInfo& field) const {
    const TypeTables& tables = typeTables();
    return dialect_ == Dialect::kCustom && field.object == tables.object_meta ? *tables.embedded_meta : *field.object;
  }

  void outOfInt32(const TreeNode& node, const FieldInfo& field, const TypeInfo& owner, bool of_element) {
    if (dialect_ == Dialect::kBuiltIn) return mismatch(node, field, owner, of_element);
    wrong(node, invalidValue(path_, node.text, "Checked value must be of type integer with format int32 in " + path_));
  }

  void decimalString(const TreeNode& node) {
    const bool digits = std::all_of(node.text.begin(), node.text.end(), isDigit);
    if (digits && node.text.size() <= 18) return;
    wrong(node, invalidValue(path_, api::quoted(node.text), "must be a decimal number"));
  }

  void time(const TreeNode& node) {
    const Result<TimePoint> parsed = parseTime(node.text);
    if (parsed.ok()) return;
    if (dialect_ == Dialect::kBuiltIn) return wrongText(node, parsed.errors()[0].text);
    wrong(node, invalidValue(path_, api::quoted(node.text),
                             path_ + " in body must be of type date-time: " + api::quoted(node.text)));
  }

  void quantity(const TreeNode& node) {
    if (dialect_ == Dialect::kCustom && node.isString() && !fitsQuantityPattern(node.text)) {
      return wrong(
          node,
          invalidValue(path_, api::quoted(node.text),
                       path_ +
                           " in body should match '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|"
                           "([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$'"));
    }
    const Result<Quantity> parsed = Quantity::parse(node.text);
    if (!parsed.ok()) wrongText(node, parsed.errors()[0].text);
  }

  void map(const TreeNode& node, const FieldInfo& field, const TypeInfo& owner) {
    for (const TreeEntry& entry : node.entries) {
      const Scope scope(*this, dialect_ == Dialect::kCustom ? "." + entry.key : "[" + entry.key + "]", "");
      FieldInfo element;
      element.shape = field.shape == Shape::kStringMap ? Shape::kString : Shape::kQuantity;
      if (entry.value.isNull() && dialect_ == Dialect::kBuiltIn) continue;
      value(entry.value, element, owner, true);
    }
  }

  void valueRules(const TreeNode& node, const FieldInfo& field) {
    if (!field.allowed.empty() && node.isString() &&
        std::find(field.allowed.begin(), field.allowed.end(), node.text) == field.allowed.end()) {
      wrong(node, unsupportedValue(path_, api::quoted(node.text), field.allowed));
    }
    if (field.minimum && node.kind == Kind::kInt && node.integer < *field.minimum) {
      wrong(node,
            invalidValue(path_, node.text,
                         path_ + " in body should be greater than or equal to " + std::to_string(*field.minimum)));
    }
  }

  void listRules(const TreeNode& node, const FieldInfo& field) {
    if (field.max_items && node.items.size() > *field.max_items)
      wrong(node, tooMany(path_, node.items.size(), *field.max_items));
    if (field.list_keys.empty()) return;
    std::set<std::string> seen;
    std::vector<std::string> keys = field.list_keys;
    std::sort(keys.begin(), keys.end());
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      std::string key;
      bool whole = true;
      for (const std::string& name : keys) {
        const FieldInfo* part = field.object ? field.object->find(name) : nullptr;
        const TreeNode* value = node.items[i].find(name);
        if (!value && (!part || part->default_json.empty())) {
          whole = false;  // reported as required
          break;
        }
        key += (key.empty() ? "" : ", ") + api::quoted(name) + ":" + (value ? shown(*value) : part->default_json);
      }
      if (!whole || seen.insert(key).second) continue;
      const Scope scope(*this, "[" + std::to_string(i) + "]", "");
      wrong(node.items[i], duplicateValue(path_, "map[string]interface {}{" + key + "}"));
    }
  }

  void required(const TreeNode& node, const TypeInfo& info) {
    for (const FieldInfo& field : info.fields) {
      if (!field.required || node.find(field.name)) continue;
      const Scope scope(*this, "." + field.name, "");
      wrong(node, requiredValue(path_, ""));
    }
  }

  Dialect dialect_;
  std::string path_, go_path_;
  bool in_index_ = false;
  Findings& out_;
};

}  // namespace

void checkAgainst(const TreeNode& node, const TypeInfo& info, Dialect dialect, const std::string& path, Findings& out) {
  Checker(dialect, path, out).object(node, info, path.empty());
}

bool fitsQuantityPattern(std::string_view text) {
  const auto number = [&] {  // [0-9]+(\.[0-9]*)? | \.[0-9]+
    std::size_t whole = 0, decimals = 0;
    while (!text.empty() && isDigit(text[0])) text.remove_prefix(1), ++whole;
    if (!text.empty() && text[0] == '.') {
      text.remove_prefix(1);
      while (!text.empty() && isDigit(text[0])) text.remove_prefix(1), ++decimals;
    }
    return whole + decimals > 0;
  };
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  if (!number()) return false;
  if (text.empty()) return true;
  if (text.size() == 2 && text[1] == 'i') return std::string_view("KMGTPE").find(text[0]) != std::string_view::npos;
  if (text.size() == 1) return std::string_view("numkMGTPE").find(text[0]) != std::string_view::npos;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return number() && text.empty();
}

}  // namespace jobset_twin::api
