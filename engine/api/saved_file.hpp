// saved_file.hpp - the frame around a saved state: what it is, of which version and of which configuration, and whether
// it is whole.
//
// A file is one or more frames, each: a magic line, the kind of state, format version, program version, layout of the
// tables (archive.hpp), hash of the configuration, length and hash (XXH3, 128 bits) of the state, and the state. A
// frame is checked before anybody reads the state in it, so damage is found here. The hash guards against accidents,
// not against forgery.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace jobset_twin::api {

// `kind`: "world". Throws std::runtime_error if `out` cannot take it.
void writeFrame(std::ostream& out, std::string_view kind, std::uint64_t configuration, std::string_view state);

// The state of the next frame. Throws std::runtime_error with a sentence for the user when it is no such frame, or of
// another version, or of another configuration, or damaged. Reads no further than the frame; memory grows with what is
// there, not with what the frame claims.
std::string readFrame(std::istream& in, std::string_view kind, std::uint64_t configuration);

// For hashes of configurations: equal bytes, equal numbers.
std::uint64_t hashOfBytes(std::string_view bytes);

}  // namespace jobset_twin::api
