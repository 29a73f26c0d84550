// result.hpp - errors at the edges are values: an Error says where, which field and what; a Result<T> is a T or errors.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/api/check.hpp"

namespace jobset_twin::api {

struct Error {
  std::string file;          // "" : no file
  int line = 0, column = 0;  // 1-based; 0: not known
  std::string field;         // "spec.replicatedJobs[0].name"; "" : the document
  std::string
      code;  // field error type ("Invalid", "Required", "NotSupported", "Duplicate"…), or "Syntax", "UnknownField"…
  std::string text;  // the whole message without the position; API errors in the API server's own words
  std::string hint;  // what to do about it; "" : nothing to say
  friend bool operator==(const Error&, const Error&) = default;
};

using Errors = std::vector<Error>;

// "file:line:column: text", leaving out what is not known. The hint is not part of it.
std::string describe(const Error& error);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : held_(std::in_place_index<1>, Errors{std::move(error)}) {}            // NOLINT(google-explicit-constructor)
  Result(Errors errors) : held_(std::in_place_index<1>, std::move(errors)) {  // NOLINT(google-explicit-constructor)
    TWIN_ASSERT(!std::get<1>(held_).empty(), "a failed result needs an error");
  }

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const T& value() const& {
    TWIN_ASSERT(ok(), "value() of a failed result", ok() ? std::string() : describe(std::get<1>(held_).front()));
    return std::get<0>(held_);
  }
  T& value() & {
    TWIN_ASSERT(ok(), "value() of a failed result", ok() ? std::string() : describe(std::get<1>(held_).front()));
    return std::get<0>(held_);
  }
  T&& value() && { return std::move(value()); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  // Empty when ok().
  const Errors& errors() const {
    static const Errors none;
    return ok() ? none : std::get<1>(held_);
  }

 private:
  std::variant<T, Errors> held_;
};

// For functions whose text of an error alone matters (values without position).
inline Error plainError(std::string code, std::string text) {
  Error error;
  error.code = std::move(code);
  error.text = std::move(text);
  return error;
}

}  // namespace jobset_twin::api
