// The detector: compares what the primary showed with what a witness says, and builds the evidence
// where they differ.
//
// Rules L18..L22 of doc/spec/light-client.md; as light/detector.go of CometBFT 0.38.
#pragma once

#include "consensus/light/path_verifier.h"

namespace steelyard::light {

/// What a witness says of a verified header.
struct Testimony {
    enum class Kind : std::uint8_t {
        match,        ///< it has the same
        unavailable,  ///< it does not answer, or no longer has the height
        behind,       ///< its chain has not come to the height, nor to the time, of the header
        conflict,     ///< it has another header there, or a lower one that is not older
        bad,          ///< what it sent is malformed
    };

    Kind kind = Kind::unavailable;
    std::optional<chain::LightBlock> block{};  ///< its block, if behind or in conflict
    std::string reason{};                      ///< if unavailable or bad
};

/// Asks a witness for the height of the block, and for its latest block if it does not have that.
Testimony ask_witness(Provider& witness, const chain::LightBlock& block);

/// Proof for both sides that two histories, each well signed, fork. Who lied is not known: each
/// side is shown what the other one did.
struct Attack {
    std::string primary;
    std::string witness;
    chain::LightClientAttackEvidence against_primary;
    std::optional<chain::LightClientAttackEvidence> against_witness{};

    /// For people: between whom, and where.
    std::string describe() const;
};

/// Follows the primary's trace with the blocks of the witness to where they part, and verifies
/// both sides. `conflicting` is the block of the witness's testimony. Fails if the witness cannot
/// support its claim. `fresh` has its whole limit, which each side gets for itself: what one side
/// makes us ask for takes nothing from the other.
Result<Attack> examine_conflict(
    const PathVerifier& fresh,
    const Trace& trace,
    const chain::LightBlock& conflicting,
    Provider& primary,
    Provider& witness
);

}  // namespace steelyard::light
