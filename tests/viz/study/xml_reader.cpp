#include "tests/viz/study/xml_reader.hpp"

#include <sstream>
#include <stdexcept>

#include <boost/property_tree/xml_parser.hpp>

namespace jobset_twin::viz::test {
namespace {

using Tree = boost::property_tree::ptree;

Element converted(const std::string& name, const Tree& tree) {
  Element element;
  element.name = name;
  element.text = tree.data();
  for (const auto& [key, child] : tree) {
    if (key == "<xmlattr>") {
      for (const auto& [attribute, value] : child) element.attributes.emplace_back(attribute, value.data());
    } else {
      element.children.push_back(converted(key, child));
    }
  }
  return element;
}

void collect(const Element& root, const std::string& name, std::vector<Element>& found) {
  for (const Element& child : root.children) {
    if (name.empty() || child.name == name) found.push_back(child);
    collect(child, name, found);
  }
}

}  // namespace

std::string Element::attribute(const std::string& wanted) const {
  for (const auto& [key, value] : attributes)
    if (key == wanted) return value;
  return {};
}

double Element::number(const std::string& wanted) const { return std::stod(attribute(wanted)); }

Element elementOf(const std::string& xml) {
  std::istringstream in(xml);
  Tree tree;
  boost::property_tree::read_xml(in, tree);
  if (tree.size() != 1) throw std::runtime_error("not one root element");
  return converted(tree.front().first, tree.front().second);
}

std::vector<Element> allOf(const Element& root, const std::string& name) {
  std::vector<Element> found;
  collect(root, name, found);
  return found;
}

}  // namespace jobset_twin::viz::test
