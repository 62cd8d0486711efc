#include "vm/ops/cost.h"
#include "vm/ops/index/fixed_point.h"
#include "vm/ops/index/index_value.h"
#include "vm/ops/index/operators.h"
#include "vm/ops/narrow_floats.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

#include <array>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_move = 2;
constexpr std::uint64_t gas_per_update = 8;

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 3));
    TRY(expect_attributes(attributes, 1));
    TRY(attribute_in_range("fraction bits", attributes[0], 1, 60));
    const TensorType& x = operands[0];
    const TensorType& indices = operands[1];
    const TensorType& updates = operands[2];
    TRY(expect_index(indices));
    if (x.dtype != DType::f32 || x.shape.rank() != 2) {
        return invalid("{} is no f32 matrix", x.text());
    }
    if (indices.shape.rank() != 1) {
        return invalid("indices {} are no vector", indices.text());
    }
    const std::array wanted{indices.shape[0], x.shape[1]};
    TRY_ASSIGN(const TensorType wanted_updates, make_tensor_type(DType::f32, wanted));
    if (updates != wanted_updates) {
        return invalid("updates {}, not {}", updates.text(), wanted_updates.text());
    }
    return x;
}

/// What the updates add to an element, and whether there is one.
struct Sum {
    std::uint64_t fixed_point = 0;  ///< modulo 2^64
    bool any = false;
};

/// Nothing: an index is out of bounds.
std::optional<Sum> sum_of_updates(
    const NodeCall& call, Reader& reader, std::uint64_t row, std::uint64_t column
) {
    const TensorType& indices = call.operands[1];
    const std::uint64_t columns = call.output.shape.columns();
    const std::uint64_t count = indices.shape[0];
    const std::size_t size = size_of(indices.dtype);
    const std::byte* read = count > 0 ? reader.read(1, 0, count) : nullptr;
    Sum sum;
    for (std::uint64_t update = 0; update < count; ++update) {
        const auto index =
            resolve_index(load_index(indices.dtype, read + update * size), call.output.shape[0]);
        if (!index) {
            return std::nullopt;
        }
        if (*index == row) {
            const auto value = load<float>(reader.read(2, update * columns + column, 1));
            const auto fraction = static_cast<int>(call.attributes[0]);
            sum.fixed_point += static_cast<std::uint64_t>(to_fixed_point(value, fraction));
            sum.any = true;
        }
    }
    return sum;
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::uint64_t width = call.output.shape.columns();
    const auto fraction = static_cast<int>(call.attributes[0]);
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        const auto sum = sum_of_updates(call, reader, row, column);
        if (!sum) {
            return column;
        }
        const std::byte* x = reader.read(0, row * width + column, 1);
        if (sum->any) {
            const auto added =
                from_fixed_point(static_cast<std::int64_t>(sum->fixed_point), fraction);
            store(out, canonical(load<float>(x) + added));
        } else {
            copy_element(out, x, sizeof(float));
        }
        reader.release();
        out += sizeof(float);
    }
    return std::nullopt;
}

std::uint64_t gas(const NodeCall& call) {
    const std::uint64_t moved = call.output.elements() + call.operands[1].elements();
    return gas_per_move * moved + gas_per_update * call.operands[2].elements();
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    const std::uint64_t updates = saturating_mul(elements, call.operands[1].elements());
    return ProbeSum(call)
        .reads(0, elements)
        .reads_all(1)
        .reads(2, updates)
        .gas(gas_of_operations(saturating_add(elements, saturating_mul(updates, 4))))
        .cost();
}

}  // namespace

constinit const Operator scatter_add_operator{
    .code = OpCode::scatter_add,
    .infer = infer,
    .evaluate = evaluate,
    .gas = gas,
    .probe = probe,
};

}  // namespace steelyard::vm
