// Names, keys and feature gates: the spelling that other programs rely on.
#include <gtest/gtest.h>

#include "engine/jobset/feature_gates.hpp"
#include "engine/jobset/names.hpp"
#include "engine/jobset/sha1.hpp"
#include "tests/engine/jobset/builders.hpp"

namespace jobset_twin::jobset::testing {
namespace {

TEST(Sha1, agrees_with_FIPS_180) {
  struct Row {
    std::string text, digest;
  };
  const Row rows[] = {
      {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrst"
       "u",
       "a49b2446a02c645bf419f995b67091253a04a259"},
      {std::string(1000000, 'a'), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
      {std::string(55, 'a'), "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
      {std::string(64, 'a'), "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
  };
  for (const Row& row : rows) EXPECT_EQ(sha1Hex(row.text), row.digest) << row.text.substr(0, 20);
}

TEST(Names, are_spelled_as_upstream) {
  EXPECT_EQ(jobName("x", "workers", 12), "x-workers-12");
  EXPECT_EQ(podName("x", "w", "1", "0"), "x-w-1-0");
  EXPECT_EQ(podHostname("x-w-1", 3), "x-w-1-3");
  EXPECT_EQ(podFqdn("x-w-1-3", "net", "ns", "cluster.local"), "x-w-1-3.net.ns.svc.cluster.local");
  EXPECT_EQ(namespacedJobName("ns", "x-w-1"), "ns_x-w-1");
  EXPECT_EQ(claimName("x", "data"), "data-x");
  EXPECT_EQ(jobKey("default", "x-w-0"), sha1Hex("default/x-w-0"));
}

TEST(Names, a_Pod_name_loses_its_suffix) {
  EXPECT_EQ(podNameWithoutSuffix("x-w-1-0-abcde"), "x-w-1-0");
  EXPECT_EQ(podNameWithoutSuffix("my-x-w-1-0-abcde"), "my-x-w-1-0");
  EXPECT_EQ(podNameWithoutSuffix("x-w-1-0"), std::nullopt) << "fewer than five parts";
}

TEST(Names, the_owner_of_a_Job_counts_only_as_JobSet_of_this_version) {
  struct Row {
    std::string name;
    api::OwnerReference owner;
    std::string_view uid;
  };
  const Row rows[] = {
      {"the real one", {"jobset.x-k8s.io/v1alpha2", "JobSet", "x", "u1", true, true}, "u1"},
      {"no controller", {"jobset.x-k8s.io/v1alpha2", "JobSet", "x", "u1", false, true}, ""},
      {"another version", {"jobset.x-k8s.io/v1beta1", "JobSet", "x", "u1", true, true}, ""},
      {"another kind", {"jobset.x-k8s.io/v1alpha2", "Job", "x", "u1", true, true}, ""},
  };
  for (const Row& row : rows) {
    api::ObjectMeta meta;
    meta.ownerReferences = api::Shared<std::vector<api::OwnerReference>>({row.owner});
    EXPECT_EQ(ownerJobSetUid(meta), row.uid) << row.name;
  }
}

TEST(Names, integers_are_read_as_Go_reads_them) {
  struct Row {
    std::string_view text;
    std::optional<std::int64_t> value;
    std::string_view error;
  };
  const Row rows[] = {
      {"0", 0, ""},
      {"+7", 7, ""},
      {"-3", -3, ""},
      {"007", 7, ""},
      {"", std::nullopt, "strconv.Atoi: parsing \"\": invalid syntax"},
      {"1x", std::nullopt, "strconv.Atoi: parsing \"1x\": invalid syntax"},
      {"+-1", std::nullopt, "strconv.Atoi: parsing \"+-1\": invalid syntax"},
      {" 1", std::nullopt, "strconv.Atoi: parsing \" 1\": invalid syntax"},
      {"99999999999999999999", std::nullopt, "strconv.Atoi: parsing \"99999999999999999999\": value out of range"},
  };
  for (const Row& row : rows) {
    std::string error;
    EXPECT_EQ(parseInteger(row.text, error), row.value) << row.text;
    EXPECT_EQ(error, row.error) << row.text;
  }
}

TEST(Names, an_absent_network_counts_as_enabled_but_an_absent_switch_in_it_does_not) {
  api::JobSetSpec spec;
  EXPECT_TRUE(dnsHostnamesEnabled(spec));
  spec.network.emplace();
  EXPECT_FALSE(dnsHostnamesEnabled(spec));
  spec.network->enableDNSHostnames = true;
  EXPECT_TRUE(dnsHostnamesEnabled(spec));
}

TEST(FeatureGates, are_parsed_as_upstream_parses_them) {
  struct Row {
    std::string_view text, error;
    FeatureGates want;
  };
  const Row rows[] = {
      {"", "", {}},
      {"RestartJob=true,InPlaceRestart=1", "", {true, true, false, true}},
      {" ElasticJobSet = T ,", "", {false, false, true, true}},
      {"RestartJob=true,RestartJob=false", "", {}},
      {"AllAlpha=true,RestartJob=false", "", {true, false, true, true}},
      {"RestartJob=false,AllAlpha=true", "", {true, false, true, true}},
      {"AllBeta=true", "", {}},
      {"TLSOptions=true", "", {}},
      {"TLSOptions=false", "cannot set feature gate TLSOptions to false, feature is locked to true", {}},
      {"RestartJobs=true", "unrecognized feature gate: RestartJobs", {}},
      {"RestartJob", "missing bool value for RestartJob", {}},
      {"RestartJob=yes",
       "invalid value of RestartJob=yes, err: strconv.ParseBool: parsing \"yes\": invalid syntax",
       {}},
      {"RestartJob=true,Nope=true", "unrecognized feature gate: Nope", {}},
  };
  for (const Row& row : rows) {
    FeatureGates gates;
    EXPECT_EQ(parseFeatureGates(row.text, gates), row.error) << row.text;
    EXPECT_EQ(gates, row.want) << row.text;
  }
}

}  // namespace
}  // namespace jobset_twin::jobset::testing
