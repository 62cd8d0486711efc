#include "vm/onnx/dead_code.h"

namespace steelyard::vm::onnx {

namespace {

/// Which values an output depends on.
struct Live {
    std::vector<bool> inputs{};
    std::vector<bool> constants{};
    std::vector<bool> nodes{};
    std::vector<bool> carries{};
    std::vector<bool> loops{};
};

void mark_loops(const Program& program, Live& live) {
    for (std::size_t index = 0; index < program.loops.size(); ++index) {
        const Loop& loop = program.loops[index];
        for (std::uint32_t node = loop.first_node; node < loop.end_node; ++node) {
            if (live.nodes[node]) {
                live.loops[index] = true;
                break;
            }
        }
    }
}

void visit(const Program& program, ValueRef ref, Live& live, std::vector<ValueRef>& open) {
    switch (ref.kind) {
        case ValueKind::input:
            live.inputs[ref.index] = true;
            break;
        case ValueKind::constant:
            live.constants[ref.index] = true;
            break;
        case ValueKind::node:
            if (!live.nodes[ref.index]) {
                live.nodes[ref.index] = true;
                const auto& operands = program.nodes[ref.index].operands;
                open.insert(open.end(), operands.begin(), operands.end());
            }
            break;
        case ValueKind::carry:
        case ValueKind::result:
            if (!live.carries[ref.index]) {
                live.carries[ref.index] = true;
                open.push_back(program.carries[ref.index].initial);
                open.push_back(program.carries[ref.index].next);
            }
            break;
        case ValueKind::counter:
            break;
    }
}

Live find_live(const Program& program) {
    Live live{
        .inputs = std::vector<bool>(program.inputs.size()),
        .constants = std::vector<bool>(program.constants.size()),
        .nodes = std::vector<bool>(program.nodes.size()),
        .carries = std::vector<bool>(program.carries.size()),
        .loops = std::vector<bool>(program.loops.size()),
    };
    std::vector<ValueRef> open;
    for (const Output& output : program.outputs) {
        open.push_back(output.value);
    }
    while (!open.empty()) {
        const ValueRef ref = open.back();
        open.pop_back();
        visit(program, ref, live, open);
    }
    mark_loops(program, live);
    return live;
}

/// The new number of each element that stays; how many stay before each position, and at the end.
std::vector<std::uint32_t> renumbered(const std::vector<bool>& stays) {
    std::vector<std::uint32_t> out;
    std::uint32_t next = 0;
    for (const bool stay : stays) {
        out.push_back(next);
        next += stay ? 1 : 0;
    }
    out.push_back(next);
    return out;
}

template <typename T>
void keep(std::vector<T>& elements, const std::vector<bool>& stays) {
    std::size_t to = 0;
    for (std::size_t from = 0; from < elements.size(); ++from) {
        if (stays[from]) {
            if (to != from) {
                elements[to] = std::move(elements[from]);
            }
            ++to;
        }
    }
    elements.resize(to);
}

struct Numbers {
    std::vector<std::uint32_t> inputs{};
    std::vector<std::uint32_t> constants{};
    std::vector<std::uint32_t> nodes{};
    std::vector<std::uint32_t> carries{};
    std::vector<std::uint32_t> loops{};
};

void renumber(ValueRef& ref, const Numbers& numbers) {
    switch (ref.kind) {
        case ValueKind::input:
            ref.index = numbers.inputs[ref.index];
            break;
        case ValueKind::constant:
            ref.index = numbers.constants[ref.index];
            break;
        case ValueKind::node:
            ref.index = numbers.nodes[ref.index];
            break;
        case ValueKind::carry:
        case ValueKind::result:
            ref.index = numbers.carries[ref.index];
            break;
        case ValueKind::counter:
            ref.index = numbers.loops[ref.index];
            break;
    }
}

}  // namespace

std::vector<std::uint32_t> remove_dead_code(Program& program, const std::vector<bool>& may_go) {
    Live live = find_live(program);
    std::vector<std::uint32_t> kept;
    for (std::uint32_t index = 0; index < program.inputs.size(); ++index) {
        live.inputs[index] = live.inputs[index] || !may_go[index];
        if (live.inputs[index]) {
            kept.push_back(index);
        }
    }
    const Numbers numbers{
        .inputs = renumbered(live.inputs),
        .constants = renumbered(live.constants),
        .nodes = renumbered(live.nodes),
        .carries = renumbered(live.carries),
        .loops = renumbered(live.loops),
    };
    keep(program.inputs, live.inputs);
    keep(program.constants, live.constants);
    keep(program.nodes, live.nodes);
    keep(program.carries, live.carries);
    keep(program.loops, live.loops);
    for (Node& node : program.nodes) {
        for (ValueRef& operand : node.operands) {
            renumber(operand, numbers);
        }
    }
    for (Carry& carry : program.carries) {
        carry.loop = numbers.loops[carry.loop];
        renumber(carry.initial, numbers);
        renumber(carry.next, numbers);
    }
    for (Loop& loop : program.loops) {
        loop.first_node = numbers.nodes[loop.first_node];
        loop.end_node = numbers.nodes[loop.end_node];
    }
    for (Output& output : program.outputs) {
        renumber(output.value, numbers);
    }
    return kept;
}

}  // namespace steelyard::vm::onnx
