#include "vm/ops/contraction/attention.h"

#include "vm/ops/contraction/contractions.h"
#include "vm/ops/contraction/matrices.h"
#include "vm/ops/cost.h"
#include "vm/ops/elementary/exponential.h"
#include "vm/ops/elements.h"
#include "vm/ops/fma.h"
#include "vm/ops/probe.h"
#include "vm/ops/tree_sum.h"
#include "vm/ops/type_rules.h"

#include <limits>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t score_gas = 20;  // scale, mask, maximum and exp
constexpr std::uint64_t head_gas = 32;
constexpr std::uint64_t division_gas = 14;
constexpr std::uint64_t fmas_per_probe_gas = 16;
constexpr std::uint64_t exp_probe_gas = 8;
constexpr std::uint64_t division_probe_gas = 4;

constexpr float nothing_seen = -std::numeric_limits<float>::infinity();

Result<void> expect_widths(const AttentionBlock& block) {
    if (block.keys == 0 || block.keys > attention_keys_max) {
        return invalid("{} keys, not 1 to {}", block.keys, attention_keys_max);
    }
    if (block.depth > attention_width_max || block.width > attention_width_max) {
        return invalid(
            "queries of {} and values of {}, over {}", block.depth, block.width, attention_width_max
        );
    }
    return {};
}

Result<void> expect_mask(AttentionBlock& block, const TensorType& mask) {
    const TensorType one{DType::f32, {block.queries, block.keys}};
    const TensorType each{DType::f32, {block.batches, block.queries, block.keys}};
    if (mask != one && mask != each) {
        return invalid("a mask {}, not {} or {}", mask.text(), one.text(), each.text());
    }
    block.one_mask = mask == one;
    return {};
}

float read_f32(Reader& reader, std::size_t operand, std::uint64_t element) {
    return load<float>(reader.read(operand, element, 1));
}

/// The row of a weighted sum: a weight for each key, and how much of the state stays.
struct Weights {
    float weights[attention_keys_max] = {};
    float stays = 1.0F;
    float maximum = 0.0F;
    float sum = 0.0F;
};

void read_scores(
    const NodeCall& call,
    Reader& reader,
    const AttentionBlock& block,
    std::uint64_t row,
    std::span<float> scores,
    FmaMode mode
) {
    float q_buffer[attention_width_max];
    float k_buffer[attention_width_max];
    const std::uint64_t first_key = row / block.queries * block.keys;
    for (std::uint64_t t = 0; t < block.keys; ++t) {
        DotSum sum(mode);
        if (block.depth > 0) {
            const std::byte* q = reader.read(0, row * block.depth, block.depth);
            const std::byte* k = reader.read(1, (first_key + t) * block.depth, block.depth);
            sum.add(
                widened(call.operands[0].dtype, q, block.depth, q_buffer),
                widened(call.operands[1].dtype, k, block.depth, k_buffer),
                block.depth
            );
        }
        scores[t] = sum.value() * block.scale;
        if (block.mask != 0) {
            scores[t] = scores[t] + read_f32(reader, block.mask, block.mask_element(row) + t);
        }
    }
}

template <typename Fma>
Weights weigh(
    const NodeCall& call,
    Reader& reader,
    const AttentionBlock& block,
    std::uint64_t row,
    FmaMode mode
) {
    Weights out;
    const auto scores = std::span(out.weights).first(block.keys);
    read_scores(call, reader, block, row, scores, mode);
    const std::uint64_t state = row * call.output.shape.columns();
    const float before = block.state == 0 ? nothing_seen : read_f32(reader, block.state, state);
    out.maximum = before;
    for (const float score : scores) {
        out.maximum = attention_max(out.maximum, score);
    }
    const bool nothing = out.maximum == nothing_seen;
    for (float& score : scores) {
        score = nothing ? 0.0F : Exp<Fma>::of(score - out.maximum);
    }
    out.stays = nothing ? 1.0F : Exp<Fma>::of(before - out.maximum);
    const float sum = tree_sum<float>(block.keys, [&](std::uint64_t t) { return scores[t]; });
    const float sum_before = block.state == 0 ? 0.0F : read_f32(reader, block.state, state + 1);
    out.sum = Fma::fma(sum_before, out.stays, sum);
    return out;
}

template <typename Fma, FmaMode mode>
std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const auto block = AttentionBlock::make(call.operands, call.attributes).value();
    const Weights weights = weigh<Fma>(call, reader, block, row, mode);
    const std::uint64_t first_value = row / block.queries * block.keys * block.width;
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        const std::uint64_t column = columns.first + i;
        float value = column == 0 ? weights.maximum : weights.sum;
        if (column >= attention_state_head) {
            const std::uint64_t element = row * call.output.shape.columns() + column;
            value = block.state == 0 ? 0.0F : read_f32(reader, block.state, element);
            value = value * weights.stays;
            for (std::uint64_t t = 0; t < block.keys; ++t) {
                float buffer = 0.0F;
                const std::uint64_t at =
                    first_value + t * block.width + column - attention_state_head;
                const std::byte* v = reader.read(2, at, 1);
                const float factor = *widened(call.operands[2].dtype, v, 1, &buffer);
                value = Fma::fma(weights.weights[t], factor, value);
            }
        }
        store_float(DType::f32, value, out + i * sizeof value);
    }
    reader.release();
    return std::nullopt;
}

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY_ASSIGN(const AttentionBlock block, AttentionBlock::make(operands, attributes));
    const std::uint64_t columns = block.width + attention_state_head;
    return make_tensor_type(DType::f32, std::array{block.batches, block.queries, columns});
}

std::uint64_t gas(const NodeCall& call) {
    const auto block = AttentionBlock::make(call.operands, call.attributes).value();
    const std::uint64_t of_row =
        block.keys * (block.depth + block.width + score_gas) + 2 * block.width + head_gas;
    return saturating_mul(call.output.shape.rows(), of_row);
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const auto block = AttentionBlock::make(call.operands, call.attributes).value();
    ProbeSum sum(call);
    sum.reads(0, grid.rows, block.depth);
    for (const std::size_t operand : {std::size_t{1}, std::size_t{2}}) {
        const std::uint64_t chunks = chunks_of_rows(call.operands[operand], block.keys);
        sum.opens(operand, saturating_mul(grid.rows, chunks));
    }
    for (const std::size_t operand : {block.state, block.mask}) {
        if (operand != 0) {
            const std::uint64_t chunks = chunks_of_rows(call.operands[operand], 1);
            sum.opens(operand, saturating_mul(grid.rows, chunks));
        }
    }
    const std::uint64_t of_row =
        block.keys * (block.depth / fmas_per_probe_gas + 1 + exp_probe_gas) + 2 * exp_probe_gas;
    const std::uint64_t of_element = block.keys / fmas_per_probe_gas + 1;
    return sum.gas(saturating_mul(grid.rows, of_row))
        .gas(saturating_mul(elements_of(grid), of_element))
        .cost();
}

Result<TensorType> infer_finish(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    TRY(expect_attributes(attributes, 0));
    const TensorType& state = operands[0];
    if (state.dtype != DType::f32 || state.shape.rank() != 3 ||
        state.shape.columns() < attention_state_head) {
        return invalid("{} is no state f32[batches,queries,2 and more]", state.text());
    }
    return make_tensor_type(
        DType::f32,
        std::array{state.shape[0], state.shape[1], state.shape.columns() - attention_state_head}
    );
}

std::optional<std::uint64_t> evaluate_finish(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::uint64_t state = row * (call.output.shape.columns() + attention_state_head);
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        const float sum = read_f32(reader, 0, state + 1);
        const std::uint64_t element = state + attention_state_head + columns.first + i;
        const float value = sum == 0.0F ? 0.0F : read_f32(reader, 0, element) / sum;
        store_float(DType::f32, value, out + i * sizeof value);
        reader.release();
    }
    return std::nullopt;
}

std::uint64_t gas_of_finish(const NodeCall& call) {
    return gas_of_elements(call, division_gas);
}

ProbeCost probe_finish(const NodeCall& call, Grid grid) {
    const TensorType& state = call.operands[0];
    const std::uint64_t of_row =
        saturating_add(1, saturating_mul(grid.columns, chunks_of_range(state, 1)));
    return ProbeSum(call)
        .opens(0, saturating_mul(grid.rows, of_row))
        .gas(saturating_mul(elements_of(grid), division_probe_gas))
        .cost();
}

}  // namespace

Result<AttentionBlock> AttentionBlock::make(
    std::span<const TensorType> operands, std::span<const std::int64_t> attributes
) {
    TRY(expect_attributes(attributes, 2));
    TRY(attribute_in_range("scale bits", attributes[0], 0, 0xffffffff));
    TRY(attribute_in_range("state", attributes[1], 0, 1));
    const std::size_t least = attributes[1] == 0 ? 3 : 4;
    TRY(expect_operands_between(operands, least, least + 1));
    for (const TensorType& operand : operands.first(3)) {
        if (operand.shape.rank() != 3 || !widens_to_f32(operand.dtype)) {
            return invalid("{}: takes f32, f16 and bf16 of rank 3", operand.text());
        }
    }
    const Shape& q = operands[0].shape;
    const Shape& k = operands[1].shape;
    const Shape& v = operands[2].shape;
    if (k[0] != q[0] || v[0] != q[0] || k[2] != q[2] || v[1] != k[1]) {
        return invalid(
            "{}, {} and {} do not fit together",
            operands[0].text(),
            operands[1].text(),
            operands[2].text()
        );
    }
    AttentionBlock block{
        .batches = q[0],
        .queries = q[1],
        .keys = k[1],
        .depth = q[2],
        .width = v[2],
        .state = attributes[1] == 0 ? std::size_t{0} : 3,
        .mask = operands.size() > least ? least : 0,
        .scale = f32_of(static_cast<std::uint32_t>(attributes[0])),
    };
    TRY(expect_widths(block));
    const TensorType state{
        DType::f32, {block.batches, block.queries, block.width + attention_state_head}
    };
    if (block.state != 0 && operands[block.state] != state) {
        return invalid("a state {}, not {}", operands[block.state].text(), state.text());
    }
    if (block.mask != 0) {
        TRY(expect_mask(block, operands[block.mask]));
    }
    return block;
}

float attention_max(float a, float b) {
    if (a != a || b != b) {
        return f32_of(0x7fc00000);
    }
    if (a == 0.0F && b == 0.0F) {
        return a + b;  // +0 unless both are -0
    }
    return a > b ? a : b;
}

Operator attention_block_operator() {
    return {
        .code = OpCode::attention_block,
        .infer = infer,
        .evaluate = evaluate<ProcessorFma, FmaMode::processor>,
        .evaluate_software_fma = evaluate<SoftwareFma, FmaMode::software>,
        .gas = gas,
        .probe = probe,
    };
}

Operator attention_finish_operator() {
    return {
        .code = OpCode::attention_finish,
        .infer = infer_finish,
        .evaluate = evaluate_finish,
        .gas = gas_of_finish,
        .probe = probe_finish,
    };
}

}  // namespace steelyard::vm
