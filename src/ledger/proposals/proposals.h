// Proposals: how validators change the parameters. doc/spec/ledger.md, "Parameters".
#pragma once

#include "ledger/params/params.h"
#include "ledger/staking/end_block.h"

namespace steelyard::proposals {

using ledger::Context;
using ledger::Outcome;
using ledger::StateView;
using ledger::ValidatorNumber;

inline constexpr std::size_t open_max = 16;
inline constexpr std::int64_t lifetime_blocks = 1'000;

struct Proposal {
    std::uint64_t id = 0;
    ValidatorNumber proposer{};
    chain::Height submitted{};
    chain::Height last{};  ///< the last height at which it can take effect
    Bytes params{};        ///< as they were proposed; validated

    bool operator==(const Proposal&) const = default;
};

/// By a validator of the active set, who approves it thereby. Event: propose_params. Errors: not in
/// the active set, params that decode_params refuses, too many open, one is the validator's
/// already.
Outcome<std::uint64_t> propose(
    Context& context, const chain::Address& operator_address, ByteView params
);

/// Event: approve_params. Errors: not in the active set, no such proposal, another hash, twice.
Outcome<void> approve(
    Context& context, const chain::Address& operator_address, std::uint64_t id, ByteView params_hash
);

/// Phase B8: the parameters that take effect, if any do: those approved by more than 2/3 of the
/// active power, lowest number first. Forgets them, and those that are too old.
Outcome<std::optional<ledger::Params>> end_block(Context& context);

Outcome<void> walk_proposals(
    const StateView& state, const std::function<Outcome<bool>(const Proposal&)>& visit
);
Outcome<std::vector<ValidatorNumber>> approvals(const StateView& state, std::uint64_t id);

}  // namespace steelyard::proposals
