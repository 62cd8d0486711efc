// Windows of signals and Fourier transforms, as products with a matrix of cosines and sines.
#include "vm/onnx/lowering.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

constexpr double two_pi = 6.283185307179586476925286766559;
constexpr std::int64_t length_max = 1 << 14;

/// The known length of a window or transform; 0 after an error.
std::int64_t length_of(Call& c, std::size_t operand) {
    const Integers given = c.known_integers(operand);
    if (given.size() != 1 || given[0] < 1 || given[0] > length_max) {
        c.fail("a length that is not 1 to {}", length_max);
        return 0;
    }
    return given[0];
}

/// Sum of factors[k] * cos(2 pi k n / N).
Value cosine_window(Call& c, const std::array<double, 3>& factors) {
    const std::int64_t size = length_of(c, 0);
    const bool is_periodic = c.integer("periodic", 1) != 0;
    const auto period =
        static_cast<double>(std::max<std::int64_t>(1, is_periodic ? size : size - 1));
    const Value at = c.iota(DType::f32, 0, {size});
    Value sum = c.broadcast(c.scalar(DType::f32, factors[0]), {size});
    for (std::size_t k = 1; k < factors.size(); ++k) {
        const Value angle = c.mul(at, two_pi * static_cast<double>(k) / period);
        sum = c.add(sum, c.mul(c.op(OpCode::cos, {angle}), factors[k]));
    }
    return c.cast(sum, c.dtype_attribute("output_datatype", DType::f32));
}

Values hann_window(Call& c) {
    return {cosine_window(c, {0.5, -0.5, 0})};
}

Values hamming_window(Call& c) {
    return {cosine_window(c, {25.0 / 46, -21.0 / 46, 0})};
}

Values blackman_window(Call& c) {
    return {cosine_window(c, {0.42, -0.5, 0.08})};
}

/// cos and sin of 2 pi k n / N as [K, N].
struct Turns {
    Value cosines{};
    Value sines{};
};

/// sin of 2 pi (r + shift / 4) / N for each r below N. The angle is brought into a quarter turn by
/// integers, so that the table is as symmetric as the function, and exactly 0 where that is.
Value sine_table(Call& c, std::int64_t period, std::int64_t quarters) {
    std::vector<double> angles;
    std::vector<double> signs;
    for (std::int64_t r = 0; r < period; ++r) {
        std::int64_t turn = (4 * r + quarters * period) % (4 * period);  // of 4 N
        const bool is_negative = turn > 2 * period;
        turn = is_negative ? 4 * period - turn : turn;
        turn = turn > period ? 2 * period - turn : turn;
        angles.push_back(two_pi * static_cast<double>(turn) / static_cast<double>(4 * period));
        signs.push_back(is_negative ? -1 : 1);
    }
    const Value sines = c.op(OpCode::sin, {c.numbers(DType::f32, angles)});
    return c.mul(sines, c.numbers(DType::f32, signs));
}

Turns turns_of(Call& c, std::int64_t rows, std::int64_t length, std::int64_t period) {
    const Value product =
        c.mul(c.iota(DType::i64, 0, {rows, 1}), c.iota(DType::i64, 1, {1, length}));
    const Value rest = c.op(OpCode::mod, {product, c.reshape(c.integers({period}), {})});
    return {
        c.gather(sine_table(c, period, 1), rest, 0), c.gather(sine_table(c, period, 0), rest, 0)
    };
}

/// The transform of rows of f32 [..., n], of a real or a complex signal: [..., K, 2].
Value transformed(
    Call& c,
    const Value& real,
    const std::optional<Value>& imaginary,
    std::int64_t bins,
    bool is_inverse
) {
    const std::int64_t length = Ops::dimension(real, real.rank() - 1);
    const Turns turns = turns_of(c, bins, length, length);
    const Integers attributes = {0, static_cast<std::int64_t>(DType::f32)};
    const auto product = [&](const Value& a, const Value& b) {
        return c.op(OpCode::gemm_f32, {a, b}, attributes);
    };
    Value out_real = product(real, turns.cosines);
    Value out_imaginary = product(real, turns.sines);
    out_imaginary = is_inverse ? out_imaginary : c.op(OpCode::neg, {out_imaginary});
    if (imaginary) {
        const Value crossed = product(*imaginary, turns.sines);
        out_real = is_inverse ? c.sub(out_real, crossed) : c.add(out_real, crossed);
        out_imaginary = c.add(out_imaginary, product(*imaginary, turns.cosines));
    }
    Integers shape = Ops::dimensions(out_real);
    shape.push_back(1);
    const Value both =
        c.concat({c.reshape(out_real, shape), c.reshape(out_imaginary, shape)}, shape.size() - 1);
    return is_inverse ? c.div(both, static_cast<double>(length)) : both;
}

/// x [..., 1 or 2]: its real or imaginary part, without that axis.
Value part_of(Call& c, const Value& x, std::int64_t part) {
    Integers shape = Ops::dimensions(x);
    const std::size_t last = shape.empty() ? 0 : shape.size() - 1;
    shape.resize(last);
    return c.reshape(c.slice(x, last, part, 1), shape);
}

/// Cut, or filled with zeros, to `length` elements of the last axis.
Value of_length(Call& c, const Value& x, std::int64_t length) {
    Integers after(x.rank(), 0);
    if (after.empty()) {
        return c.fail("a scalar has no axis");
    }
    after.back() = length - Ops::dimension(x, x.rank() - 1);
    return c.pad(x, Integers(x.rank(), 0), after, c.scalar(x.dtype(), 0));
}

Values fourier_transform(Call& c) {
    const Value x = c.cast(c.in(0), DType::f32);
    if (x.rank() < 3) {
        return {c.fail("a signal {}", x.type.text())};
    }
    const std::size_t axis = c.axis_attribute("axis", 1, x.rank());
    const std::int64_t parts = Ops::dimension(x, x.rank() - 1);
    if (axis + 1 >= x.rank() || parts < 1 || parts > 2) {
        return {c.fail("axis {} of a signal {}", axis, x.type.text())};
    }
    const std::int64_t length = c.has(1) ? length_of(c, 1) : Ops::dimension(x, axis);
    if (!c.e.ok() || length < 1 || length > length_max) {
        return {c.fail("a length that is not 1 to {}", length_max)};
    }
    const bool is_inverse = c.integer("inverse", 0) != 0;
    const std::int64_t bins = c.integer("onesided", 0) != 0 ? length / 2 + 1 : length;
    const auto rows = [&](std::int64_t part) {
        return of_length(c, c.to_end(part_of(c, x, part), {axis}), length);
    };
    const std::optional<Value> imaginary = parts == 2 ? std::optional(rows(1)) : std::nullopt;
    const Value out = transformed(c, rows(0), imaginary, bins, is_inverse);
    Integers order;
    for (std::size_t at = 0; at < out.rank(); ++at) {
        order.push_back(static_cast<std::int64_t>(at));
    }
    if (out.rank() >= 2) {
        // [..., K, 2]: K goes back to where the axis was.
        order.erase(order.end() - 2);
        order.insert(
            order.begin() + static_cast<std::ptrdiff_t>(axis),
            static_cast<std::int64_t>(out.rank() - 2)
        );
    }
    return {c.cast(c.transpose(out, order), c.in(0).dtype())};
}

Values short_time_transform(Call& c) {
    const Value x = c.cast(c.in(0), DType::f32);
    const std::int64_t step = length_of(c, 1);
    const std::int64_t length = c.has(3)   ? length_of(c, 3)
                                : c.has(2) ? Ops::dimension(c.in(2), 0)
                                           : 0;
    const std::int64_t whole = Ops::dimension(x, 1);
    if (!c.e.ok() || x.rank() != 3 || length < 1 || length > length_max || whole < length) {
        return {c.fail("frames of {} elements of a signal {}", length, x.type.text())};
    }
    const std::int64_t frames = (whole - length) / step + 1;
    const Value starts = c.mul(c.iota(DType::i64, 0, {frames, 1}), c.integers({step}));
    const Value places = c.add(starts, c.iota(DType::i64, 1, {1, length}));
    const std::int64_t parts = Ops::dimension(x, 2);
    const auto framed = [&](std::int64_t part) {
        const Value all = c.gather(part_of(c, x, part), places, 1);
        return c.has(2) ? c.mul(all, c.cast(c.in(2), DType::f32)) : all;
    };
    const bool is_onesided = c.integer("onesided", 1) != 0;
    const std::optional<Value> imaginary = parts == 2 ? std::optional(framed(1)) : std::nullopt;
    const Value out =
        transformed(c, framed(0), imaginary, is_onesided ? length / 2 + 1 : length, false);
    return {c.cast(out, c.in(0).dtype())};
}

constexpr std::array rows = {
    LoweringRow{.op = "HannWindow", .since = 17, .lower = hann_window},
    LoweringRow{.op = "HammingWindow", .since = 17, .lower = hamming_window},
    LoweringRow{.op = "BlackmanWindow", .since = 17, .lower = blackman_window},
    LoweringRow{.op = "DFT", .since = 17, .lower = fourier_transform},
    LoweringRow{.op = "STFT", .since = 17, .lower = short_time_transform},
};

}  // namespace

std::span<const LoweringRow> signal_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
