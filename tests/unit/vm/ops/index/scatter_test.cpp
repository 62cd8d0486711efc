#include "tests/support/vm/rounds.h"
#include "tests/unit/vm/ops/index/index_tensors.h"
#include "vm/ops/narrow_floats.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>

namespace steelyard::vm::test {
namespace {

const int rounds = times(60);

std::optional<std::uint64_t> bad_index(
    OpCode op, const std::vector<TestTensor>& operands, const Attributes& attributes
) {
    expect_one_answer(op, operands, attributes);
    return run_reference(op, operands, attributes)->bad_index;
}

TEST(ScatterElements, AppliesUpdatesInOrder) {
    const TestTensor x = f32({1, 4}, {1, 2, 3, 4});
    const TestTensor indices = i64({1, 3}, {1, -3, 3});
    const TestTensor updates = f32({1, 3}, {10, 20, 30});

    const auto scatter = [&](std::int64_t mode) {
        return run(OpCode::scatter_elements, {x, indices, updates}, {1, mode});
    };

    EXPECT_EQ(scatter(0), f32({1, 4}, {1, 20, 3, 30}));
    EXPECT_EQ(scatter(1), f32({1, 4}, {1, 32, 3, 34}));
    EXPECT_EQ(scatter(2), f32({1, 4}, {1, 400, 3, 120}));
    EXPECT_EQ(scatter(3), f32({1, 4}, {1, 2, 3, 4}));
    EXPECT_EQ(scatter(4), f32({1, 4}, {1, 20, 3, 30}));
}

TEST(ScatterElements, RoundsAChainOfNarrowFloatsOnce) {
    // 2,048 + 1 + 1: in f16 each sum alone would round back to 2,048.
    const TestTensor x = tensor<std::uint16_t>(DType::f16, {1}, {f16_from_f32(2048)});
    const TestTensor ones =
        tensor<std::uint16_t>(DType::f16, {2}, {f16_from_f32(1), f16_from_f32(1)});

    const TestTensor y = run(OpCode::scatter_elements, {x, i64({2}, {0, 0}), ones}, {0, 1});

    EXPECT_EQ(values_of<std::uint16_t>(y)[0], f16_from_f32(2050));
}

TEST(ScatterElements, KeepsTheBitsOfWhatNoUpdateNames) {
    const TestTensor x = tensor<std::uint32_t>(DType::f32, {2}, {0xffc00123, 0xffc00123});
    const TestTensor zero = f32({1}, {0});

    const TestTensor added = run(OpCode::scatter_elements, {x, i64({1}, {1}), zero}, {0, 1});
    const TestTensor lesser =
        run(OpCode::scatter_elements, {f32({1}, {0.0F}), i64({1}, {0}), f32({1}, {-0.0F})}, {0, 3});

    EXPECT_EQ(
        values_of<std::uint32_t>(added), (std::vector<std::uint32_t>{0xffc00123, 0x7fc00000})
    );
    EXPECT_EQ(values_of<std::uint32_t>(lesser)[0], 0x80000000U);
}

/// An i32 or f64 result of a mode, in the order of the updates.
std::uint64_t combine(DType dtype, std::int64_t mode, std::uint64_t a, std::uint64_t b) {
    if (mode == 0) {
        return b;
    }
    if (dtype == DType::i32) {
        const auto x = static_cast<std::int32_t>(a);
        const auto y = static_cast<std::int32_t>(b);
        const std::uint64_t lists[] = {
            a + b,
            a * b,
            static_cast<std::uint64_t>(std::min(x, y)),
            static_cast<std::uint64_t>(std::max(x, y)),
        };
        return lists[mode - 1] & 0xffffffff;
    }
    const auto x = std::bit_cast<double>(a);
    const auto y = std::bit_cast<double>(b);
    const double lists[] = {x + y, x * y, std::fmin(x, y), std::fmax(x, y)};
    double result = lists[mode - 1];
    if (mode > 2 && (std::isnan(x) || std::isnan(y))) {
        result = x + y;
    } else if (mode > 2 && x == 0 && y == 0) {
        const bool negative =
            mode == 3 ? std::signbit(x) || std::signbit(y) : std::signbit(x) && std::signbit(y);
        result = negative ? -0.0 : 0.0;
    }
    return std::isnan(result) ? f64_nan_bits : std::bit_cast<std::uint64_t>(result);
}

/// x with updates applied one after the other, by whoever calls.
class Patchwork {
public:
    explicit Patchwork(const TestTensor& x) : out_(x) {}

    void apply(const Index& at, std::int64_t mode, std::uint64_t update) {
        const NdArray now(out_);
        const std::uint64_t bits = combine(out_.type.dtype, mode, now(at), update);
        std::size_t element = 0;
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
            element = element * static_cast<std::size_t>(now.dims()[axis]) +
                      static_cast<std::size_t>(at[axis]);
        }
        const std::size_t size = size_of(out_.type.dtype);
        std::memcpy(out_.data.data() + element * size, &bits, size);
    }

    const TestTensor& result() const { return out_; }

private:
    TestTensor out_;
};

DType pick(SeededRandom& random, std::int64_t mode) {
    if (mode == 0) {
        return random_dtype(random);
    }
    return number_below(random, 2) == 0 ? DType::i32 : DType::f64;
}

TEST(ScatterElements, IsALoopOverTheUpdates) {
    SeededRandom random(1);
    for (int round = 0; round < rounds; ++round) {
        Index dims;
        Index index_dims;
        for (std::uint64_t axes = 1 + number_below(random, 3); axes > 0; --axes) {
            dims.push_back(1 + below(random, 12));
            index_dims.push_back(below(random, dims.back() + 1));
        }
        const auto axis = static_cast<std::size_t>(number_below(random, dims.size()));
        index_dims[axis] = below(random, 20);
        const std::int64_t mode = below(random, 5);
        const DType dtype = pick(random, mode);
        const TestTensor x = random_values(random, dtype, dims);
        const TestTensor indices = random_indices(random, index_dims, dims[axis]);
        const TestTensor updates = random_values(random, dtype, index_dims);
        Patchwork patchwork(x);
        for_each_index(index_dims, [&](const Index& at) {
            Index to = at;
            to[axis] = index_at(indices, at, dims[axis]);
            patchwork.apply(to, mode, NdArray(updates)(at));
        });
        expect_result(
            OpCode::scatter_elements,
            {x, indices, updates},
            {static_cast<std::int64_t>(axis), mode},
            patchwork.result()
        );
    }
}

TEST(ScatterNd, IsALoopOverTheTuples) {
    SeededRandom random(2);
    for (int round = 0; round < rounds; ++round) {
        Index dims;
        for (std::uint64_t axes = 1 + number_below(random, 3); axes > 0; --axes) {
            dims.push_back(1 + below(random, 8));
        }
        const std::size_t tuple = 1 + number_below(random, dims.size());
        Index index_dims;
        for (std::uint64_t axes = number_below(random, 3); axes > 0; --axes) {
            index_dims.push_back(below(random, 5));
        }
        Index update_dims = index_dims;
        const auto inner = dims.begin() + static_cast<std::ptrdiff_t>(tuple);
        update_dims.insert(update_dims.end(), inner, dims.end());
        const std::size_t leading = index_dims.size();
        index_dims.push_back(static_cast<std::int64_t>(tuple));
        const std::int64_t mode = below(random, 5);
        const DType dtype = pick(random, mode);
        const TestTensor x = random_values(random, dtype, dims);
        const TestTensor indices = make_tensor(DType::i32, index_dims, [&](const Index& at) {
            const std::int64_t size = dims[static_cast<std::size_t>(at.back())];
            return static_cast<std::uint64_t>(below(random, 2 * size) - size);
        });
        const TestTensor updates = random_values(random, dtype, update_dims);
        Patchwork patchwork(x);
        for_each_index(update_dims, [&](const Index& at) {
            Index named(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(leading));
            Index to;
            for (std::size_t part = 0; part < tuple; ++part) {
                named.push_back(static_cast<std::int64_t>(part));
                to.push_back(index_at(indices, named, dims[part]));
                named.pop_back();
            }
            to.insert(to.end(), at.begin() + static_cast<std::ptrdiff_t>(leading), at.end());
            patchwork.apply(to, mode, NdArray(updates)(at));
        });
        expect_result(OpCode::scatter_nd, {x, indices, updates}, {mode}, patchwork.result());
    }
}

TEST(Scatter, NamesTheFirstElementWhoseRuleMeetsABadIndex) {
    const TestTensor x = f32({2, 3}, {0, 1, 2, 3, 4, 5});
    const TestTensor update = f32({2, 2}, {7, 7, 7, 7});
    const auto elements = [&](const std::vector<std::int64_t>& indices, std::int64_t axis) {
        return bad_index(OpCode::scatter_elements, {x, i64({2, 2}, indices), update}, {axis, 0});
    };

    EXPECT_EQ(elements({0, 1, 2, 3}, 1), 3U);  // the line of row 1 begins at element 3
    EXPECT_EQ(elements({-4, 1, 2, 3}, 1), 0U);
    EXPECT_EQ(elements({0, 1, 1, 2}, 0), 1U);  // the line of column 1 begins at element 1
    EXPECT_EQ(elements({0, 1, 1, 0}, 0), std::nullopt);
    EXPECT_EQ(
        bad_index(OpCode::scatter_nd, {x, i64({2, 2}, {0, 0, 1, 3}), f32({2}, {7, 7})}, {0}), 0U
    );
    EXPECT_EQ(
        bad_index(OpCode::scatter_nd, {f32({2, 0}, {}), i64({1, 1}, {9}), f32({1, 0}, {})}, {0}),
        std::nullopt
    );
}

TEST(Scatter, RefusesOtherOperands) {
    const auto type = [](DType dtype, std::initializer_list<std::uint64_t> dimensions) {
        return TensorType{.dtype = dtype, .shape = Shape(dimensions)};
    };
    const TensorType x = type(DType::f32, {2, 3});
    const TensorType indices = type(DType::i64, {1, 2});
    const TensorType updates = type(DType::f32, {1, 2});
    const auto elements = [&](const std::vector<TensorType>& types, const Attributes& attributes) {
        return refusal(OpCode::scatter_elements, types, attributes);
    };
    EXPECT_EQ(elements({x, indices, updates}, {1, 0}), "");
    EXPECT_EQ(elements({x, indices, updates}, {1, 5}), "mode 5, not 0 to 4");
    EXPECT_NE(elements({x, indices, updates}, {1, -1}), "");
    EXPECT_NE(elements({x, indices, updates}, {2, 0}), "");
    EXPECT_NE(elements({x, indices, updates}, {1}), "");
    EXPECT_NE(elements({x, indices}, {1, 0}), "");
    EXPECT_NE(elements({x, type(DType::i8, {1, 2}), updates}, {1, 0}), "");
    EXPECT_NE(elements({x, indices, type(DType::f64, {1, 2})}, {1, 0}), "");
    EXPECT_NE(elements({x, indices, type(DType::f32, {2, 1})}, {1, 0}), "");
    EXPECT_NE(elements({x, type(DType::i64, {3, 1}), type(DType::f32, {3, 1})}, {1, 0}), "");
    const TensorType bits = type(DType::boolean, {2, 3});
    EXPECT_EQ(elements({bits, indices, type(DType::boolean, {1, 2})}, {1, 1}), "mode 1 of bool");

    const auto nd = [&](const TensorType& by, const TensorType& with) {
        return refusal(OpCode::scatter_nd, {x, by, with}, {0});
    };
    EXPECT_EQ(nd(indices, type(DType::f32, {1})), "");
    EXPECT_EQ(nd(indices, type(DType::f32, {2})), "updates f32[2], not f32[1]");
    EXPECT_EQ(nd(type(DType::i64, {1}), type(DType::f32, {3})), "");
    EXPECT_EQ(nd(type(DType::i64, {3}), type(DType::f32, {})), "indices i64[3] into f32[2,3]");
    EXPECT_NE(nd(type(DType::i64, {0}), x), "");
    EXPECT_NE(nd(type(DType::i64, {}), x), "");
}

}  // namespace
}  // namespace steelyard::vm::test
