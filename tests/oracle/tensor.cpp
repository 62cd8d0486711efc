#include "tests/oracle/tensor.h"

#include <cfloat>

namespace steelyard::oracle {

static_assert(LDBL_MANT_DIG >= 64, "long double must hold every 64-bit integer");

unsigned width(Kind kind) {
    switch (kind) {
        case Kind::i8:
        case Kind::u8:
        case Kind::boolean:
            return 8;
        case Kind::f16:
        case Kind::bf16:
        case Kind::i16:
        case Kind::u16:
            return 16;
        case Kind::f32:
        case Kind::i32:
        case Kind::u32:
            return 32;
        default:
            return 64;
    }
}

bool is_float(Kind kind) {
    return kind <= Kind::bf16;
}

bool is_signed(Kind kind) {
    return kind == Kind::i8 || kind == Kind::i16 || kind == Kind::i32 || kind == Kind::i64;
}

Wide least(Kind kind) {
    return is_signed(kind) ? -(Wide{1} << (width(kind) - 1)) : 0;
}

Wide greatest(Kind kind) {
    return (Wide{1} << (width(kind) - (is_signed(kind) ? 1 : 0))) - 1;
}

std::uint64_t product(const Dims& dims) {
    std::uint64_t out = 1;
    for (const std::uint64_t dim : dims) {
        out *= dim;
    }
    return out;
}

Dims place_of(const Dims& dims, std::uint64_t index) {
    Dims place(dims.size());
    for (std::size_t axis = dims.size(); axis-- > 0;) {
        place[axis] = index % dims[axis];
        index /= dims[axis];
    }
    return place;
}

std::uint64_t index_of(const Dims& dims, const Dims& place) {
    std::uint64_t index = 0;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        index = index * dims[axis] + place[axis];
    }
    return index;
}

Tensor Tensor::zeros(Kind kind, Dims dims) {
    Tensor out{.kind = kind, .dims = std::move(dims)};
    out.bytes.resize(out.count() * width(kind) / 8);
    return out;
}

std::uint64_t Tensor::rows() const {
    std::uint64_t out = 1;
    for (std::size_t axis = 0; axis + 1 < dims.size(); ++axis) {
        out *= dims[axis];
    }
    return out;
}

std::uint64_t Tensor::bits(std::uint64_t index) const {
    const std::uint64_t size = width(kind) / 8;
    std::uint64_t out = 0;
    for (std::uint64_t byte = 0; byte < size; ++byte) {
        out |= std::uint64_t{bytes[index * size + byte]} << (8 * byte);
    }
    return out;
}

void Tensor::set_bits(std::uint64_t index, std::uint64_t value) {
    const std::uint64_t size = width(kind) / 8;
    for (std::uint64_t byte = 0; byte < size; ++byte) {
        bytes[index * size + byte] = static_cast<std::uint8_t>(value >> (8 * byte));
    }
}

float Tensor::real(std::uint64_t index) const {
    const std::uint64_t raw = bits(index);
    if (kind == Kind::f32) {
        return f32_of(raw);
    }
    if (kind == Kind::bf16) {
        return f32_of(raw << 16);
    }
    const int exponent = static_cast<int>((raw >> 10) & 31);
    const auto fraction = static_cast<float>(raw & 1023);
    float magnitude =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024.0F, exponent - 25);
    if (exponent == 31) {
        magnitude = fraction == 0.0F ? std::numeric_limits<float>::infinity()
                                     : std::numeric_limits<float>::quiet_NaN();
    }
    return (raw >> 15) != 0 ? -magnitude : magnitude;
}

double Tensor::real64(std::uint64_t index) const {
    return kind == Kind::f64 ? f64_of(bits(index)) : static_cast<double>(real(index));
}

Wide Tensor::integer(std::uint64_t index) const {
    const Wide raw = bits(index);
    if (kind == Kind::boolean) {
        return raw != 0 ? 1 : 0;
    }
    return raw > greatest(kind) ? raw - (Wide{1} << width(kind)) : raw;
}

void Tensor::set_real(std::uint64_t index, float value) {
    set_bits(index, nearest(kind, static_cast<long double>(value)));
}

void Tensor::set_real64(std::uint64_t index, double value) {
    set_bits(index, nearest(kind, static_cast<long double>(value)));
}

void Tensor::set_integer(std::uint64_t index, Wide value) {
    set_bits(index, static_cast<std::uint64_t>(value));
}

namespace {

/// f16 and bf16: a sign, exponents from `least_exponent`, `fraction` bits behind the point.
std::uint64_t nearest_narrow(long double value, int fraction, int least_exponent) {
    const std::uint64_t sign = std::signbit(value) ? 0x8000 : 0;
    const std::uint64_t infinity = fraction == 10 ? 0x7c00 : 0x7f80;
    const long double magnitude = std::fabs(value);
    if (std::isinf(magnitude)) {
        return sign | infinity;
    }
    if (magnitude == 0.0L) {
        return sign;
    }
    const int exponent = std::max(std::ilogb(magnitude), least_exponent);
    const auto steps =
        static_cast<std::uint64_t>(std::rint(std::ldexp(magnitude, fraction - exponent)));
    // Steps of 2^(exponent - fraction): a carry out of them moves into the exponent by itself.
    const std::uint64_t base = static_cast<std::uint64_t>(exponent - least_exponent) << fraction;
    return sign | std::min(base + steps, infinity);
}

}  // namespace

std::uint64_t nearest(Kind kind, long double value) {
    switch (kind) {
        case Kind::f32:
            return std::isnan(value) ? 0x7fc00000
                                     : std::bit_cast<std::uint32_t>(static_cast<float>(value));
        case Kind::f64:
            return std::isnan(value) ? 0x7ff8000000000000
                                     : std::bit_cast<std::uint64_t>(static_cast<double>(value));
        case Kind::f16:
            return std::isnan(value) ? 0x7e00 : nearest_narrow(value, 10, -14);
        default:
            return std::isnan(value) ? 0x7fc0 : nearest_narrow(value, 7, -126);
    }
}

}  // namespace steelyard::oracle
