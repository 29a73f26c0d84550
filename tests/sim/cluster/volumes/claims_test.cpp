// PersistentVolumeClaims with the binder alone: who is bound to what, when, and what is left behind.
#include "sim/cluster/volumes/claims.hpp"

#include "sim/cluster/volumes/volume.hpp"
#include "tests/sim/cluster/rig.hpp"

namespace jobset_twin::cluster::test {
namespace {

struct ClaimsTest : testing::Test {
  Rig<Claims> rig{Component::kVolumes};

  void storageClass(const std::string& name, const char* mode, const char* reclaim = "Delete", bool is_default = false,
                    const char* provisioner = "csi.example.com") {
    const api::MutableObjectPtr object =
        generic("storage.k8s.io/v1", "StorageClass", "", name,
                {{"provisioner", provisioner}, {"volumeBindingMode", mode}, {"reclaimPolicy", reclaim}});
    if (is_default) object->meta.annotations.set("storageclass.kubernetes.io/is-default-class", "true");
    rig.create(object);
    rig.run(seconds(1));
  }
  // class_name: null for none given.
  api::ObjectPtr claim(const std::string& name, const char* class_name, const char* size = "10Gi") {
    api::PersistentVolumeClaim body;
    body.spec.accessModes = {"ReadWriteOnce"};
    body.spec.resources.requests["storage"] = *api::Quantity::parse(size);
    if (class_name) body.spec.storageClassName = class_name;
    const api::MutableObjectPtr object = api::makeObject(std::move(body));
    object->meta.namespace_ = "default";
    object->meta.name = name;
    return rig.create(object);
  }
  api::ObjectPtr volume(const std::string& name, const char* class_name, const char* size,
                        const char* mode = "ReadWriteOnce") {
    return rig.create(generic(
        "v1", "PersistentVolume", "", name,
        {{"spec", {{"capacity", {{"storage", size}}}, {"accessModes", {mode}}, {"storageClassName", class_name}}}}));
  }
  api::ObjectPtr user(const std::string& name, const std::string& claim_name, const std::string& node) {
    const api::MutableObjectPtr object = pod(name, node);
    api::Volume mounted;
    mounted.name = "data";
    mounted.persistentVolumeClaim.emplace();
    mounted.persistentVolumeClaim->claimName = claim_name;
    api::as<api::Pod>(*object).spec.mut().volumes.push_back(mounted);
    return rig.create(object);
  }
  const api::PersistentVolumeClaim& stored(const api::ObjectPtr& object) const {
    return api::as<api::PersistentVolumeClaim>(rig.find(object));
  }
  std::vector<api::ObjectPtr> volumes() const {
    std::vector<api::ObjectPtr> found;
    for (const api::ObjectPtr& object : rig.server().list(api::Kind::kGeneric)) {
      if (api::kindNameOf(*object) == "PersistentVolume") found.push_back(object);
    }
    return found;
  }
};

TEST_F(ClaimsTest, ImmediateClaimsAreProvisionedAtOnce) {
  storageClass("fast", "Immediate");
  const auto data = claim("data", "fast");
  rig.run(seconds(1));
  EXPECT_EQ(stored(data).status.phase, "Pending");
  rig.settle(seconds(10));
  EXPECT_EQ(stored(data).status.phase, "Bound");
  EXPECT_EQ(stored(data).spec.volumeName, "pvc-" + data->meta.uid);
  EXPECT_EQ(stored(data).status.capacity.at("storage").toString(), "10Gi");
  ASSERT_EQ(volumes().size(), 1U);
  const VolumeFacts facts = volumeFacts(*volumes()[0]);
  EXPECT_EQ(facts.claim_uid, data->meta.uid);
  EXPECT_EQ(facts.phase, "Bound");
  EXPECT_TRUE(rig.component.waiting().empty());
}

TEST_F(ClaimsTest, OthersWaitForTheFirstConsumerThatHasANode) {
  storageClass("standard", "WaitForFirstConsumer", "Delete", true);
  const auto data = claim("data", nullptr);
  EXPECT_EQ(stored(data).spec.storageClassName, "standard");
  user("unscheduled", "data", "");
  rig.settle();
  EXPECT_EQ(stored(data).status.phase, "Pending");
  EXPECT_EQ(rig.component.waiting(), (std::vector<std::pair<std::string, std::string>>{
                                         {"default/data", "waiting for first consumer to be created before binding"}}));
  user("scheduled", "data", "n7");
  rig.settle();
  EXPECT_EQ(stored(data).status.phase, "Bound");
  EXPECT_EQ(rig.find(data)->meta.annotations.get("volume.kubernetes.io/selected-node"), "n7");
}

// What keeps a claim from being bound, and what then binds it.
TEST_F(ClaimsTest, ClaimsWithoutAProvisionerWaitForAVolume) {
  storageClass("local", "Immediate", "Delete", false, "kubernetes.io/no-provisioner");
  const auto none = claim("none", nullptr), local = claim("local", "local");
  rig.settle();
  const std::string why = "no persistent volumes available for this claim and no storage class is set";
  EXPECT_EQ(rig.component.waiting(),
            (std::vector<std::pair<std::string, std::string>>{{"default/local", why}, {"default/none", why}}));
  volume("too-small", "", "5Gi");
  volume("wrong-mode", "", "20Gi", "ReadOnlyMany");
  volume("other-class", "local", "20Gi");
  volume("large", "", "100Gi");
  rig.settle();
  EXPECT_EQ(stored(none).spec.volumeName, "large");
  EXPECT_EQ(stored(local).spec.volumeName, "other-class");
  EXPECT_EQ(volumeFacts(*volumes()[3]).phase, "Available");
}

TEST_F(ClaimsTest, TheSmallestVolumeThatFitsIsTaken) {
  volume("large", "", "100Gi");
  volume("middle", "", "20Gi");
  volume("small", "", "1Gi");
  rig.settle();
  const auto first = claim("first", ""), second = claim("second", ""), third = claim("third", "");
  rig.settle();
  EXPECT_EQ(stored(first).spec.volumeName, "middle");
  EXPECT_EQ(stored(second).spec.volumeName, "large");
  EXPECT_EQ(stored(third).status.phase, "Pending");
}

TEST_F(ClaimsTest, AClassThatComesLater) {
  const auto data = claim("data", "fast");
  rig.settle();
  EXPECT_EQ(rig.component.waiting().at(0).second, "storageclass.storage.k8s.io \"fast\" not found");
  storageClass("fast", "Immediate");
  rig.settle();
  EXPECT_EQ(stored(data).status.phase, "Bound");
}

TEST_F(ClaimsTest, TheVolumeGoesWithItsClaimOrIsReleased) {
  storageClass("deleted", "Immediate", "Delete");
  storageClass("kept", "Immediate", "Retain");
  const auto first = claim("first", "deleted"), second = claim("second", "kept");
  rig.settle();
  ASSERT_EQ(volumes().size(), 2U);
  rig.remove(first);
  rig.remove(second);
  rig.settle();
  EXPECT_FALSE(rig.find(first) || rig.find(second));
  ASSERT_EQ(volumes().size(), 1U);
  EXPECT_EQ(volumeFacts(*volumes()[0]).phase, "Released");
  const auto third = claim("third", "kept");
  rig.settle();
  EXPECT_EQ(stored(third).spec.volumeName, "pvc-" + third->meta.uid) << "a released volume is not given to another";
}

TEST_F(ClaimsTest, AClaimInUseStaysUntilThePodIsGone) {
  storageClass("fast", "Immediate");
  const auto data = claim("data", "fast");
  const auto running = user("running", "data", "n0");
  user("waiting", "data", "");  // does not count
  rig.settle();
  rig.remove(data);
  rig.settle();
  ASSERT_TRUE(rig.find(data));
  EXPECT_TRUE(rig.find(data)->meta.deletionTimestamp);
  rig.remove(running, api::Propagation::kBackground, 0);
  rig.settle();
  EXPECT_FALSE(rig.find(data));
  EXPECT_TRUE(volumes().empty());
}

// The claim is deleted at every moment of its being bound: nothing is left.
TEST_F(ClaimsTest, NothingIsLeftOfAClaimThatIsDeletedMeanwhile) {
  storageClass("fast", "Immediate");
  for (int at = 0; at <= 2100; at += 3) {
    if (at > 60 && at < 1950) continue;
    const auto data = claim("data", "fast");
    rig.run(milliseconds(at));
    rig.remove(data);
    rig.settle();
    EXPECT_FALSE(rig.find(data)) << at;
    EXPECT_TRUE(volumes().empty()) << at;
    EXPECT_TRUE(rig.component.waiting().empty()) << at;
  }
}

TEST_F(ClaimsTest, AClaimLosesItsVolume) {
  storageClass("fast", "Immediate");
  const auto data = claim("data", "fast");
  rig.settle();
  rig.remove(volumes()[0]);
  rig.settle();
  EXPECT_EQ(stored(data).status.phase, "Lost");
}

TEST_F(ClaimsTest, EventsSayWhatAClaimWaitsForOnce) {
  storageClass("fast", "Immediate");
  claim("data", "fast");
  rig.settle();
  EXPECT_EQ(rig.eventReasons(), (std::vector<std::string>{"ExternalProvisioning", "ProvisioningSucceeded"}));
}

}  // namespace
}  // namespace jobset_twin::cluster::test
