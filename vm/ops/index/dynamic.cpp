#include "vm/ops/elements.h"
#include "vm/ops/index/operators.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/operators.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

#include <fmt/ranges.h>

namespace steelyard::vm {

namespace {

/// Error: no i64 vector of one start for each axis.
Result<void> check_starts(const TensorType& x, const TensorType& starts) {
    if (starts.dtype != DType::i64 || starts.shape.rank() != 1 ||
        starts.shape[0] != x.shape.rank()) {
        return invalid("starts {} of {}, not i64[{}]", starts.text(), x.text(), x.shape.rank());
    }
    return {};
}

/// Error: a part of another rank, or larger than the whole.
Result<void> check_part(const TensorType& x, std::span<const std::uint64_t> part) {
    bool fits = part.size() == x.shape.rank();
    for (std::size_t axis = 0; fits && axis < part.size(); ++axis) {
        fits = part[axis] <= x.shape[axis];
    }
    if (!fits) {
        return invalid("a part of {} elements by axis of {}", fmt::join(part, ","), x.text());
    }
    return {};
}

Result<TensorType> infer_slice(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 2));
    TRY(check_starts(operands[0], operands[1]));
    TRY_ASSIGN(const auto sizes, sizes_of_attributes(attributes));
    TRY(check_part(operands[0], sizes));
    return make_tensor_type(operands[0].dtype, sizes);
}

Result<TensorType> infer_update(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 3));
    TRY(expect_attributes(attributes, 0));
    TRY(expect_same_dtype(operands[0], operands[1]));
    TRY(check_starts(operands[0], operands[2]));
    TRY(check_part(operands[0], operands[1].shape.dimensions()));
    return operands[0];
}

/// The starts in operand `operand` of a part within x; nothing: one is out of bounds.
std::optional<Coordinates> read_starts(
    const NodeCall& call, Reader& reader, std::size_t operand, const Shape& part
) {
    const Shape& x = call.operands[0].shape;
    Coordinates starts{};
    if (x.rank() == 0) {
        return starts;
    }
    const std::byte* read = reader.read(operand, 0, x.rank());
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
        const auto start = load<std::int64_t>(read + axis * sizeof(std::int64_t));
        if (start < 0 || static_cast<std::uint64_t>(start) > x[axis] - part[axis]) {
            return std::nullopt;
        }
        starts[axis] = static_cast<std::uint64_t>(start);
    }
    return starts;
}

std::optional<std::uint64_t> evaluate_slice(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const Shape& shape = call.output.shape;
    const std::size_t size = size_of(call.output.dtype);
    const Coordinates at = coordinates_of_row(shape, row);
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        auto from = read_starts(call, reader, 1, shape);
        if (!from) {
            return column;
        }
        for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
            (*from)[axis] += axis + 1 == shape.rank() ? column : at[axis];
        }
        copy_element(out, reader.read(0, element_at(call.operands[0].shape, *from), 1), size);
        reader.release();
        out += size;
    }
    return std::nullopt;
}

/// The update's element at the output's; nothing: the update does not reach there.
std::optional<std::uint64_t> updated_from(
    const Shape& update, const Coordinates& starts, const Coordinates& at
) {
    Coordinates from{};
    for (std::size_t axis = 0; axis < update.rank(); ++axis) {
        if (at[axis] < starts[axis] || at[axis] - starts[axis] >= update[axis]) {
            return std::nullopt;
        }
        from[axis] = at[axis] - starts[axis];
    }
    return element_at(update, from);
}

std::optional<std::uint64_t> evaluate_update(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const Shape& shape = call.output.shape;
    const Shape& update = call.operands[1].shape;
    const std::size_t size = size_of(call.output.dtype);
    Coordinates at = coordinates_of_row(shape, row);
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        if (shape.rank() > 0) {
            at[shape.rank() - 1] = column;
        }
        const auto starts = read_starts(call, reader, 2, update);
        if (!starts) {
            return column;
        }
        const auto from = updated_from(update, *starts, at);
        const std::byte* element =
            from ? reader.read(1, *from, 1) : reader.read(0, element_at(shape, at), 1);
        copy_element(out, element, size);
        reader.release();
        out += size;
    }
    return std::nullopt;
}

std::uint64_t gas_of_probe(const NodeCall& call, std::uint64_t elements) {
    return gas_of_operations(elements * (call.output.shape.rank() + 1));
}

ProbeCost probe_slice(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    return ProbeSum(call).reads(0, elements).reads_all(1).gas(gas_of_probe(call, elements)).cost();
}

ProbeCost probe_update(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    return ProbeSum(call)
        .reads_any_of(0, 2, elements)
        .reads_all(2)
        .gas(gas_of_probe(call, elements))
        .cost();
}

}  // namespace

constinit const Operator dynamic_slice_operator{
    .code = OpCode::dynamic_slice,
    .infer = infer_slice,
    .evaluate = evaluate_slice,
    .gas = movement_gas,
    .probe = probe_slice,
    .reads_part = true,
};

constinit const Operator dynamic_update_operator{
    .code = OpCode::dynamic_update,
    .infer = infer_update,
    .evaluate = evaluate_update,
    .gas = movement_gas,
    .probe = probe_update,
};

}  // namespace steelyard::vm
