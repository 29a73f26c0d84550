// read_fault_parts.hpp - what read_faults.cpp is made of: how the fields of a fault are read, and what cannot be meant.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "scenarios/read_parts.hpp"
#include "sim/faults/fault.hpp"

namespace jobset_twin::scenarios {

// Text, or a number that is meant as one: pod=1.
void readWord(Reader& reader, const Place& place, std::string& out);

// Where (read_fault_targets.cpp). `form`: what a path of at most `most` parts is made of.
void readPath(Reader& reader, const Place& place, std::string& out, std::size_t most, std::string_view form);
void readDomain(Reader& reader, const Place& place, faults::Fault& out);
void readSelector(Reader& reader, const Place& place, faults::Fault& out);
void readChoice(Reader& reader, const Place& place, faults::Fault& out, faults::Choice choice);
void readInTurn(Reader& reader, const Place& place, faults::Fault& out);

// When and how long (read_fault_times.cpp).
void readAfter(Reader& reader, const Place& place, faults::Fault& out);
void readHazard(Reader& reader, const Place& place, faults::Fault& out);
void readMtbf(Reader& reader, const Place& place, faults::Fault& out);
void readLasts(Reader& reader, const Place& place, faults::Fault& out);
void checkTimes(Reader& reader, const Place& place, faults::Fault& fault);
void addFaultEventFields(FieldTexts& out);

// What of the API server and its clients (read_fault_requests.cpp).
void readSkew(Reader& reader, const Place& place, faults::Fault& out);
void readKind(Reader& reader, const Place& place, faults::Fault& out);
void readVerbs(Reader& reader, const Place& place, faults::Fault& out);
void readComponent(Reader& reader, const Place& place, faults::Fault& out);

// What belongs together (check_faults.cpp). `own`: the fields that belong to some classes only.
bool given(const Place& place, std::string_view field);
void forbid(Reader& reader, const Place& place, std::string_view field, const std::string& why);
void checkClass(Reader& reader, const Place& place, const faults::Fault& fault,
                std::span<const Field<faults::Fault>> own);
// Words that mean something in one class only.
void checkValues(Reader& reader, const Place& place, const faults::Fault& fault);

}  // namespace jobset_twin::scenarios
