// The functions of E7 to E10, all in f32.
#include "tests/oracle/elementary.h"

#include "tests/oracle/elementary64.h"
#include "tests/oracle/tensor.h"

#include <array>
#include <utility>

namespace steelyard::oracle {

namespace {

constexpr float nan32 = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity32 = std::numeric_limits<float>::infinity();
constexpr float round32 = 0x1.8p23F;

template <std::size_t N>
float horner(float t, const std::array<std::uint32_t, N>& coefficients) {
    float q = f32_of(coefficients[N - 1]);
    for (std::size_t at = N - 1; at-- > 0;) {
        q = std::fma(q, t, f32_of(coefficients[at]));
    }
    return q;
}

float within(float x, float low, float high) {
    if (x < low) {
        return low;
    }
    return x > high ? high : x;
}

struct Parts {
    float value;
    float exponent;
};

Parts exp_parts(float x, float low) {
    const float t = std::fma(x, f32_of(0x3fb8aa3b), round32);
    const float k = t - round32;
    float r = std::fma(k, -f32_of(0x3f317218), x);
    r = std::fma(k, -f32_of(0xb102e308), r) + low;
    const float q = horner<5>(r, {0x3efffffe, 0x3e2aaa45, 0x3d2aac4f, 0x3c091fbe, 0x3ab53562});
    const float s = std::fma(r * r, q, r);
    return {1.0F + s, k};
}

float scaled(float y, float k) {
    if (k != k) {
        return nan32;
    }
    const float h = std::floor(k / 2.0F);
    return std::ldexp(std::ldexp(y, static_cast<int>(h)), static_cast<int>(k - h));
}

float exp2_of(float x) {
    x = within(x, -151.0F, 129.0F);
    const float k = (x + round32) - round32;
    const float r = x - k;
    const float q =
        horner<6>(r, {0x3f317218, 0x3e75fdeb, 0x3d6357bb, 0x3c1d9904, 0x3aaf85c3, 0x391f5a66});
    return scaled(std::fma(q, r, 1.0F), k);
}

float sigmoid_of(float x) {
    const float p = exp_of(-std::fabs(x));
    return (x < 0.0F ? p : 1.0F) / (1.0F + p);
}

float silu_of(float x) {
    float a = std::fabs(x);
    if (!(a < 126.0F)) {
        a = 126.0F;
    }
    const auto [f, k] = exp_parts(-a, 0.0F);
    const float s = 1.0F + scaled(f, k);
    return x < 0.0F ? scaled((-a * f) / s, k) : x / s;
}

float tanh_of(float x) {
    float out = 0.0F;
    if (std::fabs(x) < 0.625F) {
        const float z = x * x;
        const float q =
            horner<6>(z, {0xbeaaaaaa, 0x3e08883e, 0xbd5cf90c, 0x3cb1d636, 0xbc06425d, 0x3b0d5cbf});
        out = std::fabs(std::fma(x * z, q, x));
    } else {
        out = 1.0F - 2.0F / (exp_of(std::fabs(x) + std::fabs(x)) + 1.0F);
    }
    return std::copysign(out, x);
}

struct LogParts {
    float k;
    float f;
};

/// What log and log2 have in common: nothing of their special values.
LogParts log_parts(float x) {
    const bool small = x < 0x1p-126F;
    const float y = small ? x * 0x1p23F : x;
    const float d = small ? 23.0F : 0.0F;
    const std::uint32_t b = std::bit_cast<std::uint32_t>(y) - 0x3f3504f3U;
    const float k = static_cast<float>(static_cast<std::int32_t>(b) >> 23) - d;
    return {k, f32_of((b & 0x7fffff) + 0x3f3504f3) - 1.0F};
}

std::optional<float> log_special(float x) {
    if (x != x || x < 0.0F) {
        return nan32;
    }
    if (x == 0.0F) {
        return -infinity32;
    }
    return x == infinity32 ? std::optional(x) : std::nullopt;
}

float log2_of(float x) {
    if (const auto special = log_special(x)) {
        return *special;
    }
    const auto [k, f] = log_parts(x);
    const float q = horner<9>(
        f,
        {0xbf38aa38,
         0x3ef6384a,
         0xbeb8ad64,
         0x3e93bf74,
         0xbe7558b4,
         0x3e517499,
         0xbe43bf81,
         0x3e3efdc0,
         0xbde19001}
    );
    const float c = f32_of(0x3fb8aa3b);
    const float p = f * c;
    const float e = std::fma(f, c, -p) + std::fma(f, f32_of(0x32a57060), (f * f) * q);
    const float h = k + p;
    return h + (((k - h) + p) + e);
}

struct Angle {
    std::uint32_t n;
    float r;
    float l;
};

Angle reduced(float x) {
    if (!(std::fabs(x) <= 3000.0F)) {
        const LargeAngle angle = large_angle(x);
        const auto r = static_cast<float>(angle.d);
        return {angle.n, r, static_cast<float>(angle.d - static_cast<double>(r))};
    }
    const float t = std::fma(x, f32_of(0x3f22f983), round32);
    const float k = t - round32;
    const float r1 = std::fma(k, -f32_of(0x3fc90fdb), x);
    const float r2 = std::fma(k, -f32_of(0xb33bbd2e), r1);
    float e = std::fma(k, -f32_of(0xb33bbd2e), r1 - r2);
    e = std::fma(k, -f32_of(0xa6f72ced), e);
    const float r = r2 + e;
    return {std::bit_cast<std::uint32_t>(t), r, (r2 - r) + e};
}

float sine(const Angle& angle) {
    const auto [n, r, l] = angle;
    const float z = r * r;
    const float s = horner<3>(z, {0xbe2aaaa3, 0x3c0883bb, 0xb94ca96d});
    const float c = horner<3>(z, {0x3d2aaaa5, 0xbab60614, 0x37ccf40c});
    const float big_s = r + std::fma(r * z, s, l);
    const float h = std::fma(z, -0.5F, 1.0F);
    const float e = std::fma(z, -0.5F, 1.0F - h);
    const float big_c = h + std::fma(z * z, c, std::fma(-r, l, e));
    const float out = (n & 1) != 0 ? big_c : big_s;
    return (n & 2) != 0 ? -out : out;
}

float sin_of(float x) {
    if (x == 0.0F) {
        return x;
    }
    if (!std::isfinite(x)) {
        return nan32;
    }
    const float out = sine(reduced(x));
    return x < -3000.0F ? -out : out;
}

float cos_of(float x) {
    if (!std::isfinite(x)) {
        return nan32;
    }
    Angle angle = reduced(x);
    ++angle.n;
    return sine(angle);
}

float erf_of(float x) {
    if (std::fabs(x) < 0.921875F) {
        const float q = horner<7>(
            x * x,
            {0x3e0375d4, 0xbec093a1, 0x3de716f8, 0xbcdc06b8, 0x3baa615a, 0xba551935, 0x38ae7e11}
        );
        return std::fma(x, q, x);
    }
    const float t = std::fabs(x) > 4.0F ? 4.0F : std::fabs(x);
    const float h = horner<8>(
        t,
        {0x3e03a355,
         0x3f22b809,
         0x3dd798a6,
         0xbcb9d2bd,
         0x3b40685b,
         0xb858a94a,
         0xb83d7cf3,
         0x36a49812}
    );
    return std::copysign(1.0F - exp_of(-std::fma(h, t, t)), x);
}

float gelu_of(float x) {
    float y = std::fabs(x);
    if (!(y < 15.0F)) {
        y = 15.0F;
    }
    const float s = y * y;
    const float e = std::fma(y, y, -s);
    const auto [f, k] = exp_parts(-0.5F * s, -0.5F * e);
    const float u = (y - 4.0F) / (y + 4.0F);
    const float q = horner<11>(
        u,
        {0x3f07f38a,
         0xbe501433,
         0x3dbbe05a,
         0xbc84d95c,
         0xbc5371c2,
         0x3c4ef3bb,
         0xbb99c4c8,
         0x38cda300,
         0x3a1a0e6e,
         0xb8bb7e7c,
         0xb887fab7}
    );
    const float t = scaled(y * (f * (q / (y + 1.625F))), k);
    return x < 0.0F ? -t : x - t;
}

}  // namespace

float exp_of(float x) {
    const auto [f, k] = exp_parts(within(x, -104.0F, 89.0F), 0.0F);
    return scaled(f, k);
}

float log_of(float x) {
    if (const auto special = log_special(x)) {
        return *special;
    }
    const auto [k, f] = log_parts(x);
    const float q = horner<8>(
        f,
        {0x3eaaaaaa,
         0xbe800114,
         0x3e4cd011,
         0xbe2a390c,
         0x3e116c2f,
         0xbe06c2a3,
         0x3e02b2a7,
         0xbd9c659f}
    );
    const float g = (f * f) * std::fma(q, f, -0.5F);
    const float big_l = f32_of(0x3f317218);
    const float h = std::fma(k, big_l, f);
    const float e = std::fma(k, big_l, -h) + f;
    return h + (std::fma(k, f32_of(0xb102e308), g) + e);
}

Function elementary_function(std::string_view name) {
    static constexpr auto table = std::to_array<std::pair<std::string_view, Function>>({
        {"exp", exp_of},
        {"exp2", exp2_of},
        {"sigmoid", sigmoid_of},
        {"silu", silu_of},
        {"tanh", tanh_of},
        {"log", log_of},
        {"log2", log2_of},
        {"sin", sin_of},
        {"cos", cos_of},
        {"erf", erf_of},
        {"gelu", gelu_of},
    });
    for (const auto& [known, function] : table) {
        if (known == name) {
            return function;
        }
    }
    return elementary_function64(name);
}

}  // namespace steelyard::oracle
