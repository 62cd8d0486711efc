// The beacon transaction, the first of every block: rules R1 and R2 of doc/spec/beacon.md.
#pragma once

#include "ledger/beacon/beacon.h"

namespace steelyard::block {

using ledger::StateView;

/// Every beacon transaction has as many bytes.
inline constexpr std::size_t beacon_tx_size = 125;

/// Rule R1.
Bytes make_beacon_tx(const crypto::vrf::Proof& proof);

/// Accepts exactly what make_beacon_tx writes. The proof is not looked at.
Result<crypto::vrf::Proof> parse_beacon_tx(ByteView tx);

/// What a proposer at a height proves an output of, and under which key the proof must be.
struct BeaconTask {
    beacon::PublicKey key{};
    beacon::Value before{};
};

/// An error where no validator with a mature key has the address, and where the height does not
/// follow the state's.
Result<BeaconTask> beacon_task(
    const StateView& state, const chain::Address& proposer, chain::Height height
);

/// Rules R1 and R2 for a block whose first transaction this is: the value that it brings.
Result<beacon::Value> check_beacon(
    const StateView& state, const chain::Address& proposer, chain::Height height, ByteView tx
);

}  // namespace steelyard::block
