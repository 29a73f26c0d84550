#include "sim/apiserver/http/certificates.hpp"

#include <array>
#include <memory>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>

namespace jobset_twin::apiserver::http {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

void require(bool done) {
  if (!done) throw std::runtime_error("cannot make the certificates of the server");
}

struct Subject {
  std::string name;
  std::vector<std::string> groups;
};

void addEntry(X509_NAME* name, const char* field, const std::string& value) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
  require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes, static_cast<int>(value.size()), -1, 0) == 1);
}

void addExtension(X509* cert, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  require(extension && X509_add_ext(cert, extension.get(), -1) == 1);
}

Cert unsignedCertificate(const Subject& subject, EVP_PKEY* key) {
  constexpr long kHour = 3600, kYear = 365 * 24 * kHour;
  Cert cert(X509_new());
  require(cert && X509_set_version(cert.get(), 2) == 1);
  std::uint64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.get()), serial >> 1) == 1);
  require(X509_gmtime_adj(X509_getm_notBefore(cert.get()), -kHour) != nullptr);
  require(X509_gmtime_adj(X509_getm_notAfter(cert.get()), kYear) != nullptr);
  X509_NAME* name = X509_get_subject_name(cert.get());
  for (const std::string& group : subject.groups) addEntry(name, "O", group);
  addEntry(name, "CN", subject.name);
  require(X509_set_pubkey(cert.get(), key) == 1);
  return cert;
}

void sign(X509* cert, X509* issuer, EVP_PKEY* issuer_key) {
  require(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1);
  require(X509_sign(cert, issuer_key, EVP_sha256()) != 0);
}

std::string textOf(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Certificate pemOf(X509* cert, EVP_PKEY* key) {
  const Bio cert_out(BIO_new(BIO_s_mem())), key_out(BIO_new(BIO_s_mem()));
  require(cert_out && PEM_write_bio_X509(cert_out.get(), cert) == 1);
  require(key_out && PEM_write_bio_PrivateKey(key_out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return {textOf(cert_out.get()), textOf(key_out.get())};
}

std::string alternativeNames(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    out += (out.empty() ? "" : ",") + std::string(no_address ? "DNS:" : "IP:") + name;
  }
  return out;
}

}  // namespace

Certificates makeCertificates(const std::vector<std::string>& names, const std::string& user,
                              const std::vector<std::string>& groups) {
  const Key authority_key(EVP_EC_gen("P-256")), server_key(EVP_EC_gen("P-256")), client_key(EVP_EC_gen("P-256"));
  require(authority_key && server_key && client_key);

  const Cert authority = unsignedCertificate({"jobset-twin-ca", {}}, authority_key.get());
  addExtension(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE");
  addExtension(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign,digitalSignature");
  addExtension(authority.get(), authority.get(), NID_subject_key_identifier, "hash");
  sign(authority.get(), authority.get(), authority_key.get());

  const auto leaf = [&](const Subject& subject, EVP_PKEY* key, const char* use) {
    Cert cert = unsignedCertificate(subject, key);
    addExtension(cert.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
    addExtension(cert.get(), authority.get(), NID_key_usage, "critical,digitalSignature");
    addExtension(cert.get(), authority.get(), NID_ext_key_usage, use);
    addExtension(cert.get(), authority.get(), NID_authority_key_identifier, "keyid");
    return cert;
  };
  const Cert server = leaf({"kube-apiserver", {}}, server_key.get(), "serverAuth");
  addExtension(server.get(), authority.get(), NID_subject_alt_name, alternativeNames(names));
  sign(server.get(), authority.get(), authority_key.get());
  const Cert client = leaf({user, groups}, client_key.get(), "clientAuth");
  sign(client.get(), authority.get(), authority_key.get());
  return {pemOf(authority.get(), authority_key.get()), pemOf(server.get(), server_key.get()),
          pemOf(client.get(), client_key.get())};
}

bool holdsCertificate(const std::string& pem) {
  const Bio bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Cert read(PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return read != nullptr;
}

std::string randomToken() {
  std::array<unsigned char, 32> bytes{};
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  std::string out;
  for (const unsigned char byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace jobset_twin::apiserver::http
