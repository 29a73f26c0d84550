// Valid manifests with damaged bytes: whatever comes, the reader answers with objects or with errors that have a place.
// Seeded, so that a failure can be repeated; run again under ASan and UBSan (label input).
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/api/content.hpp"
#include "engine/api/read.hpp"
#include "engine/api/write.hpp"
#include "engine/api/writer.hpp"
#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::api {
namespace {

const std::string kYaml = R"(# a JobSet
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata:
  name: training
  labels: {kueue.x-k8s.io/queue-name: q, "quoted": 'single'}
  annotations:
    alpha.jobset.sigs.k8s.io/exclusive-topology: rack
spec:
  failurePolicy:
    maxRestarts: 3
    rules:
    - {name: r, action: FailJobSet, onJobFailureReasons: [PodFailurePolicy]}
  replicatedJobs:
  - name: leader
    replicas: 1
    template:
      spec: &spec
        parallelism: 1
        completions: 1
        template:
          spec:
            containers:
            - name: c
              image: bash:latest
              command: ["bash", "-c"]
              args:
              - |
                for i in $(seq 1 10); do
                  echo "$i"
                done
                exit 1
              resources: {requests: {cpu: 100m, memory: 1.5Gi}, limits: {nvidia.com/gpu: 8}}
              ports: [{containerPort: 3389}]
              env:
              - {name: X, value: "1e3"}
              - name: Z
                valueFrom: {fieldRef: {fieldPath: "metadata.annotations['a.b/c']"}}
  - name: workers
    template:
      spec:
        <<: *spec
        parallelism: 4
---
apiVersion: v1
kind: Service
metadata: {name: s, creationTimestamp: 2026-01-02T03:04:05Z}
spec:
  clusterIP: None
  ports: [{port: 80, targetPort: http}]
)";

const std::string kJson = R"({"apiVersion":"v1","kind":"List","items":[
  {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{"completions":2,"template":{"spec":
    {"restartPolicy":"Never","containers":[{"name":"c","image":"i","args":["\u00e9\ud83d\ude00",""]}],"terminationGracePeriodSeconds":30}}}},
  {"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"},"status":{"capacity":{"cpu":"64","memory":"256Gi","x.io/y":1e2}}}]}
{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","livenessProbe":{"httpGet":{"port":8080}}}]}}
)";

std::string damaged(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  static const std::vector<std::string> words = {":",
                                                 "- ",
                                                 "\n",
                                                 "  ",
                                                 "{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 "\"",
                                                 "'",
                                                 "&a ",
                                                 "*a",
                                                 "*spec",
                                                 "<<: ",
                                                 "---\n",
                                                 "...\n",
                                                 "!!int ",
                                                 "|",
                                                 ">",
                                                 "#",
                                                 "\t",
                                                 "\\",
                                                 "null",
                                                 "~",
                                                 "1e9",
                                                 "-0",
                                                 "0x7f",
                                                 ".inf",
                                                 ".nan",
                                                 "true",
                                                 "? ",
                                                 "%YAML 1.2\n",
                                                 "\xFF",
                                                 "\xC3",
                                                 std::string(1, '\0'),
                                                 "\xEF\xBB\xBF",
                                                 "9999999999999999999999",
                                                 "1e400",
                                                 "- - - - ",
                                                 "\\u0000",
                                                 "\r"};
  const std::size_t times = 1 + below(4);
  for (std::size_t i = 0; i < times && !text.empty(); ++i) {
    const std::size_t at = below(text.size());
    switch (below(7)) {
      case 0: text[at] = static_cast<char>(below(256)); break;
      case 1: text.erase(at, 1 + below(8)); break;
      case 2: text.insert(at, words[below(words.size())]); break;
      case 3: text.resize(at); break;
      case 4: {  // a piece again elsewhere
        const std::string piece = text.substr(at, below(200));
        text.insert(below(text.size()), piece);
        break;
      }
      case 5: {  // two lines change places
        const std::size_t line = text.find('\n', at),
                          next = line == std::string::npos ? line : text.find('\n', line + 1);
        if (next != std::string::npos) {
          const std::string moved = text.substr(line + 1, next - line);
          text.erase(line + 1, next - line);
          text.insert(text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1, moved);
        }
        break;
      }
      default: text.replace(at, 1, words[below(words.size())]);
    }
  }
  return text;
}

// Returns how many objects were read; checks what must hold of any input.
std::size_t check(const std::string& text) {
  std::size_t count = 0;
  const auto placed = [&](const Errors& errors) {
    for (const Error& error : errors) {
      EXPECT_FALSE(error.text.empty());
      EXPECT_EQ(error.file, "f");
      EXPECT_GE(error.line, 1) << error.text;
      EXPECT_GE(error.column, 1) << error.text;
    }
  };
  Documents documents = readDocuments(text, "f");
  placed(documents.errors);
  for (Tree& tree : documents.trees) {
    for (const Tree& one : expandList(std::move(tree))) {
      for (const Validation validation : {Validation::kStrict, Validation::kIgnore}) {
        Errors warnings;
        const Result<ObjectPtr> object = readObject(one, validation, warnings);
        placed(object.errors());
        if (!object.ok()) continue;
        ++count;
        const nlohmann::json written = toJson(**object);
        EXPECT_FALSE(writeYaml(written).empty());
        const Result<ObjectPtr> again = fromJson(written, Validation::kIgnore);
        if (!again.ok()) {
          ADD_FAILURE() << "our own output is refused: " << describe(again.errors()[0]);
          continue;
        }
        EXPECT_TRUE(semanticallyEqual(**object, **again));
      }
    }
  }
  return count;
}

TEST(Fuzz, the_originals_are_read) {
  EXPECT_EQ(check(kYaml), 4U);
  EXPECT_EQ(check(kJson), 6U);
}

TEST(Fuzz, damaged_manifests) {
  std::size_t read = 0;
  for (unsigned seed = 1; seed <= 4000; ++seed) {
    std::mt19937 random(seed);
    const std::string text = damaged(seed % 2 == 0 ? kYaml : kJson, random);
    read += check(text);
    if (HasFailure()) FAIL() << "seed " << seed << ":\n" << text;
  }
  EXPECT_GT(read, 1000U) << "the damage is small enough to reach what lies behind the parser";
}

TEST(Fuzz, noise) {
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    std::mt19937 random(seed);
    std::string text;
    const std::size_t size = random() % 300;
    static constexpr std::string_view alphabet = "abk:-,[]{}\"'&*#|> \n\n  0129.eE+~!?%@`\\\t";
    for (std::size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
    check(text);
    if (HasFailure()) FAIL() << "seed " << seed << ":\n" << text;
  }
}

}  // namespace
}  // namespace jobset_twin::api
