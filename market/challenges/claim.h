// A job's claim with the inputs that it borrows. For .cpp files of this folder.
#pragma once

#include "market/jobs/access.h"
#include "market/records/instrument.h"

namespace steelyard::market {

struct Claimed {
    std::vector<Hash256> inputs{};
    Commit commit{};

    Claim claim() const {
        return {
            .inputs = inputs,
            .output_root = commit.output_root,
            .trace_root = commit.trace_root,
            .steps = commit.steps,
            .fault = commit.fault,
        };
    }
};

inline Outcome<Claimed> claim_of(const StateView& state, const Held& held) {
    TRY_ASSIGN(auto inputs, inputs_of(state, held.order, held.id));
    return Claimed{.inputs = std::move(inputs), .commit = *held.job.commit};
}

/// K3.
inline std::uint64_t reading_gas(const StateView& state, const Order& order) {
    return gas_of_reading(program_size(state, order.program));
}

}  // namespace steelyard::market
