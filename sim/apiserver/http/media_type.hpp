// media_type.hpp - which form of an answer a client accepts (RFC 9110 Accept), among those that this server has: JSON,
// of the object itself or of a table or of its metadata (Kubernetes 1.36, apiserver endpoints/handlers/negotiation).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobset_twin::apiserver::http {

struct MediaType {
  std::string type;                           // "application/json", "*/*"; lower case
  std::map<std::string, std::string> params;  // without q
  double quality = 1;

  bool isJson() const { return type == "application/json" || type == "application/*" || type == "*/*"; }
  // Whether it asks for the form `kind` of group and version: "as=Table;g=meta.k8s.io;v=v1".
  bool asks(std::string_view kind, std::string_view group, std::string_view version) const;
};

// The alternatives of an Accept header, best first; of equal quality in the client's order. What cannot be read is left
// out. An empty header accepts anything.
std::vector<MediaType> acceptedTypes(std::string_view header);

}  // namespace jobset_twin::apiserver::http
