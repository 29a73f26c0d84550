#include "sim/apiserver/http/authentication.hpp"

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

bool isPublic(const std::string& path) {
  return path == "/healthz" || path == "/livez" || path == "/readyz" || path == "/version" ||
         path.starts_with("/healthz/") || path.starts_with("/livez/") || path.starts_with("/readyz/");
}

}  // namespace jobset_twin::apiserver::http
