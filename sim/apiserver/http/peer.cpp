#include "sim/apiserver/http/peer.hpp"

#include <memory>

#include <openssl/ssl.h>
#include <boost/asio/buffer.hpp>

namespace jobset_twin::apiserver::http {
namespace {

std::vector<std::string> entriesOf(X509_NAME* name, int what) {
  std::vector<std::string> out;
  for (int at = X509_NAME_get_index_by_NID(name, what, -1); at >= 0; at = X509_NAME_get_index_by_NID(name, what, at)) {
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0) continue;
    out.emplace_back(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
  }
  return out;
}

int chooseProtocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                   unsigned int offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

boost::asio::ssl::context serverContext(const Certificates& certificates) {
  namespace ssl = boost::asio::ssl;
  ssl::context out(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(out.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(out.native_handle(), chooseProtocol, nullptr);
  SSL_CTX_set_options(out.native_handle(), SSL_OP_NO_RENEGOTIATION);
  out.use_certificate_chain(boost::asio::buffer(certificates.server.certificate));
  out.use_private_key(boost::asio::buffer(certificates.server.key), ssl::context::pem);
  out.add_certificate_authority(boost::asio::buffer(certificates.authority.certificate));
  out.set_verify_mode(ssl::verify_peer);  // if it shows one
  return out;
}

std::optional<User> userOf(SSL* connection) {
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(connection), X509_free);
  if (!shown || SSL_get_verify_result(connection) != X509_V_OK) return std::nullopt;
  X509_NAME* subject = X509_get_subject_name(shown.get());
  const std::vector<std::string> names = entriesOf(subject, NID_commonName);
  if (names.empty()) return std::nullopt;
  return User{names.back(), entriesOf(subject, NID_organizationName)};
}

}  // namespace jobset_twin::apiserver::http
