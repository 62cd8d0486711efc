// BeaconProver: the port to a validator's beacon key. The host provides it.
#pragma once

#include "crypto/vrf.h"

namespace steelyard::ledger {

/// Thread-safe.
class BeaconProver {
public:
    virtual ~BeaconProver() = default;

    virtual ByteArray<33> public_key() const = 0;
    virtual crypto::vrf::Proof prove(ByteView alpha) const = 0;
};

}  // namespace steelyard::ledger
