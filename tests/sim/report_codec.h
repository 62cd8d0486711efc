// The bytes in which a report goes from one process to another, on one machine.
#pragma once

#include "tests/sim/simulation.h"

namespace steelyard::sim {

Bytes encode_report(const Report& report);

/// Invalid where bytes are missing, as where the process died that wrote them.
Result<Report> decode_report(ByteView bytes);

}  // namespace steelyard::sim
