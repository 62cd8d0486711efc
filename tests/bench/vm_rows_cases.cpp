#include "tests/bench/vm_rows_cases.h"

namespace steelyard::vm::bench {

namespace {

using enum OpCode;

constexpr std::uint64_t rows = 4096;
constexpr std::uint64_t columns = 1024;
constexpr std::int64_t epsilon_bits = 0x3727c5ac;
constexpr auto irows = static_cast<std::int64_t>(rows);
constexpr auto icolumns = static_cast<std::int64_t>(columns);

TensorType of(DType dtype, std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = dtype, .shape = Shape(dimensions)};
}

TensorType f32(std::initializer_list<std::uint64_t> dimensions) {
    return of(DType::f32, dimensions);
}

TensorType indices(std::initializer_list<std::uint64_t> dimensions) {
    return of(DType::i64, dimensions);
}

const TensorType x = f32({rows, columns});
const TensorType half = of(DType::f16, {rows, columns});
const TensorType integers = of(DType::i32, {rows, columns});
const TensorType bytes = of(DType::u8, {rows, columns});
const TensorType vector = f32({columns});
const TensorType image = f32({4, 128, 128, 64});  ///< 16 MiB, channels last
const std::vector<std::int64_t> windows_3x3{3, 2, 1, 1, 1, 3, 2, 1, 1, 1};

std::vector<std::int64_t> followed(
    std::vector<std::int64_t> first, std::vector<std::int64_t> more
) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
}

std::vector<RowsCase> movement_cases() {
    return {
        {"reshape", reshape, {x}, {icolumns, irows}},
        {"transpose [4096, 1024]", transpose, {x}, {1, 0}},
        {"transpose [4096, 1024] f16", transpose, {half}, {1, 0}},
        {"transpose [4096, 1024] u8", transpose, {bytes}, {1, 0}},
        {"transpose [4095, 1023]", transpose, {f32({rows - 1, columns - 1})}, {1, 0}},
        {"transpose, heads to the front", transpose, {f32({rows, 16, 64})}, {1, 0, 2}},
        {"transpose, keys of heads", transpose, {f32({rows, 16, 64})}, {1, 2, 0}},
        {"transpose, channels to the front", transpose, {image}, {0, 3, 1, 2}},
        {"transpose, channels to the end", transpose, {f32({4, 64, 128, 128})}, {0, 2, 3, 1}},
        {"transpose, 3 channels to the end", transpose, {f32({8, 3, 256, 256})}, {0, 2, 3, 1}},
        {"transpose, 3 channels to the front", transpose, {f32({8, 256, 256, 3})}, {0, 3, 1, 2}},
        {"slice, half of the columns", slice, {x}, {0, 1, irows, 0, 1, icolumns / 2}},
        {"slice, every second column", slice, {x}, {0, 1, irows, 0, 2, icolumns / 2}},
        {"slice, columns reversed", slice, {x}, {0, 1, irows, icolumns - 1, -1, icolumns}},
        {"concat of columns", concat, {x, x}, {1}},
        {"concat of 64 columns each", concat, {f32({rows, 64}), f32({rows, 64})}, {1}},
        {"pad, zeros round a row", pad, {x, f32({})}, {0, 1, 1, 0, 1, 1, 0}},
        {"pad, zeros round images", pad, {image, f32({})}, {0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0}},
        {"pad, edges reflected", pad, {image, f32({})}, {1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0}},
        {"broadcast of a row", broadcast, {vector}, {irows, icolumns}},
        {"broadcast of a column", broadcast, {f32({rows, 1})}, {irows, icolumns}},
        {"iota", iota, {}, {static_cast<std::int64_t>(DType::f32), 1, irows, icolumns}},
        {"im2col 3 x 3", im2col, {f32({1, 128, 128, 32})}, {3, 1, 1, 1, 1, 3, 1, 1, 1, 1}},
    };
}

/// resize of images to twice or half their size.
RowsCase resized(
    const char* name, std::int64_t mode, std::int64_t top, std::int64_t bottom, std::int64_t rule
) {
    std::vector<std::int64_t> attributes{mode, rule, 0, 0xbf400000, 0, 0, 2, 1, 1, 0, 0};
    for (int axis = 0; axis < 2; ++axis) {
        attributes = followed(attributes, {128 * top / bottom, top, bottom, 0, 0});
    }
    return {name, resize, {f32({2, 128, 128, 32})}, followed(attributes, {32, 1, 1, 0, 0})};
}

std::vector<RowsCase> index_cases() {
    return {
        {"gather of rows of 1024", gather, {x, indices({rows})}, {0}, 1, rows},
        {"gather of rows of 64", gather, {f32({65'536, 64}), indices({65'536})}, {0}, 1, 65'536},
        {"gather of columns", gather, {x, indices({columns})}, {1}, 1, columns},
        {"gather_elements, axis 1", gather_elements, {x, indices({rows, columns})}, {1}, 1, columns
        },
        {"gather_elements, axis 0", gather_elements, {x, indices({rows, columns})}, {0}, 1, rows},
        {"gather_nd of rows", gather_nd, {x, indices({rows, 1})}, {0}, 1, rows},
        {"gather_nd of elements", gather_nd, {x, indices({rows, 64, 2})}, {0}, 1, columns},
        {"scatter_elements, set",
         scatter_elements,
         {x, indices({rows, 64}), f32({rows, 64})},
         {1, 0},
         1,
         columns},
        {"scatter_elements, add",
         scatter_elements,
         {x, indices({rows, 64}), f32({rows, 64})},
         {1, 1},
         1,
         columns},
        {"scatter_nd of rows", scatter_nd, {x, indices({rows, 1}), x}, {0}, 1, rows, true},
        {"scatter_nd of rows, add", scatter_nd, {x, indices({rows, 1}), x}, {1}, 1, rows, true},
        {"scatter_nd of elements",
         scatter_nd,
         {x, indices({rows, 64, 2}), f32({rows, 64})},
         {0},
         1,
         columns,
         true},
        {"scatter_add", scatter_add, {x, indices({rows}), x}, {24}, 1, rows, true},
        {"dynamic_slice", dynamic_slice, {x, indices({2})}, {irows, icolumns / 2}, 1, 1},
        {"dynamic_update", dynamic_update, {x, f32({rows, columns / 2}), indices({2})}, {}, 2, 1},
        resized("resize, nearest to twice", 0, 2, 1, 3),
        resized("resize, linear to twice", 1, 2, 1, 0),
        resized("resize, linear to half", 1, 1, 2, 0),
        resized("resize, cubic to twice", 2, 2, 1, 0),
        {"resize, linear, of planes",
         resize,
         {f32({2, 16, 128, 128})},
         {1, 0, 0, 0, 0, 0, 2, 1, 1, 0, 0, 16, 1, 1, 0, 0, 256, 2, 1, 0, 0, 256, 2, 1, 0, 0}},
    };
}

std::vector<RowsCase> row_cases() {
    return {
        {"reduce_sum", reduce_sum, {x}},
        {"reduce_sum of rows of 64", reduce_sum, {f32({65'536, 64})}},
        {"reduce_sum f16", reduce_sum, {half}},
        {"reduce_sum f64", reduce_sum, {of(DType::f64, {rows / 2, columns})}},
        {"reduce_sum i32", reduce_sum, {integers}},
        {"reduce_sum i64", reduce_sum, {of(DType::i64, {rows / 2, columns})}},
        {"reduce_mean", reduce_mean, {x}},
        {"reduce_prod", reduce_prod, {x}},
        {"reduce_max", reduce_max, {x}},
        {"reduce_max of rows of 64", reduce_max, {f32({65'536, 64})}},
        {"reduce_max f64", reduce_max, {of(DType::f64, {rows / 2, columns})}},
        {"reduce_max i32", reduce_max, {integers}},
        {"reduce_max u8", reduce_max, {bytes}},
        {"reduce_min", reduce_min, {x}},
        {"argmax", argmax, {x}, {0}},
        {"argmax of rows of 64", argmax, {f32({65'536, 64})}, {0}},
        {"argmax u8", argmax, {bytes}, {0}},
        {"argmin, last wins", argmin, {x}, {1}},
        {"cumsum", cumsum, {x}, {0, 0}},
        {"cumsum i32", cumsum, {integers}, {0, 0}},
        {"cumsum, one row", cumsum, {f32({1, 1U << 20U})}, {0, 0}},
        {"argsort", argsort, {x}, {0}},
        {"argsort of rows of 64", argsort, {f32({65'536, 64})}, {1}},
        {"argsort, one row", argsort, {f32({1, 1U << 20U})}, {0}},
        {"softmax", softmax, {x}},
        {"softmax of rows of 64", softmax, {f32({65'536, 64})}},
        {"softmax of rows of 65536", softmax, {f32({64, 65'536})}},
        {"softmax f16", softmax, {half}},
        {"log_softmax", log_softmax, {x}},
        {"layer_norm", layer_norm, {x, vector, vector}, {epsilon_bits}},
        {"layer_norm of rows of 128",
         layer_norm,
         {f32({32'768, 128}), f32({128}), f32({128})},
         {epsilon_bits}},
        {"rms_norm", rms_norm, {x, vector}, {epsilon_bits}},
        {"batch_norm", batch_norm, {x, vector, vector, vector, vector}, {epsilon_bits}},
        {"batch_norm of 16 channels",
         batch_norm,
         {f32({262'144, 16}), f32({16}), f32({16}), f32({16}), f32({16})},
         {epsilon_bits}},
        {"attention_finish", attention_finish, {f32({64, 512, 66})}},
    };
}

std::vector<RowsCase> window_cases() {
    const TensorType small = f32({4, 64, 64, 64});
    return {
        {"max_pool 3 x 3 by 2", max_pool, {image}, windows_3x3},
        {"max_pool 3 x 3 by 2 f16", max_pool, {of(DType::f16, {4, 128, 128, 64})}, windows_3x3},
        {"max_pool 3 x 3 by 2 u8", max_pool, {of(DType::u8, {4, 128, 128, 64})}, windows_3x3},
        {"avg_pool 3 x 3 by 2", avg_pool, {image}, followed(windows_3x3, {0})},
        {"max_pool_index 3 x 3 by 2", max_pool_index, {image}, windows_3x3},
        {"max_pool_grad 3 x 3 by 2",
         max_pool_grad,
         {small, indices({4, 64, 64, 64})},
         followed(windows_3x3, {128, 128}),
         1,
         128 * 128},
        {"avg_pool_grad 3 x 3 by 2", avg_pool_grad, {small}, followed(windows_3x3, {0, 128, 128})},
    };
}

std::vector<RowsCase> elementwise_cases() {
    return {
        {"add", add, {x, x}},
        {"add of a row", add, {x, vector}},
        {"add of a column", add, {x, f32({rows, 1})}},
        {"mul f16", mul, {half, half}},
        {"relu", relu, {x}},
        {"exp", exp, {x}},
        {"gelu", gelu, {x}},
        {"div", OpCode::div, {x, x}},
        {"fmod", OpCode::fmod, {x, x}},
        {"mod i32", mod, {integers, integers}},
        {"div i64", OpCode::div, {indices({rows, columns}), indices({rows, columns})}},
        {"pow", OpCode::pow, {x, x}},
        {"select", select, {of(DType::boolean, {rows, columns}), x, x}},
        {"cast f32 to f16", cast, {x}, {static_cast<std::int64_t>(DType::f16)}},
        {"cast f16 to f32", cast, {half}, {static_cast<std::int64_t>(DType::f32)}},
        {"cast f32 to i64", cast, {x}, {static_cast<std::int64_t>(DType::i64)}},
        {"quantise", quantise, {x, vector, of(DType::i8, {columns})}},
        {"requantise",
         requantise,
         {integers, of(DType::i32, {columns}), of(DType::i32, {columns}), of(DType::i8, {columns})}
        },
        {"uniform", uniform, {of(DType::u32, {2})}, {irows, icolumns}},
        {"normal", normal, {of(DType::u32, {2})}, {irows, icolumns}},
    };
}

}  // namespace

std::vector<RowsCase> rows_cases() {
    std::vector<RowsCase> all;
    for (auto part :
         {movement_cases(), index_cases(), row_cases(), window_cases(), elementwise_cases()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

RowsCase product_case() {
    const auto type = static_cast<std::int64_t>(DType::f32);
    return {"gemm_f32", gemm_f32, {f32({1024, 1024}), f32({1024, 1024})}, {0, type}};
}

}  // namespace steelyard::vm::bench
