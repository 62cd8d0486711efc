#include "vm/trace/probes.h"

#include "base/check.h"
#include "base/endian.h"
#include "vm/trace/draws.h"

#include <algorithm>
#include <optional>

namespace steelyard::vm {

namespace {

/// How often a probe is drawn anew whose step's output has no elements.
constexpr std::uint32_t attempts_max = 64;

/// The input that a value is in the first iteration of all loops around whoever reads it.
std::optional<std::uint32_t> first_input(const Program& program, ValueRef value) {
    while (value.kind == ValueKind::carry) {
        value = program.carries[value.index].initial;
    }
    return value.kind == ValueKind::input ? std::optional(value.index) : std::nullopt;
}

/// For each input the first step that reads it. A carry is an input in the first iteration at
/// most, so these steps are all among those of first iterations, which ascend with the nodes.
void append_first_readers(const CheckedProgram& checked, std::vector<std::uint64_t>& steps) {
    const Program& program = checked.program();
    std::vector<bool> is_read(program.inputs.size());
    std::vector<std::uint32_t> ends;  // of the loops around the node
    std::size_t next_loop = 0;
    for (std::uint32_t node = 0; node < program.nodes.size(); ++node) {
        while (!ends.empty() && ends.back() == node) {
            ends.pop_back();
        }
        for (; next_loop < program.loops.size() && program.loops[next_loop].first_node == node;
             ++next_loop) {
            ends.push_back(program.loops[next_loop].end_node);
        }
        bool is_first = false;
        for (const ValueRef operand : program.nodes[node].operands) {
            const std::optional<std::uint32_t> input = first_input(program, operand);
            if (input.has_value() && !is_read[*input]) {
                is_read[*input] = true;
                is_first = true;
            }
        }
        if (is_first) {
            steps.push_back(checked.index_of({node, Iteration(ends.size(), 0)}));
        }
    }
}

/// P2, below `steps`.
std::vector<std::uint64_t> pinned_steps(const CheckedProgram& program, std::uint64_t steps) {
    std::vector<std::uint64_t> out;
    append_first_readers(program, out);
    for (std::size_t output = 0; output < program.program().outputs.size(); ++output) {
        const Source source = program.source_of_output(output);
        CHECK(source.kind == Source::Kind::step);
        out.push_back(source.index);
    }
    std::ranges::sort(out);
    const auto repeated = std::ranges::unique(out);
    out.erase(repeated.begin(), repeated.end());
    out.erase(std::ranges::lower_bound(out, steps), out.end());
    return out;
}

/// The gas of all steps before `step`.
std::uint64_t gas_before(const CheckedProgram& program, std::uint64_t step) {
    if (step == program.step_count()) {
        return program.gas();
    }
    std::uint64_t low = 0;
    std::uint64_t high = program.gas() - 1;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (program.step_at_gas(middle) < step) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

class ProbeDrawer {
public:
    ProbeDrawer(const CheckedProgram& program, std::uint64_t steps)
        : program_(program),
          steps_(steps),
          gas_(gas_before(program, steps)),
          pinned_(pinned_steps(program, steps)) {}

    /// Nothing after too many steps without elements.
    std::optional<Probe> draw(Draws& draws) const {
        for (std::uint32_t attempt = 0; attempt < attempts_max; ++attempt) {
            const std::uint64_t step = draw_step(draws);
            const std::uint32_t node = program_.step(step).node;
            const Shape& shape = program_.type({ValueKind::node, node}).shape;
            if (shape.elements() == 0) {
                continue;
            }
            const Grid grid = program_.grid(node);
            Probe probe{.step = step, .rows = {}, .columns = {}};
            for (std::uint64_t row = 0; row < grid.rows; ++row) {
                probe.rows.push_back(draws.below(shape.rows()));
            }
            for (std::uint64_t column = 0; column < grid.columns; ++column) {
                probe.columns.push_back(draws.below(shape.columns()));
            }
            return probe;
        }
        return std::nullopt;
    }

private:
    std::uint64_t draw_step(Draws& draws) const {
        const std::uint64_t kind = draws.below(4);
        if (kind == 2) {
            return program_.step_at_gas(draws.below(gas_));
        }
        if (kind == 3 && !pinned_.empty()) {
            return pinned_[draws.below(pinned_.size())];
        }
        return draws.below(steps_);
    }

    const CheckedProgram& program_;
    std::uint64_t steps_;
    std::uint64_t gas_;
    std::vector<std::uint64_t> pinned_;
};

}  // namespace

std::vector<Probe> derive_probes(
    const CheckedProgram& program,
    const RunOutcome& outcome,
    const Hash256& seed,
    std::uint32_t count
) {
    CHECK(count <= probe_count_max && outcome.steps <= program.step_count());
    std::vector<Probe> out;
    if (outcome.steps == 0) {
        return out;
    }
    const ProbeDrawer drawer(program, outcome.steps);
    for (std::uint32_t number = 0; number < count; ++number) {
        Draws draws(seed, number);
        if (std::optional<Probe> probe = drawer.draw(draws)) {
            out.push_back(*std::move(probe));
        }
    }
    return out;
}

}  // namespace steelyard::vm
