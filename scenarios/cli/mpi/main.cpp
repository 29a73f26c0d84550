// main.cpp - the program jobset-twin-mpi: jobset-twin under mpirun. The first process does everything that jobset-twin
// does, but hands the runs of `whatif` to the others; these say nothing.

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <boost/mpi/environment.hpp>

#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/mpi/mpi_farm.hpp"
#include "scenarios/cli/program.hpp"

int main(int argc, char** argv) {
  using namespace jobset_twin;
  // On an exception MPI is not aborted: runProgram says what was wrong, and the others are told to end.
  const boost::mpi::environment environment(argc, argv, false);
  const boost::mpi::communicator world;
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (world.size() == 1) return cli::runProgram(arguments);
  cli::Spread spread;
  if (world.rank() == 0) {
    spread.farm = cli::mpiFarm(world);
    const int code = cli::runProgram(arguments, spread);
    cli::endMpi(world);
    return code;
  }
  std::signal(SIGINT, SIG_IGN);  // the first process decides when it is over
  std::signal(SIGTERM, SIG_IGN);
  // What there is to say, the first process says.
  if (!std::freopen("/dev/null", "w", stdout) || !std::freopen("/dev/null", "w", stderr)) return cli::kBadInput;
  bool served = false;
  spread.serve = [&](const scenarios::study::Work& work) {
    served = true;
    cli::serveMpi(world, work);
  };
  cli::runProgram(arguments, spread);
  if (!served) cli::serveMpi(world, {});
  return cli::kDone;
}
