// Machine: a program with its memory, that runs step by step.
#pragma once

#include "vm/run/arena.h"
#include "vm/run/runner.h"

#include <vector>

namespace steelyard::vm {

/// A step that was just run: its operands and its output are in memory until the next one.
struct StepRun {
    std::uint64_t index = 0;
    std::uint32_t node = 0;
    NodeCall call{};
    std::span<const std::byte* const> operands{};
    const std::byte* output = nullptr;
    std::optional<Fault> fault{};  ///< then it is the last, and what `output` holds is nobody's

    ByteView output_bytes() const {
        return {reinterpret_cast<const std::uint8_t*>(output), call.output.bytes()};
    }
};

/// Whether to go on with the next step. An error ends the run.
using StepVisitor = std::function<Result<bool>(const StepRun& step)>;

class Machine {
public:
    /// Takes the memory; the caller takes `besides` bytes more, which count. Errors: inputs that
    /// are not the program's, memory that there is not. The program, the inputs' data and the
    /// options must outlive the machine.
    static Result<Machine> make(
        const CheckedProgram& program,
        std::span<const TensorView> inputs,
        const RunOptions& options,
        std::uint64_t besides
    );

    /// Runs from the first step until the last, a fault, or the visitor's wish.
    Result<void> run(const StepVisitor& visitor);

    std::uint64_t arena_bytes() const { return arena_.size(); }

    /// The outputs of a program that ran to its end. They leave the arena: once only.
    Result<std::vector<Tensor>> take_outputs();

private:
    /// Counters are tensors: dense, aligned to 64 bytes.
    struct alignas(64) Counter {
        std::int64_t value = 0;
    };

    /// Nodes [first, end), and the first loop that is not around them.
    struct Body {
        std::uint32_t first = 0;
        std::uint32_t end = 0;
        std::size_t loop = 0;
    };

    Machine(const CheckedProgram& program, const RunOptions& options)
        : program_(&program), options_(&options) {}

    Result<void> hold_inputs(std::span<const TensorView> inputs);
    Result<bool> run_body(const Body& body, const StepVisitor& visitor);
    Result<bool> run_loop(std::size_t loop, const StepVisitor& visitor);
    Result<bool> run_step(std::uint32_t node, const StepVisitor& visitor);
    void copy_carries(std::size_t loop, bool initial);
    const std::byte* address(ValueRef value);

    const CheckedProgram* program_;
    const RunOptions* options_;
    Arena held_{};  ///< constants, and inputs whose own memory is not aligned
    Arena arena_{};
    std::vector<const std::byte*> inputs_{};
    std::vector<const std::byte*> constants_{};
    std::vector<Counter> counters_{};           ///< of each loop
    std::vector<std::uint32_t> first_carry_{};  ///< of each loop, and the end of the last
    std::vector<const std::byte*> operands_{};  ///< of the step that runs
    std::uint64_t next_step_ = 0;
};

}  // namespace steelyard::vm
