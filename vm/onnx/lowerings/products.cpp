// Products of matrices and of tensors.
#include "vm/onnx/lowering.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

Values product(Call& c) {
    return {c.matmul(c.in(0), c.in(1))};
}

/// alpha * a * b + beta * bias
Values general_product(Call& c) {
    const DType dtype = c.in(0).dtype();
    const bool is_narrow = is_float(dtype) && dtype != DType::f64;
    const DType inner = is_narrow ? dtype : DType::f32;
    if (!is_float(dtype)) {
        c.e.note("integers are multiplied in f32: above 2^24 they are rounded");
    }
    Value a = c.cast(c.in(0), inner);
    Value b = c.cast(c.in(1), inner);
    if (a.rank() != 2 || b.rank() != 2) {
        return {c.fail("{} and {} are no matrices", a.type.text(), b.type.text())};
    }
    a = c.integer("transA", 0) != 0 ? c.transpose(a, {1, 0}) : a;
    b = c.integer("transB", 0) != 0 ? b : c.transpose(b, {1, 0});
    const double alpha = c.real("alpha", 1);
    const double beta = c.real("beta", 1);
    const Integers attributes = {0, static_cast<std::int64_t>(inner)};
    const std::int64_t columns = Ops::dimension(b, 0);
    const bool has_row_bias = c.has(2) && alpha == 1 && beta == 1 && c.in(2).rank() <= 2 &&
                              static_cast<std::int64_t>(c.in(2).type.elements()) == columns &&
                              (c.in(2).rank() < 2 || Ops::dimension(c.in(2), 0) == 1);
    if (has_row_bias) {
        const Value bias = c.reshape(c.cast(c.in(2), inner), {columns});
        return {c.cast(c.op(OpCode::gemm_f32, {a, b, bias}, attributes), dtype)};
    }
    Value out = c.op(OpCode::gemm_f32, {a, b}, attributes);
    out = alpha == 1 ? out : c.mul(out, alpha);
    if (c.has(2)) {
        const Value bias = c.cast(c.in(2), inner);
        out = c.add(out, beta == 1 ? bias : c.mul(bias, beta));
    }
    return {c.cast(out, dtype)};
}

constexpr std::size_t determinant_size_max = 4;

/// The determinant of an n x n matrix by its first row, n at most 4; x is [batch, n, n].
Value determinant(Call& c, const Value& x) {
    const auto n = static_cast<std::size_t>(Ops::dimension(x, 1));
    const Value first = c.slice(x, 1, 0, 1);
    if (n <= 1) {
        return c.reshape(first, {Ops::dimension(x, 0)});
    }
    const Value below = c.slice(x, 1, 1, static_cast<std::int64_t>(n) - 1);
    Value sum;
    for (std::size_t column = 0; column < n; ++column) {
        Integers others;
        for (std::size_t at = 0; at < n; ++at) {
            if (at != column) {
                others.push_back(static_cast<std::int64_t>(at));
            }
        }
        const Value factor = c.reshape(
            c.slice(first, 2, static_cast<std::int64_t>(column), 1), {Ops::dimension(x, 0)}
        );
        const Value minor = determinant(c, c.gather(below, c.integers(others), 2));
        const Value term = c.mul(factor, minor);
        sum = column == 0 ? term : column % 2 == 1 ? c.sub(sum, term) : c.add(sum, term);
    }
    return sum;
}

Values determinants(Call& c) {
    const Value x = c.in(0);
    Integers shape = Ops::dimensions(x);
    if (shape.size() < 2 || shape.back() != shape[shape.size() - 2] || shape.back() < 1 ||
        shape.back() > static_cast<std::int64_t>(determinant_size_max)) {
        return {c.fail("a determinant of {}: 1 to {} rows", x.type.text(), determinant_size_max)};
    }
    const std::int64_t n = shape.back();
    shape.resize(shape.size() - 2);
    std::int64_t batch = 1;
    for (const std::int64_t size : shape) {
        batch *= size;
    }
    return {c.reshape(determinant(c, c.reshape(x, {batch, n, n})), shape)};
}

constexpr std::array rows = {
    LoweringRow{.op = "MatMul", .lower = product},
    LoweringRow{.op = "Gemm", .lower = general_product},
    LoweringRow{.op = "Det", .since = 11, .lower = determinants},
};

}  // namespace

std::span<const LoweringRow> product_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
