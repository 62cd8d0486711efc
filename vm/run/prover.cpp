#include "vm/run/prover.h"

#include "base/check.h"
#include "vm/ops/cost.h"
#include "vm/run/recorder.h"
#include "vm/trace/commitment.h"

#include <algorithm>
#include <array>
#include <set>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t tree_bytes_per_chunk = 2 * sizeof(Hash256);

/// Runs the program again and opens what is asked for as it comes by.
class Prover {
public:
    Prover(
        const CheckedProgram& program,
        const RunResult& result,
        std::span<const Probe> probes,
        const RunOptions& options
    )
        : program_(program),
          result_(result),
          options_(options),
          recorder_(program, result, options) {
        for (const Probe& probe : probes) {
            CHECK(probe.step < result.outcome.steps);
            probes_.push_back(&probe);
        }
        std::ranges::sort(probes_, {}, &Probe::step);
    }

    /// The steps that must run again.
    std::uint64_t steps() const {
        if (result_.outcome.fault.has_value()) {
            return result_.outcome.fault->step + 1;
        }
        return probes_.empty() ? 0 : probes_.back()->step + 1;
    }

    Result<bool> visit(const StepRun& step) {
        if (step.fault.has_value()) {
            return open_fault(step);
        }
        if (result_.outcome.fault.has_value() && result_.outcome.fault->step == step.index) {
            return fail(ErrorCode::corrupt, "step {} had a fault in the first run", step.index);
        }
        for (; next_ < probes_.size() && probes_[next_]->step == step.index; ++next_) {
            TRY(open_probe(step, *probes_[next_]));
        }
        if (options_.on_step && !options_.on_step(step.index + 1)) {
            return fail(ErrorCode::denied, "stopped after {} steps", step.index + 1);
        }
        return step.index + 1 < steps();
    }

    const Recorder& recorder() const { return recorder_; }

private:
    Result<void> open_probe(const StepRun& step, const Probe& probe) {
        const TensorType& type = step.call.output;
        RecordingReader reader(step);
        std::set<std::uint64_t> chunks;
        for (const std::uint64_t row : probe.rows) {
            for (const std::uint64_t column : probe.columns) {
                CHECK(row < type.shape.rows() && column < type.shape.columns());
                evaluate(step, reader, row, column);
                chunks.insert(place_of(type, row * type.shape.columns() + column).chunk);
            }
        }
        TRY(recorder_.open_operands(step, reader));
        return recorder_.open_output(step, chunks);
    }

    Result<bool> open_fault(const StepRun& step) {
        if (step.fault != result_.outcome.fault) {
            return fail(
                ErrorCode::corrupt,
                "step {} has a fault that the first run has not",
                step.fault->step
            );
        }
        RecordingReader reader(step);
        const std::uint64_t columns = step.call.output.shape.columns();
        evaluate(step, reader, step.fault->element / columns, step.fault->element % columns);
        TRY(recorder_.open_operands(step, reader));
        return false;
    }

    void evaluate(
        const StepRun& step, RecordingReader& reader, std::uint64_t row, std::uint64_t column
    ) const {
        alignas(8) std::array<std::byte, 8> computed{};
        static_cast<void>(
            program_.op(step.node).evaluate(step.call, reader, row, {column, 1}, computed.data())
        );
    }

    const CheckedProgram& program_;
    const RunResult& result_;
    const RunOptions& options_;
    Recorder recorder_;
    std::vector<const Probe*> probes_{};  ///< ascending by step
    std::size_t next_ = 0;
};

/// What proving takes besides a machine: the first run's leaves and outputs, and of each tensor
/// that may be opened a tree.
std::uint64_t bytes_besides(
    const CheckedProgram& program, const RunResult& result, std::span<const Probe> probes
) {
    std::uint64_t bytes = result.step_leaves.size() * sizeof(Hash256);
    for (const Tensor& output : result.outputs) {
        bytes += output.data.size();
    }
    std::set<std::pair<Source::Kind, std::uint64_t>> opened;
    const auto open = [&](const Source& source, const TensorType& type) {
        if (opened.emplace(source.kind, source.index).second) {
            bytes += tree_bytes_per_chunk * chunk_count(type);
        }
    };
    const auto open_step = [&](std::uint64_t index) {
        const Step step = program.step(index);
        const NodeCall call = program.call(step.node);
        open({Source::Kind::step, index}, call.output);
        for (std::size_t operand = 0; operand < call.operands.size(); ++operand) {
            open(program.source(step, operand), call.operands[operand]);
        }
    };
    for (const Probe& probe : probes) {
        open_step(probe.step);
    }
    if (result.outcome.fault.has_value()) {
        open_step(result.outcome.fault->step);
    }
    return bytes;
}

}  // namespace

Result<Proof> prove(
    const CheckedProgram& program,
    std::span<const TensorView> inputs,
    const RunResult& result,
    std::span<const Probe> probes,
    const RunOptions& options
) {
    if (result.step_leaves.size() != result.outcome.steps) {
        return invalid(
            "a trace of {} steps, the run had {}", result.step_leaves.size(), result.outcome.steps
        );
    }
    Prover prover(program, result, probes, options);
    if (prover.steps() > 0) {
        TRY_ASSIGN(
            Machine machine,
            Machine::make(program, inputs, options, bytes_besides(program, result, probes))
        );
        TRY(machine.run([&](const StepRun& step) { return prover.visit(step); }));
    }
    TRY_ASSIGN(Proof proof, prover.recorder().proof());
    // A machine that computes wrongly must not sign for it.
    const std::vector<Hash256> ids = prover.recorder().input_ids();
    const Claim claim{.program = &program, .input_ids = ids, .outcome = result.outcome};
    const Verification verification = verify_proof(claim, probes, proof, ~std::uint64_t{0});
    if (verification.verdict != Verdict::right) {
        return fail(ErrorCode::corrupt, "this machine computes wrongly: {}", verification.reason);
    }
    return proof;
}

}  // namespace steelyard::vm
