#include "tests/support/vm/evaluate.h"

#include "base/check.h"

namespace steelyard::vm::test {

namespace {

const TestTensor& value_of(
    const std::vector<TestTensor>& inputs,
    const std::vector<TestTensor>& constants,
    const std::vector<TestTensor>& nodes,
    ValueRef value
) {
    switch (value.kind) {
        case ValueKind::input:
            return inputs[value.index];
        case ValueKind::constant:
            return constants[value.index];
        default:
            CHECK(value.kind == ValueKind::node);
            return nodes[value.index];
    }
}

}  // namespace

std::vector<TestTensor> evaluate_nodes(
    const Program& program, const std::vector<TestTensor>& inputs
) {
    CHECK(program.loops.empty() && inputs.size() == program.inputs.size());
    std::vector<TestTensor> constants;
    for (const Constant& constant : program.constants) {
        constants.push_back({.type = constant.type, .data = constant.data});
    }
    std::vector<TestTensor> nodes;
    for (const Node& node : program.nodes) {
        std::vector<TestTensor> operands;
        for (const ValueRef operand : node.operands) {
            operands.push_back(value_of(inputs, constants, nodes, operand));
        }
        nodes.push_back(run(node.op, operands, node.attributes));
    }
    return nodes;
}

std::vector<TestTensor> evaluate(const Program& program, const std::vector<TestTensor>& inputs) {
    const std::vector<TestTensor> nodes = evaluate_nodes(program, inputs);
    std::vector<TestTensor> outputs;
    for (const Output& output : program.outputs) {
        CHECK(output.value.kind == ValueKind::node);
        outputs.push_back(nodes[output.value.index]);
    }
    return outputs;
}

}  // namespace steelyard::vm::test
