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

/// What approvals name: SHA-256 of the proposed bytes.
crypto::Hash256 hash_of(ByteView params);

/// By a validator of the active set, who approves it thereby. Numbers begin with 1. Event:
/// propose_params. Errors: not_active, bad_params (what decode_params refuses), too_many,
/// one_is_open.
Outcome<std::uint64_t> propose(
    Context& context, const chain::Address& operator_address, ByteView params
);

/// Event: approve_params. Errors: not_active, no_proposal, other_hash, approved_before.
Outcome<void> approve(
    Context& context, const chain::Address& operator_address, std::uint64_t id, ByteView params_hash
);

/// Phase B9: the parameters that take effect, if any do: those approved by more than 2/3 of the
/// active power; if there are several, those of the highest number. Forgets them, and those that
/// are too old. Approvals of who is not in the active set now count nothing. Events: change_params,
/// expire_params.
Outcome<std::optional<ledger::Params>> end_block(Context& context);

/// In the order of their numbers, until `visit` returns false.
Outcome<void> walk_proposals(
    const StateView& state, const std::function<Outcome<bool>(const Proposal&)>& visit
);

/// Who has approved, in the order of the validators' numbers.
Outcome<std::vector<ValidatorNumber>> approvals(const StateView& state, std::uint64_t id);

/// Proposal of doc/spec/ledger.md, but for its number.
Bytes encode_proposal(const Proposal& proposal);
Result<Proposal> decode_proposal(ByteView bytes);

}  // namespace steelyard::proposals
