// The oracles, one function each that makes it.
#pragma once

#include "tests/sim/oracle.h"

namespace steelyard::sim {

/// All correct nodes have the same block and the same results at each height, at the time and, in
/// their stores, at the end.
std::unique_ptr<Oracle> make_agreement();

/// After the faults have ended every correct node moves on by as many heights as the options say.
std::unique_ptr<Oracle> make_progress();

/// What a correct node holds in memory stays within its limits.
std::unique_ptr<Oracle> make_bounded_memory();

/// No correct node reports a correct one.
std::unique_ptr<Oracle> make_fair_reports();

}  // namespace steelyard::sim
