// RunOutcome: what a run says it did: the public claim that probes put to the test.
#pragma once

#include "crypto/hash.h"

#include <cstdint>
#include <optional>

namespace steelyard::vm {

using crypto::Hash256;

/// Why a run ended before its last step.
struct Fault {
    enum class Kind : std::uint8_t {
        out_of_bound = 1,  ///< NaN, infinity or more than the bound of the step's output
        bad_index = 2,     ///< an index operand points outside of what it indexes
    };

    Kind kind = Kind::out_of_bound;
    std::uint64_t step = 0;
    std::uint64_t element = 0;  ///< of the step's output, the first such in row-major order

    bool operator==(const Fault&) const = default;
};

/// Of a run that came to its end `trace_root` is over all steps. Of one with a fault it is over
/// the steps before the fault's, and `output_root` is the hash of the fault (C6).
struct RunOutcome {
    Hash256 output_root{};
    Hash256 trace_root{};
    std::uint64_t steps = 0;  ///< that the trace is over
    std::optional<Fault> fault{};

    bool operator==(const RunOutcome&) const = default;
};

/// C6: what stands in place of the output root after a fault.
Hash256 fault_root(const Fault& fault);

}  // namespace steelyard::vm
