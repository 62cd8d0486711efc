// SigningInfo: what is known of the behaviour of consensus keys.
#pragma once

#include "chain/timestamp.h"
#include "ledger/state/context.h"
#include "ledger/state/key.h"

namespace steelyard::slashing {

using ledger::Context;
using ledger::Outcome;
using ledger::StateView;

/// It stays when its validator is gone.
struct SigningInfo {
    chain::Height start_height{};     ///< when it was bonded last
    std::int64_t index = 0;           ///< the place of the next block in the window
    chain::Timestamp jailed_until{};  ///< 1970 where it never was jailed by slashing
    bool tombstoned = false;
    std::int64_t missed = 0;  ///< bits set in the window
    std::int64_t window = 0;  ///< blocks that index and bits are for

    bool operator==(const SigningInfo&) const = default;
};

/// Nothing: the key was never in the active set.
Outcome<std::optional<SigningInfo>> signing_info(
    const StateView& state, const chain::Address& consensus_address
);

Outcome<void> put_signing_info(
    StateView& state, const chain::Address& consensus_address, const SigningInfo& info
);

/// In the order of the consensus addresses, until `visit` returns false.
Outcome<void> walk_signing_infos(
    const StateView& state,
    const std::function<Outcome<bool>(const chain::Address&, const SigningInfo&)>& visit
);

// What queries need to go through the records page by page.
ledger::Key signing_infos_prefix();
chain::Address address_in(ByteView signing_info_key);

Bytes encode_signing_info(const SigningInfo& info);
Result<SigningInfo> decode_signing_info(ByteView bytes);

}  // namespace steelyard::slashing
