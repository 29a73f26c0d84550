#include "sim/cluster/volumes/claims.hpp"
