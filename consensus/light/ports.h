// What the light client asks of the outside: providers of light blocks.
#pragma once

#include "chain/evidence.h"

namespace steelyard::light {

/// A full node that a light client follows or checks others against. Nothing that it says is
/// trusted. Calls block; a provider bounds its waiting itself.
class Provider {
public:
    virtual ~Provider() = default;

    /// For people: where it is reached.
    virtual std::string name() const = 0;

    /// The block of a height, or the latest where none is given. Errors: not_found if the node does
    /// not have the block yet, or no longer; io if it does not answer. A node may go on after these
    /// two; any other error means that it sent something malformed, and costs it its place.
    virtual Result<chain::LightBlock> light_block(std::optional<chain::Height> height) = 0;

    /// Hands over a proof of misbehaviour, for the node to bring on the chain. After an error, of
    /// whatever kind, it is handed over again later.
    virtual Result<void> report_evidence(const chain::LightClientAttackEvidence& evidence) = 0;
};

}  // namespace steelyard::light
