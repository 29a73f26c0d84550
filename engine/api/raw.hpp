// raw.hpp - a part of an object that is stored as it came, as JSON, because nothing here interprets it.
// Strictness inside it comes from the shapes of reflect.hpp.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/api/shared.hpp"

namespace jobset_twin::api {

// Null when absent. The json is held behind a pointer so that this header needs only the forward declaration.
class Raw {
 public:
  Raw();
  explicit Raw(nlohmann::json value);
  Raw(const Raw&);
  Raw(Raw&&) noexcept;
  Raw& operator=(const Raw&);
  Raw& operator=(Raw&&) noexcept;
  ~Raw();

  const nlohmann::json& get() const;  // null when absent
  bool present() const;
  void set(nlohmann::json value);
  friend bool operator==(const Raw& a, const Raw& b);

 private:
  struct Held;
  boost::intrusive_ptr<const Held> held_;
  friend void intrusive_ptr_add_ref(const Held*);
  friend void intrusive_ptr_release(const Held*);
};

}  // namespace jobset_twin::api
