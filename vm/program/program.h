// Program: a static graph of operators over tensors, with loops of constant trip count.
#pragma once

#include "base/bytes.h"
#include "vm/program/op_code.h"
#include "vm/program/tensor_type.h"

#include <cstdint>
#include <string>
#include <vector>

namespace steelyard::vm {

constexpr std::uint32_t node_count_max = 1U << 20;
constexpr std::uint64_t step_count_max = std::uint64_t{1} << 32;
constexpr std::uint32_t input_count_max = 1U << 16;  ///< of a program
constexpr std::uint32_t output_count_max = 256;      ///< of a program
constexpr std::uint32_t constant_count_max = 1U << 16;
constexpr std::uint32_t operand_count_max = 64;        ///< of a node
constexpr std::uint32_t operand_total_max = 1U << 22;  ///< of a program
constexpr std::uint32_t attribute_count_max = 64;      ///< of a node
constexpr std::uint32_t loop_count_max = 1U << 12;     ///< of a program
constexpr std::uint32_t loop_depth_max = 4;
constexpr std::uint32_t trip_count_max = (1U << 31) - 1;
constexpr std::uint32_t carry_count_max = 1U << 12;    ///< of a loop
constexpr std::uint32_t carry_total_max = 1U << 20;    ///< of a program
constexpr std::size_t name_bytes_max = 64;             ///< of an input's or output's name
constexpr std::size_t constant_bytes_max = 64 * 1024;  ///< of one constant
constexpr std::size_t program_bytes_max = 64 * 1024 * 1024;
constexpr std::size_t program_bytes_max_on_chain = 256 * 1024;
constexpr std::uint32_t node_count_max_on_chain = 1U << 14;

/// What a value of the program is: what `index` of a ValueRef counts.
enum class ValueKind : std::uint8_t {
    input = 0,     ///< Program::inputs[index]
    constant = 1,  ///< Program::constants[index]
    node = 2,      ///< the output of Program::nodes[index]
    carry = 3,     ///< Program::carries[index], as an iteration of its loop finds it
    result = 4,    ///< Program::carries[index], as the last iteration of its loop left it
    counter = 5,   ///< the number of the iteration of Program::loops[index], from 0: an i64 scalar
};

/// A value: which tensor a node reads.
struct ValueRef {
    ValueKind kind = ValueKind::input;
    std::uint32_t index = 0;

    bool operator==(const ValueRef&) const = default;
    auto operator<=>(const ValueRef&) const = default;
};

/// A tensor that whoever runs the program brings: data, weights.
struct Input {
    std::string name{};
    TensorType type{};

    bool operator==(const Input&) const = default;
};

/// A tensor inside the program. `data` is dense, row after row, with no padding.
struct Constant {
    TensorType type{};
    Bytes data{};

    bool operator==(const Constant&) const = default;
};

/// The bits of +infinity: a float output with this bound may hold anything.
constexpr std::uint32_t unbounded_bits = 0x7f800000;

/// 65,536.0F, the bound that importers and the builder declare where nobody says otherwise.
constexpr std::uint32_t default_bound_bits = 0x47800000;

/// One application of an operator. Its output's type follows from operands and attributes.
struct Node {
    OpCode op = OpCode::neg;
    std::uint16_t version = 1;
    std::vector<ValueRef> operands{};

    /// What they mean is the operator's (doc/spec/vm-operators.md). Floats are the bits of an f32.
    std::vector<std::int64_t> attributes{};

    /// The bits of a positive f32 B: an element x of the output without |x| <= B ends the run as a
    /// fault. Of an output that is no float: `unbounded_bits`.
    std::uint32_t bound_bits = unbounded_bits;

    bool operator==(const Node&) const = default;
};

/// A tensor that a loop hands from one iteration to the next.
struct Carry {
    std::uint32_t loop = 0;
    ValueRef initial{};  ///< a value before the loop
    ValueRef next{
    };  ///< a node of the loop's body, or the result of a loop inside it; of the same type

    bool operator==(const Carry&) const = default;
};

/// Nodes [first_node, end_node) run `trip_count` times. Loops are nested or apart.
struct Loop {
    std::uint32_t first_node = 0;
    std::uint32_t end_node = 0;
    std::uint32_t trip_count = 1;

    bool operator==(const Loop&) const = default;
};

struct Output {
    std::string name{};
    ValueRef value{};  ///< a node outside all loops, or the result of a loop outside all others

    bool operator==(const Output&) const = default;
};

/// A program as it is written down: nothing is said of its being right (vm/check says that).
/// Nodes stand in the order in which they run; an operand comes before whoever reads it. Loops are
/// sorted by first node, outer ones first; carries by loop.
struct Program {
    std::vector<Input> inputs{};
    std::vector<Constant> constants{};
    std::vector<Node> nodes{};
    std::vector<Loop> loops{};
    std::vector<Carry> carries{};
    std::vector<Output> outputs{};

    bool operator==(const Program&) const = default;
};

}  // namespace steelyard::vm
