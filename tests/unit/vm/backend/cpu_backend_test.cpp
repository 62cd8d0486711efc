#include "vm/backend/cpu/cpu_backend.h"

#include <gtest/gtest.h>

namespace steelyard::vm::cpu {
namespace {

TEST(Isa, NamesComeBack) {
    for (const Isa isa :
         {Isa::scalar, Isa::scalar_soft_fma, Isa::avx2, Isa::avx512_no_vnni, Isa::avx512}) {
        if (is_available(isa)) {
            EXPECT_EQ(isa_from_name(to_string(isa)), isa);
            EXPECT_EQ(make_cpu_backend(isa)->name(), to_string(isa));
        }
    }
    EXPECT_EQ(isa_from_name("sse").error().code(), ErrorCode::invalid);
    EXPECT_TRUE(is_available(best_isa()));
}

}  // namespace
}  // namespace steelyard::vm::cpu
