// The manager's cache: what its indexes show is what a plain scan of all objects shows, after any history.
#include "engine/runtime/jobset_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "engine/jobset/names.hpp"

namespace jobset_twin::runtime {
namespace {

using Names = std::vector<std::string>;

Names namesOf(const std::vector<api::ObjectPtr>& objects) {
  Names names;
  for (const api::ObjectPtr& object : objects) names.push_back(object ? object->meta.name : "null");
  return names;
}

api::MutableObjectPtr make(api::Body body, std::string_view namespace_, std::string_view name) {
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = namespace_;
  object->meta.name = name;
  return object;
}
api::MutableObjectPtr jobOf(std::string_view namespace_, std::string_view name, std::string_view owner_uid) {
  const api::MutableObjectPtr job = make(api::Job(), namespace_, name);
  if (!owner_uid.empty()) {
    api::OwnerReference owner{std::string(jobset::kApiVersion), "JobSet", "x", std::string(owner_uid), true, true};
    job->meta.ownerReferences.mut() = {owner};
  }
  return job;
}

TEST(JobSetCache, an_orphaned_job_is_no_child_any_more) {  // K-API-33
  JobSetCache cache;
  const api::MutableObjectPtr jobset = make(api::JobSet(), "ns", "x");
  jobset->meta.uid = "u";
  cache.apply(jobset, false);
  cache.apply(jobOf("ns", "x-w-0", "u"), false);
  EXPECT_EQ(cache.childCount("ns/x"), 1U);
  cache.apply(jobOf("ns", "x-w-0", ""), false);
  EXPECT_EQ(cache.childCount("ns/x"), 0U);
  cache.apply(jobOf("ns", "x-w-0", "u"), false);
  cache.apply(jobOf("ns", "x-w-0", "other"), false);  // recreated; the deletion was not seen
  EXPECT_TRUE(cache.observe("ns/x", false).jobs.empty());
  const api::MutableObjectPtr foreign = jobOf("ns", "x-w-0", "u");
  foreign->meta.ownerReferences.mut()[0].apiVersion = "batch/v1";
  cache.apply(foreign, false);
  EXPECT_TRUE(cache.observe("ns/x", false).jobs.empty()) << "the owner must be a JobSet (JS-R3)";
}

TEST(JobSetCache, the_service_is_the_one_of_the_subdomain) {  // JS-R10
  JobSetCache cache;
  api::JobSet body;
  body.spec.mut().network.emplace().subdomain = "net";
  cache.apply(make(body, "ns", "x"), false);
  cache.apply(make(api::Service(), "ns", "x"), false);
  EXPECT_EQ(cache.observe("ns/x", false).service, nullptr);
  cache.apply(make(api::Service(), "ns", "net"), false);
  EXPECT_EQ(cache.observe("ns/x", false).service->meta.name, "net");
  cache.apply(make(api::JobSet(), "ns", "x"), false);
  EXPECT_EQ(cache.observe("ns/x", false).service->meta.name, "x");
  cache.apply(make(api::JobSet(), "ns", "x"), true);
  EXPECT_EQ(cache.observe("ns/x", false).jobset, nullptr);
}

// The same questions, answered by looking at everything.
struct Plain {
  std::map<std::pair<int, std::string>, api::ObjectPtr> all;  // by kind and namespace/name

  static std::string keyOf(const api::Object& object) { return object.meta.namespace_ + "/" + object.meta.name; }
  void apply(const api::ObjectPtr& object, bool deleted) {
    const std::pair<int, std::string> key(static_cast<int>(object->kind()), keyOf(*object));
    if (deleted) {
      all.erase(key);
    } else {
      all[key] = object;
    }
  }
  template <class Wanted>
  std::vector<api::ObjectPtr> find(api::Kind kind, const Wanted& wanted) const {
    std::vector<api::ObjectPtr> found;
    for (const auto& [key, object] : all) {
      if (object->kind() == kind && wanted(*object)) found.push_back(object);
    }
    return found;
  }
};

// JS-I1 and JS-I2, read off the Pods themselves.
void expectCounts(const jobset::SeenPods& counts, const std::vector<api::ObjectPtr>& pods) {
  ASSERT_EQ(counts.size(), pods.size());
  std::int32_t restarts = 0;
  std::vector<int> attempts;
  bool invalid = false;
  for (const api::ObjectPtr& pod : pods) {
    const api::PodStatus& status = api::as<api::Pod>(pod).status;
    for (const auto& list : {status.initContainerStatuses, status.containerStatuses})
      for (const api::ContainerStatus& container : list) restarts = std::max(restarts, container.restartCount);
    const std::string* text = pod->meta.annotations.find(jobset::kInPlaceRestartAttemptKey);
    if (status.phase == "Failed" || !text) continue;
    if (*text == "x" || *text == "-1") {
      invalid = true;
    } else {
      attempts.push_back(std::stoi(*text));
    }
  }
  ASSERT_EQ(counts.largestRestartCount(), restarts);
  ASSERT_EQ(counts.anyInvalidAttempt(), invalid);
  ASSERT_EQ(counts.attempts().count, attempts.size());
  if (attempts.empty()) return;
  ASSERT_EQ(counts.attempts().smallest, *std::min_element(attempts.begin(), attempts.end()));
  ASSERT_EQ(counts.attempts().largest, *std::max_element(attempts.begin(), attempts.end()));
}

void expectSame(const JobSetCache& cache, const Plain& plain) {
  for (const std::string space : {"a", "b"}) {
    for (const std::string name : {"x", "y"}) {
      const jobset::Observed seen = cache.observe(space + "/" + name, true);
      const auto jobsets = plain.find(
          api::Kind::kJobSet, [&](const api::Object& o) { return o.meta.namespace_ == space && o.meta.name == name; });
      ASSERT_EQ(seen.jobset != nullptr, !jobsets.empty());
      if (jobsets.empty()) continue;
      ASSERT_EQ(seen.jobset, jobsets[0]);
      const auto jobs = plain.find(api::Kind::kJob, [&](const api::Object& o) {
        const api::OwnerReference* owner = api::controllerOf(o.meta);
        return owner && owner->uid == jobsets[0]->meta.uid && o.meta.namespace_ == space;
      });
      ASSERT_TRUE(seen.jobs == jobset::SeenJobs(jobs));
      expectCounts(seen.pods, plain.find(api::Kind::kPod, [&](const api::Object& o) {
        return o.meta.namespace_ == space && o.meta.labels.get(jobset::kJobSetNameKey) == name;
      }));
      if (::testing::Test::HasFatalFailure()) return;
      for (int index = 0; index < 3; ++index) {
        const std::string base = name + "-w-0-" + std::to_string(index);
        ASSERT_EQ(namesOf(cache.podsByBaseName(space, base)),
                  namesOf(plain.find(api::Kind::kPod, [&](const api::Object& o) {
                    return o.meta.namespace_ == space && o.meta.name.starts_with(base + "-");
                  })));
      }
    }
  }
}

TEST(JobSetCache, indexes_equal_a_scan) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](const Names& names) { return names[random() % names.size()]; };
    JobSetCache cache;
    Plain plain;
    for (int step = 0; step < 400; ++step) {
      api::MutableObjectPtr object;
      const std::string space = pick({"a", "b"}), owner = pick({"x", "y"});
      switch (random() % 4) {
        case 0:
          object = make(api::JobSet(), space, owner);
          object->meta.uid = pick({"u1", "u2", "u3"});
          break;
        case 1: object = jobOf(space, owner + "-w-" + pick({"0", "1"}), pick({"u1", "u2", "u3", ""})); break;
        case 2: object = make(api::Service(), space, owner); break;
        default:
          object = make(api::Pod(), space, owner + "-w-0-" + pick({"0", "1", "2"}) + "-" + pick({"aaaaa", "bbbbb"}));
          if (random() % 4 != 0) object->meta.labels.set(jobset::kJobSetNameKey, pick({"x", "y"}));
          if (random() % 2 != 0) object->meta.labels.set(jobset::kJobKeyKey, pick({"k1", "k2"}));
          if (random() % 2 != 0) object->meta.annotations.set(jobset::kExclusiveKey, "rack");
          if (random() % 3 != 0)
            object->meta.annotations.set(jobset::kInPlaceRestartAttemptKey, pick({"0", "1", "2", "7", "-1", "x"}));
          api::as<api::Pod>(*object).status.phase = pick({"Running", "Pending", "Failed"});
          for (int i = static_cast<int>(random() % 3); i > 0; --i) {
            api::ContainerStatus container;
            container.restartCount = static_cast<std::int32_t>(random() % 4);
            api::PodStatus& status = api::as<api::Pod>(*object).status;
            (random() % 2 != 0 ? status.initContainerStatuses : status.containerStatuses).push_back(container);
          }
      }
      const bool deleted = random() % 3 == 0;
      cache.apply(object, deleted);
      plain.apply(object, deleted);
      if (step % 8 == 0) {
        expectSame(cache, plain);
        if (HasFatalFailure()) FAIL() << "seed " << seed << " step " << step;
      }
      for (const api::ObjectPtr& leader : plain.find(api::Kind::kPod, [](const api::Object&) { return true; })) {
        const auto with_key = plain.find(api::Kind::kPod, [&](const api::Object& o) {
          return o.meta.namespace_ == leader->meta.namespace_ && o.meta.labels.contains(jobset::kJobKeyKey) &&
                 o.meta.labels.get(jobset::kJobKeyKey) == leader->meta.labels.get(jobset::kJobKeyKey) &&
                 o.meta.annotations.contains(jobset::kExclusiveKey);
        });
        ASSERT_EQ(cache.observePlacement(Plain::keyOf(*leader)).pods, with_key) << seed << " " << step;
      }
    }
  }
}

}  // namespace
}  // namespace jobset_twin::runtime
