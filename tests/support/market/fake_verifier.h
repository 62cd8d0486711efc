// FakeVerifier: programs and proofs without a VM, for tests of the market.
#pragma once

#include "market/records/verifier.h"

namespace steelyard::test {

/// A program is the text of its facts; see `make_program`. A proof is "right", "wrong" or anything
/// else, then the seed that it answers: one for another seed is malformed.
class FakeVerifier : public market::ProofVerifier {
public:
    static Bytes make_program(const market::ProgramFacts& facts, std::string_view name = "");
    static Bytes make_proof(market::ProofVerdict verdict, const crypto::Hash256& seed);

    Result<market::ProgramFacts> admit(ByteView program, const market::ProofLimits& limits)
        const override;
    crypto::Hash256 program_id(ByteView program) const override;
    crypto::Hash256 output_root(std::span<const crypto::Hash256> output_ids) const override;
    crypto::Hash256 fault_root(const market::FaultPlace& fault) const override;
    Result<crypto::Hash256> inline_root(const market::ProgramSource& program, ByteView outputs)
        const override;
    Result<void> check_fault(const market::ProgramSource& program, const market::FaultPlace& fault)
        const override;

    /// In proportion to the steps.
    market::Money price_until(
        const market::ProgramSource& program, const market::FaultPlace& fault, market::Money price
    ) const override;
    market::ChallengeSize size_of(
        const market::ProgramSource& program,
        const market::Claim& claim,
        const crypto::Hash256& seed,
        const market::ProofLimits& limits
    ) const override;
    market::Judgement judge(
        const market::ProgramSource& program,
        const market::Claim& claim,
        const crypto::Hash256& seed,
        const market::ChallengeSize& challenge,
        ByteView proof
    ) const override;
};

}  // namespace steelyard::test
