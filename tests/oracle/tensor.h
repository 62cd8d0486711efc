// Tensors of the oracle: elements by number, each read and written on its own.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace steelyard::oracle {

__extension__ using Wide = __int128;

/// The numbers of D1.
enum class Kind : std::uint8_t {
    f32 = 1,
    f64 = 2,
    f16 = 3,
    bf16 = 4,
    i8 = 5,
    u8 = 6,
    i16 = 7,
    u16 = 8,
    i32 = 9,
    u32 = 10,
    i64 = 11,
    u64 = 12,
    boolean = 13,
};

/// Bits of an element: 8, 16, 32 or 64.
unsigned width(Kind kind);
bool is_float(Kind kind);
bool is_signed(Kind kind);
Wide least(Kind kind);     ///< of an integer kind
Wide greatest(Kind kind);  ///< of an integer kind

using Dims = std::vector<std::uint64_t>;

std::uint64_t product(const Dims& dims);

/// Coordinates of the element `index` in row-major order, and back.
Dims place_of(const Dims& dims, std::uint64_t index);
std::uint64_t index_of(const Dims& dims, const Dims& place);

/// All elements at zero bits until they are set. Elements must be within.
struct Tensor {
    Kind kind = Kind::f32;
    Dims dims{};
    std::vector<std::uint8_t> bytes{};

    static Tensor zeros(Kind kind, Dims dims);

    std::uint64_t count() const { return product(dims); }
    std::uint64_t columns() const { return dims.empty() ? 1 : dims.back(); }
    std::uint64_t rows() const;

    std::uint64_t bits(std::uint64_t index) const;
    void set_bits(std::uint64_t index, std::uint64_t bits);

    float real(std::uint64_t index) const;     ///< of f32, and of f16 and bf16 widened
    double real64(std::uint64_t index) const;  ///< of any float, exactly
    Wide integer(std::uint64_t index) const;   ///< of an integer; of a bool 0 or 1

    /// Rounded to the kind once, NaNs made canonical (A2, A3).
    void set_real(std::uint64_t index, float value);
    void set_real64(std::uint64_t index, double value);
    void set_integer(std::uint64_t index, Wide value);  ///< modulo 2^n

    /// The element as T (float, double or Wide).
    template <typename T>
    T get(std::uint64_t index) const {
        if constexpr (std::is_same_v<T, float>) {
            return real(index);
        } else if constexpr (std::is_same_v<T, double>) {
            return real64(index);
        } else {
            return integer(index);
        }
    }

    template <typename T>
    void set(std::uint64_t index, T value) {
        if constexpr (std::is_same_v<T, float>) {
            set_real(index, value);
        } else if constexpr (std::is_same_v<T, double>) {
            set_real64(index, value);
        } else {
            set_integer(index, value);
        }
    }

    bool operator==(const Tensor&) const = default;
};

/// The bits of a float kind nearest to a value (ties to even), which long double holds exactly.
std::uint64_t nearest(Kind kind, long double value);

/// Calls with a value of the type in which a kind is computed: float, double, Wide.
template <typename Body>
void by_kind(Kind kind, const Body& body) {
    if (kind == Kind::f64) {
        body(double{});
    } else if (is_float(kind)) {
        body(float{});
    } else {
        body(Wide{});
    }
}

inline float f32_of(std::uint64_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
}

inline double f64_of(std::uint64_t bits) {
    return std::bit_cast<double>(bits);
}

/// A4, of floats and integers.
template <typename T>
T greater_of(T a, T b) {
    if constexpr (!std::is_same_v<T, Wide>) {
        if (a != a || b != b) {
            return std::numeric_limits<T>::quiet_NaN();
        }
        if (a == b) {
            return std::signbit(a) ? b : a;
        }
    }
    return a > b ? a : b;
}

template <typename T>
T lesser_of(T a, T b) {
    if constexpr (!std::is_same_v<T, Wide>) {
        if (a != a || b != b) {
            return std::numeric_limits<T>::quiet_NaN();
        }
        if (a == b) {
            return std::signbit(a) ? a : b;
        }
    }
    return a < b ? a : b;
}

}  // namespace steelyard::oracle
