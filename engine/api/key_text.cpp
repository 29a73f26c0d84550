#include "engine/api/key_text.hpp"

#include <fmt/format.h>

#include "engine/api/kinds.hpp"

namespace jobset_twin::api {

std::string keyText(const ObjectKey& key) {
  if (key.kind != Kind::kGeneric) {
    const std::string_view kind = kindInfo(key.kind).name;
    return key.namespace_.empty() ? fmt::format("{}/{}", kind, key.name)
                                  : fmt::format("{}/{}/{}", kind, key.namespace_, key.name);
  }
  const std::size_t slash = key.name.find('/');
  const std::string kind = key.name.substr(0, slash);
  const std::string name = key.name.substr(slash + 1);
  const std::string plain = kind.substr(0, kind.find('.'));
  return key.namespace_.empty() ? fmt::format("{}/{}", plain, name)
                                : fmt::format("{}/{}/{}", plain, key.namespace_, name);
}

}  // namespace jobset_twin::api
