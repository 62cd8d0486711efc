// How one node hands the gradient of its output on to its operands (private to vm/build).
#pragma once

#include "vm/build/ops.h"

#include <map>

namespace steelyard::vm {

/// One node on the way back.
struct Backward {
    Ops& ops;
    const Node& node;
    ValueRef output;                          ///< y
    ValueRef gradient;                        ///< d loss / d y
    std::vector<bool> wanted;                 ///< by operand: whether its gradient is asked for
    std::map<std::size_t, ValueRef> given{};  ///< by operand

    ValueRef operand(std::size_t index) const { return node.operands[index]; }
    bool wants(std::size_t index) const { return index < wanted.size() && wanted[index]; }

    /// Adds to the gradient of an operand; summed over the axes along which it was broadcast.
    void give(std::size_t index, ValueRef value);

    /// The operator, or this use of it, has no derivative.
    void refuse(std::string_view why);
};

// Each true if the operator is of its kind.
bool elementwise_backward(Backward& back);
bool movement_backward(Backward& back);
bool row_backward(Backward& back);
bool contraction_backward(Backward& back);

}  // namespace steelyard::vm
