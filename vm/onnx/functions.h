// Functions of the exporter's own domain: what ONNX 17 can say, but has no operator for.
#pragma once

#include "vm/onnx/graph_writer.h"
#include "vm/program/op_code.h"

#include <functional>
#include <optional>
#include <span>

namespace steelyard::vm::onnx {

/// Operators that ONNX 17 has not got but can be said in it are functions of this domain, which
/// come with the model: a reader that does not know them takes their bodies. An import takes them
/// by name, so that a program comes back with the same bits.
constexpr std::string_view function_domain = "steelyard.vm";

/// A function of f32 tensors (fma: of any floats) with one output and no attributes.
struct OwnFunction {
    std::string_view name{};
    OpCode op = OpCode::neg;  ///< what an import makes of it
    std::size_t operands = 1;

    /// Adds a node of ONNX's domain to the body and gives its output.
    using Add = std::function<Name(std::string_view op, Names inputs, NodeAttributes attributes)>;

    /// Writes the body and gives what is its result.
    Name (*body)(const Add& add, std::span<const Name> operands) = nullptr;
};

std::span<const OwnFunction> own_functions();

/// Null where there is none.
const OwnFunction* find_own_function(OpCode op);
const OwnFunction* find_own_function(std::string_view name);

/// A FunctionProto.
Bytes encode(const OwnFunction& function, std::string_view domain, std::int64_t opset);

}  // namespace steelyard::vm::onnx
