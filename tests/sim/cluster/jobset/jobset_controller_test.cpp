// What makes the JobSet controller look at a JobSet (JS-T1), seen by what it asks the API server for.
#include "sim/cluster/jobset/jobset_controller.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cluster/rig.hpp"

namespace jobset_twin::cluster::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

api::ObjectPtr jobSet() {
  api::JobSet body;
  api::ReplicatedJob job;
  job.name = "a";
  api::Container container;
  container.name = "main";
  container.image = "busybox:1.36";
  job.template_.spec.mut().template_.spec.mut().containers.push_back(container);
  body.spec.mut().replicatedJobs.push_back(job);
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = "default";
  object->meta.name = "x";
  return object;
}

class JobSetControllerTest : public ::testing::Test {
 protected:
  JobSetControllerTest() : rig_(Component::kJobSetController) {
    rig_.create(jobSet());
    rig_.run(seconds(5));
  }
  api::ObjectPtr job() const { return rig_.server().store().find({api::Kind::kJob, "default", "x-a-0"}); }
  void update(const std::function<void(api::Object&)>& change) {
    const api::MutableObjectPtr changed = api::edit(job());
    change(*changed);
    const api::Response response = rig_.execute(api::updateRequest(changed));
    ASSERT_TRUE(response.ok()) << response.message;
    rig_.calls.clear();
    rig_.run(milliseconds(100));
  }

  Rig<JobSetController> rig_;
};

TEST_F(JobSetControllerTest, creates_the_Service_and_the_Job_and_is_still_then) {
  EXPECT_THAT(rig_.calls, Contains("create x"));
  EXPECT_THAT(rig_.calls, Contains("create x-a-0"));
  rig_.calls.clear();
  rig_.run(seconds(100));
  EXPECT_THAT(rig_.calls, IsEmpty());
}

TEST_F(JobSetControllerTest, a_Job_that_loses_its_owner_is_missed_by_it) {
  update([](api::Object& object) { object.meta.ownerReferences = {}; });
  EXPECT_THAT(rig_.calls, Contains("create x-a-0")) << "and finds the name taken";
  EXPECT_THAT(rig_.eventReasons(), ElementsAre("JobCreationFailed"));
}

TEST_F(JobSetControllerTest, an_owner_of_another_group_is_another_owner) {
  update([](api::Object& object) { object.meta.ownerReferences.mut()[0].apiVersion = "example.com/v1alpha2"; });
  EXPECT_THAT(rig_.calls, Contains("create x-a-0"));
}

TEST_F(JobSetControllerTest, a_Job_deleted_by_somebody_is_created_again) {
  rig_.remove(job());
  rig_.calls.clear();
  rig_.run(seconds(5));
  EXPECT_THAT(rig_.calls, Contains("create x-a-0"));
}

}  // namespace
}  // namespace jobset_twin::cluster::test
