// rbac.hpp - what Roles and ClusterRoles let a user do (rbac.authorization.k8s.io/v1; apiserver RBAC authorizer,
// Kubernetes 1.36). Rules only allow; members of system:masters may do all.
#pragma once

#include <string>

#include "sim/apiserver/http/authentication.hpp"
#include "sim/apiserver/store.hpp"

namespace jobset_twin::apiserver::http {

struct Attempt {
  std::string verb, group, resource, subresource, namespace_, name;
  std::string path;  // of what is no resource: then the fields before are ""
};

struct Decision {
  bool allowed = false;
  std::string reason;  // which binding allows it; "": none does
};
Decision authorize(const Store& store, const User& user, const Attempt& attempt);

}  // namespace jobset_twin::apiserver::http
