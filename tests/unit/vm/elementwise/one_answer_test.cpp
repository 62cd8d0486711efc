// Every elementwise operator on every type and kind of broadcasting, by all backends.

#include "base/random.h"
#include "tests/support/vm/op_harness.h"
#include "tests/support/vm/random_tensors.h"
#include "vm/ops/narrow_floats.h"
#include "vm/ops/rule.h"

#include <gtest/gtest.h>
#include <cstdlib>

namespace steelyard::vm::test {
namespace {

using enum OpCode;

/// STEELYARD_VM_ROUNDS=N: N times as many tensors, each of another seed.
std::uint32_t rounds() {
    const char* text = std::getenv("STEELYARD_VM_ROUNDS");
    return text == nullptr ? 1 : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

/// Shapes that broadcast together, the last the output's.
std::vector<std::vector<Shape>> shapes_of(std::size_t operands, SeededRandom& random) {
    const std::uint64_t n = awkward_size(random, 2048);
    const std::uint64_t m = 1 + random.below(40);
    std::vector<std::vector<Shape>> all;
    all.push_back(std::vector<Shape>(operands, Shape({n})));
    all.push_back(std::vector<Shape>(operands, Shape({2, m, 3})));
    for (std::size_t odd = 0; operands > 1 && odd < operands; ++odd) {
        for (const Shape& small :
             {Shape({}), Shape({1}), Shape({m}), Shape({3, 1}), Shape({2, 1, 1}), Shape({2, 1, m})
             }) {
            std::vector<Shape> shapes(operands, Shape({2, 3, m}));
            shapes[odd] = small;
            all.push_back(shapes);
        }
    }
    return all;
}

template <typename Bits>
void expect_canonical_nans(const TestTensor& tensor, Bits infinity, Bits canonical) {
    for (const Bits bits : values_of<Bits>(tensor)) {
        const auto size = static_cast<Bits>(bits & (canonical | (canonical - 1)));
        ASSERT_TRUE(size <= infinity || bits == canonical) << bits;
    }
}

void expect_canonical_nans(const TestTensor& tensor) {
    switch (tensor.type.dtype) {
        case DType::f32:
            return expect_canonical_nans<std::uint32_t>(tensor, 0x7f800000, f32_nan_bits);
        case DType::f64:
            return expect_canonical_nans<std::uint64_t>(tensor, 0x7ff0000000000000, f64_nan_bits);
        case DType::f16:
            return expect_canonical_nans<std::uint16_t>(tensor, 0x7c00, f16_nan_bits);
        case DType::bf16:
            return expect_canonical_nans<std::uint16_t>(tensor, 0x7f80, bf16_nan_bits);
        default:
            return;
    }
}

void expect_one_answer_on(
    OpCode op, const std::vector<DType>& types, const Attributes& attributes = {}
) {
    for (std::uint32_t round = 0; round < rounds(); ++round) {
        SeededRandom random(static_cast<std::uint64_t>(op) << 32 | round);
        for (const auto& shapes : shapes_of(types.size(), random)) {
            for (const Values values : {Values::ordinary, Values::awkward}) {
                std::vector<TestTensor> operands;
                for (std::size_t index = 0; index < types.size(); ++index) {
                    operands.push_back(random_tensor(
                        random, {.dtype = types[index], .shape = shapes[index]}, values
                    ));
                }
                expect_one_answer(op, operands, attributes, round + 1);
                if (op != select && op != bitcast) {
                    expect_canonical_nans(run(op, operands, attributes));
                }
                if (testing::Test::HasFailure()) {
                    return;
                }
            }
        }
    }
}

/// The operator on `operands` tensors of each type that its rule takes.
void expect_one_answer_on_all_types(OpCode op, std::size_t operands) {
    std::uint32_t taken = 0;
    for (std::uint8_t number = 1; number <= dtype_max; ++number) {
        const TensorType type{.dtype = static_cast<DType>(number), .shape = Shape({1})};
        if (refusal(op, std::vector<TensorType>(operands, type)).empty()) {
            expect_one_answer_on(op, std::vector<DType>(operands, type.dtype));
            ++taken;
        }
    }
    EXPECT_GT(taken, 0U) << to_string(op);
}

class EveryOperator : public testing::TestWithParam<OpCode> {};

bool is_between(OpCode op, OpCode first, OpCode last) {
    return op >= first && op <= last;
}

TEST_P(EveryOperator, HasOneAnswerOnAllTypes) {
    const OpCode op = GetParam();
    if (op == is_infinite) {
        for (const DType type : {DType::f32, DType::f64, DType::f16, DType::bf16}) {
            expect_one_answer_on(op, {type}, {2});
        }
        return;
    }
    const bool three = op == fma || op == clip;
    expect_one_answer_on_all_types(op, three ? 3 : is_between(op, add, shift_right) ? 2 : 1);
}

INSTANTIATE_TEST_SUITE_P(
    Elementwise,
    EveryOperator,
    testing::ValuesIn(std::vector<OpCode>{
        exp,        exp2,    expm1,   log,         log2,       log1p,       sin,      cos,
        tan,        asin,    acos,    atan,        sinh,       cosh,        asinh,    acosh,
        atanh,      tanh,    sigmoid, erf,         gelu,       silu,        softplus, pow,
        neg,        abs,     sign,    floor,       ceil,       round,       trunc,    sqrt,
        reciprocal, rsqrt,   relu,    logical_not, is_nan,     is_infinite, add,      sub,
        mul,        div,     mod,     fmod,        min,        max,         equal,    less,
        less_equal, bit_and, bit_or,  bit_xor,     shift_left, shift_right, fma,      clip,
        atan2
    }),
    [](const auto& of) { return std::string(to_string(of.param)); }
);

/// Inputs from all over f32: every 2^32 / 40,000th, odd ones.
TEST(OneAnswer, OfFunctionsOnStridedInputs) {
    std::vector<float> x;
    const std::uint64_t stride = (std::uint64_t{1} << 32) / (40'000 * rounds()) | 1;
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += stride) {
        x.push_back(f32_of(static_cast<std::uint32_t>(bits)));
    }
    for (const OpCode op : all_op_codes()) {
        if ((op >= exp && op <= softplus) || op == exp2 || op == log2) {
            expect_one_answer(op, {f32({x.size()}, x)});
        }
    }
}

TEST(OneAnswer, OfCasts) {
    for (std::uint8_t from = 1; from <= dtype_max; ++from) {
        for (std::uint8_t to = 1; to <= dtype_max; ++to) {
            expect_one_answer_on(cast, {static_cast<DType>(from)}, {to});
            if (size_of(static_cast<DType>(from)) == size_of(static_cast<DType>(to))) {
                expect_one_answer_on(bitcast, {static_cast<DType>(from)}, {to});
            }
        }
    }
}

TEST(OneAnswer, OfSelect) {
    for (std::uint8_t number = 1; number <= dtype_max; ++number) {
        const auto type = static_cast<DType>(number);
        expect_one_answer_on(select, {DType::boolean, type, type});
    }
}

TEST(OneAnswer, OfAxpby) {
    expect_one_answer_on(axpby, {DType::f32, DType::f32}, {0x3f9d70a4, 0xbe99999a});
    expect_one_answer_on(axpby, {DType::f32, DType::f32}, {0x7fc00001, 0});
}

/// Operators whose other operands broadcast to the first.
TEST(OneAnswer, OfQuantisation) {
    SeededRandom random(11);
    for (const DType type : {DType::i8, DType::u8, DType::i32}) {
        for (const Shape& small : {Shape({}), Shape({70}), Shape({3, 1}), Shape({2, 3, 70})}) {
            for (const Values values : {Values::ordinary, Values::awkward}) {
                const auto of = [&](DType dtype, const Shape& shape) {
                    return random_tensor(random, {.dtype = dtype, .shape = shape}, values);
                };
                const Shape shape({2, 3, 70});
                expect_one_answer(
                    quantise, {of(DType::f32, shape), of(DType::f32, small), of(type, small)}
                );
                expect_one_answer(
                    dequantise, {of(type, shape), of(DType::f32, small), of(type, small)}
                );
                if (type != DType::i32) {
                    expect_one_answer(
                        requantise,
                        {of(DType::i32, shape),
                         of(DType::i32, small),
                         of(DType::i32, small),
                         of(type, small)}
                    );
                }
            }
        }
    }
}

TEST(OneAnswer, OfAdamUpdate) {
    SeededRandom random(12);
    for (const Shape& shape : {Shape({}), Shape({0}), Shape({1000}), Shape({3, 17})}) {
        const auto of = [&](const Shape& wanted) {
            return random_tensor(random, {.dtype = DType::f32, .shape = wanted}, Values::awkward);
        };
        expect_one_answer(adam_update, {of(shape), of(shape), of(shape), of({})}, {0x322bcc77});
    }
}

}  // namespace
}  // namespace steelyard::vm::test
