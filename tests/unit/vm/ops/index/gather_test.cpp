#include "tests/support/vm/rounds.h"
#include "tests/unit/vm/ops/index/index_tensors.h"

#include <gtest/gtest.h>

namespace steelyard::vm::test {
namespace {

const int rounds = times(40);
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

std::optional<std::uint64_t> bad_index(
    OpCode op, const std::vector<TestTensor>& operands, const Attributes& attributes
) {
    expect_one_answer(op, operands, attributes);
    return run_reference(op, operands, attributes)->bad_index;
}

TEST(Gather, TakesRowsAndCountsFromTheEnd) {
    const TestTensor x = f32({3, 2}, {1, 2, 3, 4, 5, 6});

    EXPECT_EQ(run(OpCode::gather, {x, i64({2}, {2, -3})}, {0}), f32({2, 2}, {5, 6, 1, 2}));
    EXPECT_EQ(run(OpCode::gather, {x, i64({}, {-1})}, {1}), f32({3}, {2, 4, 6}));
}

TEST(Gather, PutsTheIndicesAxesInPlaceOfItsAxis) {
    SeededRandom random(1);
    for (int round = 0; round < rounds; ++round) {
        Index dims;
        for (std::uint64_t axes = 1 + number_below(random, 4); axes > 0; --axes) {
            dims.push_back(1 + below(random, dims.size() == 1 ? 90 : 5));
        }
        const auto axis = static_cast<std::size_t>(number_below(random, dims.size()));
        Index index_dims;
        for (std::uint64_t axes = number_below(random, 3); axes > 0; --axes) {
            index_dims.push_back(below(random, 7));
        }
        const TestTensor x = random_values(random, random_dtype(random), dims);
        const TestTensor indices = random_indices(random, index_dims, dims[axis]);
        const auto place = static_cast<std::ptrdiff_t>(axis);
        Index out = dims;
        out.erase(out.begin() + place);
        out.insert(out.begin() + place, index_dims.begin(), index_dims.end());
        const TestTensor wanted = make_tensor(x.type.dtype, out, [&](const Index& at) {
            const Index named(at.begin() + place, at.begin() + place + std::ssize(index_dims));
            Index from(at.begin(), at.begin() + place);
            from.push_back(index_at(indices, named, dims[axis]));
            from.insert(from.end(), at.begin() + place + std::ssize(index_dims), at.end());
            return NdArray(x)(from);
        });
        expect_result(OpCode::gather, {x, indices}, {static_cast<std::int64_t>(axis)}, wanted);
    }
}

TEST(Gather, NamesTheFirstElementOfABadIndex) {
    const TestTensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});

    EXPECT_EQ(bad_index(OpCode::gather, {x, i64({4}, {0, 1, 2, -3})}, {0}), 6U);
    EXPECT_EQ(bad_index(OpCode::gather, {x, i64({3}, {0, 2, 3})}, {1}), 2U);
    EXPECT_EQ(bad_index(OpCode::gather, {x, i64({2}, {1, -4})}, {1}), 1U);
    EXPECT_EQ(bad_index(OpCode::gather, {x, i64({1}, {most})}, {0}), 0U);
    EXPECT_EQ(bad_index(OpCode::gather, {x, i64({1}, {-most - 1})}, {0}), 0U);
    EXPECT_EQ(bad_index(OpCode::gather, {f32({0, 2}, {}), i64({1}, {0})}, {0}), 0U);
    EXPECT_EQ(bad_index(OpCode::gather, {f32({2, 0}, {}), i64({1}, {9})}, {0}), std::nullopt);
}

TEST(GatherElements, FollowsItsAxis) {
    SeededRandom random(2);
    for (int round = 0; round < rounds; ++round) {
        Index dims;
        Index index_dims;
        for (std::uint64_t axes = 1 + number_below(random, 3); axes > 0; --axes) {
            dims.push_back(1 + below(random, 40));
            index_dims.push_back(below(random, dims.back() + 1));
        }
        const auto axis = static_cast<std::size_t>(number_below(random, dims.size()));
        index_dims[axis] = below(random, 60);
        const TestTensor x = random_values(random, random_dtype(random), dims);
        const TestTensor indices = random_indices(random, index_dims, dims[axis]);
        const TestTensor wanted = make_tensor(x.type.dtype, index_dims, [&](const Index& at) {
            Index from = at;
            from[axis] = index_at(indices, at, dims[axis]);
            return NdArray(x)(from);
        });
        expect_result(
            OpCode::gather_elements, {x, indices}, {static_cast<std::int64_t>(axis)}, wanted
        );
    }
}

TEST(GatherElements, NamesTheFirstElementOfABadIndex) {
    const TestTensor x = f32({2, 2}, {1, 2, 3, 4});

    EXPECT_EQ(bad_index(OpCode::gather_elements, {x, i64({2, 2}, {0, 1, -1, 2})}, {0}), 3U);
    EXPECT_EQ(bad_index(OpCode::gather_elements, {x, i64({2, 2}, {0, -3, 2, 2})}, {1}), 1U);
}

TEST(GatherNd, ReadsTuplesBehindBatches) {
    const TestTensor x = f32({2, 2}, {0, 1, 2, 3});

    EXPECT_EQ(run(OpCode::gather_nd, {x, i64({2, 2}, {0, 0, 1, 1})}, {0}), f32({2}, {0, 3}));
    EXPECT_EQ(run(OpCode::gather_nd, {x, i64({2, 1}, {1, 0})}, {0}), f32({2, 2}, {2, 3, 0, 1}));
    EXPECT_EQ(run(OpCode::gather_nd, {x, i64({2, 1}, {1, -2})}, {1}), f32({2}, {1, 2}));
    SeededRandom random(3);
    for (int round = 0; round < rounds; ++round) {
        Index dims;
        for (std::uint64_t axes = 1 + number_below(random, 4); axes > 0; --axes) {
            dims.push_back(1 + below(random, 9));
        }
        const auto batch = static_cast<std::size_t>(number_below(random, dims.size()));
        const std::size_t tuple = 1 + number_below(random, dims.size() - batch);
        const auto inner = static_cast<std::ptrdiff_t>(batch + tuple);
        Index index_dims(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(batch));
        for (std::uint64_t axes = number_below(random, 3); axes > 0; --axes) {
            index_dims.push_back(below(random, 6));
        }
        Index out = index_dims;
        out.insert(out.end(), dims.begin() + inner, dims.end());
        index_dims.push_back(static_cast<std::int64_t>(tuple));
        const TestTensor x_random = random_values(random, random_dtype(random), dims);
        const TestTensor indices = make_tensor(DType::i64, index_dims, [&](const Index& at) {
            const std::int64_t size = dims[batch + static_cast<std::size_t>(at.back())];
            return static_cast<std::uint64_t>(below(random, 2 * size) - size);
        });
        const TestTensor wanted = make_tensor(x_random.type.dtype, out, [&](const Index& at) {
            Index named(at.begin(), at.begin() + std::ssize(index_dims) - 1);
            Index from(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(batch));
            for (std::size_t part = 0; part < tuple; ++part) {
                named.push_back(static_cast<std::int64_t>(part));
                from.push_back(index_at(indices, named, dims[batch + part]));
                named.pop_back();
            }
            from.insert(from.end(), at.begin() + std::ssize(index_dims) - 1, at.end());
            return NdArray(x_random)(from);
        });
        expect_result(
            OpCode::gather_nd, {x_random, indices}, {static_cast<std::int64_t>(batch)}, wanted
        );
    }
}

TEST(GatherNd, NamesTheFirstElementOfABadTuple) {
    const TestTensor x = f32({2, 3}, {0, 1, 2, 3, 4, 5});

    EXPECT_EQ(bad_index(OpCode::gather_nd, {x, i64({2, 1}, {1, 2})}, {0}), 3U);
    EXPECT_EQ(bad_index(OpCode::gather_nd, {x, i64({2, 2}, {1, 2, 0, 3})}, {0}), 1U);
}

TEST(DynamicSlice, StartsWhereTheDataSays) {
    const TestTensor x = f32({2, 3}, {0, 1, 2, 3, 4, 5});

    EXPECT_EQ(run(OpCode::dynamic_slice, {x, i64({2}, {1, 1})}, {1, 2}), f32({1, 2}, {4, 5}));
    EXPECT_EQ(bad_index(OpCode::dynamic_slice, {x, i64({2}, {0, 2})}, {1, 2}), 0U);
    EXPECT_EQ(bad_index(OpCode::dynamic_slice, {x, i64({2}, {-1, 0})}, {1, 2}), 0U);
    EXPECT_EQ(bad_index(OpCode::dynamic_slice, {x, i64({2}, {0, most})}, {1, 0}), std::nullopt);
    EXPECT_EQ(run(OpCode::dynamic_slice, {f32({}, {7}), i64({0}, {})}, {}), f32({}, {7}));
    SeededRandom random(4);
    for (int round = 0; round < rounds; ++round) {
        Index dims;
        Index sizes;
        std::vector<std::int64_t> starts;
        for (std::uint64_t axes = 1 + number_below(random, 3); axes > 0; --axes) {
            dims.push_back(1 + below(random, axes == 1 ? 300 : 8));
            sizes.push_back(below(random, dims.back() + 1));
            starts.push_back(below(random, dims.back() - sizes.back() + 1));
        }
        const TestTensor from = random_values(random, random_dtype(random), dims);
        const TestTensor at = i64({starts.size()}, starts);
        const TestTensor wanted = make_tensor(from.type.dtype, sizes, [&](Index place) {
            for (std::size_t axis = 0; axis < place.size(); ++axis) {
                place[axis] += starts[axis];
            }
            return NdArray(from)(place);
        });
        expect_result(OpCode::dynamic_slice, {from, at}, sizes, wanted);

        const TestTensor update = random_values(random, from.type.dtype, sizes);
        const TestTensor updated = make_tensor(from.type.dtype, dims, [&](const Index& place) {
            Index within = place;
            for (std::size_t axis = 0; axis < place.size(); ++axis) {
                within[axis] -= starts[axis];
            }
            return NdArray(update).has(within) ? NdArray(update)(within) : NdArray(from)(place);
        });
        expect_result(OpCode::dynamic_update, {from, update, at}, {}, updated);
    }
}

TEST(DynamicUpdate, RefusesStartsThatLeaveTheTensor) {
    const TestTensor x = f32({3}, {0, 1, 2});
    const TestTensor two = f32({2}, {8, 9});

    EXPECT_EQ(run(OpCode::dynamic_update, {x, two, i64({1}, {1})}), f32({3}, {0, 8, 9}));
    EXPECT_EQ(bad_index(OpCode::dynamic_update, {x, two, i64({1}, {2})}, {}), 0U);
    EXPECT_EQ(bad_index(OpCode::dynamic_update, {x, two, i64({1}, {-1})}, {}), 0U);
    EXPECT_EQ(bad_index(OpCode::dynamic_update, {x, f32({0}, {}), i64({1}, {4})}, {}), 0U);
}

TensorType type(DType dtype, std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = dtype, .shape = Shape(dimensions)};
}

TEST(Gather, RefusesOtherOperands) {
    const TensorType x = type(DType::f32, {2, 3});
    const TensorType indices = type(DType::i64, {4});
    for (const OpCode op : {OpCode::gather, OpCode::gather_elements, OpCode::gather_nd}) {
        EXPECT_EQ(refusal(op, {x}, {0}), "takes 2 operands, not 1");
        EXPECT_EQ(refusal(op, {x, indices}, {}), "takes 1 attributes, not 0");
        EXPECT_EQ(
            refusal(op, {x, type(DType::u32, {4})}, {0}), "an index of type u32, not i32 or i64"
        );
        EXPECT_NE(refusal(op, {x, indices}, {-1}), "");
        EXPECT_NE(refusal(op, {x, indices}, {most}), "");
    }
    EXPECT_EQ(refusal(OpCode::gather, {x, indices}, {2}), "axis 2 of f32[2,3]");
    EXPECT_NE(refusal(OpCode::gather, {x, type(DType::i64, {1, 1, 1, 1, 1, 1, 1, 1})}, {0}), "");
    EXPECT_EQ(
        refusal(OpCode::gather_elements, {x, indices}, {0}),
        "indices i64[4] along axis 0 of f32[2,3]"
    );
    EXPECT_NE(refusal(OpCode::gather_elements, {x, type(DType::i64, {2, 4})}, {0}), "");
    EXPECT_EQ(
        refusal(OpCode::gather_nd, {x, type(DType::i64, {4, 3})}, {0}),
        "indices of 3 axes into f32[2,3], 0 of them batch"
    );
    EXPECT_NE(refusal(OpCode::gather_nd, {x, type(DType::i64, {4, 0})}, {0}), "");
    EXPECT_NE(refusal(OpCode::gather_nd, {x, type(DType::i64, {4, 1})}, {1}), "");
    EXPECT_NE(refusal(OpCode::gather_nd, {x, type(DType::i64, {2, 1})}, {2}), "");
    EXPECT_NE(refusal(OpCode::gather_nd, {x, type(DType::i64, {})}, {0}), "");
    EXPECT_NE(refusal(OpCode::gather_nd, {type(DType::f32, {}), indices}, {0}), "");
}

TEST(DynamicSlice, RefusesOtherOperands) {
    const TensorType x = type(DType::f32, {2, 3});
    const TensorType starts = type(DType::i64, {2});
    EXPECT_EQ(
        refusal(OpCode::dynamic_slice, {x, type(DType::i64, {3})}, {1, 1}),
        "starts i64[3] of f32[2,3], not i64[2]"
    );
    EXPECT_NE(refusal(OpCode::dynamic_slice, {x, type(DType::i32, {2})}, {1, 1}), "");
    EXPECT_NE(refusal(OpCode::dynamic_slice, {x, starts}, {1}), "");
    EXPECT_NE(refusal(OpCode::dynamic_slice, {x, starts}, {1, 4}), "");
    EXPECT_NE(refusal(OpCode::dynamic_slice, {x, starts}, {1, -1}), "");
    EXPECT_NE(refusal(OpCode::dynamic_slice, {x}, {1, 1}), "");
    EXPECT_NE(refusal(OpCode::dynamic_update, {x, x, starts}, {0}), "");
    EXPECT_NE(refusal(OpCode::dynamic_update, {x, type(DType::f32, {3, 1}), starts}), "");
    EXPECT_NE(refusal(OpCode::dynamic_update, {x, type(DType::f32, {2}), starts}), "");
    EXPECT_NE(refusal(OpCode::dynamic_update, {x, type(DType::i32, {1, 1}), starts}), "");
    EXPECT_NE(refusal(OpCode::dynamic_update, {x, x}), "");
}

}  // namespace
}  // namespace steelyard::vm::test
