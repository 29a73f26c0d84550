// names.hpp - the rules for names, labels and annotations, with upstream's messages.
//
// Each function returns the messages that the API server gives after "Invalid value: …: ", in its order; empty when
// valid. Source: apimachinery pkg/util/validation and pkg/api/validate/content (1.36).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/result.hpp"
#include "engine/api/string_map.hpp"

namespace jobset_twin::api {

std::vector<std::string> dns1123LabelErrors(std::string_view value);      // "my-name", 63
std::vector<std::string> dns1123SubdomainErrors(std::string_view value);  // "example.com", 253
std::vector<std::string> dns1035LabelErrors(std::string_view value);      // as a label, but starts with a letter
std::vector<std::string> qualifiedNameErrors(
    std::string_view value);                                        // "example.com/MyName": label keys, resource names
std::vector<std::string> labelValueErrors(std::string_view value);  // "" or "MyValue", 63
std::vector<std::string> portNameErrors(std::string_view value);    // IANA service name, 15
std::vector<std::string> portNumberErrors(std::int64_t value);      // 1..65535
std::vector<std::string> envVarNameErrors(
    std::string_view value);  // relaxed (default since 1.32): printable ASCII but '='
std::vector<std::string> configMapKeyErrors(std::string_view value);  // "key.name", 253

// "acme.io/foo" (managedBy); whole errors, because parts of the value are quoted.
Errors domainPrefixedPathErrors(std::string_view field, std::string_view value);
// metadata.labels and metadata.annotations; `field` is the path of the map.
Errors labelsErrors(std::string_view field, const StringMap& labels);
Errors annotationsErrors(std::string_view field, const StringMap& annotations);

inline constexpr std::size_t kLabelMaxLength = 63;
inline constexpr std::size_t kSubdomainMaxLength = 253;
inline constexpr std::size_t kAnnotationsMaxBytes = 256 * 1024;

// The field errors of the API server (K-API-14), as text and code; `value` is put in as it stands (quote strings
// first).
Error invalidValue(std::string_view field, std::string_view value, std::string_view detail);
Error requiredValue(std::string_view field, std::string_view detail);
Error unsupportedValue(std::string_view field, std::string_view value, const std::vector<std::string>& supported);
Error duplicateValue(std::string_view field, std::string_view value);
Error forbiddenField(std::string_view field, std::string_view detail);
Error tooLong(std::string_view field, std::size_t max_bytes);
Error tooMany(std::string_view field, std::size_t have, std::size_t max_items);
Error notFound(std::string_view field, std::string_view value);

// A string as Go's %q prints it.
std::string quoted(std::string_view text);

// The member of `names` nearest to `wrong` by edit distance; "" when none is near enough to be meant.
std::string nearestName(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace jobset_twin::api
