#include "vm/ops/elementwise.h"

#include "base/check.h"
#include "vm/ops/broadcast.h"
#include "vm/ops/cost.h"

#include <algorithm>
#include <cstring>

namespace steelyard::vm {

namespace {

/// Elements that are widened, narrowed or repeated at once: all buffers stay in the L1 cache.
constexpr std::uint64_t block_elements = 256;
constexpr std::size_t element_bytes_max = 8;

bool is_narrow(DType type) {
    return type == DType::f16 || type == DType::bf16;
}

bool moves_or_casts(OpCode op) {
    return op == OpCode::cast || op == OpCode::bitcast || op == OpCode::select;
}

/// What an element costs: gas of a run, and verification gas of one element in quarters.
struct ElementCost {
    std::uint64_t gas = 2;
    std::uint64_t verification_quarters = 1;
};

ElementCost element_cost(OpCode op) {
    switch (op) {
        case OpCode::div:
        case OpCode::mod:
        case OpCode::sqrt:
        case OpCode::reciprocal:
        case OpCode::quantise:
            return {.gas = 14, .verification_quarters = 16};
        case OpCode::rsqrt:
        case OpCode::adam_update:
            return {.gas = 28, .verification_quarters = 32};
        case OpCode::exp:
        case OpCode::exp2:
        case OpCode::sin:
        case OpCode::cos:
            return {.gas = 16, .verification_quarters = 32};
        case OpCode::log:
        case OpCode::log2:
            return {.gas = 19, .verification_quarters = 32};
        case OpCode::tanh:
        case OpCode::sigmoid:
        case OpCode::silu:
            return {.gas = 32, .verification_quarters = 48};
        case OpCode::erf:
        case OpCode::gelu:
            return {.gas = 48, .verification_quarters = 64};
        case OpCode::pow:
        case OpCode::atan2:
        case OpCode::fmod:
        case OpCode::expm1:
        case OpCode::log1p:
        case OpCode::tan:
        case OpCode::asin:
        case OpCode::acos:
        case OpCode::atan:
        case OpCode::sinh:
        case OpCode::cosh:
        case OpCode::asinh:
        case OpCode::acosh:
        case OpCode::atanh:
        case OpCode::softplus:
            return {.gas = 64, .verification_quarters = 64};
        default:
            return {};
    }
}

std::optional<std::uint64_t> evaluate_with(
    const ElementwiseRow& function,
    const NodeCall& call,
    Reader& reader,
    std::uint64_t row,
    Columns columns,
    std::byte* out
) {
    if (columns.count == 0) {
        return std::nullopt;
    }
    ElementwiseRow::Operand operands[row_operands_max];
    for (std::size_t index = 0; index < call.operands.size(); ++index) {
        const OperandRow at = operand_row(call.operands[index].shape, call.output.shape, row);
        operands[index].repeated = at.repeats_column;
        operands[index].data = at.repeats_column
                                   ? reader.read(index, at.first, 1)
                                   : reader.read(index, at.first + columns.first, columns.count);
    }
    function.apply(operands, out, columns.count);
    reader.release();
    return std::nullopt;
}

}  // namespace

bool is_elementwise(OpCode op) {
    return op < OpCode::reshape;
}

ElementwiseRow::ElementwiseRow(const NodeCall& call, FindRow find)
    : operands_(call.operands.size()),
      output_size_(size_of(call.output.dtype)),
      attributes_(call.attributes.data()) {
    CHECK(is_elementwise(call.op) && operands_ > 0 && operands_ <= row_operands_max);
    for (std::size_t index = 0; index < operands_; ++index) {
        sizes_[index] = size_of(call.operands[index].dtype);
    }
    DType in = call.operands[0].dtype;
    DType out = call.output.dtype;
    if (!moves_or_casts(call.op)) {
        if (is_narrow(in)) {
            widen_ = find(OpCode::cast, in, DType::f32);
            in = DType::f32;
        }
        if (is_narrow(out)) {
            narrow_ = find(OpCode::cast, DType::f32, out);
            out = DType::f32;
        }
    }
    row_ = find(call.op, in, out);
    CHECK(row_ != nullptr);
}

void ElementwiseRow::apply(const Operand* operands, std::byte* output, std::uint64_t count) const {
    bool dense = widen_ == nullptr && narrow_ == nullptr;
    for (std::size_t index = 0; index < operands_; ++index) {
        dense = dense && (!operands[index].repeated || count == 1);
    }
    if (!dense) {
        apply_in_blocks(operands, output, count);
        return;
    }
    RowArguments row{.output = output, .count = count, .attributes = attributes_};
    for (std::size_t index = 0; index < operands_; ++index) {
        row.operands[index] = operands[index].data;
    }
    row_(row);
}

void ElementwiseRow::apply_in_blocks(
    const Operand* operands, std::byte* output, std::uint64_t count
) const {
    constexpr std::size_t buffer_bytes = block_elements * element_bytes_max;
    alignas(64) std::byte buffers[row_operands_max + 1][buffer_bytes];
    const std::uint64_t block = std::min(count, block_elements);
    // An operand is in its buffer, as f32 if it was narrow; what is repeated is there from the
    // start.
    const auto widen = [&](std::size_t index, const std::byte* from, std::uint64_t length) {
        RowArguments row{.output = buffers[index], .count = length};
        row.operands[0] = from;
        widen_(row);
    };
    for (std::size_t index = 0; index < operands_; ++index) {
        if (!operands[index].repeated) {
            continue;
        }
        std::size_t size = sizes_[index];
        if (widen_ != nullptr) {
            widen(index, operands[index].data, 1);
            size = sizeof(float);
        } else {
            std::memcpy(buffers[index], operands[index].data, size);
        }
        std::size_t filled = size;
        while (filled < block * size) {
            const std::size_t more = std::min(filled, block * size - filled);
            std::memcpy(buffers[index] + filled, buffers[index], more);
            filled += more;
        }
    }
    for (std::uint64_t first = 0; first < count; first += block) {
        const std::uint64_t length = std::min(block, count - first);
        std::byte* const to = output + first * output_size_;
        RowArguments row{
            .output = narrow_ != nullptr ? buffers[row_operands_max] : to,
            .count = length,
            .attributes = attributes_,
        };
        for (std::size_t index = 0; index < operands_; ++index) {
            const std::byte* const from = operands[index].data + first * sizes_[index];
            const bool buffered = operands[index].repeated || widen_ != nullptr;
            if (!operands[index].repeated && widen_ != nullptr) {
                widen(index, from, length);
            }
            row.operands[index] = buffered ? buffers[index] : from;
        }
        row_(row);
        if (narrow_ != nullptr) {
            RowArguments narrowing{.output = to, .count = length};
            narrowing.operands[0] = buffers[row_operands_max];
            narrow_(narrowing);
        }
    }
}

std::optional<std::uint64_t> evaluate_elementwise(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const ElementwiseRow function(call, find_reference_row);
    return evaluate_with(function, call, reader, row, columns, out);
}

std::optional<std::uint64_t> evaluate_elementwise_software_fma(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const ElementwiseRow function(call, find_software_fma_row);
    return evaluate_with(function, call, reader, row, columns, out);
}

std::uint64_t elementwise_gas(const NodeCall& call) {
    return saturating_mul(call.output.elements(), element_cost(call.op).gas);
}

ProbeCost elementwise_probe(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = saturating_mul(grid.rows, grid.columns);
    ProbeCost cost;
    for (const TensorType& operand : call.operands) {
        const std::uint64_t chunks = std::min(elements, chunk_count(operand));
        cost.chunks = saturating_add(cost.chunks, chunks);
        cost.bytes = saturating_add(cost.bytes, saturating_mul(chunks, opening_bytes(operand)));
        cost.gas = saturating_add(cost.gas, saturating_mul(chunks, opening_gas(operand)));
    }
    const std::uint64_t quarters =
        saturating_mul(elements, element_cost(call.op).verification_quarters);
    cost.gas = saturating_add(cost.gas, quarters / 4 + (quarters % 4 != 0 ? 1 : 0));
    return cost;
}

}  // namespace steelyard::vm
