#include "backend/connectors/http_connector.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "backend/connectors/address_rules.h"
#include "backend/connectors/connector_settings.h"
#include "base/status.h"
#include "notation/feel/json.h"
#include "notation/feel/text.h"
#include "notation/feel/value.h"

namespace ameide::connectors {
namespace {

using runtime::Job;
using runtime::JobOutcome;
using std::chrono::milliseconds;

constexpr milliseconds kUsualTimeout = std::chrono::seconds(30);
constexpr milliseconds kLongestConnect = std::chrono::seconds(10);
constexpr milliseconds kLongestPause = std::chrono::hours(1);  ///< that a server may ask for
constexpr milliseconds kLongestBackoff = std::chrono::hours(24);
constexpr size_t kLargestResponse = 8 << 20;
constexpr size_t kLargestRequest = 16 << 20;
constexpr size_t kLargestHeaders = 64 << 10;
constexpr size_t kExcerpt = 200;
constexpr size_t kShortestSecret = 4;  ///< shorter ones would blot out too much
constexpr size_t kMostIdleHandles = 32;
constexpr char kBlot[] = "***";
constexpr char kSecretBegin[] = "{{secrets.";

/// Why a call is not made or does not count, and whether another attempt can help.
struct Problem {
  std::string message;
  bool final = true;
};

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;
using Handle = std::unique_ptr<CURL, FreeHandle>;

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string result = text;
  curl_free(text);
  return result;
}

/// The model's fixed words about a call.
struct Settings {
  milliseconds timeout = kUsualTimeout;
  std::optional<milliseconds> backoff;
  std::string result;
  std::string traceparent;  ///< W3C Trace Context, where the host tells spans
  std::vector<std::pair<std::string, std::string>> secret_headers;
  std::map<std::string, std::string> errors;  ///< by "404" or "4xx"
};

Settings SettingsOf(const Job& job) {
  Settings settings;
  for (const auto& [name, value] : job.headers) {
    int64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    if (name == "timeout") {
      settings.timeout = milliseconds(std::max<int64_t>(number, 1));
    } else if (name == "retryBackoff") {
      settings.backoff = milliseconds(std::max<int64_t>(number, 1));
    } else if (name == "result") {
      settings.result = value;
    } else if (name == "traceparent") {
      settings.traceparent = value;
    } else if (name.starts_with("header:")) {
      settings.secret_headers.emplace_back(name.substr(7), value);
    } else if (name.starts_with("error:")) {
      settings.errors[name.substr(6)] = value;
    }
  }
  return settings;
}

/// A value as the text of a header or a parameter; nullopt for what has none.
std::optional<std::string> TextOf(const feel::Value& value) {
  if (const std::string* text = value.string()) return *text;
  if (value.list() != nullptr || value.context() != nullptr || value.is_null()) return std::nullopt;
  const std::string json = feel::ToJson(value);
  const bool quoted = json.size() >= 2 && json.front() == '"';
  return quoted ? json.substr(1, json.size() - 2) : json;
}

/// One call from its job to its outcome. Used once.
class HttpCall {
 public:
  HttpCall(const Job& job, const ConnectorSettings& connections, const std::atomic<bool>& stopping)
      : job_(job), settings_(SettingsOf(job)), connections_(connections), stopping_(stopping) {}

  std::optional<Problem> Prepare();
  /// Which handles may share a connection with this call.
  std::string PoolName() const {
    return absl::StrCat(job_.tenant, "\n", may_be_private_, "\n", tenant_.authorities.string());
  }
  JobOutcome Perform(CURL* handle);
  JobOutcome Fail(Problem problem, std::optional<milliseconds> asked = std::nullopt) const;

 private:
  std::optional<Problem> ReadUrl(const feel::Context& request);
  std::optional<Problem> ReadHeaders(const feel::Context& request);
  std::optional<Problem> ReadBody(const feel::Context& request);
  absl::StatusOr<std::string> WithSecrets(const std::string& text);
  bool AddHeader(const std::string& name, const std::string& value);
  void SetOptions(CURL* handle);
  JobOutcome Judge(CURL* handle, CURLcode code);
  JobOutcome JudgeStatus(long status, std::optional<milliseconds> asked);
  JobOutcome Respond(long status) const;
  std::string Blotted(std::string text) const;
  std::string Excerpt() const;

  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static curl_socket_t OnSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  const Job& job_;
  const Settings settings_;
  const ConnectorSettings& connections_;
  const std::atomic<bool>& stopping_;

  TenantConnections tenant_;
  Url url_;
  Origin origin_;
  bool may_be_private_ = false;
  std::string place_;  ///< for people: scheme, host and path, no query
  std::string method_;
  std::optional<std::string> body_;
  std::string content_type_;  ///< lower case
  std::unique_ptr<curl_slist, FreeList> header_list_;
  std::vector<std::string> secrets_;  ///< that are sent

  std::string response_;
  feel::Context response_headers_;
  size_t header_bytes_ = 0;
  bool too_large_ = false;
  std::string refused_address_;
};

std::optional<Problem> HttpCall::Prepare() {
  const absl::StatusOr<feel::Value> variables = feel::FromJson(job_.variables_json);
  const feel::Value* value =
      variables.ok() && variables->context() != nullptr ? variables->context()->Find("httpRequest") : nullptr;
  if (value == nullptr || value->context() == nullptr)
    return Problem{"the HTTP call has no request; publish the model again"};
  const feel::Context& request = *value->context();
  auto tenant = connections_.Connections(job_.tenant);
  if (!tenant.ok()) return Problem{std::string(tenant.status().message())};
  tenant_ = *std::move(tenant);
  const feel::Value* method = request.Find("method");
  const std::string* text = method == nullptr ? nullptr : method->string();
  const bool is_method = text != nullptr && !text->empty() && text->size() <= 20 &&
                         std::all_of(text->begin(), text->end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_method || *text == "CONNECT" || *text == "TRACE")
    return Problem{"the HTTP call's method is no method like GET or POST"};
  method_ = *text;
  if (auto problem = ReadUrl(request)) return problem;
  if (auto problem = ReadHeaders(request)) return problem;
  return ReadBody(request);
}

std::optional<Problem> HttpCall::ReadUrl(const feel::Context& request) {
  const feel::Value* value = request.Find("url");
  const std::string* text = value == nullptr ? nullptr : value->string();
  if (text == nullptr) return Problem{"the HTTP call's url is no text"};
  url_.reset(curl_url());
  if (curl_url_set(url_.get(), CURLUPART_URL, text->c_str(), CURLU_DISALLOW_USER) != CURLUE_OK ||
      text->find('\0') != std::string::npos) {
    return Problem{"the HTTP call's url cannot be read; it must be like https://host/path, without a user"};
  }
  origin_.scheme = Part(url_.get(), CURLUPART_SCHEME);
  origin_.host = absl::AsciiStrToLower(Part(url_.get(), CURLUPART_HOST));
  const std::string port = Part(url_.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), origin_.port);
  place_ = absl::StrCat(origin_.scheme, "://", origin_.host, Part(url_.get(), CURLUPART_PATH));
  const Origin* rule = tenant_.Find(origin_);
  if (rule == nullptr) {
    return Problem{absl::StrCat("calls to ", origin_.scheme, "://", origin_.host, ":", origin_.port,
                                " are not allowed for tenant ", job_.tenant,
                                "; name the host in connectors.json of the backend's data")};
  }
  may_be_private_ = rule->is_private;
  const feel::Value* query = request.Find("query");
  if (query == nullptr || query->context() == nullptr) return std::nullopt;
  for (const auto& [name, parameter] : *query->context()) {
    if (parameter.is_null()) continue;
    const auto each = [&, &key = name](const feel::Value& it) {
      const std::optional<std::string> written = TextOf(it);
      return written && curl_url_set(url_.get(), CURLUPART_QUERY, absl::StrCat(key, "=", *written).c_str(),
                                     CURLU_APPENDQUERY | CURLU_URLENCODE) == CURLUE_OK;
    };
    bool good = true;
    if (const feel::List* list = parameter.list()) {
      for (const feel::Value& it : *list) good = good && each(it);
    } else {
      good = each(parameter);
    }
    if (!good)
      return Problem{absl::StrCat("the query parameter ", name, " has no value that can be written")};
  }
  return std::nullopt;
}

bool HttpCall::AddHeader(const std::string& name, const std::string& value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) return false;
  if (absl::EqualsIgnoreCase(name, "content-type")) content_type_ = absl::AsciiStrToLower(value);
  // curl takes a header without a value when it ends with a semicolon.
  const std::string line = value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value);
  header_list_.reset(curl_slist_append(header_list_.release(), line.c_str()));
  return true;
}

absl::StatusOr<std::string> HttpCall::WithSecrets(const std::string& text) {
  std::string result;
  size_t done = 0;
  for (size_t at = text.find(kSecretBegin); at != std::string::npos; at = text.find(kSecretBegin, done)) {
    const size_t begin = at + sizeof(kSecretBegin) - 1;
    const size_t end = text.find("}}", begin);
    if (end == std::string::npos) break;
    const std::string name = text.substr(begin, end - begin);
    const auto allowed = tenant_.secrets.find(name);
    const bool may_go =
        allowed != tenant_.secrets.end() && std::any_of(allowed->second.begin(), allowed->second.end(),
                                                        [&](const Origin& it) { return it.Covers(origin_); });
    if (!may_go) {
      return absl::PermissionDeniedError(
          absl::StrCat("the secret ", name, " may not be sent to ", origin_.scheme, "://", origin_.host,
                       "; name the host with the secret in connectors.json of the backend's data"));
    }
    AMEIDE_ASSIGN_OR_RETURN(std::string secret, connections_.Secret(job_.tenant, name));
    result.append(text, done, at - done);
    result.append(secret);
    secrets_.push_back(std::move(secret));
    done = end + 2;
  }
  return result.append(text, done);
}

std::optional<Problem> HttpCall::ReadHeaders(const feel::Context& request) {
  const feel::Value* headers = request.Find("headers");
  bool has_key = false;
  const auto add = [&](const std::string& name, const std::string& value) -> std::optional<Problem> {
    has_key = has_key || absl::EqualsIgnoreCase(name, "idempotency-key");
    if (AddHeader(name, value)) return std::nullopt;
    return Problem{absl::StrCat("the header ", name, " has a line end in its value")};
  };
  if (headers != nullptr && headers->context() != nullptr) {
    for (const auto& [name, value] : *headers->context()) {
      if (value.is_null()) continue;
      const std::optional<std::string> text = TextOf(value);
      if (!text) return Problem{absl::StrCat("the header ", name, " has no value that can be written")};
      if (auto problem = add(name, *text)) return problem;
    }
  }
  for (const auto& [name, text] : settings_.secret_headers) {
    const absl::StatusOr<std::string> value = WithSecrets(text);
    if (!value.ok()) return Problem{std::string(value.status().message())};
    if (auto problem = add(name, *value)) return problem;
  }
  if (!has_key) AddHeader("Idempotency-Key", job_.idempotency_key);
  if (!settings_.traceparent.empty()) AddHeader("traceparent", settings_.traceparent);
  AddHeader("Ameide-Attempt", absl::StrCat(job_.attempt));
  header_list_.reset(curl_slist_append(header_list_.release(), "Expect:"));  // no waiting for a 100
  return std::nullopt;
}

/// Text goes as it is, anything else as JSON, or as a form where the model says that it is one.
std::optional<Problem> HttpCall::ReadBody(const feel::Context& request) {
  const feel::Value* body = request.Find("body");
  if (body == nullptr || body->is_null()) return std::nullopt;
  const std::string* text = body->string();
  const bool is_json = content_type_.find("json") != std::string::npos;
  if (content_type_.starts_with("application/x-www-form-urlencoded") && body->context() != nullptr) {
    Url form(curl_url());
    curl_url_set(form.get(), CURLUPART_URL, "http://form/", 0);
    for (const auto& [name, value] : *body->context()) {
      const std::optional<std::string> written = TextOf(value);
      if (!written) continue;
      curl_url_set(form.get(), CURLUPART_QUERY, absl::StrCat(name, "=", *written).c_str(),
                   CURLU_APPENDQUERY | CURLU_URLENCODE);
    }
    body_ = Part(form.get(), CURLUPART_QUERY);
  } else if (text != nullptr && !is_json) {
    body_ = *text;
    if (content_type_.empty()) AddHeader("Content-Type", "text/plain; charset=utf-8");
  } else {
    body_ = feel::ToJson(*body);
    if (content_type_.empty()) AddHeader("Content-Type", "application/json");
  }
  if (body_->size() <= kLargestRequest) return std::nullopt;
  return Problem{"the HTTP call's body has more than 16 MiB"};
}

size_t HttpCall::OnBody(char* data, size_t size, size_t count, void* self) {
  HttpCall& call = *static_cast<HttpCall*>(self);
  if (call.response_.size() + size * count > kLargestResponse) {
    call.too_large_ = true;
    return 0;
  }
  call.response_.append(data, size * count);
  return size * count;
}

size_t HttpCall::OnHeader(char* data, size_t size, size_t count, void* self) {
  HttpCall& call = *static_cast<HttpCall*>(self);
  const std::string_view line(data, size * count);
  call.header_bytes_ += line.size();
  if (call.header_bytes_ > kLargestHeaders) {
    call.too_large_ = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    call.response_headers_ = feel::Context();  // of an answer that was not the last
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  const std::string name = absl::AsciiStrToLower(std::string(line.substr(0, colon)));
  std::string value(absl::StripAsciiWhitespace(std::string(line.substr(colon + 1))));
  if (!feel::IsUtf8(name) || !feel::IsUtf8(value)) return line.size();
  const feel::Value* before = call.response_headers_.Find(name);
  if (before != nullptr) value = absl::StrCat(*before->string(), ", ", value);
  call.response_headers_.Set(name, feel::Value(std::move(value)));
  return line.size();
}

curl_socket_t HttpCall::OnSocket(void* self, curlsocktype, curl_sockaddr* address) {
  HttpCall& call = *static_cast<HttpCall*>(self);
  const AddressPlace place = PlaceOf(address->addr);
  if (place == AddressPlace::kNowhere || (place == AddressPlace::kInside && !call.may_be_private_)) {
    call.refused_address_ = FormatAddress(address->addr);
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int HttpCall::OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<HttpCall*>(self)->stopping_ ? 1 : 0;
}

void HttpCall::SetOptions(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_CURLU, url_.get());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!tenant_.authorities.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, tenant_.authorities.c_str());
    // What people take out of the file is not trusted any more, from the next call on.
    curl_easy_setopt(handle, CURLOPT_CA_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  }
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::min(settings_.timeout, kLongestConnect).count()));
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "ameide");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, header_list_.get());
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &HttpCall::OnSocket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &HttpCall::OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &HttpCall::OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &HttpCall::OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  const bool sends = body_ || method_ == "POST" || method_ == "PUT" || method_ == "PATCH";
  if (sends) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_ ? body_->size() : 0));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body_ ? body_->data() : "");
  }
  if (method_ == "HEAD") curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method_.c_str());
}

JobOutcome HttpCall::Perform(CURL* handle) {
  SetOptions(handle);
  return Judge(handle, curl_easy_perform(handle));
}

JobOutcome HttpCall::Judge(CURL* handle, CURLcode code) {
  if (stopping_ && code != CURLE_OK) return {JobOutcome::Unknown{}};
  if (!refused_address_.empty() && code != CURLE_OK) {
    return Fail({absl::StrCat(origin_.host, " has the address ", refused_address_,
                              ", which is inside this machine or network or nobody's; if that is meant, say "
                              "\"private\": true for the host in connectors.json")});
  }
  if (too_large_) return Fail({"its answer has more than 8 MiB, or more than 64 KiB of headers"});
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
    return Fail({absl::StrCat("its certificate is not trusted: ", curl_easy_strerror(code)), false});
  if (code != CURLE_OK) return Fail({curl_easy_strerror(code), false});
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  std::optional<milliseconds> asked;
  if (retry_after > 0)
    asked = std::min(kLongestPause, milliseconds(std::min<curl_off_t>(retry_after, 86400) * 1000));
  return JudgeStatus(status, asked);
}

JobOutcome HttpCall::JudgeStatus(long status, std::optional<milliseconds> asked) {
  response_ = Blotted(std::move(response_));
  auto error = settings_.errors.find(absl::StrCat(status));
  if (error == settings_.errors.end()) error = settings_.errors.find(absl::StrCat(status / 100, "xx"));
  if (error != settings_.errors.end()) {
    return {JobOutcome::Error{error->second,
                              absl::StrCat(method_, " ", place_, " answered ", status, Excerpt())}};
  }
  if (status >= 200 && status < 300) return Respond(status);
  const bool passes = status == 408 || status == 425 || status == 429 || status >= 500;
  return Fail({absl::StrCat("it answered ", status, Excerpt()), !passes}, asked);
}

JobOutcome HttpCall::Respond(long status) const {
  if (settings_.result.empty()) return {JobOutcome::Done{""}};
  const feel::Value* type = response_headers_.Find("content-type");
  const std::string content = type == nullptr ? "" : absl::AsciiStrToLower(*type->string());
  const bool is_json =
      content.find("/json") != std::string::npos || content.find("+json") != std::string::npos;
  feel::Value body;
  if (is_json && !response_.empty()) {
    absl::StatusOr<feel::Value> read = feel::FromJson(response_);
    if (!read.ok()) return Fail({absl::StrCat("its answer is no JSON: ", read.status().message()), false});
    body = *std::move(read);
  } else if (!response_.empty()) {
    if (!feel::IsUtf8(response_)) return Fail({"its answer is no text; only JSON and UTF-8 can be read"});
    body = feel::Value(response_);
  }
  feel::Context headers;
  for (const auto& [name, value] : response_headers_)
    headers.Set(name, feel::Value(Blotted(*value.string())));
  feel::Context response;
  response.Set("status", feel::Value(static_cast<int64_t>(status)));
  response.Set("headers", feel::Value(std::move(headers)));
  response.Set("body", std::move(body));
  feel::Context results;
  results.Set(settings_.result, feel::Value(std::move(response)));
  return {JobOutcome::Done{feel::ToJson(feel::Value(std::move(results)))}};
}

std::string HttpCall::Blotted(std::string text) const {
  for (const std::string& secret : secrets_) {
    if (secret.size() >= kShortestSecret) text = absl::StrReplaceAll(text, {{secret, kBlot}});
  }
  return text;
}

std::string HttpCall::Excerpt() const {
  if (response_.empty() || !feel::IsUtf8(response_)) return "";
  size_t end = std::min(response_.size(), kExcerpt);
  while (end > 0 && end < response_.size() && (response_[end] & 0xc0) == 0x80) --end;
  return absl::StrCat(": ", response_.substr(0, end));
}

JobOutcome HttpCall::Fail(Problem problem, std::optional<milliseconds> asked) const {
  JobOutcome::Failed failed;
  failed.message =
      Blotted(place_.empty() ? problem.message : absl::StrCat(method_, " ", place_, ": ", problem.message));
  failed.final = problem.final;
  failed.retry_in = asked;
  if (!asked && settings_.backoff) {
    const int doublings = std::min(job_.attempt - 1, 20);
    failed.retry_in = std::min(kLongestBackoff, *settings_.backoff * (int64_t{1} << doublings));
  }
  return {failed};
}

/// Keeps handles, and with them connections, for calls that may share them. Thread-safe.
class HttpConnector final : public runtime::ConnectorHandler {
 public:
  explicit HttpConnector(std::filesystem::path folder) : connections_(std::move(folder)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  }

  JobOutcome Call(const Job& job) override {
    if (stopping_) return {JobOutcome::Unknown{}};
    HttpCall call(job, connections_, stopping_);
    if (auto problem = call.Prepare()) return call.Fail(*std::move(problem));
    const std::string pool = call.PoolName();
    Handle handle = Take(pool);
    if (handle == nullptr) return call.Fail({"no call can be made now", false});
    JobOutcome outcome = call.Perform(handle.get());
    GiveBack(pool, std::move(handle));
    return outcome;
  }

  void Stop() override { stopping_ = true; }

 private:
  Handle Take(const std::string& pool) {
    std::lock_guard lock(mutex_);
    const auto found = idle_.find(pool);
    if (found == idle_.end()) return Handle(curl_easy_init());
    Handle handle = std::move(found->second);
    idle_.erase(found);
    return handle;
  }
  void GiveBack(const std::string& pool, Handle handle) {
    curl_easy_reset(handle.get());  // keeps its connections
    std::lock_guard lock(mutex_);
    if (idle_.size() < kMostIdleHandles) idle_.emplace(pool, std::move(handle));
  }

  const ConnectorSettings connections_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::multimap<std::string, Handle> idle_;
};

}  // namespace

std::unique_ptr<runtime::ConnectorHandler> MakeHttpConnector(std::filesystem::path folder) {
  return std::make_unique<HttpConnector>(std::move(folder));
}

}  // namespace ameide::connectors
