// mpi_farm.hpp - runs spread over the processes of an MPI job: the first hands them out and has the results, each of
// the others runs one at a time. What comes out is the same as with processes on one machine.
#pragma once

#include <boost/mpi/communicator.hpp>

#include "scenarios/study/farm.hpp"

namespace jobset_twin::cli {

// For rank 0 of two or more. The others must be in serveMpi, or come to it.
scenarios::study::Farm mpiFarm(const boost::mpi::communicator& world);
// For the other ranks: runs what they are handed, until endMpi. A `work` that is empty only waits for the end.
void serveMpi(const boost::mpi::communicator& world, const scenarios::study::Work& work);
// Rank 0 tells the others that there is nothing more to do. Once.
void endMpi(const boost::mpi::communicator& world);

}  // namespace jobset_twin::cli
