// Programs of the VM that are hostile in what they say: checking is total, and what passes can be
// asked about any of its steps.
#include "base/check.h"
#include "vm/check/checked_program.h"
#include "vm/program/encoding.h"

#include <algorithm>

using namespace steelyard;

namespace {

void ask_about_step(const vm::CheckedProgram& program, std::uint64_t index) {
    const vm::Step step = program.step(index);
    CHECK(program.index_of(step) == index);
    for (std::size_t operand = 0; operand < program.call(step.node).operands.size(); ++operand) {
        const vm::Source source = program.source(step, operand);
        CHECK(source.kind != vm::Source::Kind::step || source.index < index);
    }
    const vm::Place place = program.node_place(step.node);
    CHECK(place.offset + place.bytes <= program.arena_bytes());
    CHECK(program.probe_cost(step.node).bytes <= vm::probe_bytes_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto program = vm::decode_program({data, size});
    if (!program) {
        return 0;
    }
    const auto checked = vm::CheckedProgram::check(*std::move(program));
    if (!checked) {
        return 0;
    }
    const std::uint64_t steps = checked->step_count();
    const std::uint64_t stride = std::max<std::uint64_t>(1, steps / 50);
    for (std::uint64_t index = 0; index < steps; index += stride) {
        ask_about_step(*checked, index);
    }
    ask_about_step(*checked, steps - 1);
    CHECK(checked->step_at_gas(0) == 0);
    CHECK(checked->step_at_gas(checked->gas() - 1) == steps - 1);
    for (std::size_t output = 0; output < checked->program().outputs.size(); ++output) {
        CHECK(checked->source_of_output(output).kind == vm::Source::Kind::step);
    }
    return 0;
}
