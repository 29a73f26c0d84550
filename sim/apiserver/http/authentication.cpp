#include "sim/apiserver/http/authentication.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

std::optional<User> authenticated(const HttpRequest& request, const Credentials& credentials) {
  if (request.certificate) return request.certificate;
  constexpr std::string_view kBearer = "Bearer ";
  if (request.authorization.starts_with(kBearer) && !credentials.token.empty()) {
    const std::string_view token = std::string_view(request.authorization).substr(kBearer.size());
    if (token.size() == credentials.token.size() &&
        CRYPTO_memcmp(token.data(), credentials.token.data(), token.size()) == 0)
      return credentials.administrator;
    return std::nullopt;  // a wrong token is worse than none
  }
  if (credentials.everybody) return credentials.administrator;
  return std::nullopt;
}

namespace {

constexpr const char *kAnonymous = "system:anonymous", *kAuthenticated = "system:authenticated",
                     *kUnauthenticated = "system:unauthenticated", *kAccounts = "system:serviceaccounts";

// "system:serviceaccount:NAMESPACE:NAME": the namespace; "": it is another name.
std::string namespaceOfAccount(const std::string& name) {
  constexpr std::string_view kAccount = "system:serviceaccount:";
  if (!name.starts_with(kAccount)) return {};
  const std::size_t colon = name.find(':', kAccount.size());
  return colon == std::string::npos ? std::string() : name.substr(kAccount.size(), colon - kAccount.size());
}

void addGroup(User& user, const std::string& group) {
  if (std::find(user.groups.begin(), user.groups.end(), group) == user.groups.end()) user.groups.push_back(group);
}

}  // namespace

std::optional<User> actingUser(const HttpRequest& request, const Credentials& credentials) {
  std::optional<User> user = authenticated(request, credentials);
  if (!user || request.impersonated.name.empty()) return user;
  User out = request.impersonated;
  if (const std::string of = namespaceOfAccount(out.name); !of.empty() && out.groups.empty())
    out.groups = {kAccounts, std::string(kAccounts) + ":" + of};
  addGroup(out, out.name == kAnonymous ? kUnauthenticated : kAuthenticated);
  return out;
}

bool isPublic(const std::string& path) {
  return path == "/healthz" || path == "/livez" || path == "/readyz" || path == "/version" ||
         path.starts_with("/healthz/") || path.starts_with("/livez/") || path.starts_with("/readyz/");
}

}  // namespace jobset_twin::apiserver::http
