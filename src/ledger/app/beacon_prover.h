// BeaconProver: the port to a validator's beacon keys. The host provides it.
#pragma once

#include "crypto/vrf.h"

namespace steelyard::ledger {

/// Thread-safe.
class BeaconProver {
public:
    virtual ~BeaconProver() = default;

    /// Proves the output of `alpha` under the key. An error says to the operator, in one line, why
    /// this node cannot, and what helps.
    virtual Result<crypto::vrf::Proof> prove(const ByteArray<33>& key, ByteView alpha) const = 0;
};

}  // namespace steelyard::ledger
