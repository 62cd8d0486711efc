#include "vm/samples/known.h"

#include "base/hex.h"
#include "vm/backend/cpu/cpu_backend.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

void expect_known(Backend& backend) {
    const auto known = known_answers();
    ASSERT_TRUE(known) << known.error().message();
    for (const KnownAnswer& one : *known) {
        const auto result =
            run(one.subject.program, one.subject.inputs.views(), {.backend = &backend});
        ASSERT_TRUE(result) << one.subject.name << ": " << result.error().message();
        EXPECT_FALSE(result->outcome.fault) << one.subject.name;
        EXPECT_EQ(to_hex(result->outcome.output_root), to_hex(one.output_root)) << one.subject.name;
        EXPECT_EQ(to_hex(result->outcome.trace_root), to_hex(one.trace_root)) << one.subject.name;
    }
}

/// The rules themselves, element by element.
TEST(KnownAnswers, are_those_of_the_reference) {
    expect_known(*make_reference_backend());
}

TEST(KnownAnswers, are_those_of_every_instruction_set) {
    for (const auto isa :
         {cpu::Isa::scalar,
          cpu::Isa::scalar_soft_fma,
          cpu::Isa::avx2,
          cpu::Isa::avx512_no_vnni,
          cpu::Isa::avx512}) {
        if (cpu::is_available(isa)) {
            SCOPED_TRACE(cpu::to_string(isa));
            expect_known(*cpu::make_cpu_backend(isa));
        }
    }
}

TEST(KnownAnswers, differ_from_each_other) {
    const auto known = known_answers();
    ASSERT_TRUE(known);
    for (std::size_t i = 1; i < known->size(); ++i) {
        EXPECT_NE((*known)[i].output_root, (*known)[i - 1].output_root);
    }
}

}  // namespace
}  // namespace steelyard::vm
