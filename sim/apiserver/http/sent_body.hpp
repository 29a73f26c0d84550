// sent_body.hpp - bodies that come in another form than JSON or YAML: Kubernetes' protobuf is put into JSON, so that
// nothing behind the handler's door knows of it; CBOR is refused, and clients that offer it fall back on JSON.
#pragma once

#include <optional>

#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

// Whether a body is there that the other readers of bodies cannot take.
bool inOtherForm(const HttpRequest& request);
// Puts the body of such a request into JSON, or returns the answer that refuses it.
std::optional<HttpAnswer> putInJson(HttpRequest& request);

}  // namespace jobset_twin::apiserver::http
