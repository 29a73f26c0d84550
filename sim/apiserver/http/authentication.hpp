// authentication.hpp - who asks: by a client certificate, by a bearer token, or nobody (K-API-12; apiserver
// authenticators x509 and tokenfile).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jobset_twin::apiserver::http {

struct HttpRequest;

struct User {
  std::string name;
  std::vector<std::string> groups;
};

struct Credentials {
  std::string token;       // "": no token is known
  User administrator;      // whose token it is
  bool everybody = false;  // no credentials are asked for: plain HTTP on loopback
};

// Nobody: 401, but for what everybody may see.
std::optional<User> authenticated(const HttpRequest& request, const Credentials& credentials);
// The same, or whom an administrator wants to be taken for, with the groups that such a one has at least
// (apiserver filters/impersonation.go).
std::optional<User> actingUser(const HttpRequest& request, const Credentials& credentials);
// Health and version (the ClusterRole system:public-info-viewer).
bool isPublic(const std::string& path);

}  // namespace jobset_twin::apiserver::http
