#include "tests/support/vm/op_cases.h"
#include "vm/backend/cpu/kernels.h"

#include <gtest/gtest.h>
#include <xmmintrin.h>
#include <thread>

namespace steelyard::vm::cpu {
namespace {

constexpr std::size_t element_count = 100'000;

struct alignas(64) Floats {
    std::array<float, element_count> values;
};

/// Each piece on a thread of its own that flushes subnormals and rounds towards zero.
void on_poisoned_threads(std::size_t count, const std::function<void(std::size_t)>& body) {
    for (std::size_t index = 0; index < count; ++index) {
        const std::jthread thread([&] {
            _mm_setcsr(0xffc0);
            body(index);
        });
    }
}

TEST(CpuBackend, ComputesAsTheRulesSayWhateverItsThreadsWereLeftWith) {
    const auto x = std::make_unique<Floats>();
    const auto y = std::make_unique<Floats>();
    x->values.fill(0x1p-140F);  // a subnormal, and so is its double
    const TensorType type{.dtype = DType::f32, .shape = {element_count}};
    const std::vector<TensorType> types{type, type};
    const NodeCall call{.op = OpCode::add, .version = 1, .operands = types, .output = type};
    const std::array operands{
        reinterpret_cast<const std::byte*>(x.get()), reinterpret_cast<const std::byte*>(x.get())
    };
    const NodeWork work{
        .call = call, .operands = operands, .output = reinterpret_cast<std::byte*>(y.get())
    };
    for (const Isa isa : {Isa::scalar, Isa::scalar_soft_fma, best_isa()}) {
        y->values.fill(0.0F);
        EXPECT_FALSE(make_cpu_backend(isa)->run(work, on_poisoned_threads).has_value());
        const auto wrong = std::ranges::count_if(y->values, [](float sum) {
            return std::bit_cast<std::uint32_t>(sum) != std::bit_cast<std::uint32_t>(0x1p-139F);
        });
        EXPECT_EQ(wrong, 0) << to_string(isa);
    }
}

TEST(Isa, NamesComeBack) {
    for (const Isa isa :
         {Isa::scalar, Isa::scalar_soft_fma, Isa::avx2, Isa::avx512_no_vnni, Isa::avx512}) {
        if (is_available(isa)) {
            EXPECT_EQ(isa_from_name(to_string(isa)), isa);
            EXPECT_EQ(make_cpu_backend(isa)->name(), to_string(isa));
        }
    }
    EXPECT_EQ(isa_from_name("sse").error().code(), ErrorCode::invalid);
    EXPECT_TRUE(is_available(best_isa()));
}

/// Whether some of many random calls finds a kernel.
bool has_kernel(Isa isa, OpCode op) {
    SeededRandom random(1);
    for (int round = 0; round < 50; ++round) {
        const test::OpCase one = test::random_case(random, op);
        std::vector<TensorType> types;
        for (const test::TestTensor& operand : one.operands) {
            types.push_back(operand.type);
        }
        const NodeCall call{
            .op = op,
            .operands = types,
            .output = *find_operator(op, 1)->infer(types, one.attributes),
            .attributes = one.attributes,
        };
        if (find_kernel(isa, call) != nullptr) {
            return true;
        }
    }
    return false;
}

// Whoever adds an operator says here that the reference is fast enough for it.
TEST(CpuBackend, HasAKernelForAllOperatorsButThese) {
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        std::vector<std::string_view> without;
        for (const OpCode op : all_op_codes()) {
            if (!has_kernel(isa, op)) {
                without.push_back(to_string(op));
            }
        }
        EXPECT_EQ(without, (std::vector<std::string_view>{"iota"})) << to_string(isa);
    }
}

}  // namespace
}  // namespace steelyard::vm::cpu
