// api_path.hpp - a request's target taken apart: "/apis/batch/v1/namespaces/default/jobs/x/status?dryRun=All" is a
// resource of a group and version, perhaps in a namespace, perhaps one object, perhaps a part of it (apiserver
// RequestInfoFactory, Kubernetes 1.36).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobset_twin::apiserver::http {

struct ApiPath {
  std::string path;                                     // decoded, without the query
  std::map<std::string, std::string> query;             // decoded; of a name that is given twice, the first
  bool api = false;                                     // below /api/v1 or /apis/GROUP/VERSION, and names a resource
  std::string group, version;                           // group "": core
  std::string namespace_, resource, name, subresource;  // "": none

  const std::string* param(const std::string& key) const {
    const auto found = query.find(key);
    return found == query.end() ? nullptr : &found->second;
  }
  bool flag(const std::string& key) const;  // given, and neither "false" nor "0"
};

// A parameter's text as a number; nothing: it is none.
std::optional<std::int64_t> wholeNumber(std::string_view text);

// Nothing: not a target that any server serves (no leading slash, a broken escape, "..", a zero byte, a part that is
// too long).
std::optional<ApiPath> parseTarget(std::string_view target);

}  // namespace jobset_twin::apiserver::http
