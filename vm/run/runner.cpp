#include "vm/run/runner.h"

#include "vm/run/machine.h"
#include "vm/trace/commitment.h"

#include <algorithm>
#include <new>

namespace steelyard::vm {

namespace {

/// Commits to each step as it ends. The ids of the results are kept, so that nothing is hashed
/// twice.
class Tracer {
public:
    Tracer(const CheckedProgram& program, const RunOptions& options)
        : program_(program), options_(options) {
        for (std::size_t output = 0; output < program.program().outputs.size(); ++output) {
            results_.push_back(
                {.step = program.source_of_output(output).index, .output = output, .id = {}}
            );
        }
        std::ranges::sort(results_, {}, &ResultTensor::step);
    }

    Result<void> reserve() {
        try {
            leaves_.reserve(options_.trace ? program_.step_count() : 0);
        } catch (const std::exception&) {
            return fail(
                ErrorCode::no_space,
                "this machine has no memory for the trace of {} steps",
                program_.step_count()
            );
        }
        return {};
    }

    Result<bool> visit(const StepRun& step) {
        if (step.fault.has_value()) {
            fault_ = step.fault;
            return false;
        }
        const auto results =
            std::ranges::equal_range(results_, step.index, {}, &ResultTensor::step);
        if (options_.trace || !results.empty()) {
            const Hash256 root =
                tensor_root(step.call.output, step.output_bytes(), options_.parallel);
            const Hash256 id = tensor_id(step.call.output, root);
            for (ResultTensor& result : results) {
                result.id = id;
            }
            if (options_.trace) {
                leaves_.push_back(step_leaf(step.index, id));
            }
        }
        done_ = step.index + 1;
        if (options_.on_step && !options_.on_step(done_)) {
            return fail(ErrorCode::denied, "stopped after {} steps", done_);
        }
        return true;
    }

    RunOutcome outcome() {
        RunOutcome out{.steps = done_, .fault = fault_};
        out.trace_root = options_.trace ? trace_root(leaves_) : Hash256{};
        if (fault_.has_value()) {
            out.output_root = fault_root(*fault_);
            return out;
        }
        std::vector<Hash256> ids(results_.size());
        for (const ResultTensor& result : results_) {
            ids[result.output] = result.id;
        }
        out.output_root = output_root(ids);
        return out;
    }

    std::vector<Hash256> take_leaves() && { return std::move(leaves_); }

private:
    struct ResultTensor {
        std::uint64_t step = 0;
        std::size_t output = 0;
        Hash256 id{};
    };

    const CheckedProgram& program_;
    const RunOptions& options_;
    std::vector<ResultTensor> results_{};  ///< ascending by step
    std::vector<Hash256> leaves_{};
    std::uint64_t done_ = 0;
    std::optional<Fault> fault_{};
};

}  // namespace

Result<RunResult> run(
    const CheckedProgram& program, std::span<const TensorView> inputs, const RunOptions& options
) {
    const std::uint64_t leaves = options.trace ? program.step_count() * sizeof(Hash256) : 0;
    TRY_ASSIGN(Machine machine, Machine::make(program, inputs, options, leaves));
    Tracer tracer(program, options);
    TRY(tracer.reserve());
    TRY(machine.run([&](const StepRun& step) { return tracer.visit(step); }));
    RunResult out;
    out.outcome = tracer.outcome();
    out.step_leaves = std::move(tracer).take_leaves();
    out.arena_bytes = machine.arena_bytes();
    if (!out.outcome.fault.has_value()) {
        TRY_ASSIGN(out.outputs, machine.take_outputs());
    }
    return out;
}

}  // namespace steelyard::vm
