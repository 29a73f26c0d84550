// int_or_string.hpp - intstr.IntOrString: a port number or a port name. No percentages: nothing here uses them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace jobset_twin::api {

class IntOrString {
 public:
  IntOrString() = default;
  explicit IntOrString(std::int32_t value) : number_(value) {}
  explicit IntOrString(std::string text) : text_(std::move(text)), is_string_(true) {}

  bool isString() const { return is_string_; }
  std::int32_t number() const { return number_; }    // 0 for a string
  const std::string& text() const { return text_; }  // "" for a number
  std::string toString() const { return is_string_ ? text_ : std::to_string(number_); }
  bool isZero() const { return !is_string_ && number_ == 0; }
  friend bool operator==(const IntOrString&, const IntOrString&) = default;

 private:
  std::string text_;
  std::int32_t number_ = 0;
  bool is_string_ = false;
};

}  // namespace jobset_twin::api
