#include "vm/ops/movement/pad.h"

#include "vm/ops/elements.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/operators.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

constexpr auto size_most = static_cast<std::int64_t>(dimension_max);

PadAxis axis_from(PadMode mode, std::uint64_t in, AttributeView attributes) {
    return {
        .mode = mode,
        .in = static_cast<std::int64_t>(in),
        .before = attributes[0],
        .after = attributes[1],
        .interior = attributes[2],
    };
}

/// Error: what the mode does not take.
Result<void> check_axis(const PadAxis& axis) {
    const bool is_constant = axis.mode == PadMode::constant;
    const std::int64_t least = is_constant ? -size_most : 0;
    TRY(attribute_in_range("padding", axis.before, least, size_most));
    TRY(attribute_in_range("padding", axis.after, least, size_most));
    TRY(attribute_in_range("interior padding", axis.interior, 0, is_constant ? size_most : 0));
    const std::int64_t more = std::max(axis.before, axis.after);
    if (axis.mode == PadMode::reflect && more > std::max<std::int64_t>(axis.in - 1, 0)) {
        return invalid("{} reflected elements of {}", more, axis.in);
    }
    if (axis.mode == PadMode::edge && more > 0 && axis.in == 0) {
        return invalid("an edge of no elements");
    }
    return {};
}

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 2));
    const TensorType& x = operands[0];
    TRY(expect_same_dtype(x, operands[1]));
    if (operands[1].shape.rank() != 0) {
        return invalid("pads with a scalar, not with {}", operands[1].text());
    }
    TRY(expect_attributes(attributes, 1 + 3 * x.shape.rank()));
    TRY_ASSIGN(const std::int64_t mode, attribute_in_range("mode", attributes[0], 0, 2));
    std::vector<std::uint64_t> sizes;
    for (std::size_t axis = 0; axis < x.shape.rank(); ++axis) {
        const PadAxis padding = axis_from(
            static_cast<PadMode>(mode), x.shape[axis], attributes.subspan(1 + 3 * axis, 3)
        );
        TRY(check_axis(padding));
        if (padding.out() < 0) {
            return invalid("a size of {} after padding axis {}", padding.out(), axis);
        }
        sizes.push_back(static_cast<std::uint64_t>(padding.out()));
    }
    return make_tensor_type(x.dtype, sizes);
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::size_t rank = call.output.shape.rank();
    const std::size_t size = size_of(call.output.dtype);
    Coordinates at = coordinates_of_row(call.output.shape, row);
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        if (rank > 0) {
            at[rank - 1] = column;
        }
        Coordinates from{};
        bool inside = true;
        for (std::size_t axis = 0; axis < rank; ++axis) {
            const auto source = pad_axis(call, axis).source_of(at[axis]);
            inside = inside && source.has_value();
            from[axis] = source.value_or(0);
        }
        const std::byte* element = inside
                                       ? reader.read(0, element_at(call.operands[0].shape, from), 1)
                                       : reader.read(1, 0, 1);
        copy_element(out, element, size);
        reader.release();
        out += size;
    }
    return std::nullopt;
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    return ProbeSum(call).reads_any_of(0, 2, elements).gas(gas_of_operations(elements)).cost();
}

}  // namespace

std::int64_t PadAxis::out() const {
    return before + after + in + std::max<std::int64_t>(in - 1, 0) * interior;
}

std::optional<std::uint64_t> PadAxis::source_of(std::uint64_t position) const {
    const std::int64_t at = static_cast<std::int64_t>(position) - before;
    switch (mode) {
        case PadMode::constant:
            if (at < 0 || at % (interior + 1) != 0 || at / (interior + 1) >= in) {
                return std::nullopt;
            }
            return static_cast<std::uint64_t>(at / (interior + 1));
        case PadMode::reflect:
            return static_cast<std::uint64_t>(at < 0 ? -at : at < in ? at : 2 * (in - 1) - at);
        case PadMode::edge:
            return static_cast<std::uint64_t>(std::clamp<std::int64_t>(at, 0, in - 1));
    }
    return std::nullopt;
}

PadAxis pad_axis(const NodeCall& call, std::size_t axis) {
    return axis_from(
        static_cast<PadMode>(call.attributes[0]),
        call.operands[0].shape[axis],
        call.attributes.subspan(1 + 3 * axis, 3)
    );
}

constinit const Operator pad_operator{
    .code = OpCode::pad,
    .infer = infer,
    .evaluate = evaluate,
    .gas = movement_gas,
    .probe = probe,
    .reads_part = true,
};

}  // namespace steelyard::vm
