// special_values.hpp - messages and bytes that are one value in JSON, spelled as the reference's own types do it.
// Source: apimachinery v0.36.2, meta/v1 Time, MicroTime, Duration and FieldsV1; api/resource Quantity;
// util/intstr IntOrString; runtime RawExtension.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "sim/apiserver/http/protobuf/message_table.hpp"

namespace jobset_twin::apiserver::http::protobuf {

// Of every type whose values are bytes, but messages. Returns what is wrong; "": `out` is the value.
std::string specialValue(Type type, std::string_view bytes, nlohmann::json& out);

}  // namespace jobset_twin::apiserver::http::protobuf
