#include "vm/ops/cost.h"
#include "vm/ops/index/index_value.h"
#include "vm/ops/index/operators.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/operators.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

/// Error: operands that are no tensor and its indices.
Result<void> check_operands(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 2));
    TRY(expect_attributes(attributes, 1));
    return expect_index(operands[1]);
}

Result<TensorType> infer_gather(TypeView operands, AttributeView attributes) {
    TRY(check_operands(operands, attributes));
    const TensorType& x = operands[0];
    TRY_ASSIGN(const std::size_t axis, axis_of(x, attributes[0]));
    std::vector<std::uint64_t> sizes = dimensions_of(x);
    const auto indices = operands[1].shape.dimensions();
    const auto place = sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(axis));
    sizes.insert(place, indices.begin(), indices.end());
    return make_tensor_type(x.dtype, sizes);
}

Result<TensorType> infer_gather_elements(TypeView operands, AttributeView attributes) {
    TRY(check_operands(operands, attributes));
    const TensorType& x = operands[0];
    const TensorType& indices = operands[1];
    TRY_ASSIGN(const std::size_t axis, axis_of(x, attributes[0]));
    TRY(expect_indices_within(x, indices, axis));
    return make_tensor_type(x.dtype, indices.shape.dimensions());
}

Result<TensorType> infer_gather_nd(TypeView operands, AttributeView attributes) {
    TRY(check_operands(operands, attributes));
    const TensorType& x = operands[0];
    const TensorType& indices = operands[1];
    const std::size_t least = std::min(x.shape.rank(), indices.shape.rank());
    if (least == 0 || attributes[0] < 0 || attributes[0] >= static_cast<std::int64_t>(least)) {
        return invalid("{} batch dimensions of {} by {}", attributes[0], x.text(), indices.text());
    }
    const auto batch = static_cast<std::size_t>(attributes[0]);
    const std::uint64_t tuple = indices.shape.columns();
    if (tuple == 0 || tuple > x.shape.rank() - batch) {
        return invalid("indices of {} axes into {}, {} of them batch", tuple, x.text(), batch);
    }
    for (std::size_t axis = 0; axis < batch; ++axis) {
        if (x.shape[axis] != indices.shape[axis]) {
            return invalid("batch axis {} of {} by {}", axis, x.text(), indices.text());
        }
    }
    std::vector<std::uint64_t> sizes = dimensions_of(indices);
    sizes.pop_back();
    for (std::size_t axis = batch + tuple; axis < x.shape.rank(); ++axis) {
        sizes.push_back(x.shape[axis]);
    }
    return make_tensor_type(x.dtype, sizes);
}

/// The operand's element under the output's element; nothing: its index is out of bounds.
using Find =
    std::optional<std::uint64_t> (*)(const NodeCall& call, Reader& reader, const Coordinates& at);

std::optional<std::uint64_t> find_gather(
    const NodeCall& call, Reader& reader, const Coordinates& at
) {
    const Shape& x = call.operands[0].shape;
    const Shape& indices = call.operands[1].shape;
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    Coordinates index_at{};
    std::copy_n(at.begin() + axis, indices.rank(), index_at.begin());
    const auto index = read_index(call, reader, 1, element_at(indices, index_at), x[axis]);
    Coordinates from = at;
    from[axis] = index.value_or(0);
    for (std::size_t after = axis + 1; after < x.rank(); ++after) {
        from[after] = at[after + indices.rank() - 1];
    }
    return index ? std::optional(element_at(x, from)) : std::nullopt;
}

std::optional<std::uint64_t> find_gather_elements(
    const NodeCall& call, Reader& reader, const Coordinates& at
) {
    const Shape& x = call.operands[0].shape;
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    const auto index = read_index(call, reader, 1, element_at(call.operands[1].shape, at), x[axis]);
    Coordinates from = at;
    from[axis] = index.value_or(0);
    return index ? std::optional(element_at(x, from)) : std::nullopt;
}

std::optional<std::uint64_t> find_gather_nd(
    const NodeCall& call, Reader& reader, const Coordinates& at
) {
    const TensorType& x = call.operands[0];
    const TensorType& indices = call.operands[1];
    const auto batch = static_cast<std::size_t>(call.attributes[0]);
    const std::size_t tuple = indices.shape.columns();
    const std::size_t leading = indices.shape.rank() - 1;
    Coordinates index_at = at;
    index_at[leading] = 0;
    const std::byte* read = reader.read(1, element_at(indices.shape, index_at), tuple);
    Coordinates from{};
    std::copy_n(at.begin(), batch, from.begin());
    for (std::size_t part = 0; part < tuple; ++part) {
        const std::int64_t value = load_index(indices.dtype, read + part * size_of(indices.dtype));
        const auto index = resolve_index(value, x.shape[batch + part]);
        if (!index) {
            return std::nullopt;
        }
        from[batch + part] = *index;
    }
    for (std::size_t axis = batch + tuple; axis < x.shape.rank(); ++axis) {
        from[axis] = at[leading + axis - batch - tuple];
    }
    return element_at(x.shape, from);
}

template <Find find>
std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::size_t size = size_of(call.output.dtype);
    const std::size_t rank = call.output.shape.rank();
    Coordinates at = coordinates_of_row(call.output.shape, row);
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        if (rank > 0) {
            at[rank - 1] = column;
        }
        const auto element = find(call, reader, at);
        if (!element) {
            return column;
        }
        copy_element(out, reader.read(0, *element, 1), size);
        reader.release();
        out += size;
    }
    return std::nullopt;
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    const std::uint64_t tuple = call.op == OpCode::gather_nd ? call.operands[1].shape.columns() : 1;
    return ProbeSum(call)
        .reads(0, elements)
        .reads(1, elements, tuple)
        .gas(gas_of_operations(saturating_mul(elements, tuple + 1)))
        .cost();
}

}  // namespace

constinit const Operator gather_operator{
    .code = OpCode::gather,
    .infer = infer_gather,
    .evaluate = evaluate<find_gather>,
    .gas = movement_gas,
    .probe = probe,
    .reads_part = true,
};

constinit const Operator gather_elements_operator{
    .code = OpCode::gather_elements,
    .infer = infer_gather_elements,
    .evaluate = evaluate<find_gather_elements>,
    .gas = movement_gas,
    .probe = probe,
    .reads_part = true,
};

constinit const Operator gather_nd_operator{
    .code = OpCode::gather_nd,
    .infer = infer_gather_nd,
    .evaluate = evaluate<find_gather_nd>,
    .gas = movement_gas,
    .probe = probe,
    .reads_part = true,
};

}  // namespace steelyard::vm
