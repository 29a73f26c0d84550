// peer.hpp - TLS of the HTTP face: what the server shows, and who a client's certificate says that it is.
#pragma once

#include <optional>

#include <boost/asio/ssl/context.hpp>

#include "sim/apiserver/http/authentication.hpp"
#include "sim/apiserver/http/certificates.hpp"

namespace jobset_twin::apiserver::http {

// TLS 1.2 and up, HTTP/1.1; a client may show a certificate, which must then be of the authority.
boost::asio::ssl::context serverContext(const Certificates& certificates);
// CN and O of the certificate that the client has shown; nothing: it has shown none.
std::optional<User> userOf(SSL* connection);

}  // namespace jobset_twin::apiserver::http
