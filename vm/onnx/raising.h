// Raise and the tables of raisings: how each operator of the VM becomes nodes of a model.
#pragma once

#include "vm/onnx/functions.h"
#include "vm/ops/operator.h"

namespace steelyard::vm::onnx {

/// A set of element types, by their numbers.
using Types = std::uint32_t;

constexpr Types types(std::initializer_list<DType> list) {
    Types out = 0;
    for (const DType dtype : list) {
        out |= 1U << static_cast<std::uint32_t>(dtype);
    }
    return out;
}

constexpr bool has(Types set, DType dtype) {
    return (set >> static_cast<std::uint32_t>(dtype) & 1U) != 0;
}

constexpr Types real_types = types({DType::f32, DType::f64, DType::f16});
constexpr Types float_types = real_types | types({DType::bf16});
constexpr Types signed_types = types({DType::i8, DType::i16, DType::i32, DType::i64});
constexpr Types unsigned_types = types({DType::u8, DType::u16, DType::u32, DType::u64});
constexpr Types integer_types = signed_types | unsigned_types;
constexpr Types number_types = float_types | integer_types;
constexpr Types wide_types = float_types | types({DType::i32, DType::i64, DType::u32, DType::u64});

/// One node of the program on its way into the model. Its operands have names there already. The
/// first refusal sticks.
class Raise {
public:
    using Integers = std::vector<std::int64_t>;

    Raise(GraphWriter& graph, const NodeCall& node_call, Names operands, bool inlines_functions)
        : call(node_call),
          graph_(graph),
          operands_(std::move(operands)),
          inlines_functions_(inlines_functions) {}

    const NodeCall& call;

    std::size_t operand_count() const { return operands_.size(); }
    const Name& in(std::size_t index) const { return operands_[index]; }
    const TensorType& type(std::size_t index) const { return call.operands[index]; }
    DType dtype(std::size_t index) const { return call.operands[index].dtype; }
    std::size_t rank(std::size_t index) const { return call.operands[index].shape.rank(); }
    std::int64_t dimension(std::size_t index, std::size_t axis) const {
        return static_cast<std::int64_t>(call.operands[index].shape[axis]);
    }
    std::int64_t attribute(std::size_t index) const { return call.attributes[index]; }
    float real_attribute(std::size_t index) const;

    // Nodes; each gives its first output.
    Name op(std::string_view op, Names inputs, NodeAttributes attributes = {}) {
        return graph_.add(op, std::move(inputs), std::move(attributes));
    }
    Name second_output(std::string_view op, Names inputs, NodeAttributes attributes);

    /// Of own_functions(): f32, or of fma any floats.
    Name function(OpCode code, const Names& inputs);

    /// `x` of type `from` as `to`; itself if that is no other. Refuses what is too large so.
    Name cast(const Name& x, const TensorType& from, DType to);
    Name cast_in(std::size_t index, DType to) { return cast(in(index), type(index), to); }
    Name reshape(const Name& x, const Integers& dimensions);
    Name expand(const Name& x, const Integers& dimensions);
    Name transpose(const Name& x, const Integers& permutation) {
        return graph_.transpose(x, permutation);
    }

    /// [N, spatial..., C] to [N, C, spatial...], and back.
    Name channels_first(const Name& x, std::size_t rank);
    Name channels_last(const Name& x, std::size_t rank);

    // Initialisers.
    Name integers(const Integers& values);                       ///< i64, rank 1
    Name integer(DType dtype, std::int64_t value);               ///< a scalar of an integer type
    Name real(float value);                                      ///< an f32 scalar
    Name reals(DType dtype, const std::vector<double>& values);  ///< f32 or f64, rank 1

    Integers dimensions(std::size_t index) const { return dimensions_of(type(index).shape); }
    static Integers dimensions_of(const Shape& shape) {
        return {shape.dimensions().begin(), shape.dimensions().end()};
    }

    /// Elements of an operand that is a constant of the program; null otherwise.
    std::vector<const Constant*> constants{};

    template <typename... Args>
    Name refuse(fmt::format_string<Args...> format, Args&&... args) {
        set_reason(fmt::format(format, std::forward<Args>(args)...));
        return {};
    }
    const std::string& reason() const { return reason_; }

private:
    void set_reason(std::string reason) {
        if (reason_.empty()) {
            reason_ = std::move(reason);
        }
    }

    GraphWriter& graph_;
    Names operands_;
    bool inlines_functions_;
    std::string reason_{};
};

/// The value that the node is, unless it refuses.
using Raising = Name (*)(Raise& r);

struct RaisingRow {
    OpCode code = OpCode::neg;
    Raising raise = nullptr;
};

// One table a family. Together they have each operator once.
std::span<const RaisingRow> unary_raisings();
std::span<const RaisingRow> binary_raisings();
std::span<const RaisingRow> conversion_raisings();
std::span<const RaisingRow> movement_raisings();
std::span<const RaisingRow> index_raisings();
std::span<const RaisingRow> row_raisings();
std::span<const RaisingRow> product_raisings();
std::span<const RaisingRow> window_raisings();
std::span<const RaisingRow> resize_raisings();
std::span<const RaisingRow> refused_raisings();

Raising find_raising(OpCode code);

}  // namespace steelyard::vm::onnx
