#include "tests/unit/vm/check/unrolled.h"

namespace steelyard::vm::test {

namespace {

class Unroller {
public:
    Unroller(const Program& program, const Events& events)
        : program_(program),
          events_(events),
          nodes_(program.nodes.size()),
          carries_(program.carries.size()),
          counters_(program.loops.size()) {}

    std::vector<Source> run() {
        run_range(0, static_cast<std::uint32_t>(program_.nodes.size()), 0);
        std::vector<Source> outputs;
        for (const Output& output : program_.outputs) {
            outputs.push_back(value(output.value));
        }
        return outputs;
    }

private:
    /// The latest that a value was; the result of a carry is what it was last.
    Source value(ValueRef ref) const {
        switch (ref.kind) {
            case ValueKind::input:
                return {.kind = Source::Kind::input, .index = ref.index};
            case ValueKind::constant:
                return {.kind = Source::Kind::constant, .index = ref.index};
            case ValueKind::node:
                return {.kind = Source::Kind::step, .index = nodes_[ref.index]};
            case ValueKind::carry:
            case ValueKind::result:
                return carries_[ref.index];
            case ValueKind::counter:
                return {.kind = Source::Kind::counter, .index = counters_[ref.index]};
        }
        return {};
    }

    /// Nodes [first, end), whose loops from number `loop` on are not begun yet.
    void run_range(std::uint32_t first, std::uint32_t end, std::uint32_t loop) {
        for (std::uint32_t node = first; node < end;) {
            while (loop < program_.loops.size() && program_.loops[loop].first_node < node) {
                ++loop;
            }
            if (loop < program_.loops.size() && program_.loops[loop].first_node == node) {
                run_loop(loop);
                node = program_.loops[loop].end_node;
                continue;
            }
            std::vector<Source> operands;
            for (const ValueRef operand : program_.nodes[node].operands) {
                operands.push_back(value(operand));
            }
            nodes_[node] = steps_++;
            events_.on_step({.node = node, .iteration = iteration_}, operands);
            ++node;
        }
    }

    void run_loop(std::uint32_t loop) {
        const Loop& it = program_.loops[loop];
        const auto copy = [&](bool is_first) {
            std::vector<std::pair<std::uint32_t, Source>> values;
            for (std::uint32_t carry = 0; carry < carries_.size(); ++carry) {
                const Carry& entry = program_.carries[carry];
                if (entry.loop == loop) {
                    const ValueRef from = is_first ? entry.initial : entry.next;
                    values.emplace_back(carry, value(from));
                    events_.on_copy(carry, from, values.back().second);
                }
            }
            for (const auto& [carry, source] : values) {
                carries_[carry] = source;
            }
        };
        copy(true);
        for (std::uint32_t trip = 0; trip < it.trip_count; ++trip) {
            counters_[loop] = trip;
            iteration_.push_back(trip);
            run_range(it.first_node, it.end_node, loop + 1);
            iteration_.pop_back();
            copy(false);
        }
    }

    const Program& program_;
    const Events& events_;
    std::vector<std::uint64_t> nodes_;
    std::vector<Source> carries_;
    std::vector<std::uint64_t> counters_;
    Iteration iteration_{};
    std::uint64_t steps_ = 0;
};

}  // namespace

std::vector<Source> unroll(const Program& program, const Events& events) {
    return Unroller(program, events).run();
}

}  // namespace steelyard::vm::test
