// Call and the tables of lowerings: how each ONNX operator becomes nodes.
#pragma once

#include "vm/onnx/ops.h"

namespace steelyard::vm::onnx {

/// One node of the model with its operands: what a lowering works on.
class Call : public Ops {
public:
    Call(Emitter& emitter, const Node& node, std::int64_t opset)
        : Ops(emitter), node_(node), opset_(opset) {}

    std::int64_t opset() const { return opset_; }
    const Node& node() const { return node_; }

    // Operands. An absent one is an error where it is read.
    std::vector<std::optional<Value>> operands{};

    /// Whether nothing else in the model reads operand 0.
    bool is_only_reader = false;

    bool has(std::size_t index) const {
        return index < operands.size() && operands[index].has_value();
    }
    Value in(std::size_t index);
    Value in_or(std::size_t index, const Value& otherwise) {
        return has(index) ? in(index) : otherwise;
    }
    bool wants(std::size_t output) const {
        return output < node_.outputs.size() && !node_.outputs[output].empty();
    }

    // Attributes, or what ONNX says where they are absent.
    bool has_attribute(std::string_view name) const { return node_.attribute(name) != nullptr; }
    std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
    double real(std::string_view name, double otherwise) const;
    std::string_view text(std::string_view name, std::string_view otherwise) const;
    Integers integers_of(std::string_view name, const Integers& otherwise = {}) const;
    std::vector<double> reals_of(std::string_view name) const;
    Value tensor_of(std::string_view name);
    DType dtype_attribute(std::string_view name, DType otherwise);

    /// The axis attribute of a tensor of this rank.
    std::size_t axis_attribute(std::string_view name, std::int64_t otherwise, std::size_t rank) {
        return axis(integer(name, otherwise), rank);
    }
    std::vector<std::size_t> axes(const Integers& axes, std::size_t rank);

    // Elements of operands that must be known at import.
    Integers known_integers(std::size_t index);
    std::vector<double> known_numbers(std::size_t index);
    static std::optional<std::vector<double>> numbers_if_known(const Value& value);

    template <typename... Args>
    Value fail(fmt::format_string<Args...> format, Args&&... args) {
        e.fail(format, std::forward<Args>(args)...);
        return {};
    }

private:
    const Node& node_;
    std::int64_t opset_ = 0;
};

/// The outputs of a node, as many as it wants at least; errors are the emitter's.
using Lowering = Values (*)(Call& call);

/// An operator of ONNX in the opsets [since, until].
struct LoweringRow {
    std::string_view op{};
    std::int64_t since = 1;
    std::int64_t until = opset_max;
    Lowering lower = nullptr;
};

/// Null where there is none. `domain` is a plain one.
Lowering find_lowering(std::string_view domain, std::string_view op, std::int64_t opset);

// One table a family.
std::span<const LoweringRow> elementwise_lowerings();
std::span<const LoweringRow> activation_lowerings();
std::span<const LoweringRow> constant_lowerings();
std::span<const LoweringRow> shape_lowerings();
std::span<const LoweringRow> index_lowerings();
std::span<const LoweringRow> reduction_lowerings();
std::span<const LoweringRow> convolution_lowerings();
std::span<const LoweringRow> pooling_lowerings();
std::span<const LoweringRow> normalisation_lowerings();
std::span<const LoweringRow> product_lowerings();
std::span<const LoweringRow> einsum_lowerings();
std::span<const LoweringRow> recurrent_lowerings();
std::span<const LoweringRow> resize_lowerings();
std::span<const LoweringRow> quantised_lowerings();
std::span<const LoweringRow> loss_lowerings();
std::span<const LoweringRow> signal_lowerings();
std::span<const LoweringRow> sampling_lowerings();
std::span<const LoweringRow> training_lowerings();  ///< ai.onnx.preview.training
std::span<const LoweringRow> own_lowerings();       ///< function_domain (export.h)

}  // namespace steelyard::vm::onnx
