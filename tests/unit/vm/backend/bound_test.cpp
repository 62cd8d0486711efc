#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/ops/bounds.h"
#include "vm/ops/narrow_floats.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <bit>
#include <cmath>

namespace steelyard::vm::cpu {
namespace {

using namespace steelyard::vm::test;

/// Pieces from the last to the first.
void backwards(std::size_t count, const std::function<void(std::size_t)>& body) {
    for (std::size_t index = count; index-- > 0;) {
        body(index);
    }
}

void expect_as_the_reference(const TestTensor& x, std::uint32_t bound_bits) {
    const auto* data = reinterpret_cast<const std::byte*>(x.data.data());
    const auto wanted = make_reference_backend()->first_out_of_bound(x.type, data, bound_bits, {});
    EXPECT_EQ(
        all_within_bound(x.type.dtype, {data, x.data.size()}, bound_bits), !wanted.has_value()
    );
    for (const Isa isa : {Isa::scalar, best_isa()}) {
        const auto backend = make_cpu_backend(isa);
        EXPECT_EQ(backend->first_out_of_bound(x.type, data, bound_bits, {}), wanted);
        EXPECT_EQ(backend->first_out_of_bound(x.type, data, bound_bits, backwards), wanted);
    }
}

constexpr std::uint32_t bounds[] = {
    0x00000001,  // the least subnormal
    0x38800000,  // 2^-14
    0x3f800000,  // 1
    0x3f800001,
    0x477fe000,  // 65,504
    0x477fdfff,
    0x47800000,  // 65,536
    0x7f7fffff,
    0x7f800000,
};

TEST(Bound, IsFoundAsTheReferenceDoes) {
    SeededRandom random(1);
    for (int number = 1; number <= dtype_max; ++number) {
        const DType dtype = *dtype_from_number(static_cast<std::uint8_t>(number));
        for (const std::uint64_t count : {0U, 1U, 2U, 511U, 512U, 513U, 2000U}) {
            const TensorType type{.dtype = dtype, .shape = {count}};
            for (const std::uint32_t bound_bits : bounds) {
                expect_as_the_reference(random_tensor(random, type, Values::awkward), bound_bits);
                expect_as_the_reference(random_tensor(random, type, Values::ordinary), bound_bits);
            }
        }
    }
}

TEST(Bound, OfEveryHalf) {
    for (const DType dtype : {DType::f16, DType::bf16}) {
        for (std::uint32_t half = 0; half < 0x10000; half += 7) {
            const auto x = tensor<std::uint16_t>(dtype, {1}, {static_cast<std::uint16_t>(half)});
            for (const std::uint32_t bound_bits : bounds) {
                expect_as_the_reference(x, bound_bits);
            }
        }
    }
}

TEST(Bound, OfHalvesBesideIt) {
    for (const std::uint32_t bound_bits : bounds) {
        const auto bound = std::bit_cast<float>(bound_bits);
        for (const DType dtype : {DType::f16, DType::bf16}) {
            const int nearest = dtype == DType::f16 ? f16_from_f32(bound) : bf16_from_f32(bound);
            for (int half = std::max(nearest - 2, 0); half <= nearest + 2; ++half) {
                for (const int sign : {0, 0x8000}) {
                    const auto bits = static_cast<std::uint16_t>(half | sign);
                    expect_as_the_reference(tensor<std::uint16_t>(dtype, {1}, {bits}), bound_bits);
                }
            }
        }
    }
}

TEST(Bound, OfDoublesIsTheirOwn) {
    for (const std::uint32_t bound_bits : bounds) {
        const auto bound = static_cast<double>(std::bit_cast<float>(bound_bits));
        for (const double x :
             {bound, std::nextafter(bound, 0.0), std::nextafter(bound, 1e300), -bound}) {
            const auto one = tensor<double>(DType::f64, {1}, {x});
            expect_as_the_reference(one, bound_bits);
            const auto* data = reinterpret_cast<const std::byte*>(one.data.data());
            const bool is_within = bound_bits == unbounded_bits || std::abs(x) <= bound;
            EXPECT_EQ(within_bound(DType::f64, data, bound_bits), is_within);
        }
    }
}

TEST(Bound, IsTheFirstOfManyPieces) {
    const std::uint64_t count = 600'000;
    TestTensor x = f32({count}, std::vector<float>(count, 1.0F));
    const auto plant = [&](std::uint64_t at) {
        const float beyond = -2.0F;
        std::memcpy(x.data.data() + at * sizeof(float), &beyond, sizeof(float));
        expect_as_the_reference(x, 0x3f800000);
    };
    expect_as_the_reference(x, 0x3f800000);
    for (const std::uint64_t at : {599'999U, 524'288U, 262'145U, 262'144U, 262'143U, 0U}) {
        plant(at);
    }
}

}  // namespace
}  // namespace steelyard::vm::cpu
