// The rules by which one trusted header makes another one trusted. Pure functions.
//
// Rules L3..L8 of doc/spec/light-client.md; as light/verifier.go of CometBFT 0.38. Light blocks
// hold by their type that the commit is for the header and that the set is the one that the header
// names.
//
// The code of an error says what to do about it:
//   insufficient  too little of the trusted set signed the header: try one in between;
//   denied        the trusted header has expired: nothing can follow from it any more;
//   invalid       the header is wrong, whoever gave it is not to be asked again.
#pragma once

#include "chain/commit_verifier.h"
#include "chain/light_block.h"

namespace steelyard::light {

struct VerifyOptions {
    /// How long a header can vouch for others. Shorter than the time in which validators that left
    /// can still be punished (the unbonding period).
    std::chrono::nanoseconds trusting_period{};

    /// How far a header's time may be ahead of ours.
    std::chrono::nanoseconds max_clock_drift = std::chrono::seconds(10);

    /// The part of a trusted set that must have signed a header further on.
    chain::TrustLevel trust_level{};

    chain::SignatureVerifier signatures = chain::verify_one_by_one;
};

/// Refuses periods that are not positive and trust levels outside of 1/3..1.
Result<void> validate(const VerifyOptions& options);

/// L3: from header.time + trusting_period on.
bool is_expired(
    const chain::Header& header, std::chrono::nanoseconds trusting_period, chain::Timestamp now
);

/// Denied if the header is_expired.
Result<void> check_not_expired(
    const chain::Header& trusted, const VerifyOptions& options, chain::Timestamp now
);

/// L4: from now + max_clock_drift on.
bool is_from_the_future(
    const chain::Header& header, std::chrono::nanoseconds max_clock_drift, chain::Timestamp now
);

/// L5: the next block, whose validators the trusted header names.
Result<void> verify_adjacent(
    const chain::LightBlock& trusted,
    const chain::LightBlock& untrusted,
    const VerifyOptions& options,
    chain::Timestamp now
);

/// L6: a block further on, of which enough of the trusted validators signed.
Result<void> verify_non_adjacent(
    const chain::LightBlock& trusted,
    const chain::LightBlock& untrusted,
    const VerifyOptions& options,
    chain::Timestamp now
);

/// Whichever of the two fits the heights.
Result<void> verify(
    const chain::LightBlock& trusted,
    const chain::LightBlock& untrusted,
    const VerifyOptions& options,
    chain::Timestamp now
);

/// L8: the block before, whose hash the trusted header names. No signature and no time limit is
/// needed. Only invalid.
Result<void> verify_backwards(const chain::Header& untrusted, const chain::Header& trusted);

/// L7: more than two thirds of the block's own set signed it. Says nothing of whether the set is to
/// be trusted. Only invalid.
Result<void> verify_own_commit(
    const chain::LightBlock& block, const chain::SignatureVerifier& signatures
);

}  // namespace steelyard::light
