// VmVerifier: the market's programs and proofs, judged by the VM's own rules
// (doc/spec/vm-trace.md).
#pragma once

#include "market/records/verifier.h"
#include "vm/check/checked_program.h"
#include "vm/trace/proof.h"

#include <list>
#include <map>
#include <memory>
#include <mutex>

namespace steelyard::node {

/// What it answers depends on its arguments alone; programs that were checked are remembered.
/// Thread-safe.
class VmVerifier final : public market::ProofVerifier {
public:
    /// How many programs are remembered.
    static constexpr std::size_t programs_max = 64;

    Result<market::ProgramFacts> admit(ByteView program, const market::ProofLimits& limits)
        const override;
    crypto::Hash256 program_id(ByteView program) const override;
    crypto::Hash256 output_root(std::span<const crypto::Hash256> output_ids) const override;
    crypto::Hash256 fault_root(const market::FaultPlace& fault) const override;
    Result<crypto::Hash256> inline_root(const market::ProgramSource& program, ByteView outputs)
        const override;
    Result<void> check_fault(const market::ProgramSource& program, const market::FaultPlace& fault)
        const override;
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

    /// The probes of a challenge that `size_of` left, for whoever answers it.
    static std::vector<vm::Probe> probes_of(
        const vm::CheckedProgram& program,
        const vm::RunOutcome& outcome,
        const crypto::Hash256& seed,
        std::uint32_t left
    );

private:
    using ProgramPtr = std::shared_ptr<const vm::CheckedProgram>;

    /// One that was admitted (CHECKed: its bytes pass the same rules for ever).
    ProgramPtr find(const market::ProgramSource& source) const;

    struct Remembered {
        crypto::Hash256 id{};
        ProgramPtr program{};
    };

    mutable std::mutex mutex_{};
    mutable std::list<Remembered> recent_{};  ///< the last used first
    mutable std::map<crypto::Hash256, std::list<Remembered>::iterator> places_{};
};

}  // namespace steelyard::node
