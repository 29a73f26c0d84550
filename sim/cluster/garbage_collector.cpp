#include "sim/cluster/garbage_collector.hpp"
