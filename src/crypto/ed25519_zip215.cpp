// ZIP-215 in its own words: decode A and R leniently, hash the bytes as they came, and accept if
// [8]([S]B - [k]A - R) is the neutral element. All inputs are public, so time may vary.
#include "base/endian.h"
#include "crypto/ed25519.h"
#include "crypto/field25519.h"
#include "crypto/parsed_key_cache.h"
#include "crypto/sha512.h"

#include <optional>

namespace steelyard::crypto::ed25519 {
namespace {

constexpr Field25519 small(std::uint64_t value) {
    return {{value, 0, 0, 0, 0}};
}

constexpr Field25519 one = small(1);

/// The curve is -x^2 + y^2 = 1 + d x^2 y^2 with d = -121665/121666, which is no square.
constexpr Field25519 d = -small(121665) * inverse(small(121666));
constexpr Field25519 d2 = d + d;

/// 2^((p-1)/4), a square root of -1, as 2 is no square.
constexpr Field25519 sqrt_of_minus_one = square(power_p_less_5_over_8(small(2))) * small(2);
static_assert(square(sqrt_of_minus_one) == -one);

/// A point (x/z, y/z) with t = xy/z ("extended coordinates", Hisil et al. 2008).
struct Point {
    Field25519 x;
    Field25519 y;
    Field25519 z;
    Field25519 t;
};

constexpr Point neutral = {{}, one, one, {}};

/// What an addition needs of its second operand.
struct Addend {
    Field25519 y_plus_x;
    Field25519 y_minus_x;
    Field25519 z2;
    Field25519 td2;

    constexpr explicit Addend(const Point& p)
        : y_plus_x(p.y + p.x), y_minus_x(p.y - p.x), z2(p.z + p.z), td2(p.t * d2) {}
    constexpr Addend() : Addend(neutral) {}
};

/// What every formula ends with: the point (e/g, h/f), over the common denominator.
constexpr Point from_factors(
    const Field25519& e, const Field25519& f, const Field25519& g, const Field25519& h
) {
    return {e * f, g * h, f * g, e * h};
}

/// add-2008-hwcd-3. Complete: with d no square it holds for every two points of the curve, equal,
/// opposite and of small order too.
constexpr Point operator+(const Point& p, const Addend& q) {
    const Field25519 a = (p.y - p.x) * q.y_minus_x;
    const Field25519 b = (p.y + p.x) * q.y_plus_x;
    const Field25519 c = p.t * q.td2;
    const Field25519 zz = p.z * q.z2;
    return from_factors(b - a, zz - c, zz + c, b + a);
}

constexpr Point operator-(const Point& p, const Addend& q) {
    const Field25519 a = (p.y - p.x) * q.y_plus_x;
    const Field25519 b = (p.y + p.x) * q.y_minus_x;
    const Field25519 c = p.t * q.td2;
    const Field25519 zz = p.z * q.z2;
    return from_factors(b - a, zz + c, zz - c, b + a);
}

/// dbl-2008-hwcd, all signs turned, which is the same point.
constexpr Point doubled(const Point& p) {
    const Field25519 xx = square(p.x);
    const Field25519 yy = square(p.y);
    const Field25519 zz = square(p.z);
    const Field25519 h = yy + xx;
    const Field25519 g = yy - xx;
    return from_factors(square(p.x + p.y) - h, zz + zz - g, g, h);
}

/// Decodes as ZIP-215 asks: y is any 255-bit number, taken mod p; the top bit says whether x is
/// odd; and where x is 0 that bit is ignored. Fails if no point of the curve has this y.
constexpr std::optional<Point> decode(std::span<const std::uint8_t, 32> bytes) {
    const Field25519 y = Field25519::from_bytes(bytes);
    // x^2 = u/v; a candidate for its root is u v^3 (u v^7)^((p-5)/8), right up to a factor
    // sqrt(-1).
    const Field25519 yy = square(y);
    const Field25519 u = yy - one;
    const Field25519 v = yy * d + one;
    const Field25519 v3 = square(v) * v;
    Field25519 x = u * v3 * power_p_less_5_over_8(u * square(v3) * v);
    const Field25519 vxx = v * square(x);
    if (vxx == -u) {
        x = x * sqrt_of_minus_one;
    } else if (vxx != u) {
        return std::nullopt;
    }
    if (x.is_odd() != (bytes[31] >> 7 == 1)) {
        x = -x;
    }
    return Point{x, y, one, x * y};
}

/// P, 3P, 5P, ...: the multiples that signed digits of `width` bits ask for.
template <int width>
using OddMultiples = std::array<Addend, std::size_t{1} << (width - 2)>;

template <int width>
constexpr OddMultiples<width> odd_multiples(const Point& p) {
    OddMultiples<width> out;
    const Addend twice(doubled(p));
    Point multiple = p;
    for (Addend& addend : out) {
        addend = Addend(multiple);
        multiple = multiple + twice;
    }
    return out;
}

// Wider windows cost table space (base) or additions that build the table (key).
constexpr int base_width = 8;
constexpr int key_width = 5;

/// The base point: y = 4/5, x even.
constexpr KeyBytes base_bytes = [] {
    KeyBytes bytes;
    bytes.fill(0x66);
    bytes[0] = 0x58;
    return bytes;
}();
constexpr Point base_point = *decode(base_bytes);
static_assert(base_point.y * small(5) == small(4));
constexpr OddMultiples<base_width> base_multiples = odd_multiples<base_width>(base_point);

/// A number below 2^256, as limbs from low to high.
using Scalar = std::array<std::uint64_t, 4>;

/// The order of the prime subgroup, 2^252 + 27742317777372353535851937790883648493.
constexpr Scalar order = {0x5812631A5CF5D3ED, 0x14DEF9DEA2F79CD6, 0, 0x1000000000000000};

constexpr bool below_order(const Scalar& a) {
    return std::lexicographical_compare(a.rbegin(), a.rend(), order.rbegin(), order.rend());
}

Scalar load_scalar(std::span<const std::uint8_t, 32> bytes) {
    Scalar out;
    for (std::size_t i = 0; i < 4; ++i) {
        out[i] = load_le<std::uint64_t>(&bytes[8 * i]);
    }
    return out;
}

/// The remainder of a 512-bit little-endian number by the order, bit by bit (1 us).
Scalar reduce(const Hash512& number) {
    Scalar rest{};
    for (std::size_t bit = 512; bit-- > 0;) {
        // rest = 2 rest + bit, which stays below 2^254.
        std::uint64_t carry = number[bit / 8] >> (bit % 8) & 1;
        for (std::uint64_t& limb : rest) {
            const std::uint64_t high = limb >> 63;
            limb = limb << 1 | carry;
            carry = high;
        }
        if (!below_order(rest)) {
            std::uint64_t borrow = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                const Uint128 difference = Uint128{rest[i]} - order[i] - borrow;
                rest[i] = static_cast<std::uint64_t>(difference);
                borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
            }
        }
    }
    return rest;
}

/// Signed digits, from low to high: each is 0 or odd and below 2^(width-1) in size, and after one
/// that is not 0 come at least width-1 zeros (the "width-w non-adjacent form").
using Digits = std::array<std::int8_t, 256>;

Digits signed_digits(const Scalar& scalar, int width) {
    Digits digits{};
    const int window = 1 << width;
    int carry = 0;
    for (std::size_t at = 0; at < digits.size();) {
        const std::size_t limb = at / 64;
        const std::size_t shift = at % 64;
        std::uint64_t bits = scalar[limb] >> shift;
        if (shift != 0 && limb < 3) {
            bits |= scalar[limb + 1] << (64 - shift);
        }
        const int value = carry + static_cast<int>(bits & static_cast<std::uint64_t>(window - 1));
        if (value % 2 == 0) {
            ++at;
            continue;
        }
        carry = value >= window / 2 ? 1 : 0;
        digits[at] = static_cast<std::int8_t>(value - carry * window);
        at += static_cast<std::size_t>(width);
    }
    return digits;
}

/// Adds the digit's multiple, out of Q, 3Q, 5Q, ...
void add_multiple(Point& p, int digit, std::span<const Addend> odd) {
    if (digit > 0) {
        p = p + odd[static_cast<std::size_t>(digit / 2)];
    } else if (digit < 0) {
        p = p - odd[static_cast<std::size_t>(-digit / 2)];
    }
}

/// [a]B - [b]P for a and b below the order.
Point subtract_multiples(const Scalar& a, const Scalar& b, const OddMultiples<key_width>& p) {
    const Digits base_digits = signed_digits(a, base_width);
    const Digits key_digits = signed_digits(b, key_width);
    Point sum = neutral;
    for (std::size_t i = base_digits.size(); i-- > 0;) {
        sum = doubled(sum);
        add_multiple(sum, base_digits[i], base_multiples);
        add_multiple(sum, -key_digits[i], p);
    }
    return sum;
}

/// The multiples of a public key, decoded now or before.
std::optional<OddMultiples<key_width>> key_multiples(const KeyBytes& key) {
    static ParsedKeyCache<32, OddMultiples<key_width>, parsed_key_count_max> parsed_keys;
    return parsed_keys.get(key, [](const KeyBytes& bytes) {
        const std::optional<Point> point = decode(bytes);
        return point ? std::optional(odd_multiples<key_width>(*point)) : std::nullopt;
    });
}

}  // namespace

bool verify(const KeyBytes& key, ByteView message, ByteView signature) {
    if (signature.size() != 64) {
        return false;
    }
    const auto r_bytes = signature.first<32>();
    const Scalar s = load_scalar(signature.last<32>());
    if (!below_order(s)) {
        return false;
    }
    const std::optional<Point> r = decode(r_bytes);
    const auto a = key_multiples(key);
    if (!r || !a) {
        return false;
    }
    const Scalar k = reduce(sha512({r_bytes, key, message}));
    const Point difference = subtract_multiples(s, k, *a) - Addend(*r);
    const Point cleared = doubled(doubled(doubled(difference)));
    return cleared.x.is_zero() && cleared.y == cleared.z;
}

}  // namespace steelyard::crypto::ed25519
