// read_study.hpp - from a document of kind Study to its values; strict, all mistakes of a document at once. Fields that
// factors name are looked up in the base's documents, which it reads for that.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "scenarios/fields.hpp"
#include "scenarios/read_parts.hpp"
#include "scenarios/study/study.hpp"

namespace jobset_twin::scenarios::study {

struct StudyRead {
  Study study;
  api::Errors errors;  // not empty: study is incomplete
};
// read: the text of a file; paths in a study are relative to its file.
StudyRead readStudy(const api::Tree& tree,
                    const std::function<std::optional<std::string>(const std::string& path)>& read);

// Every field of a Study, in order.
FieldTexts studyFields();

}  // namespace jobset_twin::scenarios::study
