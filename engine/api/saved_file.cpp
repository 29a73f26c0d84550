#include "engine/api/saved_file.hpp"

#include <algorithm>
#include <istream>
#include <ostream>
#include <stdexcept>

#include <fmt/format.h>
#include <xxhash.h>

#include "engine/api/archive.hpp"

#ifndef TWIN_VERSION
#error "the build says which version this is"
#endif

namespace jobset_twin::api {
namespace {

constexpr std::string_view kMagic = "jobset-twin saved state\n";
constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kShortText = 64;  // longest kind and version
constexpr std::size_t kPiece = std::size_t{1} << 20;

class Header {
 public:
  explicit Header(std::istream& in) : in_(in) {}
  std::string bytes(std::size_t size) {
    std::string out(size, '\0');
    in_.read(out.data(), static_cast<std::streamsize>(size));
    out.resize(static_cast<std::size_t>(in_.gcount()));
    return out;
  }
  std::uint64_t number() {
    const std::string read = whole(8);
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(read[static_cast<std::size_t>(i)]);
    return value;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > kShortText) damagedArchive("its beginning makes no sense");
    return whole(size);
  }

 private:
  std::string whole(std::size_t size) {
    std::string read = bytes(size);
    if (read.size() != size) damagedArchive("it ends too early");
    return read;
  }
  std::istream& in_;
};

void putNumber(std::string& out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
}
void putText(std::string& out, std::string_view text) {
  putNumber(out, text.size());
  out += text;
}

}  // namespace

std::uint64_t hashOfBytes(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

void writeFrame(std::ostream& out, std::string_view kind, std::uint64_t configuration, std::string_view state) {
  std::string header(kMagic);
  putText(header, kind);
  putNumber(header, kFormat);
  putText(header, TWIN_VERSION);
  putNumber(header, archiveLayout());
  putNumber(header, configuration);
  putNumber(header, state.size());
  const XXH128_hash_t hash = XXH3_128bits(state.data(), state.size());
  putNumber(header, hash.low64);
  putNumber(header, hash.high64);
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  out.write(state.data(), static_cast<std::streamsize>(state.size()));
  if (!out) throw std::runtime_error("the state could not be written");
}

std::string readFrame(std::istream& in, std::string_view kind, std::uint64_t configuration) {
  Header header(in);
  if (header.bytes(kMagic.size()) != kMagic)
    throw std::runtime_error("this is not a saved state of jobset-twin, or it is damaged at its beginning");
  if (const std::string found = header.text(); found != kind) {
    throw std::runtime_error(
        fmt::format("the file holds the saved state of a {} where that of a {} is wanted", found, kind));
  }
  if (const std::uint64_t format = header.number(); format != kFormat) {
    throw std::runtime_error(
        fmt::format("the saved state has format {}, this program reads format {}", format, kFormat));
  }
  const std::string version = header.text();
  const std::uint64_t layout = header.number();
  if (version != TWIN_VERSION || layout != archiveLayout()) {
    throw std::runtime_error(fmt::format(
        "the state was saved by jobset-twin {}{}, this is {}: only the program that saved a state can go on with it",
        version, version == TWIN_VERSION ? " of another build" : "", TWIN_VERSION));
  }
  if (header.number() != configuration)
    throw std::runtime_error(
        "the state was saved by a run of another scenario (manifests, cluster, timing, seed or gates differ)");
  const std::uint64_t size = header.number(), low = header.number(), high = header.number();
  std::string state;
  while (state.size() < size) {
    const std::string piece = header.bytes(std::min<std::uint64_t>(kPiece, size - state.size()));
    if (piece.empty()) damagedArchive("it ends too early");
    state += piece;
  }
  const XXH128_hash_t hash = XXH3_128bits(state.data(), state.size());
  if (hash.low64 != low || hash.high64 != high) damagedArchive("its contents do not match their checksum");
  return state;
}

}  // namespace jobset_twin::api
