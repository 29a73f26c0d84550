// The Pods that a Job creates (K-JOB-3..7).
#include "sim/cluster/job/pod_template.hpp"

#include <gtest/gtest.h>

#include "tests/sim/cluster/job/builders.hpp"

namespace jobset_twin::cluster::job::test {
namespace {

TEST(PodTemplate, NonIndexed) {
  JobBuilder job(1, 1);
  job.spec().template_.metadata.labels = {{"app", "x"}};
  const PodBase base = podBase(*job.object);
  const api::ObjectPtr pod = makePod(base, {});
  EXPECT_EQ(pod->meta.generateName, "work-");
  EXPECT_EQ(pod->meta.labels.get("app"), "x");
  EXPECT_EQ(pod->meta.finalizers, std::vector<std::string>{std::string(kTrackingFinalizer)});
  const api::OwnerReference owner{"batch/v1", "Job", "work", "uid-job", true, true};
  EXPECT_EQ(*pod->meta.ownerReferences, std::vector<api::OwnerReference>{owner});
  EXPECT_TRUE(api::as<api::Pod>(pod).spec.sameAs(job.job().spec->template_.spec));
}

TEST(PodTemplate, IndexedPodsShareOneSpecWithTheIndexVariable) {
  JobBuilder job = JobBuilder(2, 2).indexed();
  const PodBase base = podBase(*job.object);
  NewPod wanted;
  wanted.index = 1;
  const api::ObjectPtr first = makePod(base, {0, 0, 0}), second = makePod(base, wanted);
  EXPECT_TRUE(api::as<api::Pod>(first).spec.sameAs(api::as<api::Pod>(second).spec));
  EXPECT_EQ(second->meta.generateName, "work-1-");
  EXPECT_EQ(second->meta.labels.get(kCompletionIndexKey), "1");
  EXPECT_EQ(second->meta.annotations.get(kCompletionIndexKey), "1");
  EXPECT_EQ(api::as<api::Pod>(second).hostname, "work-1");
  const api::Container& container = api::as<api::Pod>(second).spec->containers[0];
  ASSERT_EQ(container.env.size(), 1u);
  EXPECT_EQ(container.env[0].name, "JOB_COMPLETION_INDEX");
  EXPECT_EQ(container.env[0].valueFrom->fieldRef->fieldPath,
            "metadata.labels['batch.kubernetes.io/job-completion-index']");
  EXPECT_FALSE(second->meta.annotations.contains(kIndexFailureCountKey));
}

TEST(PodTemplate, AnOwnVariableStays) {
  JobBuilder job = JobBuilder(1, 1).indexed();
  api::EnvVar own;
  own.name = "JOB_COMPLETION_INDEX";
  own.value = "7";
  job.spec().template_.spec.mut().containers[0].env.push_back(own);
  EXPECT_EQ(podBase(*job.object).spec->containers[0].env.size(), 1u);
}

TEST(PodTemplate, FailureCountsOfTheIndex) {
  const PodBase base = podBase(*JobBuilder(1, 1).perIndex(2).object);
  EXPECT_EQ(makePod(base, {0, 0, 0})->meta.annotations.get(kIndexFailureCountKey), "0");
  EXPECT_FALSE(makePod(base, {0, 0, 0})->meta.annotations.contains(kIndexIgnoredFailureCountKey));
  EXPECT_EQ(makePod(base, {0, 2, 1})->meta.annotations.get(kIndexFailureCountKey), "2");
  EXPECT_EQ(makePod(base, {0, 2, 1})->meta.annotations.get(kIndexIgnoredFailureCountKey), "1");
}

TEST(PodTemplate, LongNamesAreCutInTheJobPart) {
  const std::string name(60, 'a');
  EXPECT_EQ(indexedPrefix(name, 12), std::string(54, 'a') + "-12-");
  EXPECT_EQ(indexedPrefix("short", 12), "short-12-");
}

}  // namespace
}  // namespace jobset_twin::cluster::job::test
