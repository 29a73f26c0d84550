#include "sim/apiserver/http/protobuf/message_table.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "engine/api/check.hpp"
#include "sim/apiserver/http/protobuf/messages/messages.hpp"

namespace jobset_twin::apiserver::http::protobuf {
namespace {

// Up to the separator, which is taken off too; all of it if there is none.
std::string_view take(std::string_view& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + separator.size());
  return out;
}

std::string_view inside(std::string_view text, char open, char close) {
  return text.size() > 2 && text.front() == open && text.back() == close ? text.substr(1, text.size() - 2) : "";
}

constexpr std::pair<std::string_view, Type> kTypes[] = {
    {"string", Type::kString},   {"bytes", Type::kBytes},         {"bool", Type::kBool},
    {"int32", Type::kInt32},     {"int64", Type::kInt64},         {"Time", Type::kTime},
    {"Raw", Type::kRaw},         {"MicroTime", Type::kMicroTime}, {"Duration", Type::kDuration},
    {"Strings", Type::kStrings}, {"Quantity", Type::kQuantity},   {"IntOrString", Type::kIntOrString}};

class Table {
 public:
  Table() {
    const auto texts = {kMetaMessages, kCoreMessages, kWorkloadMessages, kAccessMessages, kClusterMessages};
    // Messages name each other, so all are there before any field is read.
    for (const std::string_view text : texts) read(text, false);
    for (const std::string_view text : texts) read(text, true);
  }

  const Message* find(std::string_view api_version, std::string_view name) const {
    const auto found = messages_.find({std::string(api_version), std::string(name)});
    return found == messages_.end() ? nullptr : &found->second;
  }

 private:
  void read(std::string_view text, bool with_fields) {
    std::string entry;
    while (!text.empty()) {
      const std::string_view line = take(text, "\n");
      if (line.substr(0, 2) == "  ") {
        entry += line.substr(1);
        continue;
      }
      readEntry(entry, with_fields);
      entry = line;
    }
    readEntry(entry, with_fields);
  }

  void readEntry(std::string_view entry, bool with_fields) {
    if (entry.substr(0, 4) == "api ") {
      entry.remove_prefix(4);
      group_ = take(entry, " as ");
      if (!entry.empty()) groups_.emplace(entry, group_);
      return;
    }
    if (entry.empty()) return;
    const bool is_kind = entry.substr(0, 5) == "kind ";
    if (is_kind) entry.remove_prefix(5);
    const std::string_view name = take(entry, ":");
    if (!entry.empty()) entry.remove_prefix(1);
    Message& message = messages_[{group_, std::string(name)}];
    message.name = name;
    message.is_kind = is_kind;
    if (!with_fields) return;
    while (!entry.empty()) {
      message.fields.push_back(field(take(entry, ", ")));
      TWIN_ASSERT(
          message.fields.size() == 1 || std::next(message.fields.rbegin())->number < message.fields.back().number,
          "fields ascend", message.name);
    }
  }

  Field field(std::string_view text) const {
    Field out;
    const std::string_view number = take(text, " ");
    std::from_chars(number.data(), number.data() + number.size(), out.number);
    const std::string_view name = take(text, " ");
    TWIN_ASSERT(out.number > 0 && !text.empty(), "a field has a number, a name and a type", name);
    out.drops_zero = text.back() == '?';
    if (out.drops_zero) text.remove_suffix(1);
    if (name == "...") {
      out.form = Form::kInlined;
    } else {
      out.name = name;
    }
    if (const std::string_view of = inside(text, '[', ']'); !of.empty()) {
      out.form = Form::kList;
      text = of;
    } else if (const std::string_view values = inside(text, '{', '}'); !values.empty()) {
      out.form = Form::kMap;
      text = values;
    }
    const auto* type =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& t) { return t.first == text; });
    out.type = type == std::end(kTypes) ? Type::kMessage : type->second;
    if (out.type == Type::kMessage) out.message = named(text);
    return out;
  }

  const Message* named(std::string_view name) const {
    std::string group = group_;
    if (name.find('.') != std::string_view::npos) {
      const auto other = groups_.find(take(name, "."));
      TWIN_ASSERT(other != groups_.end(), "a group of messages has a name", name);
      group = other->second;
    }
    const Message* message = find(group, name);
    TWIN_ASSERT(message != nullptr, "a field's type is known", group, name);
    return message;
  }

  std::string group_;  // what is being read
  std::map<std::string, std::string, std::less<>> groups_;
  std::map<std::pair<std::string, std::string>, Message> messages_;
};

}  // namespace

const Field* Message::find(std::uint32_t number) const {
  const auto at = std::lower_bound(fields.begin(), fields.end(), number,
                                   [](const Field& field, std::uint32_t wanted) { return field.number < wanted; });
  return at == fields.end() || at->number != number ? nullptr : &*at;
}

const Message* messageOfKind(std::string_view api_version, std::string_view kind) {
  static const Table table;
  const Message* message = table.find(api_version, kind);
  if (!message) message = table.find("any", kind);
  return message && message->is_kind ? message : nullptr;
}

}  // namespace jobset_twin::apiserver::http::protobuf
