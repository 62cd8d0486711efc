#include "vm/ops/elements.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/operators.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"
#include "vm/ops/window_geometry.h"

namespace steelyard::vm {

namespace {

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    const TensorType& x = operands[0];
    TRY_ASSIGN(const WindowGeometry geometry, window_geometry(x, attributes));
    std::vector<std::uint64_t> sizes{x.shape[0]};
    for (std::size_t axis = 0; axis < geometry.axes; ++axis) {
        sizes.push_back(geometry.axis[axis].out);
    }
    for (std::size_t axis = 0; axis < geometry.axes; ++axis) {
        sizes.push_back(geometry.axis[axis].window);
    }
    sizes.push_back(x.shape[x.shape.rank() - 1]);
    return make_tensor_type(x.dtype, sizes);
}

/// The first channel of the input under a row of the output; nothing in the padding.
std::optional<std::uint64_t> source_of(const NodeCall& call, std::uint64_t row) {
    const auto geometry = window_geometry(call.operands[0], call.attributes);
    const Coordinates at = coordinates_of_row(call.output.shape, row);
    Coordinates from{at[0]};
    for (std::size_t axis = 0; axis < geometry->axes; ++axis) {
        const auto source =
            geometry->axis[axis].input_of(at[1 + axis], at[1 + geometry->axes + axis]);
        if (!source) {
            return std::nullopt;
        }
        from[1 + axis] = *source;
    }
    return element_at(call.operands[0].shape, from);
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::size_t size = size_of(call.output.dtype);
    const auto source = source_of(call, row);
    if (!source) {
        std::memset(out, 0, columns.count * size);
        return std::nullopt;
    }
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        copy_element(out, reader.read(0, *source + column, 1), size);
        reader.release();
        out += size;
    }
    return std::nullopt;
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    return ProbeSum(call).reads(0, elements).gas(gas_of_operations(elements)).cost();
}

}  // namespace

constinit const Operator im2col_operator{
    .code = OpCode::im2col,
    .infer = infer,
    .evaluate = evaluate,
    .gas = movement_gas,
    .probe = probe,
};

}  // namespace steelyard::vm
