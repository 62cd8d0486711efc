// W1 of doc/spec/vm.md: what a step costs besides its operator's own gas.
#include "vm/ops/step_gas.h"

#include <gtest/gtest.h>

#include <vector>

namespace steelyard::vm {
namespace {

struct Case {
    OpCode op{};
    std::vector<TensorType> operands{};
    std::vector<std::int64_t> attributes{};
    TensorType output{};

    const Operator& rule() const { return *find_operator(op, 1); }
    NodeCall call() const {
        return {.op = op, .operands = operands, .output = output, .attributes = attributes};
    }
};

Case case_of(
    OpCode op, std::vector<TensorType> operands, std::vector<std::int64_t> attributes = {}
) {
    const TensorType output = find_operator(op, 1)->infer(operands, attributes).value();
    return {op, std::move(operands), std::move(attributes), output};
}

std::uint64_t memory_of(const Case& one) {
    return memory_gas(one.rule(), one.call());
}

constexpr auto f32 = DType::f32;
constexpr auto i64 = DType::i64;

TEST(StepGas, counts_the_bytes_of_all_operands) {
    EXPECT_EQ(memory_of(case_of(OpCode::add, {{f32, {3, 5}}, {f32, {5}}})), 2 * (60 + 20));
    const TensorType matrix{f32, {64, 32}};
    EXPECT_EQ(
        memory_of(case_of(OpCode::gemm_f32, {{f32, {1, 32}}, matrix}, {0, 1})),
        2 * (128 + 64 * 32 * 4)
    );
    EXPECT_EQ(memory_of(case_of(OpCode::reduce_sum, {{f32, {7, 9}}})), 2 * 252);
}

TEST(StepGas, counts_of_a_table_what_is_taken_out_of_it) {
    const TensorType table{f32, {1000, 8}};
    const std::uint64_t indices = 2 * 3 * 8;
    EXPECT_EQ(memory_of(case_of(OpCode::gather, {table, {i64, {3}}}, {0})), 2 * 3 * 32 + indices);
    EXPECT_EQ(
        memory_of(case_of(OpCode::gather_nd, {table, {i64, {3, 1}}}, {0})), 2 * 3 * 32 + indices
    );
    EXPECT_EQ(
        memory_of(case_of(OpCode::dynamic_slice, {table, {i64, {2}}}, {2, 8})), 2 * 64 + 2 * 16
    );
    EXPECT_EQ(memory_of(case_of(OpCode::slice, {table}, {5, 1, 2, 0, 1, 8})), 2 * 64);
    EXPECT_EQ(memory_of(case_of(OpCode::transpose, {table}, {1, 0})), 2 * 32'000);
    EXPECT_EQ(memory_of(case_of(OpCode::broadcast, {{f32, {8}}}, {1000, 8})), 2 * 32);
}

TEST(StepGas, counts_whole_chunks_of_the_output) {
    constexpr std::uint64_t chunk = 1024 * 23;
    EXPECT_EQ(commitment_gas({f32, {}}), chunk);
    EXPECT_EQ(commitment_gas({f32, {0}}), chunk);
    EXPECT_EQ(commitment_gas({f32, {256}}), chunk);
    EXPECT_EQ(commitment_gas({f32, {257}}), 2 * chunk);
    // 85 rows of 12 bytes lie in a chunk; of rows of 516 bytes each has its own.
    EXPECT_EQ(commitment_gas({f32, {85, 3}}), chunk);
    EXPECT_EQ(commitment_gas({f32, {86, 3}}), 2 * chunk);
    EXPECT_EQ(commitment_gas({f32, {10, 129}}), 10 * chunk);
}

TEST(StepGas, sums_computing_memory_commitment_and_the_step) {
    const Case one = case_of(OpCode::exp, {{f32, {100, 256}}});
    EXPECT_EQ(
        step_gas(one.rule(), one.call()), 16 * 25'600 + 2 * 102'400 + 100 * 1024 * 23 + 10'000
    );
}

TEST(StepGas, of_each_product_of_a_batch_has_its_beginning) {
    const auto gas = [](const Case& one) { return one.rule().gas(one.call()); };
    const TensorType small{f32, {4096, 2, 2}};
    EXPECT_EQ(gas(case_of(OpCode::gemm_f32, {small, small}, {0, 1})), 4096 * (8 + 2000));
    EXPECT_EQ(gas(case_of(OpCode::gemm_f32, {small, {f32, {2, 2}}}, {0, 1})), 4096 * 8 + 2000);
    const TensorType bytes{DType::i8, {3, 5, 2, 4}};
    EXPECT_EQ(gas(case_of(OpCode::gemm_i8, {bytes, bytes}, {0, 0})), 15 * (4 * 2 + 2000));
}

}  // namespace
}  // namespace steelyard::vm
