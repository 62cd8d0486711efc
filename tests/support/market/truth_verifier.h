// TruthVerifier: programs without a VM whose runs have an outcome: a commit is right or wrong, and
// its proof shows it or not.
#pragma once

#include "market/jobs/jobs.h"
#include "tests/support/market/fake_verifier.h"

namespace steelyard::test {

/// Programs are FakeVerifier's, of at least `steps_min` steps. What a run gives follows from its
/// inputs: one in ten comes to a fault. A wrong commit is wrong in `extent` of 255 parts of its
/// trace; a probe that falls into one of these shows it.
class TruthVerifier final : public FakeVerifier {
public:
    static constexpr std::uint64_t steps_min = 4;
    static constexpr std::uint8_t extent_max = 255;  ///< every probe shows it

    using Inputs = std::span<const crypto::Hash256>;

    /// What an honest worker commits.
    static market::CommittedResult true_result(const market::ProgramFacts& facts, Inputs inputs);

    /// What a cheat commits; it passes all that is looked at without a proof.
    static market::CommittedResult wrong_result(
        const market::ProgramFacts& facts, Inputs inputs, std::uint8_t extent
    );

    /// A proof that opens what was committed, whether that is right or wrong. All others are
    /// malformed.
    static Bytes opening(const market::Claim& claim, const crypto::Hash256& seed);

    /// Whether the opening of a claim shows that it is wrong.
    static bool is_caught(
        const market::Claim& claim, const crypto::Hash256& seed, std::uint32_t probes
    );

    /// Whether a commit is one of `wrong_result`.
    static bool is_wrong(const market::Commit& commit);

    market::Judgement judge(
        const market::ProgramSource& program,
        const market::Claim& claim,
        const crypto::Hash256& seed,
        const market::ChallengeSize& challenge,
        ByteView proof
    ) const override;
};

}  // namespace steelyard::test
