// ProofVerifier: what the market knows of programs and proofs. src/node binds it to the VM.
#pragma once

#include "market/records/instrument.h"
#include "market/records/job.h"

namespace steelyard::market {

/// A program by its id; `bytes` is called only where an implementation has not the program at hand.
struct ProgramSource {
    Hash256 id{};
    std::function<Bytes()> bytes{};
};

/// What of a run's outcome a claim binds.
struct Claim {
    std::span<const Hash256> inputs{};
    Hash256 output_root{};
    Hash256 trace_root{};
    std::uint64_t steps = 0;
    std::optional<FaultPlace> fault{};
};

struct ProofLimits {
    std::uint32_t probes = 0;
    std::uint64_t bytes = 0;
    std::uint64_t gas = 0;
};

/// The probes that are left of a challenge, and what their proof takes at worst. Reading the
/// program is none of a verifier's gas: the market counts it (`gas_of_reading`).
struct ChallengeSize {
    std::uint32_t probes = 0;
    std::uint64_t bytes = 0;
    std::uint64_t gas = 0;
};

enum class ProofVerdict : std::uint8_t {
    right,
    wrong,
    malformed,
};

struct Judgement {
    ProofVerdict verdict = ProofVerdict::malformed;
    std::uint64_t gas = 0;
    std::string reason{};
};

/// All functions are pure functions of their arguments, total, and bounded by them. Thread-safe.
class ProofVerifier {
public:
    virtual ~ProofVerifier() = default;

    /// What `ProgramFacts` of a program are, under the limits that are for all (`ProofLimits` of a
    /// challenge). Errors: the rule that it breaks.
    virtual Result<ProgramFacts> admit(ByteView program, const ProofLimits& limits) const = 0;

    /// The id that a program is registered under.
    virtual Hash256 program_id(ByteView program) const = 0;

    /// vm-trace.md, C6.
    virtual Hash256 output_root(std::span<const Hash256> output_ids) const = 0;
    virtual Hash256 fault_root(const FaultPlace& fault) const = 0;

    /// The output root of outputs that stand one after the other. Errors: another size than theirs.
    virtual Result<Hash256> inline_root(const ProgramSource& program, ByteView outputs) const = 0;

    /// Whether the run can have such a fault: kind, step and element are the program's.
    virtual Result<void> check_fault(const ProgramSource& program, const FaultPlace& fault)
        const = 0;

    /// ceil(price x gas of the steps before the fault / all gas) (E2).
    virtual Money price_until(const ProgramSource& program, const FaultPlace& fault, Money price)
        const = 0;

    /// K3: within the limits, as long as more than one probe is left.
    virtual ChallengeSize size_of(
        const ProgramSource& program,
        const Claim& claim,
        const Hash256& seed,
        const ProofLimits& limits
    ) const = 0;

    /// K5. Takes `challenge.gas` at most.
    virtual Judgement judge(
        const ProgramSource& program,
        const Claim& claim,
        const Hash256& seed,
        const ChallengeSize& challenge,
        ByteView proof
    ) const = 0;
};

}  // namespace steelyard::market
