#include "base/checked.h"
#include "vm/ops/cost.h"
#include "vm/ops/fma.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/operators.h"
#include "vm/ops/movement/resize_axis.h"
#include "vm/ops/numbers.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

namespace steelyard::vm {

namespace {

constexpr std::size_t leading_attributes = 6;
constexpr std::size_t attributes_per_axis = 5;
constexpr auto size_most = static_cast<std::int64_t>(dimension_max);
constexpr std::int64_t bits_most = 0xffffffff;
constexpr std::uint64_t verification_gas_per_axis = 8;

// Types

Result<void> check_rules(DType dtype, AttributeView attributes) {
    TRY(attribute_in_range("mode", attributes[0], 0, 2));
    TRY(attribute_in_range("coordinate rule", attributes[1], 0, 4));
    TRY(attribute_in_range("rounding", attributes[2], 0, 3));
    TRY(attribute_in_range("cubic bits", attributes[3], 0, bits_most));
    TRY(attribute_in_range("exclude outside", attributes[4], 0, 1));
    TRY(attribute_in_range("extrapolation bits", attributes[5], 0, bits_most));
    const bool is_moved = attributes[0] == 0 && attributes[1] != 4;
    if (!is_moved && (!is_float(dtype) || dtype == DType::f64)) {
        return invalid("interpolates f32, f16 and bf16, not {}", to_string(dtype));
    }
    return {};
}

Result<std::uint64_t> check_axis(std::uint64_t in, AttributeView attributes) {
    TRY_ASSIGN(const std::uint64_t size, size_of_attribute(attributes[0]));
    TRY(attribute_in_range("numerator", attributes[1], 1, size_most));
    TRY(attribute_in_range("denominator", attributes[2], 1, size_most));
    TRY(attribute_in_range("start", attributes[3], -size_most, size_most));
    TRY(attribute_in_range("end", attributes[4], -size_most, size_most));
    if (in == 0 && size != 0) {
        return invalid("{} elements out of none", size);
    }
    return size;
}

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    const TensorType& x = operands[0];
    TRY(expect_attributes(attributes, leading_attributes + attributes_per_axis * x.shape.rank()));
    TRY(check_rules(x.dtype, attributes));
    std::vector<std::uint64_t> sizes;
    for (std::size_t axis = 0; axis < x.shape.rank(); ++axis) {
        const auto own = attributes.subspan(
            leading_attributes + attributes_per_axis * axis, attributes_per_axis
        );
        TRY_ASSIGN(const std::uint64_t size, check_axis(x.shape[axis], own));
        sizes.push_back(size);
    }
    return make_tensor_type(x.dtype, sizes);
}

// Elements

/// The taps along all axes of one element of the output.
struct Taps {
    std::array<ResizeTaps, rank_max> axis{};
    std::size_t rank = 0;
    bool outside = false;
};

/// The sum along axis `axis` and those after it, of the elements at `from` along those before.
template <typename Number, typename Fma>
float interpolate(
    const NodeCall& call, Reader& reader, const Taps& taps, std::size_t axis, Coordinates& from
) {
    if (axis == taps.rank) {
        return Number::load(reader.read(0, element_at(call.operands[0].shape, from), 1));
    }
    float sum = 0.0F;
    for (std::size_t i = 0; i < taps.axis[axis].count; ++i) {
        const ResizeTap& tap = taps.axis[axis].tap[i];
        from[axis] = tap.index;
        const float value = interpolate<Number, Fma>(call, reader, taps, axis + 1, from);
        sum = i == 0 ? tap.weight * value : Fma::fma(tap.weight, value, sum);
    }
    return sum;
}

template <typename Number, typename Fma>
void write_element(
    const NodeCall& call, Reader& reader, const Taps& taps, const ResizeRules& rules, std::byte* out
) {
    Coordinates from{};
    if (taps.outside) {
        Number::store(out, rules.extrapolation);
    } else {
        Number::store(out, interpolate<Number, Fma>(call, reader, taps, 0, from));
    }
}

void move_element(const NodeCall& call, Reader& reader, const Taps& taps, std::byte* out) {
    Coordinates from{};
    for (std::size_t axis = 0; axis < taps.rank; ++axis) {
        from[axis] = taps.axis[axis].tap[0].index;
    }
    const std::byte* element = reader.read(0, element_at(call.operands[0].shape, from), 1);
    copy_element(out, element, size_of(call.output.dtype));
}

template <typename Fma>
void write_as_number(
    const NodeCall& call, Reader& reader, const Taps& taps, const ResizeRules& rules, std::byte* out
) {
    switch (call.output.dtype) {
        case DType::f16:
            return write_element<F16Number, Fma>(call, reader, taps, rules, out);
        case DType::bf16:
            return write_element<Bf16Number, Fma>(call, reader, taps, rules, out);
        default:
            return write_element<PlainNumber<float>, Fma>(call, reader, taps, rules, out);
    }
}

template <typename Fma>
std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const ResizeRules rules = resize_rules(call);
    const bool is_moved =
        rules.mode == ResizeMode::nearest && rules.coordinates != CoordinateRule::crop;
    Coordinates at = coordinates_of_row(call.output.shape, row);
    Taps taps{.rank = call.output.shape.rank()};
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        if (taps.rank > 0) {
            at[taps.rank - 1] = column;
        }
        const std::size_t changed = column == columns.first || taps.rank == 0 ? 0 : taps.rank - 1;
        for (std::size_t axis = changed; axis < taps.rank; ++axis) {
            taps.axis[axis] = resize_taps(rules, resize_axis(call, axis), at[axis]);
        }
        taps.outside = false;
        for (std::size_t axis = 0; axis < taps.rank; ++axis) {
            taps.outside = taps.outside || taps.axis[axis].outside;
        }
        if (is_moved) {
            move_element(call, reader, taps, out);
        } else {
            write_as_number<Fma>(call, reader, taps, rules, out);
        }
        reader.release();
        out += size_of(call.output.dtype);
    }
    return std::nullopt;
}

// Cost

/// Of one element at most: all taps, and those along the last axis.
struct TapCount {
    std::uint64_t all = 1;
    std::uint64_t last = 1;
};

TapCount count_taps(const NodeCall& call) {
    TapCount count;
    const ResizeRules rules = resize_rules(call);
    for (std::size_t axis = 0; axis < call.output.shape.rank(); ++axis) {
        count.last = resize_axis(call, axis).taps_max(rules);
        count.all *= count.last;
    }
    return count;
}

std::uint64_t gas(const NodeCall& call) {
    return saturating_mul(2 + 2 * count_taps(call).all, call.output.elements());
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    const TapCount taps = count_taps(call);
    const std::uint64_t weights = verification_gas_per_axis * call.output.shape.rank();
    return ProbeSum(call)
        .reads(0, saturating_mul(elements, taps.all / taps.last), taps.last)
        .gas(saturating_mul(elements, weights + gas_of_operations(taps.all)))
        .cost();
}

}  // namespace

constinit const Operator resize_operator{
    .code = OpCode::resize,
    .infer = infer,
    .evaluate = evaluate<ProcessorFma>,
    .evaluate_software_fma = evaluate<SoftwareFma>,
    .gas = gas,
    .probe = probe,
};

}  // namespace steelyard::vm
