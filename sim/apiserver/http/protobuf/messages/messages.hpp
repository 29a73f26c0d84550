// messages.hpp - the messages of the built-in kinds, as text that message_table.hpp reads.
//
// "api apps/v1 as name" begins the messages of a group and version; others call them "name.Message". A line is one
// message, and goes on in lines that begin with two spaces: its name, after "kind" if it can be a request's body, then
// fields as "number jsonName type". Types are string, bytes, bool, int32, int64; Time, MicroTime, Duration, Quantity,
// IntOrString, Raw (JSON in bytes), Strings (a list that is a message); else a message. [T] is a list, {T} a map from
// strings. A "?" says that JSON leaves out the zero value; all other fields are in JSON what was sent. The name "..."
// stands for no name: the message's fields are the parent's own in JSON.
#pragma once

#include <string_view>

namespace jobset_twin::apiserver::http::protobuf {

extern const std::string_view kMetaMessages;  // of all groups
extern const std::string_view kCoreMessages;
extern const std::string_view kWorkloadMessages;  // apps, batch, autoscaling, policy, scheduling.k8s.io
extern const std::string_view kAccessMessages;    // authentication, authorization and rbac.authorization.k8s.io
extern const std::string_view kClusterMessages;   // coordination, discovery, events, networking, storage.k8s.io

}  // namespace jobset_twin::apiserver::http::protobuf
