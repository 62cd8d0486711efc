#include "vm/ops/fma.h"

#include "base/cpu.h"

namespace steelyard::vm {

namespace {

#ifdef __x86_64__
[[gnu::target("fma")]] float hardware_fma(float a, float b, float c) {
    return __builtin_fmaf(a, b, c);
}

[[gnu::target("fma")]] double hardware_fma(double a, double b, double c) {
    return __builtin_fma(a, b, c);
}

const bool has_fma = cpu_features().avx2;
#else
float hardware_fma(float a, float b, float c) {
    return software_fma(a, b, c);
}

double hardware_fma(double a, double b, double c) {
    return software_fma(a, b, c);
}

constexpr bool has_fma = false;
#endif

}  // namespace

float processor_fma(float a, float b, float c) {
    return has_fma ? hardware_fma(a, b, c) : software_fma(a, b, c);
}

double processor_fma(double a, double b, double c) {
    return has_fma ? hardware_fma(a, b, c) : software_fma(a, b, c);
}

}  // namespace steelyard::vm
