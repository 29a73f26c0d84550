// check.hpp - TWIN_ASSERT(condition, "what must hold", values...): invariants, on in every build.
//
// For mistakes of ours only; what a user can cause is an error value. Prints place, condition, text and the values
// on standard error, then aborts. The values are evaluated only when the condition is false.
#pragma once
#include <chrono>
#include <initializer_list>
#include <string_view>
#include <type_traits>

namespace jobset_twin::kernel {

// A value to print: integers, enumerators, floating point, text, durations and times (in nanoseconds).
class CheckValue {
 public:
  template <class T>
  CheckValue(const T& value) {  // implicit: the macro passes plain values
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      kind_ = Kind::kText;
      text_ = value;
    } else if constexpr (std::is_enum_v<T>) {
      setInteger(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
      kind_ = Kind::kReal;
      real_ = static_cast<double>(value);
    } else if constexpr (std::is_integral_v<T>) {
      setInteger(value);
    } else if constexpr (requires { value.time_since_epoch(); }) {
      setInteger(std::chrono::duration_cast<std::chrono::nanoseconds>(value.time_since_epoch()).count());
    } else {
      setInteger(std::chrono::duration_cast<std::chrono::nanoseconds>(value).count());
    }
  }
  void print() const;

 private:
  enum class Kind { kSigned, kUnsigned, kReal, kText };
  template <class T>
  void setInteger(T value) {
    if constexpr (std::is_signed_v<T>) {
      kind_ = Kind::kSigned;
      signed_ = static_cast<long long>(value);
    } else {
      kind_ = Kind::kUnsigned;
      unsigned_ = static_cast<unsigned long long>(value);
    }
  }
  Kind kind_ = Kind::kText;
  long long signed_ = 0;
  unsigned long long unsigned_ = 0;
  double real_ = 0;
  std::string_view text_;
};

[[noreturn]] void checkFailed(const char* file, int line, const char* condition, const char* what, const char* names,
                              std::initializer_list<CheckValue> values);

}  // namespace jobset_twin::kernel

#ifndef TWIN_ASSERT
#define TWIN_ASSERT(condition, what, ...)                                                                  \
  (static_cast<bool>(condition) ? static_cast<void>(0)                                                     \
                                : ::jobset_twin::kernel::checkFailed(__FILE__, __LINE__, #condition, what, \
                                                                     "" __VA_OPT__(#__VA_ARGS__), {__VA_ARGS__}))
#endif
