// fault_words.hpp - the short form of a fault, as --fault takes it and as an entry of `faults` may be written:
//   node-fail any mtbf=2000h repair=4h
//   kill pod=default/train/workers/0/1 after='JobSet train ready +5m'
// A verb, then any, all and key=value in any order; quotes keep spaces together. It becomes the tree of the long form.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/result.hpp"
#include "engine/api/tree.hpp"

namespace jobset_twin::scenarios {

// `at`: the place of the first character. With `spread` each word has its own column, as in a text of its own;
// otherwise all stand at `at`.
api::Result<api::TreeNode> faultFromWords(std::string_view text, api::Position at, bool spread);

}  // namespace jobset_twin::scenarios
