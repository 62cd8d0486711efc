// Proofs: what a run opens so that anybody can compute the probed elements anew.
#pragma once

#include "vm/trace/probes.h"

namespace steelyard::vm {

constexpr std::size_t proof_bytes_max = 16 * 1024 * 1024;

/// One tensor that a proof looks into.
struct OpenedTensor {
    Source source{};                      ///< an input or a step; constants are the program's
    Hash256 root{};                       ///< C2
    std::vector<std::uint64_t> chunks{};  ///< ascending
    Bytes data{};                         ///< 1,024 bytes a chunk
    std::vector<Hash256> siblings{};

    bool operator==(const OpenedTensor&) const = default;
};

/// Everything that the probes of one challenge open, each chunk once. Sorted by source: inputs,
/// then steps. A step without chunks is one whose id alone is needed (a result tensor).
struct Proof {
    std::vector<OpenedTensor> tensors{};
    std::vector<Hash256> trace_siblings{};

    bool operator==(const Proof&) const = default;
};

/// The order in which the tensors of a proof stand: inputs, then steps.
bool precedes(const Source& a, const Source& b);

/// Whether the tensors are inputs and steps in their order, with ascending chunks of 1,024 bytes:
/// what decode_proof gives always is.
bool is_canonical(const Proof& proof);

/// The canonical bytes (PR1), and how many they are (CHECKed: is_canonical).
Bytes encode_proof(const Proof& proof);
std::size_t encoded_size(const Proof& proof);

/// Takes nothing but the canonical bytes, allocates no more than they pay for and says at which
/// offset what is wrong.
Result<Proof> decode_proof(ByteView bytes);

/// What a proof shows.
enum class Verdict : std::uint8_t {
    right,      ///< every probed element is as its rule says
    wrong,      ///< well formed, bound to the outcome, and an element differs: fraud
    malformed,  ///< it proves nothing: not what was asked for, or not bound to the outcome
};

struct Verification {
    Verdict verdict = Verdict::malformed;
    std::string reason{};   ///< the first element that differs, or what is malformed
    std::uint64_t gas = 0;  ///< what was done until then
};

/// What a verifier knows: the program, the ids of the inputs, the claim.
struct Claim {
    const CheckedProgram* program = nullptr;
    std::span<const Hash256> input_ids{};
    RunOutcome outcome{};
};

/// What of a probe's cost is computing, not opening (doc/spec/vm-trace.md, PR5).
std::uint64_t evaluation_gas(const ProbeCost& cost);

/// Judges a proof of `probes` (those of the challenge, all or some). Total; memory and time are
/// bounded by the proof's size and the probes' costs, never by what the program computes. What
/// would take more than `gas_max` is malformed, and is not begun.
Verification verify_proof(
    const Claim& claim, std::span<const Probe> probes, const Proof& proof, std::uint64_t gas_max
);

}  // namespace steelyard::vm
