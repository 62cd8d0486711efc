// Judge: the steps of verify_proof, in their order (doc/spec/vm-trace.md, PR3 and PR5).
#pragma once

#include "vm/trace/opened_reader.h"
#include "vm/trace/proof.h"

namespace steelyard::vm {

/// Judges one proof. An error is a malformed proof; a difference between what is opened and what
/// the rules say is noted, and counts only if nothing is malformed.
class Judge {
public:
    Judge(
        const Claim& claim, std::span<const Probe> probes, const Proof& proof, std::uint64_t gas_max
    );

    Result<void> judge();

    std::uint64_t gas() const { return gas_; }

    /// The first difference: empty if there is none.
    const std::string& difference() const { return difference_; }

private:
    // Before any work.
    Result<void> check_claim() const;
    Result<void> check_probes() const;
    Result<void> check_size() const;
    Result<void> check_tensors();
    Result<void> charge_hashing();

    // Binding what is opened to the claim.
    Result<void> check_roots() const;
    Result<void> check_padding() const;
    Result<void> check_trace();
    Result<void> check_result();

    // The rules.
    Result<void> judge_probe(const Probe& probe);
    Result<void> judge_fault(const Fault& fault);
    void check_bounds(std::size_t index);
    Result<void> check_use() const;

    Result<void> charge(std::uint64_t gas);
    const TensorType& type_of(const Source& source) const;
    TensorUse* find(const Source& source);
    OpenedReader reader_of(const Step& step);
    void note(std::string difference);

    const CheckedProgram& program_;
    const Claim& claim_;
    std::span<const Probe> probes_;
    const Proof& proof_;
    std::uint64_t gas_max_;
    std::uint64_t gas_ = 0;
    std::string difference_{};
    std::vector<TensorUse> uses_{};  ///< of each of the proof's tensors
    std::vector<const TensorType*> types_{};
    std::vector<Hash256> ids_{};
    std::vector<bool> is_result_{};         ///< whether it is one of the run's outputs
    std::vector<std::int64_t> counters_{};  ///< that the operands of one step are
};

}  // namespace steelyard::vm
