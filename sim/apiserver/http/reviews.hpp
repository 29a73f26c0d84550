// reviews.hpp - questions that are posted and answered, and never stored: who am I (authentication.k8s.io
// SelfSubjectReview, TokenReview), may somebody do this (authorization.k8s.io SubjectAccessReview and its kin).
#pragma once

#include <optional>
#include <string>

#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/authentication.hpp"
#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

// Whether the path is one of them: group and plural name of the resource.
bool isReview(const ApiPath& path);
// Their kinds, for discovery.
struct ReviewKind {
  const char *api_version, *kind, *plural;
  bool namespaced;
};
const std::vector<ReviewKind>& reviewKinds();

HttpAnswer review(const HttpRequest& request, const ApiPath& path, const User& user, const Credentials& credentials,
                  const Store& store);

}  // namespace jobset_twin::apiserver::http
