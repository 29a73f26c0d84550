// process_archive.hpp - include this to save or load a Process with a cereal archive.
#pragma once

#include <cereal/types/chrono.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "sim/workload/process.hpp"

namespace jobset_twin::workload::shell {

template <class Archive>
void Code::load(Archive& ar) {
  std::string from;
  Dialect in{};
  int line = 1;
  ar(from, in, line);
  *this = *compileScript(from, in, line);
}

}  // namespace jobset_twin::workload::shell
