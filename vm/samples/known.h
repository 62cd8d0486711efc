// Known answers: programs with the roots that every backend of every machine must come to.
#pragma once

#include "vm/samples/typical.h"
#include "vm/trace/outcome.h"

namespace steelyard::vm {

struct KnownAnswer {
    Subject subject;
    Hash256 output_root{};
    Hash256 trace_root{};
};

/// One of each family of operators; each takes the slowest backend less than a second.
Result<std::vector<KnownAnswer>> known_answers();

}  // namespace steelyard::vm
