#include "engine/api/archive.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <xxhash.h>
#include <nlohmann/json.hpp>

namespace jobset_twin::api {
namespace {

// One C++ struct with several tables, none of which has all members (types_meta.cpp): written by hand, whatever table
// asks.
const TypeInfo& conditionTable() {
  static const TypeInfo& info = *typeTables().find("Condition");
  return info;
}

const TypeInfo& tableOf(std::string_view name) {
  const TypeInfo* info = typeTables().find(name);
  TWIN_ASSERT(info, "a type has no table", name);
  return *info;
}

// The table of the C++ type itself; a field may name another one that shows less of it.
const TypeInfo& ownTable(const ValueType& type) {
  TWIN_ASSERT(!type.info->name.empty(), "a struct has no table of its own");
  return *type.info;
}

std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) { return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1)); }
std::int64_t nanosOf(TimePoint at) { return at.time_since_epoch().count(); }
TimePoint timeOf(std::int64_t nanos) { return TimePoint(Duration(nanos)); }

template <std::size_t... I>
Body bodyOf(std::size_t kind, std::index_sequence<I...>) {
  Body body;
  ((kind == I ? static_cast<void>(body.emplace<I>()) : static_cast<void>(0)), ...);
  return body;
}

void saveOptionalTime(ArchiveWriter& ar, const std::optional<TimePoint>& at) {
  ar.number(at ? 1 : 0);
  if (at) ar.number(zigzag(nanosOf(*at)));
}
std::optional<TimePoint> loadOptionalTime(ArchiveReader& ar) {
  if (ar.number() == 0) return std::nullopt;
  return timeOf(unzigzag(ar.number()));
}

void saveCondition(ArchiveWriter& ar, const Condition& c) {
  for (const std::string* text : {&c.type, &c.status, &c.reason, &c.message}) ar.text(*text);
  for (const auto* at : {&c.lastProbeTime, &c.lastTransitionTime, &c.lastHeartbeatTime}) saveOptionalTime(ar, *at);
  ar.number(zigzag(c.observedGeneration));
}
void loadCondition(ArchiveReader& ar, Condition& c) {
  for (std::string* text : {&c.type, &c.status, &c.reason, &c.message}) *text = ar.text();
  for (auto* at : {&c.lastProbeTime, &c.lastTransitionTime, &c.lastHeartbeatTime}) *at = loadOptionalTime(ar);
  c.observedGeneration = unzigzag(ar.number());
}

void saveQuantity(ArchiveWriter& ar, const Quantity& quantity) { ar(quantity); }
Quantity loadQuantity(ArchiveReader& ar) {
  Quantity quantity;
  ar(quantity);
  if (quantity.nanos() >= 1'000'000'000 || quantity.format() > Quantity::Format::kDecimalExponent)
    damagedArchive("a quantity that cannot be");
  return quantity;
}

}  // namespace

void damagedArchive(std::string_view what) {
  throw std::runtime_error(fmt::format("the saved state is damaged: {}", what));
}

std::uint64_t archiveLayout() {
  std::string text;
  const auto add = [&](const std::vector<FieldInfo>& fields) {
    for (const FieldInfo& field : fields) {
      text += field.name;
      for (const ValueType* type = field.type; type; type = type->inner)
        text += static_cast<char>('a' + static_cast<int>(type->kind));
      text += ';';
    }
  };
  for (const TypeInfo* info : typeTables().all) {
    text += info->name + "{";
    add(info->fields);
    add(info->overlays);
    text += '}';
  }
  return XXH3_64bits(text.data(), text.size());
}

// --- writing ---

void ArchiveWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    value >>= 7;
  }
  bytes_ += static_cast<char>(value);
}

void ArchiveWriter::text(std::string_view value) {
  number(value.size());
  append(value.data(), value.size());
}

bool ArchiveWriter::known(const void* address, std::unordered_map<const void*, std::uint64_t>& table) {
  const auto [at, fresh] = table.try_emplace(address, table.size() + 1);
  number(at->second);
  return !fresh;
}

void ArchiveWriter::object(const ObjectPtr& object) {
  if (!object) return number(0);
  if (known(object.get(), objects_)) return;
  held_objects_.push_back(object);
  number(static_cast<std::uint64_t>(object->kind()));
  byTable(*typeTables().object_meta, &object->meta);
  if (object->kind() == Kind::kGeneric) {
    const Generic& generic = as<Generic>(*object);
    text(generic.apiVersion);
    text(generic.kind);
    return raw(generic.content);
  }
  if (object->kind() == Kind::kEvent) number(as<Event>(*object).core ? 1 : 0);
  byTable(*typeTables().bodies[static_cast<std::size_t>(object->kind())], bodyPointer(*object));
}

// Field by field: its number, its value; 0 at the end. Zero values are left out.
void ArchiveWriter::byTable(const TypeInfo& info, const void* object) {
  if (&info == &conditionTable()) return saveCondition(*this, *static_cast<const Condition*>(object));
  std::uint64_t position = 0;
  for (const std::vector<FieldInfo>* fields : {&info.fields, &info.overlays}) {
    for (const FieldInfo& field : *fields) {
      ++position;
      if (!field.member) continue;
      const void* member = field.member(object);
      if (isZero(*field.type, member)) continue;
      number(position);
      value(*field.type, member);
    }
  }
  number(0);
}

void ArchiveWriter::value(const ValueType& type, const void* at) {
  switch (type.kind) {
    case ValueKind::kBool: return number(*static_cast<const bool*>(at) ? 1 : 0);
    case ValueKind::kInt32: return number(zigzag(*static_cast<const std::int32_t*>(at)));
    case ValueKind::kInt64: return number(zigzag(*static_cast<const std::int64_t*>(at)));
    case ValueKind::kDouble: return save(*this, *static_cast<const double*>(at));
    case ValueKind::kString: return text(*static_cast<const std::string*>(at));
    case ValueKind::kTime: return number(zigzag(nanosOf(*static_cast<const TimePoint*>(at))));
    case ValueKind::kQuantity: return saveQuantity(*this, *static_cast<const Quantity*>(at));
    case ValueKind::kIntOrString: {
      const IntOrString& either = *static_cast<const IntOrString*>(at);
      number(either.isString() ? 1 : 0);
      return either.isString() ? text(either.text()) : number(zigzag(either.number()));
    }
    case ValueKind::kStringMap: return map(*static_cast<const StringMap*>(at));
    case ValueKind::kQuantityMap: {
      const ResourceList& list = *static_cast<const ResourceList*>(at);
      number(list.size());
      for (const auto& [name, quantity] : list) {
        text(name);
        saveQuantity(*this, quantity);
      }
      return;
    }
    case ValueKind::kStruct: return byTable(ownTable(type), at);
    case ValueKind::kList:
      number(type.size(at));
      for (std::size_t i = 0; i < type.size(at); ++i) value(*type.inner, type.at(at, i));
      return;
    case ValueKind::kOptional:
      number(type.present(at) ? 1 : 0);
      if (type.present(at)) value(*type.inner, type.get(at));
      return;
    case ValueKind::kShared: {
      if (!type.present(at)) return number(0);
      const void* shared = type.get(at);
      if (known(shared, parts_)) return;
      held_parts_.push_back(type.hold(at));
      return value(*type.inner, shared);
    }
    case ValueKind::kRaw: return raw(*static_cast<const Raw*>(at));
  }
}

void ArchiveWriter::map(const StringMap& map) {
  if (map.empty()) return number(0);
  if (known(&map.entries(), maps_)) return;
  held_maps_.push_back(map);
  number(map.size());
  for (const StringMap::Entry& entry : map) {
    text(entry.first);
    text(entry.second);
  }
}

void ArchiveWriter::raw(const Raw& raw) {
  if (!raw.present()) return number(0);
  if (known(&raw.get(), raws_)) return;
  held_raws_.push_back(raw);
  text(raw.get().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

// --- reading ---

std::uint64_t ArchiveReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) damagedArchive("it ends too early");
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  damagedArchive("a number that is too large");
}

void ArchiveReader::take(void* data, std::size_t size) {
  if (size > rest_.size()) damagedArchive("it ends too early");
  if (size != 0) std::memcpy(data, rest_.data(), size);
  rest_.remove_prefix(size);
}

std::uint64_t ArchiveReader::count() {
  const std::uint64_t size = number();
  if (size > rest_.size()) damagedArchive("a length beyond its end");
  return size;
}

std::string ArchiveReader::text() {
  std::string out(count(), '\0');
  take(out.data(), out.size());
  return out;
}

void ArchiveReader::expectEnd() const {
  if (!rest_.empty()) damagedArchive("more follows where it should end");
}

ObjectPtr ArchiveReader::object() {
  const std::uint64_t at = number();
  if (at == 0) return nullptr;
  if (at <= objects_.size()) return objects_[at - 1];
  if (at != objects_.size() + 1) damagedArchive("an object that was not saved");
  const std::uint64_t kind = number();
  if (kind >= kKindCount) damagedArchive("an object of no kind");
  const MutableObjectPtr object = makeObject(bodyOf(kind, std::make_index_sequence<kKindCount>()));
  byTable(*typeTables().object_meta, &object->meta);
  if (object->kind() == Kind::kGeneric) {
    Generic& generic = as<Generic>(*object);
    generic.apiVersion = text();
    generic.kind = text();
    generic.content = raw();
  } else {
    if (object->kind() == Kind::kEvent) as<Event>(*object).core = number() != 0;
    byTable(*typeTables().bodies[kind], bodyPointer(*object));
  }
  objects_.push_back(object);
  return object;
}

void ArchiveReader::byTable(const TypeInfo& info, void* object) {
  if (&info == &conditionTable()) return loadCondition(*this, *static_cast<Condition*>(object));
  std::uint64_t last = 0;
  while (const std::uint64_t position = number()) {
    if (position <= last || position > info.fields.size() + info.overlays.size())
      damagedArchive("a field that cannot be");
    last = position;
    const FieldInfo& field =
        position <= info.fields.size() ? info.fields[position - 1] : info.overlays[position - 1 - info.fields.size()];
    if (!field.member) damagedArchive("a field that cannot be");
    value(*field.type, const_cast<void*>(field.member(object)));
  }
}

void ArchiveReader::value(const ValueType& type, void* at) {
  switch (type.kind) {
    case ValueKind::kBool: return load(*this, *static_cast<bool*>(at));
    case ValueKind::kInt32: return load(*this, *static_cast<std::int32_t*>(at));
    case ValueKind::kInt64: return load(*this, *static_cast<std::int64_t*>(at));
    case ValueKind::kDouble: return load(*this, *static_cast<double*>(at));
    case ValueKind::kString: *static_cast<std::string*>(at) = text(); return;
    case ValueKind::kTime: *static_cast<TimePoint*>(at) = timeOf(unzigzag(number())); return;
    case ValueKind::kQuantity: *static_cast<Quantity*>(at) = loadQuantity(*this); return;
    case ValueKind::kIntOrString: {
      IntOrString& either = *static_cast<IntOrString*>(at);
      bool is_string = false;
      load(*this, is_string);
      if (is_string) {
        either = IntOrString(text());
      } else {
        std::int32_t given = 0;
        load(*this, given);
        either = IntOrString(given);
      }
      return;
    }
    case ValueKind::kStringMap: *static_cast<StringMap*>(at) = map(); return;
    case ValueKind::kQuantityMap: {
      ResourceList& list = *static_cast<ResourceList*>(at);
      for (std::uint64_t left_over = count(); left_over > 0; --left_over) {
        std::string name = text();
        list[std::move(name)] = loadQuantity(*this);
      }
      return;
    }
    case ValueKind::kStruct: return byTable(ownTable(type), at);
    case ValueKind::kList:
      for (std::uint64_t left_over = count(); left_over > 0; --left_over) value(*type.inner, type.append(at));
      return;
    case ValueKind::kOptional: {
      bool present = false;
      load(*this, present);
      if (present) value(*type.inner, type.mut(at));
      return;
    }
    case ValueKind::kShared: {
      const std::uint64_t number_of = number();
      if (number_of == 0) return;
      if (number_of <= parts_.size()) {
        const Part& part = parts_[number_of - 1];
        if (part.type != &type || !part.held) damagedArchive("a shared part of another kind");
        return type.share(at, part.held.get());
      }
      if (number_of != parts_.size() + 1) damagedArchive("a shared part that was not saved");
      parts_.push_back({&type, nullptr});
      value(*type.inner, type.mut(at));
      parts_[number_of - 1].held = type.hold(at);
      return;
    }
    case ValueKind::kRaw: *static_cast<Raw*>(at) = raw(); return;
  }
}

StringMap ArchiveReader::map() {
  const std::uint64_t at = number();
  if (at == 0) return {};
  if (at <= maps_.size()) return maps_[at - 1];
  if (at != maps_.size() + 1) damagedArchive("a map that was not saved");
  StringMap out;
  for (std::uint64_t left_over = count(); left_over > 0; --left_over) {
    const std::string key = text();
    out.set(key, text());
  }
  maps_.push_back(out);
  return out;
}

Raw ArchiveReader::raw() {
  const std::uint64_t at = number();
  if (at == 0) return {};
  if (at <= raws_.size()) return raws_[at - 1];
  if (at != raws_.size() + 1) damagedArchive("a JSON value that was not saved");
  nlohmann::json value = nlohmann::json::parse(text(), nullptr, false);
  if (value.is_discarded()) damagedArchive("a JSON value that is none");
  raws_.emplace_back(std::move(value));
  return raws_.back();
}

// --- what cereal calls ---

void save(ArchiveWriter& ar, const ObjectPtr& object) { ar.object(object); }
void load(ArchiveReader& ar, ObjectPtr& object) { object = ar.object(); }
void save(ArchiveWriter& ar, const StringMap& map) { ar.map(map); }
void load(ArchiveReader& ar, StringMap& map) { map = ar.map(); }
void save(ArchiveWriter& ar, const Raw& raw) { ar.raw(raw); }
void load(ArchiveReader& ar, Raw& raw) { raw = ar.raw(); }
void save(ArchiveWriter& ar, const Condition& condition) { saveCondition(ar, condition); }
void load(ArchiveReader& ar, Condition& condition) { loadCondition(ar, condition); }
void save(ArchiveWriter& ar, const PodStatus& status) { ar.byTable(tableOf("PodStatus"), &status); }
void load(ArchiveReader& ar, PodStatus& status) {
  status = {};
  ar.byTable(tableOf("PodStatus"), &status);
}

}  // namespace jobset_twin::api
