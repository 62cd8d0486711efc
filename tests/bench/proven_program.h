// ProvenProgram: a program of one step, with all that its run and its proofs need.
#pragma once

#include "vm/backend/cpu/cpu_backend.h"
#include "vm/run/prover.h"

namespace steelyard::vm {

/// a [m, k] times b [n, k].
CheckedProgram product_program(std::uint64_t m, std::uint64_t n, std::uint64_t k);

/// Of x [rows, columns].
CheckedProgram softmax_program(std::uint64_t rows, std::uint64_t columns);

/// Its inputs, all f32, are random.
class ProvenProgram {
public:
    explicit ProvenProgram(CheckedProgram program);

    const CheckedProgram& program() const { return program_; }
    std::span<const TensorView> inputs() const { return inputs_; }
    std::span<const Hash256> input_ids() const { return ids_; }
    RunOptions& options() { return options_; }

    RunResult run_once() const;
    Proof prove_once(const RunResult& result, std::span<const Probe> probes) const;

private:
    CheckedProgram program_;
    std::unique_ptr<Backend> backend_;
    RunOptions options_;
    std::vector<Bytes> data_{};
    std::vector<TensorView> inputs_{};
    std::vector<Hash256> ids_{};
};

}  // namespace steelyard::vm
