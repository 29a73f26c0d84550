// certificates.hpp - the certificates of one served cluster: an authority made at start, a certificate for the server
// and one for its administrator. Of the wall clock, and never the same twice: nothing that is simulated sees them.
#pragma once

#include <string>
#include <vector>

namespace jobset_twin::apiserver::http {

struct Certificate {
  std::string certificate, key;  // PEM; the key may be absent
};

struct Certificates {
  Certificate authority, server, client;
};

// names: DNS names and addresses of the server. The client is `user` of `groups`, as Kubernetes reads it (CN, O).
// Valid for a year. Throws std::runtime_error if the library cannot make them.
Certificates makeCertificates(const std::vector<std::string>& names, const std::string& user,
                              const std::vector<std::string>& groups);

// Whether one can be read from it.
bool holdsCertificate(const std::string& pem);

// 256 random bits, in hexadecimal.
std::string randomToken();

}  // namespace jobset_twin::apiserver::http
