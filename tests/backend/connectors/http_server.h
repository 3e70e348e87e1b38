#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtGlobal>
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace ameide {

/// A certificate for 127.0.0.1 that signs itself, with its key.
struct TestCertificate {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<X509, void (*)(X509*)> certificate{X509_new(), X509_free};

  TestCertificate() {
    X509* it = certificate.get();
    X509_set_version(it, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(it), 1);
    X509_gmtime_adj(X509_getm_notBefore(it), -3600);
    X509_gmtime_adj(X509_getm_notAfter(it), 3600);
    X509_set_pubkey(it, key.get());
    X509_NAME* name = X509_get_subject_name(it);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1,
                               -1, 0);
    X509_set_issuer_name(it, name);
    for (const auto& [id, text] : {std::pair(NID_subject_alt_name, "IP:127.0.0.1"),
                                   std::pair(NID_basic_constraints, "critical,CA:TRUE")}) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, text);
      X509_add_ext(it, extension, -1);
      X509_EXTENSION_free(extension);
    }
    X509_sign(it, key.get(), EVP_sha256());
  }
  std::string Pem() const {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(memory);
    return text;
  }
};

/// A real HTTP/1.1 server on 127.0.0.1, one request a connection; with a certificate over TLS.
class HttpServer {
 public:
  struct Request {
    std::string method, target, body;
    std::map<std::string, std::string> headers;  ///< names in lower case
  };
  struct Response {
    int status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers = {};
    bool hangs = false;  ///< never answers
  };
  using Handler = std::function<Response(const Request&)>;

  explicit HttpServer(Handler handler, const TestCertificate* certificate = nullptr)
      : handler_(std::move(handler)) {
    if (certificate != nullptr) {
      tls_.reset(SSL_CTX_new(TLS_server_method()));
      SSL_CTX_use_certificate(tls_.get(), certificate->certificate.get());
      SSL_CTX_use_PrivateKey(tls_.get(), certificate->key.get());
    }
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      qFatal("no server can be had");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    {
      std::lock_guard lock(mutex_);
      for (const int connection : open_) ::shutdown(connection, SHUT_RDWR);
    }
    for (std::thread& thread : connections_) thread.join();
  }
  std::string Origin() const { return absl::StrCat(tls_ ? "https" : "http", "://127.0.0.1:", port_); }
  std::vector<Request> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Accept() {
    while (true) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::lock_guard lock(mutex_);
      open_.push_back(connection);
      connections_.emplace_back([this, connection] { Serve(connection); });
    }
  }
  void Serve(int connection) {
    std::unique_ptr<SSL, void (*)(SSL*)> ssl(tls_ ? SSL_new(tls_.get()) : nullptr, SSL_free);
    if (ssl) SSL_set_fd(ssl.get(), connection);
    if (!ssl || SSL_accept(ssl.get()) == 1) Answer(connection, ssl.get());
    std::lock_guard lock(mutex_);
    open_.erase(std::find(open_.begin(), open_.end(), connection));
    ::close(connection);
  }
  static bool Read(int connection, SSL* ssl, std::string& text) {
    char buffer[16384];
    const auto read = ssl != nullptr ? SSL_read(ssl, buffer, sizeof(buffer))
                                     : static_cast<int>(::recv(connection, buffer, sizeof(buffer), 0));
    if (read > 0) text.append(buffer, static_cast<size_t>(read));
    return read > 0;
  }
  void Answer(int connection, SSL* ssl) {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      if (!Read(connection, ssl, text)) return;
    }
    Request request;
    const size_t end = text.find("\r\n\r\n");
    size_t at = text.find("\r\n");
    const std::string line = text.substr(0, at);
    request.method = line.substr(0, line.find(' '));
    request.target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
    while (at < end) {
      const size_t next = text.find("\r\n", at + 2);
      const std::string header = text.substr(at + 2, next - at - 2);
      const size_t colon = header.find(':');
      request.headers[absl::AsciiStrToLower(header.substr(0, colon))] =
          std::string(absl::StripAsciiWhitespace(header.substr(colon + 1)));
      at = next;
    }
    request.body = text.substr(end + 4);
    const auto length = request.headers.find("content-length");
    const size_t wanted = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (request.body.size() < wanted) {
      if (!Read(connection, ssl, request.body)) return;
    }
    Response response = handler_(request);
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(std::move(request));
    }
    std::string rest;
    while (response.hangs && Read(connection, ssl, rest)) {
    }
    if (response.hangs) return;
    std::string answer =
        absl::StrCat("HTTP/1.1 ", response.status, " Said\r\nContent-Length: ", response.body.size(),
                     "\r\nConnection: close\r\n");
    for (const auto& [name, value] : response.headers) absl::StrAppend(&answer, name, ": ", value, "\r\n");
    absl::StrAppend(&answer, "\r\n", response.body);
    for (size_t sent = 0; sent < answer.size();) {
      const auto size = static_cast<int>(answer.size() - sent);
      const auto wrote = ssl != nullptr ? SSL_write(ssl, answer.data() + sent, size)
                                        : static_cast<int>(::send(connection, answer.data() + sent,
                                                                  answer.size() - sent, MSG_NOSIGNAL));
      if (wrote <= 0) return;
      sent += static_cast<size_t>(wrote);
    }
    if (ssl != nullptr) SSL_shutdown(ssl);
  }

  const Handler handler_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls_{nullptr, SSL_CTX_free};
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::vector<int> open_;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

}  // namespace ameide
