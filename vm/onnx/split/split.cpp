#include "vm/onnx/split.h"

#include "vm/ops/probe.h"

namespace steelyard::vm::onnx {

bool is_probeable(
    OpCode code, const std::vector<TensorType>& operands, std::span<const std::int64_t> attributes
) {
    const Operator* rule = find_operator(code, 1);
    if (rule == nullptr) {
        return false;
    }
    const Result<TensorType> type = rule->infer(operands, attributes);
    if (!type) {
        return false;
    }
    const NodeCall call{
        .op = code, .version = 1, .operands = operands, .output = *type, .attributes = attributes
    };
    return is_within_probe_limits(whole_probe(*rule, call, Grid{.rows = 1, .columns = 1}));
}

std::string probe_refusal(const PlannedNode& node) {
    std::vector<TensorType> types;
    std::string text;
    for (const Value& operand : node.operands) {
        types.push_back(operand.type);
        text += (text.empty() ? "" : ", ") + operand.type.text();
    }
    const NodeCall call{
        .op = node.code,
        .version = 1,
        .operands = types,
        .output = node.type,
        .attributes = node.attributes
    };
    const ProbeCost cost =
        whole_probe(*find_operator(node.code, 1), call, Grid{.rows = 1, .columns = 1});
    return fmt::format(
        "{}({}): the proof of one element would open {} bytes and cost {} gas, at most {} and {} "
        "may be",
        to_string(node.code),
        text,
        cost.bytes,
        cost.gas,
        probe_bytes_max,
        probe_gas_max
    );
}

std::optional<Value> split_node(Ops& ops, const PlannedNode& node) {
    switch (node.code) {
        case OpCode::reduce_sum:
        case OpCode::reduce_mean:
        case OpCode::reduce_max:
        case OpCode::reduce_min:
        case OpCode::reduce_prod:
            return split_reduction(ops, node);
        case OpCode::argmax:
        case OpCode::argmin:
            return split_choice(ops, node);
        case OpCode::cumsum:
            return split_running_sum(ops, node);
        case OpCode::softmax:
        case OpCode::log_softmax:
            return split_softmax(ops, node);
        case OpCode::layer_norm:
        case OpCode::rms_norm:
            return split_norm(ops, node);
        case OpCode::gemm_f32:
        case OpCode::gemm_i8:
            return split_product(ops, node);
        case OpCode::conv_f32:
        case OpCode::conv_i8:
            return split_convolution(ops, node);
        case OpCode::max_pool:
        case OpCode::avg_pool:
            return split_pool(ops, node);
        case OpCode::scatter_elements:
        case OpCode::scatter_nd:
            return split_scatter(ops, node);
        default:
            return std::nullopt;
    }
}

}  // namespace steelyard::vm::onnx
