#include "vm/ops/elements.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/operators.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

namespace steelyard::vm {

namespace {

/// Whether two shapes are the same but along one axis.
bool match_beside(const Shape& a, const Shape& b, std::size_t axis) {
    if (a.rank() != b.rank()) {
        return false;
    }
    for (std::size_t other = 0; other < a.rank(); ++other) {
        if (other != axis && a[other] != b[other]) {
            return false;
        }
    }
    return true;
}

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    if (operands.empty() || operands.size() > operand_count_max) {
        return invalid("joins 1 to {} tensors, not {}", operand_count_max, operands.size());
    }
    TRY(expect_attributes(attributes, 1));
    TRY_ASSIGN(const std::size_t axis, axis_of(operands[0], attributes[0]));
    std::uint64_t size = 0;
    for (const TensorType& operand : operands) {
        TRY(expect_same_dtype(operands[0], operand));
        if (!match_beside(operands[0].shape, operand.shape, axis)) {
            return invalid(
                "{} does not join {} along axis {}", operand.text(), operands[0].text(), axis
            );
        }
        size += operand.shape[axis];
    }
    std::vector<std::uint64_t> sizes = dimensions_of(operands[0]);
    sizes[axis] = size;
    return make_tensor_type(operands[0].dtype, sizes);
}

/// Where the element at these coordinates of the output comes from.
struct Source {
    std::size_t operand = 0;
    std::uint64_t element = 0;
};

Source source_of(const NodeCall& call, Coordinates at) {
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    std::size_t operand = 0;
    while (at[axis] >= call.operands[operand].shape[axis]) {
        at[axis] -= call.operands[operand].shape[axis];
        ++operand;
    }
    return {.operand = operand, .element = element_at(call.operands[operand].shape, at)};
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::size_t size = size_of(call.output.dtype);
    Coordinates at = coordinates_of_row(call.output.shape, row);
    std::uint64_t& column = at[call.output.shape.rank() - 1];
    for (column = columns.first; column < columns.first + columns.count; ++column) {
        const Source source = source_of(call, at);
        copy_element(out, reader.read(source.operand, source.element, 1), size);
        reader.release();
        out += size;
    }
    return std::nullopt;
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    return ProbeSum(call)
        .reads_any_of(0, call.operands.size(), elements)
        .gas(gas_of_operations(elements))
        .cost();
}

}  // namespace

constinit const Operator concat_operator{
    .code = OpCode::concat,
    .infer = infer,
    .evaluate = evaluate,
    .gas = movement_gas,
    .probe = probe,
};

}  // namespace steelyard::vm
