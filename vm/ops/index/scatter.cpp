#include "vm/ops/index/scatter.h"

#include "vm/ops/cost.h"
#include "vm/ops/index/index_value.h"
#include "vm/ops/index/operators.h"
#include "vm/ops/indexing.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_move = 2;
constexpr std::uint64_t gas_per_update = 4;

// Types

/// Error: operands that are no x, indices and updates of x's type; no mode for that type.
Result<void> check(TypeView operands, AttributeView attributes, std::size_t attribute_count) {
    TRY(expect_operands(operands, 3));
    TRY(expect_attributes(attributes, attribute_count));
    TRY(expect_index(operands[1]));
    TRY(expect_same_dtype(operands[0], operands[2]));
    const std::int64_t mode = attributes[attribute_count - 1];
    TRY(attribute_in_range("mode", mode, 0, 4));
    if (mode != 0 && operands[0].dtype == DType::boolean) {
        return invalid("mode {} of bool", mode);
    }
    return {};
}

Result<TensorType> infer_elements(TypeView operands, AttributeView attributes) {
    TRY(check(operands, attributes, 2));
    const TensorType& indices = operands[1];
    TRY_ASSIGN(const std::size_t axis, axis_of(operands[0], attributes[0]));
    TRY(expect_indices_within(operands[0], indices, axis));
    if (operands[2].shape != indices.shape) {
        return invalid("updates {} by indices {}", operands[2].text(), indices.text());
    }
    return operands[0];
}

Result<TensorType> infer_nd(TypeView operands, AttributeView attributes) {
    TRY(check(operands, attributes, 1));
    const Shape& x = operands[0].shape;
    const Shape& indices = operands[1].shape;
    if (indices.rank() == 0 || indices.columns() == 0 || indices.columns() > x.rank()) {
        return invalid("indices {} into {}", operands[1].text(), operands[0].text());
    }
    std::vector<std::uint64_t> sizes = dimensions_of(operands[1]);
    sizes.pop_back();
    for (std::size_t axis = indices.columns(); axis < x.rank(); ++axis) {
        sizes.push_back(x[axis]);
    }
    TRY_ASSIGN(const TensorType updates, make_tensor_type(operands[0].dtype, sizes));
    if (updates != operands[2]) {
        return invalid("updates {}, not {}", operands[2].text(), updates.text());
    }
    return operands[0];
}

// Elements

/// Whether all indices of the line are within bounds.
template <typename Number>
bool take_line(
    const NodeCall& call, Reader& reader, const Coordinates& at, Target<Number>& target
) {
    const Shape& x = call.operands[0].shape;
    const Shape& indices = call.operands[1].shape;
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    for (std::size_t other = 0; other < x.rank(); ++other) {
        if (other != axis && at[other] >= indices[other]) {
            return true;
        }
    }
    Coordinates from = at;
    for (from[axis] = 0; from[axis] < indices[axis]; ++from[axis]) {
        const std::uint64_t element = element_at(indices, from);
        const auto index = read_index(call, reader, 1, element, x[axis]);
        if (!index) {
            return false;
        }
        if (*index == at[axis]) {
            target.take(reader.read(2, element, 1));
        }
    }
    return true;
}

/// Whether the tuple names these coordinates; nothing: an index is out of bounds.
std::optional<bool> names(
    const TensorType& indices, const std::byte* tuple, const Shape& x, const Coordinates& at
) {
    bool same = true;
    for (std::size_t axis = 0; axis < indices.shape.columns(); ++axis) {
        const auto index = resolve_index(
            load_index(indices.dtype, tuple + axis * size_of(indices.dtype)), x[axis]
        );
        if (!index) {
            return std::nullopt;
        }
        same = same && *index == at[axis];
    }
    return same;
}

/// Whether all indices are within bounds.
template <typename Number>
bool take_tuples(
    const NodeCall& call, Reader& reader, const Coordinates& at, Target<Number>& target
) {
    const TupleShape shape = tuple_shape(call);
    const std::uint64_t within = element_at(call.operands[0].shape, at) % shape.slice;
    for (std::uint64_t tuple = 0; tuple < shape.tuples; ++tuple) {
        const std::byte* read = reader.read(1, tuple * shape.axes, shape.axes);
        const auto named = names(call.operands[1], read, call.operands[0].shape, at);
        if (!named) {
            return false;
        }
        if (*named) {
            target.take(reader.read(2, tuple * shape.slice + within, 1));
        }
    }
    return true;
}

template <typename Number>
std::optional<std::uint64_t> evaluate_as(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const Shape& shape = call.output.shape;
    const auto mode = static_cast<ScatterMode>(call.attributes.back());
    Coordinates at = coordinates_of_row(shape, row);
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        at[shape.rank() - 1] = column;
        Target<Number> target(mode, reader.read(0, row * shape.columns() + column, 1));
        const bool good = call.op == OpCode::scatter_nd ? take_tuples(call, reader, at, target)
                                                        : take_line(call, reader, at, target);
        if (!good) {
            return column;
        }
        target.write(out);
        reader.release();
        out += Number::size;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    return with_number(call.output.dtype, [&](auto number) {
        return evaluate_as<decltype(number)>(call, reader, row, columns, out);
    });
}

// Cost

std::uint64_t gas(const NodeCall& call) {
    const std::uint64_t moved = call.output.elements() + call.operands[1].elements();
    return gas_per_move * moved + gas_per_update * call.operands[2].elements();
}

ProbeCost probe_elements(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    const Shape& indices = call.operands[1].shape;
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    const bool along_rows = axis + 1 == indices.rank();
    const std::uint64_t reads = along_rows ? elements : saturating_mul(elements, indices[axis]);
    const std::uint64_t count = along_rows ? indices[axis] : 1;
    return ProbeSum(call)
        .reads(0, elements)
        .reads(1, reads, count)
        .reads(2, reads, count)
        .gas(gas_of_operations(saturating_mul(elements, 1 + 2 * indices[axis])))
        .cost();
}

ProbeCost probe_nd(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    const TupleShape shape = tuple_shape(call);
    return ProbeSum(call)
        .reads(0, elements)
        .reads_all(1)
        .reads(2, saturating_mul(elements, shape.tuples))
        .gas(gas_of_operations(saturating_mul(elements, 1 + shape.tuples * (shape.axes + 1))))
        .cost();
}

}  // namespace

TupleShape tuple_shape(const NodeCall& call) {
    const Shape& x = call.operands[0].shape;
    TupleShape shape{
        .tuples = call.operands[1].shape.rows(), .axes = call.operands[1].shape.columns()
    };
    for (std::size_t axis = shape.axes; axis < x.rank(); ++axis) {
        shape.slice *= x[axis];
    }
    return shape;
}

constinit const Operator scatter_elements_operator{
    .code = OpCode::scatter_elements,
    .infer = infer_elements,
    .evaluate = evaluate,
    .gas = gas,
    .probe = probe_elements,
};

constinit const Operator scatter_nd_operator{
    .code = OpCode::scatter_nd,
    .infer = infer_nd,
    .evaluate = evaluate,
    .gas = gas,
    .probe = probe_nd,
};

}  // namespace steelyard::vm
