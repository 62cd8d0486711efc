// ProgramView: questions about a program that is being rewritten.
#pragma once

#include "vm/program/program.h"

#include <optional>

namespace steelyard::vm::onnx {

/// How many nodes, carries and outputs read each node; dead nodes do not count.
std::vector<std::uint32_t> count_readers(const Program& program);

/// A program and its nodes' types, which must outlive it.
class ProgramView {
public:
    ProgramView(const Program& program, const std::vector<TensorType>& node_types)
        : program_(program), types_(node_types) {}

    /// Of inputs, constants and nodes; nullptr of what loops carry.
    const TensorType* type_of(ValueRef ref) const;

    /// The node that makes a value, if it has this operator; else nullptr.
    const Node* made_by(ValueRef ref, OpCode op) const;

    /// The value of an f32 constant of one element.
    std::optional<float> number(ValueRef ref) const;

    /// Whether a node, which may not be in the program yet, can be proven.
    bool is_probeable(const Node& node) const;

private:
    const Program& program_;
    const std::vector<TensorType>& types_;
};

}  // namespace steelyard::vm::onnx
