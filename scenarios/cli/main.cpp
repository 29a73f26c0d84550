// main.cpp - the program jobset-twin.

#include <algorithm>

#include "scenarios/cli/program.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  return jobset_twin::cli::runProgram(arguments);
}
