#include "vm/backend/cpu/kernels.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace steelyard::vm::cpu {

#if defined(__SSE2__)

namespace {

/// Nearest even, all exceptions masked, neither flush to zero nor denormals as zeros.
constexpr unsigned int mxcsr_of_the_vm = 0x1f80;

}  // namespace

FloatEnvironment::FloatEnvironment() : saved_(_mm_getcsr()) {
    _mm_setcsr(mxcsr_of_the_vm);
}

FloatEnvironment::~FloatEnvironment() {
    _mm_setcsr(saved_);
}

#else
#error "the float environment of this processor is not known yet"
#endif

}  // namespace steelyard::vm::cpu
