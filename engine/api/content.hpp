// content.hpp - whether two objects hold the same, and a fingerprint of what an object holds.
#pragma once

#include <cstdint>
#include <utility>

#include "engine/api/object.hpp"
#include "engine/api/reflect.hpp"

namespace jobset_twin::api {

// XXH3 128 over all fields (low, high), the same on every machine. Shared parts keep theirs, so a Pod costs its own
// fields only. managedFields do not count; resourceVersion does.
std::pair<std::uint64_t, std::uint64_t> contentHash(const Object& object);

// The same kind and the same fields, but for resourceVersion and managedFields: a write would change nothing (K-API-2).
bool semanticallyEqual(const Object& a, const Object& b);

// Two structs that have a table, field by field.
bool equalByTable(const TypeInfo& info, const void* a, const void* b);
template <class T>
bool sameContent(const TypeInfo& info, const T& a, const T& b) {
  return equalByTable(info, &a, &b);
}

}  // namespace jobset_twin::api
