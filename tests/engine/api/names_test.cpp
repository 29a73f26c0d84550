#include "engine/api/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobset_twin::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Check = std::vector<std::string> (*)(std::string_view);

constexpr const char* kLabelText =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric "
    "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr const char* kSubdomainText =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr const char* k1035Text =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an "
    "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

TEST(Names, Rules) {
  const std::string long_name(64, 'a');
  struct Row {
    Check check;
    std::string value;
    std::vector<std::string> want;
  };
  const Row rows[] = {
      {dns1123LabelErrors, "my-name", {}},
      {dns1123LabelErrors, "0", {}},
      {dns1123LabelErrors, "", {kLabelText}},
      {dns1123LabelErrors, "A", {kLabelText}},
      {dns1123LabelErrors, "-a", {kLabelText}},
      {dns1123LabelErrors, "a-", {kLabelText}},
      {dns1123LabelErrors, "a.b", {"must not contain dots"}},
      {dns1123LabelErrors, long_name, {"must be no more than 63 characters"}},
      {dns1123SubdomainErrors, "a.b-c.d", {}},
      {dns1123SubdomainErrors, "a..b", {kSubdomainText}},
      {dns1123SubdomainErrors, "a_b", {kSubdomainText}},
      {dns1035LabelErrors, "a0", {}},
      {dns1035LabelErrors, "0a", {k1035Text}},
      {dns1035LabelErrors, "", {k1035Text}},
      {dns1035LabelErrors, long_name, {"must be no more than 63 characters"}},
      {dns1123SubdomainErrors, std::string(254, 'a'), {"must be no more than 253 characters"}},
      {qualifiedNameErrors, long_name, {"name part must be no more than 63 bytes"}},
      {qualifiedNameErrors, "example.com/My_Name.1", {}},
      {qualifiedNameErrors, "x", {}},
      {qualifiedNameErrors, "/x", {"prefix part must be non-empty"}},
      {labelValueErrors, "", {}},
      {labelValueErrors, "A_b.c-1", {}},
      {labelValueErrors, long_name, {"must be no more than 63 bytes"}},
      {portNameErrors, "http-1", {}},
      {portNameErrors, "80", {"must contain at least one letter (a-z)"}},
      {portNameErrors, "a--b-", {"must not contain consecutive hyphens", "must not begin or end with a hyphen"}},
      {envVarNameErrors, "my.var-1 x", {}},
      {envVarNameErrors, "", {"environment variable name must be non-empty"}},
      {envVarNameErrors,
       "a=b",
       {"a valid environment variable name must consist only of printable ASCII characters other than '='"}},
      {configMapKeyErrors, "..x", {"must not start with '..'"}},
  };
  for (const Row& row : rows) EXPECT_EQ(row.check(row.value), row.want) << row.value;
  EXPECT_THAT(qualifiedNameErrors("a/b/c"),
              ElementsAre(::testing::StartsWith("a qualified name must consist of alphanumeric")));
  EXPECT_THAT(qualifiedNameErrors("A/b"), ElementsAre(std::string("prefix part ") + kSubdomainText));
  EXPECT_THAT(qualifiedNameErrors("a/"),
              ElementsAre("name part must be non-empty", ::testing::StartsWith("name part must consist of")));
}

TEST(Names, DomainPrefixedPath) {
  EXPECT_THAT(domainPrefixedPathErrors("spec.managedBy", "acme.io/foo/bar"), IsEmpty());
  EXPECT_EQ(domainPrefixedPathErrors("spec.managedBy", "")[0].text, "spec.managedBy: Required value");
  EXPECT_EQ(domainPrefixedPathErrors("spec.managedBy", "foo")[0].text,
            "spec.managedBy: Invalid value: \"foo\": must be a domain-prefixed path (such as \"acme.io/foo\")");
  EXPECT_EQ(domainPrefixedPathErrors("spec.managedBy", "acme.io/a b")[0].text,
            "spec.managedBy: Invalid value: \"a b\": Invalid path (regex used for validation is "
            "'[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
}

TEST(Names, FieldErrors) {
  EXPECT_EQ(unsupportedValue("spec.x", "\"c\"", {"A", "B"}).text,
            "spec.x: Unsupported value: \"c\": supported values: \"A\", \"B\"");
  EXPECT_EQ(tooMany("spec.x", 7, 5).text, "spec.x: Too many: 7: must have at most 5 items");
  EXPECT_EQ(tooLong("spec.x", 63).text, "spec.x: Too long: may not be more than 63 bytes");
  EXPECT_EQ(
      annotationsErrors("metadata.annotations", {{"Example.com/Key", std::string(kAnnotationsMaxBytes, 'x')}})[0].text,
      "metadata.annotations: Too long: may not be more than 262144 bytes");
  EXPECT_THAT(labelsErrors("metadata.labels", {{"a", "b"}}), IsEmpty());
}

TEST(Names, QuotesAsGo) { EXPECT_EQ(quoted("a\"b\\c\n\x01\xff\u00e9"), "\"a\\\"b\\\\c\\n\\x01\\xff\u00e9\""); }

TEST(Names, NearestName) {
  const std::vector<std::string> names = {"parallelism", "completions", "completionMode", "suspend"};
  EXPECT_EQ(nearestName("paralelism", names), "parallelism");
  EXPECT_EQ(nearestName("completionmode", names), "completionMode");
  EXPECT_EQ(nearestName("foo", names), "");
}

}  // namespace
}  // namespace jobset_twin::api
