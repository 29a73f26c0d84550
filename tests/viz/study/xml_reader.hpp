// xml_reader.hpp - XML as a tree of elements, to look at pictures and pages. Throws if it is not well-formed.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace jobset_twin::viz::test {

struct Element {
  std::string name, text;  // text: of the element itself
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<Element> children;

  std::string attribute(const std::string& wanted) const;  // "": there is none
  double number(const std::string& wanted) const;
};
Element elementOf(const std::string& xml);
// All descendants of that name, in order; "": of any.
std::vector<Element> allOf(const Element& root, const std::string& name);

}  // namespace jobset_twin::viz::test
