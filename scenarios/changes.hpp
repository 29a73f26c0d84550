// changes.hpp - one field of a document set to another value before the document is read: what `run --set` asks for,
// and what the factors of a Study are made of.
//
// "JobSet/logs:/spec/failurePolicy/maxRestarts=3": the object (Kind, Kind/name or Kind/namespace/name; `Scenario`, of
// which there is one, when it is left out), a JSON pointer (RFC 6901), and the value as YAML. In a pointer, * stands
// for each item of a list, and a name for the item of that `name`. What is missing on the way is made; null takes the
// field away. Manifests that a Scenario holds or applies are documents, too. By a known name alone ("maxRestarts=3") a
// change goes to the usual place of that field, or to wherever the documents have a field of that name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/tree.hpp"

namespace jobset_twin::scenarios {

// Where: the object, and the pointer in it.
struct FieldPlace {
  std::string object, pointer;
  bool only_present = false;  // changed where the document has it, and nowhere else
  friend bool operator==(const FieldPlace&, const FieldPlace&) = default;
};

struct Change {
  FieldPlace place;
  api::TreeNode value;
  std::string text;  // as it was given
};

// "JobSet/logs:/spec/x=3"; the error says what is wrong with the text. A name without a pointer comes back with an
// empty pointer, the name as object: see placesOf.
api::Result<Change> parseChange(std::string_view text);
std::string changeText(const FieldPlace& place, const api::TreeNode& value);

// Where the documents have the field of this name. Several places of one shape (the backoffLimit of each replicated
// job) are one, with a * for the items; several shapes are an error that names them.
api::Result<std::vector<FieldPlace>> placesOf(const std::string& name, const std::vector<api::Tree>& documents);
// The names that placesOf knows the usual place of, whether a document has the field or not.
std::vector<std::string> knownFieldNames();

// Changes a document, and the manifests in it if it is a Scenario. hits: how many places each change has changed so
// far. What is set has a line below 0, which tells the change: see tellWhatSet.
void applyChanges(const std::vector<Change>& changes, api::Tree& document, std::vector<std::size_t>& hits,
                  api::Errors& errors);
// Errors about what a change has set: which change it was, in place of a line of the file.
void tellWhatSet(const std::vector<Change>& changes, api::Errors& errors);
// Of those without a hit, when all documents have been seen.
api::Errors withoutHit(const std::vector<Change>& changes, const std::vector<std::size_t>& hits,
                       const std::vector<std::string>& objects);

}  // namespace jobset_twin::scenarios
