#include "base/checked.h"
#include "vm/ops/cost.h"
#include "vm/ops/elements.h"
#include "vm/ops/families.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/operators.h"
#include "vm/ops/movement/walk.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

#include <array>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_move = 2;

// Types

Result<TensorType> infer_reshape(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    TRY_ASSIGN(const auto sizes, sizes_of_attributes(attributes));
    TRY_ASSIGN(const TensorType output, make_tensor_type(operands[0].dtype, sizes));
    if (output.elements() != operands[0].elements()) {
        return invalid("{} does not reshape to {}", operands[0].text(), output.text());
    }
    return output;
}

Result<TensorType> infer_transpose(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    const TensorType& x = operands[0];
    TRY(expect_attributes(attributes, x.shape.rank()));
    std::array<bool, rank_max> seen{};
    std::vector<std::uint64_t> sizes;
    for (const std::int64_t attribute : attributes) {
        TRY_ASSIGN(const std::size_t axis, axis_of(x, attribute));
        if (seen[axis]) {
            return invalid("axis {} of {} twice", axis, x.text());
        }
        seen[axis] = true;
        sizes.push_back(x.shape[axis]);
    }
    return make_tensor_type(x.dtype, sizes);
}

/// Start, step and size of a slice along an axis of `dimension` elements.
Result<std::uint64_t> sliced_size(std::uint64_t dimension, AttributeView attributes) {
    const auto end = static_cast<std::int64_t>(dimension);
    const std::int64_t start = attributes[0];
    const std::int64_t step = attributes[1];
    TRY_ASSIGN(const std::uint64_t size, size_of_attribute(attributes[2]));
    if (step == 0) {
        return invalid("a step of 0");
    }
    if (start < 0 || start > end) {
        return invalid("a slice from {} of {} elements", start, dimension);
    }
    const auto last =
        static_cast<Int128>(start) + static_cast<Int128>(step) * (static_cast<Int128>(size) - 1);
    if (size > 0 && (start == end || last < 0 || last >= end)) {
        return invalid(
            "a slice of {} elements from {} in steps of {} leaves the {} there are",
            size,
            start,
            step,
            dimension
        );
    }
    return size;
}

Result<TensorType> infer_slice(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    const TensorType& x = operands[0];
    TRY(expect_attributes(attributes, 3 * x.shape.rank()));
    std::vector<std::uint64_t> sizes;
    for (std::size_t axis = 0; axis < x.shape.rank(); ++axis) {
        TRY_ASSIGN(
            const std::uint64_t size, sliced_size(x.shape[axis], attributes.subspan(3 * axis, 3))
        );
        sizes.push_back(size);
    }
    return make_tensor_type(x.dtype, sizes);
}

Result<TensorType> infer_broadcast(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    const TensorType& x = operands[0];
    TRY_ASSIGN(const auto sizes, sizes_of_attributes(attributes));
    TRY_ASSIGN(const TensorType output, make_tensor_type(x.dtype, sizes));
    bool fits = sizes.size() >= x.shape.rank();
    for (std::size_t axis = 0; fits && axis < x.shape.rank(); ++axis) {
        const std::uint64_t size = x.shape[axis];
        fits = size == 1 || size == sizes[sizes.size() - x.shape.rank() + axis];
    }
    if (!fits) {
        return invalid("{} does not broadcast to {}", x.text(), output.text());
    }
    return output;
}

Result<TensorType> infer_iota(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 0));
    if (attributes.size() < 3) {
        return invalid("takes a type, an axis and sizes, not {} attributes", attributes.size());
    }
    TRY_ASSIGN(const DType dtype, dtype_of_attribute(attributes[0]));
    if (dtype != DType::i32 && dtype != DType::i64 && dtype != DType::f32) {
        return invalid("counts in i32, i64 or f32, not in {}", to_string(dtype));
    }
    TRY_ASSIGN(const auto sizes, sizes_of_attributes(attributes.subspan(2)));
    TRY_ASSIGN(const TensorType output, make_tensor_type(dtype, sizes));
    TRY(axis_of(output, attributes[1]));
    return output;
}

// Elements

std::optional<std::uint64_t> evaluate_walk(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const Walk walk = walk_of(call);
    const std::size_t rank = call.output.shape.rank();
    const std::size_t size = size_of(call.output.dtype);
    const Coordinates at = coordinates_of_row(call.output.shape, row);
    std::int64_t first = walk.first;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        first += static_cast<std::int64_t>(at[axis]) * walk.steps[axis];
    }
    const std::int64_t step = rank == 0 ? 0 : walk.steps[rank - 1];
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        const std::int64_t from = first + static_cast<std::int64_t>(column) * step;
        copy_element(out, reader.read(0, static_cast<std::uint64_t>(from), 1), size);
        reader.release();
        out += size;
    }
    return std::nullopt;
}

void store_index(DType dtype, std::uint64_t index, std::byte* out) {
    switch (dtype) {
        case DType::i32:
            return store(out, static_cast<std::int32_t>(index));
        case DType::i64:
            return store(out, static_cast<std::int64_t>(index));
        default:
            return store(out, static_cast<float>(index));
    }
}

std::optional<std::uint64_t> evaluate_iota(
    const NodeCall& call, Reader&, std::uint64_t row, Columns columns, std::byte* out
) {
    const Shape& shape = call.output.shape;
    const auto axis = static_cast<std::size_t>(call.attributes[1]);
    const std::uint64_t index = coordinates_of_row(shape, row)[axis];
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        store_index(call.output.dtype, axis + 1 == shape.rank() ? column : index, out);
        out += size_of(call.output.dtype);
    }
    return std::nullopt;
}

// Cost

ProbeCost probe_walk(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    return ProbeSum(call).reads(0, elements).gas(gas_of_operations(elements)).cost();
}

ProbeCost probe_iota(const NodeCall& call, Grid grid) {
    return ProbeSum(call).gas(gas_of_operations(elements_of(grid))).cost();
}

constexpr Operator walking(OpCode code, decltype(Operator::infer) infer) {
    return {
        .code = code,
        .infer = infer,
        .evaluate = evaluate_walk,
        .gas = movement_gas,
        .probe = probe_walk,
        .reads_part = true,
    };
}

}  // namespace

std::uint64_t movement_gas(const NodeCall& call) {
    return saturating_mul(gas_per_move, call.output.elements());
}

std::span<const Operator> movement_operators() {
    static const std::array operators{
        walking(OpCode::reshape, infer_reshape),
        walking(OpCode::transpose, infer_transpose),
        walking(OpCode::slice, infer_slice),
        concat_operator,
        pad_operator,
        walking(OpCode::broadcast, infer_broadcast),
        Operator{
            .code = OpCode::iota,
            .infer = infer_iota,
            .evaluate = evaluate_iota,
            .gas = movement_gas,
            .probe = probe_iota,
        },
        resize_operator,
        im2col_operator,
    };
    return operators;
}

}  // namespace steelyard::vm
