#include "vm/ops/contraction/dot.h"
#include "vm/ops/cost.h"
#include "vm/ops/elements.h"
#include "vm/ops/narrow_floats.h"
#include "vm/ops/type_rules.h"
#include "vm/ops/window/pools.h"

#include <type_traits>

namespace steelyard::vm {

namespace {

/// Gas of a tap, by what the operator writes and whether elements are of 8 bytes.
constexpr std::uint64_t value_gas = 4;
constexpr std::uint64_t wide_value_gas = 16;
constexpr std::uint64_t index_gas = 8;
constexpr std::uint64_t wide_index_gas = 24;
constexpr std::uint64_t gradient_gas = 12;

/// An element as the widest type that holds its kind exactly.
template <typename T>
T load_wide(DType type, const std::byte* from) {
    switch (type) {
        case DType::f32:
            return static_cast<T>(load<float>(from));
        case DType::f64:
            return static_cast<T>(load<double>(from));
        case DType::f16:
            return static_cast<T>(f32_from_f16(load<std::uint16_t>(from)));
        case DType::bf16:
            return static_cast<T>(f32_from_bf16(load<std::uint16_t>(from)));
        case DType::i8:
            return static_cast<T>(load<std::int8_t>(from));
        case DType::u8:
        case DType::boolean:
            return static_cast<T>(load<std::uint8_t>(from));
        case DType::i16:
            return static_cast<T>(load<std::int16_t>(from));
        case DType::u16:
            return static_cast<T>(load<std::uint16_t>(from));
        case DType::i32:
            return static_cast<T>(load<std::int32_t>(from));
        case DType::u32:
            return static_cast<T>(load<std::uint32_t>(from));
        case DType::i64:
            return static_cast<T>(load<std::int64_t>(from));
        case DType::u64:
            return static_cast<T>(load<std::uint64_t>(from));
    }
    return T{};
}

/// The greatest element among the taps of a window, and where it is.
template <typename T>
struct Greatest {
    T value{};
    std::int64_t place = -1;  ///< of the first that is greatest; -1: the window is all padding

    void see(T x, std::uint64_t at) {
        const bool nan_before = value != value;
        const bool first = place < 0;
        const bool zeros = std::is_floating_point_v<T> && x == T{0} && value == T{0};
        if (first || x > value || (x != x && !nan_before)) {
            value = x;
            place = static_cast<std::int64_t>(at);
        } else if (zeros) {
            value = value + x;  // +0 unless both are -0
        }
    }
};

template <typename T>
Greatest<T> greatest(
    const NodeCall& call,
    Reader& reader,
    const WindowGeometry& geometry,
    std::uint64_t row,
    std::uint64_t column
) {
    const TensorType& x = call.operands[0];
    const std::uint64_t windows = window_count(geometry);
    const Spot window = window_spot(geometry, row % windows);
    const std::uint64_t image = row / windows * place_count(geometry);
    Greatest<T> found;
    for (std::uint64_t tap = 0; tap < geometry.taps(); ++tap) {
        if (const auto place = place_under(geometry, window, tap_spot(geometry, tap))) {
            const std::uint64_t element = (image + *place) * x.shape.columns() + column;
            found.see(load_wide<T>(x.dtype, reader.read(0, element, 1)), *place);
        }
    }
    return found;
}

/// The least value of a type, in the low bytes: what a window of padding has.
std::uint64_t least_bits(DType type) {
    switch (type) {
        case DType::f32:
            return 0xff800000;
        case DType::f64:
            return 0xfff0000000000000;
        case DType::f16:
            return 0xfc00;
        case DType::bf16:
            return 0xff80;
        default:
            return is_signed_integer(type) ? std::uint64_t{1} << (8 * size_of(type) - 1) : 0;
    }
}

template <typename T>
void write_value(DType type, const Greatest<T>& found, std::byte* to) {
    if (found.place < 0) {
        const std::uint64_t bits = least_bits(type);
        std::memcpy(to, &bits, size_of(type));
    } else if constexpr (std::is_same_v<T, float>) {
        store_float(type, found.value, to);
    } else if constexpr (std::is_same_v<T, double>) {
        store(to, canonical(found.value));
    } else {
        std::memcpy(to, &found.value, size_of(type));  // the low bytes, little-endian
    }
}

template <typename T, bool index>
void evaluate_as(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const WindowGeometry geometry = window_geometry(call.operands[0], call.attributes).value();
    const std::size_t size = size_of(call.output.dtype);
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        const auto found = greatest<T>(call, reader, geometry, row, columns.first + i);
        if constexpr (index) {
            store(out + i * size, found.place);
        } else {
            write_value(call.output.dtype, found, out + i * size);
        }
        reader.release();
    }
}

template <bool index>
std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const DType type = call.operands[0].dtype;
    if (type == DType::f64) {
        evaluate_as<double, index>(call, reader, row, columns, out);
    } else if (is_float(type)) {
        evaluate_as<float, index>(call, reader, row, columns, out);
    } else if (is_signed_integer(type)) {
        evaluate_as<std::int64_t, index>(call, reader, row, columns, out);
    } else {
        evaluate_as<std::uint64_t, index>(call, reader, row, columns, out);
    }
    return std::nullopt;
}

template <bool index>
Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    if (operands[0].dtype == DType::boolean) {
        return invalid("{}: takes numbers", operands[0].text());
    }
    TRY_ASSIGN(const WindowGeometry geometry, window_geometry(operands[0], attributes));
    return pooled_type(index ? DType::i64 : operands[0].dtype, operands[0], geometry);
}

template <bool index>
std::uint64_t gas(const NodeCall& call) {
    const auto geometry = window_geometry(call.operands[0], call.attributes).value();
    const bool is_wide = size_of(call.operands[0].dtype) == sizeof(std::uint64_t);
    const std::uint64_t of_value = is_wide ? wide_value_gas : value_gas;
    const std::uint64_t of_index = is_wide ? wide_index_gas : index_gas;
    const std::uint64_t of_tap = index ? of_index : of_value;
    return saturating_mul(call.output.elements(), of_tap * geometry.taps());
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    return probe_of_windows(call, grid, window_geometry(call.operands[0], call.attributes).value());
}

PoolGradient gradient_of(const NodeCall& call) {
    return PoolGradient::make(call.operands[0], call.attributes, 0).value();
}

Result<TensorType> infer_gradient(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 2));
    if (!widens_to_f32(operands[0].dtype)) {
        return invalid("{}: takes f32, f16 and bf16", operands[0].text());
    }
    if (operands[1] != TensorType{DType::i64, operands[0].shape}) {
        return invalid("an index {} for {}", operands[1].text(), operands[0].text());
    }
    TRY_ASSIGN(const PoolGradient gradient, PoolGradient::make(operands[0], attributes, 0));
    return gradient.dx;
}

std::optional<std::uint64_t> evaluate_gradient(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const PoolGradient gradient = gradient_of(call);
    const WindowGeometry& geometry = gradient.geometry;
    const DType type = call.output.dtype;
    const std::uint64_t number = row % place_count(geometry);
    const std::uint64_t image = row / place_count(geometry) * window_count(geometry);
    const Spot place = place_spot(geometry, number);
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        float sum = 0.0F;
        WindowsOver windows(geometry, place);
        for (Spot window{}; windows.next(window);) {
            const std::uint64_t element =
                (image + window_number(geometry, window)) * call.output.shape.columns() +
                columns.first + i;
            if (load<std::uint64_t>(reader.read(1, element, 1)) == number) {
                float buffer = 0.0F;
                sum = sum + *widened(type, reader.read(0, element, 1), 1, &buffer);
            }
        }
        store_float(type, sum, out + i * size_of(type));
        reader.release();
    }
    return std::nullopt;
}

std::uint64_t gas_of_gradient(const NodeCall& call) {
    const PoolGradient gradient = gradient_of(call);
    const std::uint64_t windows = saturating_mul(
        WindowsOver::in_line_max(gradient.geometry), WindowsOver::lines_max(gradient.geometry)
    );
    return saturating_mul(call.output.elements(), saturating_mul(windows, gradient_gas));
}

ProbeCost probe_gradient(const NodeCall& call, Grid grid) {
    return probe_of_gradient(call, grid, gradient_of(call).geometry);
}

}  // namespace

const Operator max_pool_operator{
    .code = OpCode::max_pool,
    .infer = infer<false>,
    .evaluate = evaluate<false>,
    .gas = gas<false>,
    .probe = probe,
};

const Operator max_pool_index_operator{
    .code = OpCode::max_pool_index,
    .infer = infer<true>,
    .evaluate = evaluate<true>,
    .gas = gas<true>,
    .probe = probe,
};

const Operator max_pool_grad_operator{
    .code = OpCode::max_pool_grad,
    .infer = infer_gradient,
    .evaluate = evaluate_gradient,
    .gas = gas_of_gradient,
    .probe = probe_gradient,
};

}  // namespace steelyard::vm
