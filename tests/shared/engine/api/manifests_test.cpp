// Every manifest of upstream's is read without a word of complaint.
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/api/content.hpp"
#include "engine/api/read.hpp"
#include "engine/api/write.hpp"
#include "engine/api/writer.hpp"
#include "engine/api/yaml_reader.hpp"
#include "tests/shared/engine/api/shared.hpp"

namespace jobset_twin::api {
namespace {

class Manifests : public shared::SharedTest {};

TEST_F(Manifests, are_read) {
  const std::filesystem::path folder = shared::sharedFolder() / "manifests";
  std::map<std::string, std::string> found;
  std::size_t objects = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string name = entry.path().lexically_relative(folder).string();
    if (name.starts_with("kueue/performance/")) continue;  // parameters of a test program, no objects
    std::string errors;
    const auto note = [&](const Errors& list) {
      for (const Error& error : list) errors += describe(error) + "\n";
    };
    Documents documents = readDocuments(shared::fileText(entry.path()), "");
    note(documents.errors);
    EXPECT_FALSE(documents.trees.empty() && documents.errors.empty()) << name;
    for (Tree& tree : documents.trees) {
      for (const Tree& one : expandList(std::move(tree))) {
        Errors warnings;
        const Result<ObjectPtr> object = readObject(one, Validation::kStrict, warnings);
        note(object.errors());
        if (!object.ok()) continue;
        ++objects;
        // What we print is the same object again, as YAML and as JSON.
        const nlohmann::json written = toJson(**object);
        for (const std::string& text : {writeYaml(written), writeJson(written)}) {
          const Documents again = readDocuments(text, "");
          ASSERT_TRUE(again.errors.empty() && again.trees.size() == 1) << name << "\n" << text;
          const Result<ObjectPtr> same = readObject(again.trees[0], Validation::kStrict, warnings);
          ASSERT_TRUE(same.ok()) << name << " " << describe(same.errors()[0]);
          EXPECT_TRUE(semanticallyEqual(**object, **same)) << name;
          EXPECT_EQ(contentHash(**object), contentHash(**same)) << name;
        }
      }
    }
    if (!errors.empty()) found[name] = errors;
  }
  EXPECT_GT(objects, 60U);
  EXPECT_EQ(found, (std::map<std::string, std::string>())) << "by file";
}

}  // namespace
}  // namespace jobset_twin::api
