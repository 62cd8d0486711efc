#include "tests/oracle/elementary64.h"

#include "tests/oracle/tensor.h"

#include <array>
#include <utility>

namespace steelyard::oracle {

namespace {

constexpr float nan32 = std::numeric_limits<float>::quiet_NaN();
constexpr double infinity64 = std::numeric_limits<double>::infinity();
constexpr double round64 = 0x1.8p52;
constexpr double small = 0x1p-12;
constexpr double third = 1.0 / 3.0;
constexpr double sixth = 1.0 / 6.0;
constexpr double half_pi = std::bit_cast<double>(0x3ff921fb54442d18);
constexpr double pi = std::bit_cast<double>(0x400921fb54442d18);

template <std::size_t N>
double horner(double t, const std::array<std::uint64_t, N>& coefficients) {
    double q = f64_of(coefficients[N - 1]);
    for (std::size_t at = N - 1; at-- > 0;) {
        q = q * t + f64_of(coefficients[at]);
    }
    return q;
}

double exp64(double x) {
    const double t = x * f64_of(0x3ff71547652b82fe) + round64;
    const double k = t - round64;
    const double r = (x - k * f64_of(0x3fe62e42fefa2000)) - k * f64_of(0x3d69ef35793c7673);
    const double q = horner<8>(
        r,
        {0x3fdfffffffff008c,
         0x3fc555555558e478,
         0x3fa555555806bd79,
         0x3f81111108636f8e,
         0x3f56c1636808f4df,
         0x3f2a01b82272dc46,
         0x3efa17507443d515,
         0x3ec70fd81e9abb47}
    );
    return std::ldexp(1.0 + (r + (r * r) * q), static_cast<int>(k));
}

struct LogParts64 {
    double k;
    double g;
};

LogParts64 log_parts64(double x) {
    const std::uint64_t b = std::bit_cast<std::uint64_t>(x) - 0x3fe6a09e667f3bcd;
    const auto k = static_cast<double>(static_cast<std::int64_t>(b) >> 52);
    const double m = f64_of((b & 0xfffffffffffff) + 0x3fe6a09e667f3bcd);
    const double s = (m - 1.0) / (m + 1.0);
    const double z = s * s;
    const double q = horner<6>(
        z,
        {0x3fe5555555553977,
         0x3fd999999a28f2da,
         0x3fd2492417a48cb6,
         0x3fcc72276bedab3b,
         0x3fc732c4dc3878bb,
         0x3fc5875c148373c4}
    );
    return {k, 2.0 * s + (s * z) * q};
}

double log64(double x) {
    const auto [k, g] = log_parts64(x);
    return k * f64_of(0x3fe62e42fefa39ef) + g;
}

double sine64(double r, std::uint64_t n) {
    const double z = r * r;
    const double s = horner<5>(
        z,
        {0xbfc55555555521af,
         0x3f81111110c7d874,
         0xbf2a019f92c1afe6,
         0x3ec71d765f4fdcc9,
         0xbe5a95f056ffe900}
    );
    const double c = horner<5>(
        z,
        {0x3fa5555555552d6d,
         0xbf56c16c167162fc,
         0x3efa019fa542db3a,
         0xbe927e00640e7800,
         0x3e21bbcdb32bc491}
    );
    const double out = (n & 1) != 0 ? 1.0 - (0.5 * z - (z * z) * c) : r + (r * z) * s;
    return (n & 2) != 0 ? -out : out;
}

double atan64(double t) {
    const double z = t * t;
    const double q = horner<13>(
        z,
        {0xbfd5555554e495b5,
         0x3fc999995142a82f,
         0xbfc2491c68e9a8b9,
         0x3fbc70d7b3328d29,
         0xbfb73da2bafb6930,
         0x3fb3827c8df10813,
         0xbfb058755ae7e35a,
         0x3faa052f96e3846c,
         0xbfa24e8129402655,
         0x3f94de124539db05,
         0xbf81686f8622ab66,
         0x3f6270a03dcd10d7,
         0xbf3258df8a1efa61}
    );
    return t + (t * z) * q;
}

double asin64(double t) {
    const double z = t * t;
    const double q = horner<9>(
        z,
        {0x3fc555555565a9b9,
         0x3fb333331f270619,
         0x3fa6db762b0685da,
         0x3f9f1ab442af8671,
         0x3f97027df8455165,
         0x3f90e11c01ade97b,
         0x3f930d8b0268bfe0,
         0xbf66fd69d6ae3cc3,
         0x3fa056df3ed8288f}
    );
    return t + (t * z) * q;
}

double held(double x, double low, double high) {
    if (x < low) {
        return low;
    }
    return x > high ? high : x;
}

float expm1_of(float x) {
    if (x == 0.0F || x != x) {
        return x;
    }
    const double v = held(x, -104.0, 89.0);
    const double out = std::fabs(v) < small ? v + (v * v) * (0.5 + v * sixth) : exp64(v) - 1.0;
    return static_cast<float>(out);
}

float log1p_of(float x) {
    if (x == 0.0F || x != x || x == std::numeric_limits<float>::infinity()) {
        return x;
    }
    if (x <= -1.0F) {
        return x == -1.0F ? -std::numeric_limits<float>::infinity() : nan32;
    }
    const double v = x;
    const double out = std::fabs(v) < small ? v - (v * v) * (0.5 - v * third) : log64(1.0 + v);
    return static_cast<float>(out);
}

float softplus_of(float x) {
    if (x > 40.0F || x != x) {
        return x;
    }
    const double p = exp64(held(x, -120.0, 40.0));
    const double out = p < small ? p - (p * p) * (0.5 - p * third) : log64(1.0 + p);
    return static_cast<float>(out);
}

double exp_of_magnitude(double a) {
    return exp64(a < 100.0 ? a : 100.0);
}

float sinh_of(float x) {
    if (x == 0.0F || x != x) {
        return x;
    }
    const double v = x;
    const double a = std::fabs(v);
    if (a < small) {
        return static_cast<float>(v + v * v * v * sixth);
    }
    const double p = exp_of_magnitude(a);
    return static_cast<float>(std::copysign(0.5 * (p - 1.0 / p), v));
}

float cosh_of(float x) {
    if (x != x) {
        return x;
    }
    const double p = exp_of_magnitude(std::fabs(static_cast<double>(x)));
    return static_cast<float>(0.5 * (p + 1.0 / p));
}

float asinh_of(float x) {
    if (x == 0.0F || !std::isfinite(x)) {
        return x;
    }
    const double v = x;
    const double a = std::fabs(v);
    if (a < small) {
        return static_cast<float>(v - v * v * v * sixth);
    }
    return static_cast<float>(std::copysign(log64(a + std::sqrt(a * a + 1.0)), v));
}

float acosh_of(float x) {
    if (!(x >= 1.0F)) {
        return nan32;
    }
    if (std::isinf(x)) {
        return x;
    }
    const double v = x;
    return static_cast<float>(log64(v + std::sqrt(v * v - 1.0)));
}

float atanh_of(float x) {
    const double v = x;
    const double a = std::fabs(v);
    if (x == 0.0F) {
        return x;
    }
    if (!(a <= 1.0)) {
        return nan32;
    }
    if (a == 1.0) {
        return static_cast<float>(std::copysign(infinity64, v));
    }
    if (a < small) {
        return static_cast<float>(v + v * v * v * third);
    }
    return static_cast<float>(std::copysign(0.5 * log64((1.0 + a) / (1.0 - a)), v));
}

double asin_outside(double a) {
    return 2.0 * asin64(std::sqrt(0.5 * (1.0 - a)));
}

float asin_of(float x) {
    const double v = x;
    const double a = std::fabs(v);
    if (!(a <= 1.0)) {
        return nan32;
    }
    return static_cast<float>(std::copysign(a <= 0.5 ? asin64(a) : half_pi - asin_outside(a), v));
}

float acos_of(float x) {
    const double v = x;
    const double a = std::fabs(v);
    if (!(a <= 1.0)) {
        return nan32;
    }
    if (a <= 0.5) {
        return static_cast<float>(half_pi - std::copysign(asin64(a), v));
    }
    const double t = asin_outside(a);
    return static_cast<float>(v > 0.0 ? t : pi - t);
}

float atan_of(float x) {
    const double v = x;
    const double a = std::fabs(v);
    const double w = a > 1.0 ? half_pi - atan64(1.0 / a) : atan64(a);
    return static_cast<float>(std::copysign(w, v));
}

float tan_of(float x) {
    if (x == 0.0F) {
        return x;
    }
    if (!std::isfinite(x)) {
        return nan32;
    }
    const double a = std::fabs(static_cast<double>(x));
    std::uint64_t n = 0;
    double d = 0.0;
    if (a > 3000.0) {
        const LargeAngle angle = large_angle(x);
        n = angle.n;
        d = angle.d;
    } else {
        const double t = a * f64_of(0x3fe45f306dc9c883) + round64;
        const double k = t - round64;
        n = std::bit_cast<std::uint64_t>(t);
        d = (a - k * f64_of(0x3ff921fb54400000)) - k * f64_of(0x3dd0b4611a626331);
    }
    const auto out = static_cast<float>(sine64(d, n) / sine64(d, n + 1));
    return x < 0.0F ? -out : out;
}

bool is_integral(double y) {
    return std::isinf(y) || std::trunc(y) == y;
}

bool is_odd(double y) {
    return !std::isinf(y) && std::trunc(y) == y && std::fabs(std::fmod(y, 2.0)) == 1.0;
}

}  // namespace

LargeAngle large_angle(float x) {
    // The bits of 2 / pi behind the point.
    static constexpr auto words = std::to_array<std::uint32_t>(
        {0xa2f9836e,
         0x4e441529,
         0xfc2757d1,
         0xf534ddc0,
         0xdb629599,
         0x3c439041,
         0xfe5163ab,
         0xdebbc561}
    );
    const auto bit_of_value = [](int power) {  // the bit of value 2^power
        const int at = -power - 1;
        return at < 0 ? 0U : (words[static_cast<std::size_t>(at) / 32] >> (31 - at % 32)) & 1U;
    };
    int exponent = 0;
    const float fraction = std::frexp(std::fabs(x), &exponent);
    const auto m = static_cast<std::uint32_t>(std::ldexp(fraction, 24));
    const int e = exponent - 24;
    __extension__ using Word = unsigned __int128;
    Word window = 0;
    for (int bit = 0; bit < 96; ++bit) {
        window = (window << 1) | bit_of_value(1 - e - bit);
    }
    const Word p = window * m;
    const auto f = static_cast<std::uint64_t>((p & ((Word{1} << 96) - 1)) >> 32);
    const auto n = static_cast<std::uint64_t>((Word{f} + (Word{1} << 61)) >> 62);
    const auto rest = static_cast<std::int64_t>(f - (n << 62));
    return {static_cast<std::uint32_t>(n), static_cast<double>(rest) * f64_of(0x3c1921fb54442d18)};
}

float atan2_of(float y, float x) {
    if (y != y || x != x) {
        return nan32;
    }
    const double a = std::fabs(static_cast<double>(y));
    const double b = std::fabs(static_cast<double>(x));
    double t = 1.0;
    if (a == 0.0 && b == 0.0) {
        t = 0.0;
    } else if (a != b) {
        t = std::min(a, b) / std::max(a, b);
    }
    double w = atan64(t);
    if (a > b) {
        w = half_pi - w;
    }
    if (std::signbit(x)) {
        w = pi - w;
    }
    return static_cast<float>(std::copysign(w, static_cast<double>(y)));
}

float pow_of(float x, float y) {
    if (x == 1.0F || y == 0.0F) {
        return 1.0F;
    }
    if (x != x || y != y) {
        return nan32;
    }
    const double a = std::fabs(static_cast<double>(x));
    const double exponent = y;
    double w = 1.0;
    if (a != 1.0 && (a == 0.0 || std::isinf(a) || std::isinf(y))) {
        w = (a > 1.0) == (y > 0.0F) ? infinity64 : 0.0;
    } else if (a != 1.0) {
        const auto [k, g] = log_parts64(a);
        const double t = held(exponent * (k + g * f64_of(0x3ff71547652b82fe)), -400.0, 400.0);
        const double n = (t + round64) - round64;
        w = std::ldexp(exp64((t - n) * f64_of(0x3fe62e42fefa39ef)), static_cast<int>(n));
    }
    if (std::signbit(x) && a != 0.0 && !std::isinf(a) && !is_integral(exponent)) {
        return nan32;
    }
    const auto out = static_cast<float>(w);
    return std::signbit(x) && is_odd(exponent) ? -out : out;
}

Function elementary_function64(std::string_view name) {
    static constexpr auto table = std::to_array<std::pair<std::string_view, Function>>({
        {"expm1", expm1_of},
        {"log1p", log1p_of},
        {"softplus", softplus_of},
        {"sinh", sinh_of},
        {"cosh", cosh_of},
        {"asinh", asinh_of},
        {"acosh", acosh_of},
        {"atanh", atanh_of},
        {"asin", asin_of},
        {"acos", acos_of},
        {"atan", atan_of},
        {"tan", tan_of},
    });
    for (const auto& [known, function] : table) {
        if (known == name) {
            return function;
        }
    }
    return nullptr;
}

}  // namespace steelyard::oracle
