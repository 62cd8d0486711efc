// exp, log, sine and arc tangent in f64 without fma, to more than 2^-38: enough to round f32 from.
#pragma once

#include "vm/ops/elementary/trigonometric.h"

namespace steelyard::vm {

constexpr double f64_rounder = 0x1.8p52;

/// e^x for |x| <= 600, relative error below 2^-44.
VM_RULE double exp_f64(double x) {
    const double rounded = x * f64_of(0x3ff71547652b82fe) + f64_rounder;  // log2 e
    const double k = rounded - f64_rounder;
    // ln 2 in two parts, the first of 40 bits: its product with k is exact.
    const double r = (x - k * f64_of(0x3fe62e42fefa2000)) - k * f64_of(0x3d69ef35793c7673);
    double q = f64_of(0x3ec70fd81e9abb47);
    q = q * r + f64_of(0x3efa17507443d515);
    q = q * r + f64_of(0x3f2a01b82272dc46);
    q = q * r + f64_of(0x3f56c1636808f4df);
    q = q * r + f64_of(0x3f81111108636f8e);
    q = q * r + f64_of(0x3fa555555806bd79);
    q = q * r + f64_of(0x3fc555555558e478);
    q = q * r + f64_of(0x3fdfffffffff008c);
    const double power = 1.0 + (r + r * r * q);
    // The low bits of `rounded` are k; the shift leaves nothing of the others.
    return power * f64_of((bits_of(rounded) + 1023) << 52);
}

/// A positive normal x = 2^k * m, m from sqrt(1/2) to sqrt(2), as k and log(m).
struct LogPartsF64 {
    double k = 0.0;
    double log = 0.0;
};

VM_RULE LogPartsF64 log_parts_f64(double x) {
    constexpr std::uint64_t root_of_half = 0x3fe6a09e667f3bcd;
    constexpr double bias = 0x1p52 + 1024;
    const std::uint64_t bits = bits_of(x) - root_of_half + (std::uint64_t{1024} << 52);
    const double k = f64_of(bits >> 52 | 0x4330000000000000) - bias;
    const double m = f64_of((bits & 0xfffffffffffff) + root_of_half);
    const double s = (m - 1.0) / (m + 1.0);
    const double z = s * s;
    double q = f64_of(0x3fc5875c148373c4);
    q = q * z + f64_of(0x3fc732c4dc3878bb);
    q = q * z + f64_of(0x3fcc72276bedab3b);
    q = q * z + f64_of(0x3fd2492417a48cb6);
    q = q * z + f64_of(0x3fd999999a28f2da);
    q = q * z + f64_of(0x3fe5555555553977);
    return {.k = k, .log = 2.0 * s + s * z * q};
}

/// log(x) of a positive normal x; of others anything.
VM_RULE double log_f64(double x) {
    const LogPartsF64 parts = log_parts_f64(x);
    return parts.k * f64_of(0x3fe62e42fefa39ef) + parts.log;
}

/// sin(quadrant * pi / 2 + r), |r| <= pi / 4 and a little.
VM_RULE double sine_f64(double r, std::uint32_t quadrant) {
    const double z = r * r;
    double s = f64_of(0xbe5a95f056ffe900);
    s = s * z + f64_of(0x3ec71d765f4fdcc9);
    s = s * z + f64_of(0xbf2a019f92c1afe6);
    s = s * z + f64_of(0x3f81111110c7d874);
    s = s * z + f64_of(0xbfc55555555521af);
    double c = f64_of(0x3e21bbcdb32bc491);
    c = c * z + f64_of(0xbe927e00640e7800);
    c = c * z + f64_of(0x3efa019fa542db3a);
    c = c * z + f64_of(0xbf56c16c167162fc);
    c = c * z + f64_of(0x3fa5555555552d6d);
    const double sine = r + r * z * s;
    const double cosine = 1.0 - (0.5 * z - z * z * c);
    const double value = (quadrant & 1) != 0 ? cosine : sine;
    return (quadrant & 2) != 0 ? -value : value;
}

/// arc tangent of t from 0 to 1.
VM_RULE double atan_f64(double t) {
    const double z = t * t;
    double q = f64_of(0xbf3258df8a1efa61);
    q = q * z + f64_of(0x3f6270a03dcd10d7);
    q = q * z + f64_of(0xbf81686f8622ab66);
    q = q * z + f64_of(0x3f94de124539db05);
    q = q * z + f64_of(0xbfa24e8129402655);
    q = q * z + f64_of(0x3faa052f96e3846c);
    q = q * z + f64_of(0xbfb058755ae7e35a);
    q = q * z + f64_of(0x3fb3827c8df10813);
    q = q * z + f64_of(0xbfb73da2bafb6930);
    q = q * z + f64_of(0x3fbc70d7b3328d29);
    q = q * z + f64_of(0xbfc2491c68e9a8b9);
    q = q * z + f64_of(0x3fc999995142a82f);
    q = q * z + f64_of(0xbfd5555554e495b5);
    return t + t * z * q;
}

/// arc sine of t from 0 to 1/2.
VM_RULE double asin_f64(double t) {
    const double z = t * t;
    double q = f64_of(0x3fa056df3ed8288f);
    q = q * z + f64_of(0xbf66fd69d6ae3cc3);
    q = q * z + f64_of(0x3f930d8b0268bfe0);
    q = q * z + f64_of(0x3f90e11c01ade97b);
    q = q * z + f64_of(0x3f97027df8455165);
    q = q * z + f64_of(0x3f9f1ab442af8671);
    q = q * z + f64_of(0x3fa6db762b0685da);
    q = q * z + f64_of(0x3fb333331f270619);
    q = q * z + f64_of(0x3fc555555565a9b9);
    return t + t * z * q;
}

constexpr double half_pi = 0x1.921fb54442d18p0;
constexpr double whole_pi = 0x1.921fb54442d18p1;

}  // namespace steelyard::vm
