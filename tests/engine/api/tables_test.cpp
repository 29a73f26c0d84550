// The tables of the API, held against themselves: what is written is read back, every field is seen by hash and
// comparison.
//
// Objects are generated from the tables: sample(t) sets every field of a type to a value that no other field has.
#include <gtest/gtest.h>

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/content.hpp"
#include "engine/api/kinds.hpp"
#include "engine/api/read.hpp"
#include "engine/api/reflect.hpp"
#include "engine/api/write.hpp"

namespace jobset_twin::api {
namespace {

using nlohmann::json;

// A value for a field; `n` makes it unlike the others.
class Sampler {
 public:
  explicit Sampler(bool custom) : custom_(custom) {}
  json object(const TypeInfo& info, int depth) {
    json out = json::object();
    for (const FieldInfo& field : info.fields) {
      if (!field.written) continue;
      if (field.inlined) continue;
      out[field.name] = value(field, depth);
    }
    return out;
  }
  json value(const FieldInfo& field, int depth) {
    if (!field.list) return element(field, depth);
    json list = json::array({element(field, depth)});
    if (depth == 0) list.push_back(element(field, depth));  // deeper, two of each would grow without end
    return list;
  }
  json element(const FieldInfo& field, int depth) {
    const int n = ++count_;
    if (!field.allowed.empty()) return field.allowed[static_cast<std::size_t>(n) % field.allowed.size()];
    switch (field.shape) {
      case Shape::kBool: return true;
      case Shape::kInt32:
      case Shape::kInt64: return n;
      case Shape::kNumber: return n + 0.5;
      case Shape::kString: return field.decimal_string ? std::to_string(n) : fmt::format("v{}", n);
      case Shape::kTime: return fmt::format("2026-01-01T{:02}:{:02}:{:02}Z", n / 3600 % 24, n / 60 % 60, n % 60);
      case Shape::kMicroTime:
        return fmt::format("2026-01-01T{:02}:{:02}:{:02}.000001Z", n / 3600 % 24, n / 60 % 60, n % 60);
      case Shape::kQuantity: return std::to_string(n);
      case Shape::kIntOrString: return n % 2 == 0 ? json(n) : json(fmt::format("port{}", n));
      case Shape::kStringMap: return {{fmt::format("k{}", n), "v"}};
      case Shape::kQuantityMap: return {{fmt::format("r{}", n), std::to_string(n)}};
      case Shape::kObject: return depth > 12 ? json::object() : object(tableOf(field), depth + 1);
      case Shape::kAny: return {{"any", n}};
    }
    return nullptr;
  }

 private:
  // Metadata inside a custom resource is only what its schema lists.
  const TypeInfo& tableOf(const FieldInfo& field) const {
    const TypeTables& tables = typeTables();
    return custom_ && field.object == tables.object_meta ? *tables.embedded_meta : *field.object;
  }
  bool custom_;
  int count_ = 0;
};

json sampleOf(const KindInfo& kind) {
  const TypeTables& tables = typeTables();
  Sampler sampler(kind.custom);
  const TypeInfo& body = kind.kind == Kind::kEvent && kind.api_version != "v1"
                             ? *tables.event_v1
                             : *tables.bodies[static_cast<std::size_t>(kind.kind)];
  json out = sampler.object(body, 0);
  out["metadata"] = sampler.object(*tables.object_meta, 0);
  out["apiVersion"] = kind.api_version;
  out["kind"] = kind.name;
  return out;
}

std::vector<KindInfo> typedKinds() {
  std::vector<KindInfo> out;
  for (const KindInfo& kind : knownKinds()) {
    if (kind.kind != Kind::kGeneric) out.push_back(kind);
  }
  return out;
}

// The places of all scalars below a value.
void leaves(const json& value, const json::json_pointer& at, std::vector<json::json_pointer>& out) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) leaves(inner, at / key, out);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) leaves(value[i], at / i, out);
  } else {
    out.push_back(at);
  }
}

json changed(const json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>() + 100'000;
  if (value.is_number()) return value.get<double>() + 0.25;
  const std::string text = value.get<std::string>();
  if (text.starts_with("2026-")) return "2027-" + text.substr(5);
  if (text.find_first_not_of("0123456789") == std::string::npos) return "9" + text;
  return text + "x";
}

TEST(Tables, are_complete) {
  const TypeTables& tables = typeTables();
  std::set<std::string> names;
  for (const TypeInfo* info : tables.all) {
    EXPECT_TRUE(names.insert(info->name).second) << info->name;
    EXPECT_EQ(tables.find(info->name), info);
    EXPECT_FALSE(info->go_name.empty()) << info->name;
    std::set<std::string> fields;
    for (const FieldInfo& field : info->fields) {
      EXPECT_TRUE(fields.insert(field.name).second) << info->name << "." << field.name;
      EXPECT_TRUE(field.inlined || info->find(field.name) == &field) << info->name << "." << field.name;
      EXPECT_EQ(field.shape == Shape::kObject, field.object != nullptr) << info->name << "." << field.name;
      EXPECT_EQ(field.type == nullptr, field.member == nullptr) << info->name << "." << field.name;
      EXPECT_TRUE(field.default_json.empty() || json::accept(field.default_json)) << info->name << "." << field.name;
      if (!field.patch_key.empty()) {
        EXPECT_TRUE(field.list) << info->name << "." << field.name;
        ASSERT_NE(field.object, nullptr) << info->name << "." << field.name;
        EXPECT_NE(field.object->find(field.patch_key), nullptr) << info->name << "." << field.name;
      }
      for (const std::string& key : field.list_keys)
        EXPECT_TRUE(field.object && field.object->find(key)) << info->name << "." << field.name;
    }
  }
  for (std::size_t kind = 0; kind + 1 < kKindCount; ++kind) EXPECT_NE(tables.bodies[kind], nullptr);
}

TEST(Tables, what_is_read_is_written) {
  for (const KindInfo& kind : typedKinds()) {
    const json sample = sampleOf(kind);
    const Result<ObjectPtr> object = fromJson(sample);
    ASSERT_TRUE(object.ok()) << kind.name << " " << describe(object.errors()[0]);
    const json once = toJson(**object);
    const Result<ObjectPtr> again = fromJson(once);
    ASSERT_TRUE(again.ok()) << kind.name << " " << describe(again.errors()[0]);
    EXPECT_EQ(toJson(**again), once) << kind.name;
    EXPECT_TRUE(semanticallyEqual(**object, **again)) << kind.name;
    EXPECT_EQ(contentHash(**object), contentHash(**again)) << kind.name;
    EXPECT_EQ(toJson(*fromTrustedJson(once)), once) << kind.name;
    // Nothing is made up, and nothing but what is meant to be dropped is lost.
    std::vector<json::json_pointer> places;
    leaves(once, json::json_pointer(), places);
    for (const json::json_pointer& place : places) {
      ASSERT_TRUE(sample.contains(place)) << kind.name << " " << place.to_string();
      EXPECT_EQ(sample.at(place), once.at(place)) << kind.name << " " << place.to_string();
    }
  }
}

TEST(Tables, an_empty_object_stays_empty) {
  for (const KindInfo& kind : typedKinds()) {
    const json least = {{"apiVersion", kind.api_version}, {"kind", kind.name}, {"metadata", {{"name", "a"}}}};
    const ObjectPtr object = fromTrustedJson(least);
    const json once = toJson(*object);
    EXPECT_EQ(toJson(*fromTrustedJson(once)), once) << kind.name;
    EXPECT_TRUE(semanticallyEqual(*object, *fromTrustedJson(once))) << kind.name;
  }
}

TEST(Content, every_field_counts) {
  for (const KindInfo& kind : typedKinds()) {
    const json once = toJson(*fromTrustedJson(sampleOf(kind)));
    const ObjectPtr object = fromTrustedJson(once);
    std::vector<json::json_pointer> places;
    leaves(once, json::json_pointer(), places);
    int wrong = 0;
    for (const json::json_pointer& place : places) {
      const std::string where = place.to_string();
      if (where == "/apiVersion" || where == "/kind" || once.at(place).is_null()) continue;
      json other = once;
      other[place] = changed(once.at(place));
      const ObjectPtr changed_object = fromTrustedJson(other);
      if (contentHash(*changed_object) == contentHash(*object)) {
        ADD_FAILURE() << "not in the hash: " << kind.name << " " << where;
        ++wrong;
      }
      if (semanticallyEqual(*changed_object, *object) != (where == "/metadata/resourceVersion")) {
        ADD_FAILURE() << "not compared: " << kind.name << " " << where;
        ++wrong;
      }
      if (wrong > 10) return;
    }
  }
}

TEST(Content, a_change_of_a_shared_part_is_seen) {
  MutableObjectPtr pod = makeObject(Pod());
  as<Pod>(*pod).spec.mut().containers.emplace_back().image = "a";
  const auto before = contentHash(*pod);
  EXPECT_EQ(contentHash(*pod), before) << "from memory";
  as<Pod>(*pod).spec.mut().containers[0].image = "b";
  EXPECT_NE(contentHash(*pod), before);
  pod->meta.labels.set("a", "b");
  const auto labelled = contentHash(*pod);
  pod->meta.labels.set("a", "c");
  EXPECT_NE(contentHash(*pod), labelled);
}

TEST(Kinds, are_found_by_what_people_type) {
  for (const auto& [word, name] : {std::pair("jobs", "Job"),
                                   {"job", "Job"},
                                   {"jobs.batch", "Job"},
                                   {"po", "Pod"},
                                   {"svc", "Service"},
                                   {"JobSet", "JobSet"},
                                   {"jobsets.jobset.x-k8s.io", "JobSet"},
                                   {"pvc", "PersistentVolumeClaim"},
                                   {"cm", "ConfigMap"}}) {
    const KindInfo* found = findResource(word);
    ASSERT_NE(found, nullptr) << word;
    EXPECT_EQ(found->name, name);
  }
  EXPECT_EQ(findResource("nothing"), nullptr);
  EXPECT_EQ(resourceName("batch/v1", "Job"), "jobs.batch");
  EXPECT_EQ(resourceName("v1", "Pod"), "pods");
}

}  // namespace
}  // namespace jobset_twin::api
