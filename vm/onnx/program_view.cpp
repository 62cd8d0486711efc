#include "vm/onnx/program_view.h"

#include "vm/onnx/probeable.h"

#include <algorithm>
#include <cstring>

namespace steelyard::vm::onnx {

std::vector<std::uint32_t> count_readers(const Program& program) {
    std::vector<std::uint32_t> readers(program.nodes.size());
    const auto count = [&](ValueRef ref) {
        if (ref.kind == ValueKind::node) {
            ++readers[ref.index];
        }
    };
    for (const Output& output : program.outputs) {
        count(output.value);
    }
    for (const Carry& carry : program.carries) {
        count(carry.initial);
        count(carry.next);
    }
    for (std::size_t index = program.nodes.size(); index > 0; --index) {
        if (readers[index - 1] > 0) {
            std::ranges::for_each(program.nodes[index - 1].operands, count);
        }
    }
    return readers;
}

const TensorType* ProgramView::type_of(ValueRef ref) const {
    switch (ref.kind) {
        case ValueKind::input:
            return &program_.inputs[ref.index].type;
        case ValueKind::constant:
            return &program_.constants[ref.index].type;
        case ValueKind::node:
            return &types_[ref.index];
        default:
            return nullptr;
    }
}

const Node* ProgramView::made_by(ValueRef ref, OpCode op) const {
    if (ref.kind != ValueKind::node || program_.nodes[ref.index].op != op) {
        return nullptr;
    }
    return &program_.nodes[ref.index];
}

std::optional<float> ProgramView::number(ValueRef ref) const {
    const TensorType* type = type_of(ref);
    if (ref.kind != ValueKind::constant || type->dtype != DType::f32 ||
        type->shape.elements() != 1) {
        return std::nullopt;
    }
    float value = 0;
    std::memcpy(&value, program_.constants[ref.index].data.data(), sizeof value);
    return value;
}

bool ProgramView::is_probeable(const Node& node) const {
    std::vector<TensorType> operands;
    for (const ValueRef operand : node.operands) {
        const TensorType* type = type_of(operand);
        if (type == nullptr) {
            return false;
        }
        operands.push_back(*type);
    }
    return onnx::is_probeable(node.op, operands, node.attributes);
}

}  // namespace steelyard::vm::onnx
