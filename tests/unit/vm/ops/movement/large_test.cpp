// Tensors that kernels cut into several pieces.
#include "base/random.h"
#include "tests/support/vm/random_tensors.h"

#include <gtest/gtest.h>

namespace steelyard::vm::test {
namespace {

TestTensor words(std::initializer_list<std::uint64_t> dimensions) {
    SeededRandom random(1);
    return random_tensor(
        random, {.dtype = DType::u32, .shape = Shape(dimensions)}, Values::ordinary
    );
}

TestTensor bytes(std::initializer_list<std::uint64_t> dimensions) {
    SeededRandom random(2);
    return random_tensor(
        random, {.dtype = DType::u8, .shape = Shape(dimensions)}, Values::ordinary
    );
}

TestTensor starts(const std::vector<std::int64_t>& values) {
    return i64({values.size()}, values);
}

TEST(LargeMovement, HasOneAnswer) {
    const TestTensor x = words({301, 707});
    const TestTensor seven = tensor<std::uint32_t>(DType::u32, {}, {7});

    expect_one_answer(OpCode::transpose, {x}, {1, 0});
    expect_one_answer(OpCode::transpose, {bytes({70, 90, 101})}, {2, 0, 1});
    expect_one_answer(OpCode::transpose, {words({2, 300, 130, 3})}, {0, 2, 1, 3});
    expect_one_answer(OpCode::transpose, {words({7, 300, 130})}, {2, 0, 1});
    expect_one_answer(OpCode::reshape, {x}, {707, 301});
    expect_one_answer(OpCode::slice, {x}, {300, -1, 300, 5, 2, 350});
    expect_one_answer(OpCode::concat, {x, words({301, 1}), x}, {1});
    expect_one_answer(OpCode::pad, {x, seven}, {0, 3, -1, 0, -2, 5, 1});
    expect_one_answer(OpCode::pad, {x, seven}, {1, 300, 2, 0, 5, 706, 0});
    expect_one_answer(OpCode::pad, {x, seven}, {2, 0, 9, 0, 8, 1, 0});
    expect_one_answer(OpCode::broadcast, {words({301, 1})}, {3, 301, 200});
    expect_one_answer(OpCode::im2col, {words({2, 40, 30, 5})}, {3, 1, 1, 1, 1, 3, 1, 2, 2, 2});
    expect_one_answer(OpCode::dynamic_slice, {x, starts({1, 7})}, {300, 700});
    expect_one_answer(OpCode::dynamic_update, {x, words({200, 700}), starts({100, 7})});
}

// All sizes of elements, with whole blocks, parts of them, and few rows or columns.
TEST(LargeMovement, TransposesAllSizes) {
    SeededRandom random(4);
    for (const DType dtype : {DType::u8, DType::i16, DType::f32, DType::f64}) {
        const auto transpose = [&](std::initializer_list<std::uint64_t> dimensions) {
            const TensorType type{.dtype = dtype, .shape = Shape(dimensions)};
            expect_one_answer(
                OpCode::transpose, {random_tensor(random, type, Values::awkward)}, {0, 2, 1}
            );
        };
        transpose({2, 128, 256});
        transpose({3, 145, 67});
        for (std::uint64_t few = 1; few < 7; ++few) {
            transpose({2, few, 333});
            transpose({2, 333, few});
        }
    }
}

TEST(LargeIndices, HaveOneAnswer) {
    SeededRandom random(3);
    std::vector<std::int64_t> rows;
    for (int i = 0; i < 400; ++i) {
        rows.push_back(static_cast<std::int64_t>(number_below(random, 301)) - 150);
    }
    const TestTensor x = words({301, 707});

    expect_one_answer(OpCode::gather, {x, starts(rows)}, {0});
    expect_one_answer(OpCode::gather, {x, starts(rows)}, {1});
    std::vector<std::int64_t> places;
    for (int i = 0; i < 301 * 100; ++i) {
        places.push_back(static_cast<std::int64_t>(number_below(random, 301)));
    }
    const TestTensor indices = i64({301, 100}, places);
    expect_one_answer(OpCode::gather_elements, {x, indices}, {0});
    expect_one_answer(OpCode::gather_elements, {x, indices}, {1});
    places[20'011] = 301;
    places[29'000] = -302;
    expect_one_answer(OpCode::gather_elements, {x, i64({301, 100}, places)}, {0});

    const TensorType tall{.dtype = DType::f16, .shape = {3, 40'000}};
    const TestTensor y = random_tensor(random, tall, Values::awkward);
    const TestTensor tuples = i64({4, 1}, {1, 0, 1, -2});
    const TestTensor updates =
        random_tensor(random, {.dtype = DType::f16, .shape = {4, 40'000}}, Values::awkward);
    expect_one_answer(OpCode::scatter_nd, {y, tuples, updates}, {1});

    const TestTensor sums =
        random_tensor(random, {.dtype = DType::f32, .shape = {2, 30'000}}, Values::awkward);
    const TestTensor added =
        random_tensor(random, {.dtype = DType::f32, .shape = {3, 30'000}}, Values::awkward);
    expect_one_answer(OpCode::scatter_add, {sums, starts({1, -1, 0}), added}, {24});
}

TEST(LargeLines, HaveOneAnswer) {
    SeededRandom random(4);
    const TensorType type{.dtype = DType::i32, .shape = {5'000, 9}};
    const TestTensor x = random_tensor(random, type, Values::ordinary);
    std::vector<std::int64_t> places;
    for (int i = 0; i < 5'000 * 4; ++i) {
        places.push_back(static_cast<std::int64_t>(number_below(random, 9)));
    }
    const TestTensor updates =
        random_tensor(random, {.dtype = DType::i32, .shape = {5'000, 4}}, Values::ordinary);

    expect_one_answer(OpCode::scatter_elements, {x, i64({5'000, 4}, places), updates}, {1, 1});
    places[19'998] = 9;
    places[17'003] = -10;
    expect_one_answer(OpCode::scatter_elements, {x, i64({5'000, 4}, places), updates}, {1, 1});
}

}  // namespace
}  // namespace steelyard::vm::test
