// Slashing: who pays for silence and for double signs. Rules P1 to P5 of doc/spec/staking.md.
#pragma once

#include "chain/commit_verifier.h"
#include "chain/evidence.h"
#include "ledger/staking/penalties.h"

#include <span>

namespace steelyard::slashing {

using ledger::Context;
using ledger::Outcome;
using ledger::StateView;

/// What is known of a consensus key's behaviour.
struct SigningInfo {
    chain::Height start_height{};  ///< when it was bonded last
    std::int64_t index = 0;        ///< the place of the next block in the window
    chain::Timestamp jailed_until{};
    bool tombstoned = false;
    std::int64_t missed = 0;  ///< bits set in the window

    bool operator==(const SigningInfo&) const = default;
};

/// Rule P1, phase B4. Events: slash, liveness.
Outcome<void> judge_signatures(
    Context& context, std::span<const chain::CommitParticipant> participants
);

/// Rule P2, phase B5. Event: slash.
Outcome<void> punish(Context& context, std::span<const chain::Evidence> evidence);

/// Begins, or goes on with, the record of validators that came into the active set.
Outcome<void> watch(Context& context, std::span<const staking::Member> bonded);

/// Rule P5.
Outcome<void> unjail(Context& context, const chain::Address& operator_address);

Outcome<std::optional<SigningInfo>> signing_info(
    const StateView& state, const chain::Address& consensus_address
);

/// In the order of the consensus addresses, until `visit` returns false.
Outcome<void> walk_signing_infos(
    const StateView& state,
    const std::function<Outcome<bool>(const chain::Address&, const SigningInfo&)>& visit
);

Bytes encode_signing_info(const SigningInfo& info);
Result<SigningInfo> decode_signing_info(ByteView bytes);

}  // namespace steelyard::slashing
