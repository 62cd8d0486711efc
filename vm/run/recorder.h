// Recorder: collects what a proof opens while a program runs again.
#pragma once

#include "vm/ops/reader.h"
#include "vm/run/machine.h"
#include "vm/trace/hash_tree.h"
#include "vm/trace/proof.h"

#include <map>
#include <set>

namespace steelyard::vm {

/// Reads a step's operands in memory and notes the chunks that a verifier must be shown.
class RecordingReader final : public Reader {
public:
    explicit RecordingReader(const StepRun& step)
        : step_(step), chunks_(step.call.operands.size()) {}

    const std::byte* read(std::size_t operand, std::uint64_t first, std::uint64_t count) override;

    const std::set<std::uint64_t>& chunks(std::size_t operand) const { return chunks_[operand]; }

private:
    const StepRun& step_;
    std::vector<std::set<std::uint64_t>> chunks_;
};

/// The opened tensors of one proof: their opened chunks, and the hashes of all their chunks.
class Recorder {
public:
    Recorder(const CheckedProgram& program, const RunResult& result, const RunOptions& options)
        : program_(program), result_(result), options_(options) {}

    /// Opens what the rule reads for some elements of the step that was just run. Errors: a tensor
    /// that is not the one of the first run (corrupt).
    Result<void> open_operands(const StepRun& step, const RecordingReader& reader);

    /// Opens chunks of the step's own output.
    Result<void> open_output(const StepRun& step, const std::set<std::uint64_t>& chunks);

    /// The proof: with the results, that are bound to the outcome and perhaps not opened.
    Result<Proof> proof() const;

    /// The ids of the opened inputs; zeros for the others.
    std::vector<Hash256> input_ids() const;

private:
    struct BySource {
        bool operator()(const Source& a, const Source& b) const { return precedes(a, b); }
    };

    struct Record {
        TensorType type{};
        HashTree tree;
        std::map<std::uint64_t, Bytes> chunks{};
    };

    Result<void> open(
        const Source& source, const TensorView& tensor, const std::set<std::uint64_t>& chunks
    );
    Result<void> check_step(const Source& source, const TensorType& type, const Hash256& root)
        const;

    const CheckedProgram& program_;
    const RunResult& result_;
    const RunOptions& options_;
    std::map<Source, Record, BySource> records_{};
};

}  // namespace steelyard::vm
