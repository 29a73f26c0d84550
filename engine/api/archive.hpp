// archive.hpp - saving and loading state that holds objects: two cereal archives, and objects and their parts in them.
//
// ArchiveWriter and ArchiveReader take whatever cereal can serialise. They differ from cereal's portable binary
// archives in three ways: whole numbers are written as short as they are; a reader knows where its bytes end and
// refuses a length that cannot be there, so a damaged file never asks for memory without limit; and what is shared
// (objects, Shared<T> parts, label maps, raw JSON) is written once and is shared again after loading. It is known by
// its address while one writer lives and is numbered by first appearance, so no address reaches the bytes: equal states
// give equal bytes.
//
// Objects are written by the tables of reflect.hpp, without loss: times with their nanoseconds, all members whether
// JSON shows them or not. Who adds a field to a table has nothing to do here. Requests and answers:
// request_archive.hpp.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include <cereal/cereal.hpp>

#include "engine/api/object.hpp"
#include "engine/api/reflect.hpp"

namespace jobset_twin::api {

class ArchiveWriter : public cereal::OutputArchive<ArchiveWriter, cereal::AllowEmptyClassElision> {
 public:
  ArchiveWriter() : OutputArchive(this) {}

  void number(std::uint64_t value);  // 7 bits a byte, low ones first
  void append(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  void text(std::string_view value);
  void object(const ObjectPtr& object);  // null too
  void byTable(const TypeInfo& info, const void* value);
  void map(const StringMap& map);
  void raw(const Raw& raw);

  std::string take() { return std::move(bytes_); }
  std::size_t size() const { return bytes_.size(); }

 private:
  void value(const ValueType& type, const void* value);
  bool known(const void* address,
             std::unordered_map<const void*, std::uint64_t>& table);  // writes the number; false: contents follow
  std::string bytes_;
  // Looked up only. What is numbered is held, so that no address is used twice.
  std::unordered_map<const void*, std::uint64_t> objects_, parts_, maps_, raws_;
  std::vector<ObjectPtr> held_objects_;
  std::vector<StringMap> held_maps_;
  std::vector<Raw> held_raws_;
  std::vector<std::shared_ptr<const void>> held_parts_;
};

// Every function throws std::runtime_error (cereal::Exception is one) when the bytes are not what a writer wrote.
class ArchiveReader : public cereal::InputArchive<ArchiveReader, cereal::AllowEmptyClassElision> {
 public:
  // `bytes` must outlive it.
  explicit ArchiveReader(std::string_view bytes) : InputArchive(this), rest_(bytes) {}

  std::uint64_t number();
  void take(void* data, std::size_t size);
  std::string text();
  // A count of things that take at least a byte each.
  std::uint64_t count();
  ObjectPtr object();
  void byTable(const TypeInfo& info, void* value);  // `value` as its default constructor left it
  StringMap map();
  Raw raw();

  std::size_t left() const { return rest_.size(); }
  void expectEnd() const;

 private:
  struct Part {
    const ValueType* type = nullptr;
    std::shared_ptr<const void> held;  // null: being read
  };
  void value(const ValueType& type, void* value);
  std::string_view rest_;
  std::vector<ObjectPtr> objects_;
  std::vector<Part> parts_;
  std::vector<StringMap> maps_;
  std::vector<Raw> raws_;
};

}  // namespace jobset_twin::api

CEREAL_SETUP_ARCHIVE_TRAITS(jobset_twin::api::ArchiveReader, jobset_twin::api::ArchiveWriter)

namespace jobset_twin::api {

[[noreturn]] void damagedArchive(std::string_view what);

// The tables as the archives see them: a different number, another format.
std::uint64_t archiveLayout();

// --- what cereal calls ---

template <class T>
concept ArchiveNumber = std::is_arithmetic_v<T>;

// Small magnitudes are short, whatever their sign.
template <ArchiveNumber T>
void save(ArchiveWriter& ar, const T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    static_assert(sizeof(T) == 8);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    char bytes[8];
    for (char& byte : bytes) {
      byte = static_cast<char>(bits & 0xff);
      bits >>= 8;
    }
    ar.append(bytes, sizeof bytes);
  } else if constexpr (std::is_signed_v<T>) {
    const auto wide = static_cast<std::int64_t>(value);
    ar.number(static_cast<std::uint64_t>(wide) << 1 ^ static_cast<std::uint64_t>(wide >> 63));
  } else {
    ar.number(static_cast<std::uint64_t>(value));
  }
}
template <ArchiveNumber T>
void load(ArchiveReader& ar, T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    unsigned char bytes[8];
    ar.take(bytes, sizeof bytes);
    std::uint64_t bits = 0;
    for (int i = 7; i >= 0; --i) bits = bits << 8 | bytes[i];
    std::memcpy(&value, &bits, sizeof bits);
  } else if constexpr (std::is_same_v<T, bool>) {
    const std::uint64_t read = ar.number();
    if (read > 1) damagedArchive("a truth value that is neither");
    value = read != 0;
  } else {
    std::uint64_t read = ar.number();
    if constexpr (std::is_signed_v<T>) read = read >> 1 ^ (~(read & 1) + 1);
    value = static_cast<T>(read);
    if (static_cast<std::uint64_t>(
            static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(value)) != read) {
      damagedArchive("a number that is too large");
    }
  }
}

template <class T>
void save(ArchiveWriter& ar, const cereal::SizeTag<T>& tag) {
  ar.number(static_cast<std::uint64_t>(tag.size));
}
template <class T>
void load(ArchiveReader& ar, cereal::SizeTag<T>& tag) {
  tag.size = static_cast<std::remove_reference_t<T>>(ar.count());
}
template <class T>
void save(ArchiveWriter& ar, const cereal::NameValuePair<T>& pair) {
  ar(pair.value);
}
template <class T>
void load(ArchiveReader& ar, cereal::NameValuePair<T>& pair) {
  ar(pair.value);
}
// Characters alone: vectors of numbers go element by element.
template <class T>
  requires std::is_same_v<std::remove_cv_t<std::remove_pointer_t<std::remove_reference_t<T>>>, char>
void save(ArchiveWriter& ar, const cereal::BinaryData<T>& data) {
  ar.append(data.data, static_cast<std::size_t>(data.size));
}
template <class T>
  requires std::is_same_v<std::remove_cv_t<std::remove_pointer_t<std::remove_reference_t<T>>>, char>
void load(ArchiveReader& ar, cereal::BinaryData<T>& data) {
  ar.take(data.data, static_cast<std::size_t>(data.size));
}

void save(ArchiveWriter& ar, const ObjectPtr& object);
void load(ArchiveReader& ar, ObjectPtr& object);
void save(ArchiveWriter& ar, const StringMap& map);
void load(ArchiveReader& ar, StringMap& map);
void save(ArchiveWriter& ar, const Raw& raw);
void load(ArchiveReader& ar, Raw& raw);

// Parts of objects that stand alone in some state. More of them: a line in archive.cpp each.
void save(ArchiveWriter& ar, const Condition& condition);
void load(ArchiveReader& ar, Condition& condition);
void save(ArchiveWriter& ar, const PodStatus& status);
void load(ArchiveReader& ar, PodStatus& status);

}  // namespace jobset_twin::api
