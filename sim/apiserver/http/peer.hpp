// peer.hpp - TLS of the HTTP face: what the server shows, who a client's certificate says that it is, and what a client
// expects of the server's.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "sim/apiserver/http/authentication.hpp"
#include "sim/apiserver/http/certificates.hpp"

namespace jobset_twin::apiserver::http {

// TLS 1.2 and up, HTTP/1.1; a client may show a certificate, which must then be of the authority.
boost::asio::ssl::context serverContext(const Certificates& certificates);
// CN and O of the certificate that the client has shown; nothing: it has shown none.
std::optional<User> userOf(SSL* connection);
// For clients: the server's certificate must be of this name or address.
void expectHost(SSL* connection, const std::string& host);

}  // namespace jobset_twin::apiserver::http
