#include "tests/support/vm/random_tensors.h"

#include "base/check.h"
#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <array>
#include <bit>

namespace steelyard::vm::test {

namespace {

std::uint64_t word(RandomSource& random) {
    ByteArray<8> bytes;
    random.fill(bytes);
    return std::bit_cast<std::uint64_t>(bytes);
}

double ordinary(RandomSource& random) {
    return static_cast<double>(word(random) >> 11) * 0x1p-51 - 2.0;
}

std::uint64_t awkward_f64(RandomSource& random) {
    constexpr auto special = std::to_array<std::uint64_t>({
        0x0,
        0x8000000000000000,
        0x1,
        0x8000000000000001,
        0x000fffffffffffff,
        0x0010000000000000,
        0x7ff0000000000000,
        0xfff0000000000000,
        0x7ff8000000000000,
        0xfff8000000000123,
        0x7ff0000000000001,
        0x7fefffffffffffff,
        0x3ff0000000000000,
        0xbff0000000000000,
    });
    const std::uint64_t kind = number_below(random, 4);
    if (kind == 0) {
        return special[number_below(random, special.size())];
    }
    return kind == 1 ? word(random) : std::bit_cast<std::uint64_t>(ordinary(random));
}

std::uint32_t awkward_f32(RandomSource& random) {
    constexpr auto special = std::to_array<std::uint32_t>({
        0x0,        0x80000000, 0x1,        0x80000001, 0x007fffff, 0x00800000, 0x7f800000,
        0xff800000, 0x7fc00000, 0xffc00123, 0x7f800001, 0x7f7fffff, 0xff7fffff, 0x3f800000,
        0xbf800000, 0x4b800000, 0x5f000000, 0xdf000000, 0x33000000,
    });
    const std::uint64_t kind = number_below(random, 4);
    if (kind == 0) {
        return special[number_below(random, special.size())];
    }
    return kind == 1 ? static_cast<std::uint32_t>(word(random))
                     : std::bit_cast<std::uint32_t>(static_cast<float>(ordinary(random)));
}

std::uint64_t awkward_integer(RandomSource& random) {
    constexpr auto special = std::to_array<std::uint64_t>({
        0,
        1,
        ~std::uint64_t{0},
        0x7f,
        0x80,
        0x7fff,
        0x8000,
        0x7fffffff,
        0x80000000,
        0x7fffffffffffffff,
        0x8000000000000000,
        2,
        3,
        7,
    });
    return number_below(random, 2) == 0 ? special[number_below(random, special.size())]
                                        : word(random);
}

/// The element's bits, in the low bytes.
std::uint64_t element(RandomSource& random, DType type, Values values) {
    const bool awkward = values == Values::awkward;
    switch (type) {
        case DType::f32:
            return awkward ? awkward_f32(random)
                           : std::bit_cast<std::uint32_t>(static_cast<float>(ordinary(random)));
        case DType::f64:
            return awkward ? awkward_f64(random) : std::bit_cast<std::uint64_t>(ordinary(random));
        case DType::f16:
            return awkward && number_below(random, 2) == 0
                       ? word(random) & 0xffff
                       : f16_from_f32(static_cast<float>(ordinary(random)));
        case DType::bf16:
            return awkward && number_below(random, 2) == 0
                       ? awkward_f32(random) >> 16
                       : bf16_from_f32(static_cast<float>(ordinary(random)));
        case DType::boolean:
            return awkward && number_below(random, 8) == 0 ? word(random) : word(random) & 1;
        default:
            return awkward ? awkward_integer(random) : word(random);
    }
}

}  // namespace

std::uint64_t number_below(RandomSource& random, std::uint64_t limit) {
    CHECK(limit > 0);
    return word(random) % limit;
}

TestTensor random_tensor(RandomSource& random, const TensorType& type, Values values) {
    TestTensor out{.type = type, .data = Bytes(type.bytes())};
    const std::size_t size = size_of(type.dtype);
    for (std::size_t at = 0; at < out.data.size(); at += size) {
        const std::uint64_t bits = element(random, type.dtype, values);
        std::memcpy(out.data.data() + at, &bits, size);
    }
    return out;
}

std::uint64_t awkward_size(RandomSource& random, std::uint64_t most, bool zero) {
    const std::uint64_t least = zero ? 0 : 1;
    const std::uint64_t kind = number_below(random, 3);
    std::uint64_t size = number_below(random, 4);
    if (kind == 1) {
        size = (std::uint64_t{1} << number_below(random, 13)) + number_below(random, 3) - 1;
    } else if (kind == 2) {
        size = number_below(random, most + 1);
    }
    return std::clamp(size, least, std::max(most, least));
}

}  // namespace steelyard::vm::test
