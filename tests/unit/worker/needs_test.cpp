#include "worker/needs.h"

#include "base/check.h"
#include "tests/support/temporary_home.h"
#include "vm/build/ops.h"
#include "vm/check/checked_program.h"

#include <gtest/gtest.h>

#include <fstream>

namespace steelyard::worker {
namespace {

/// One sum of two rows of `count` floats.
vm::CheckedProgram sum_of_rows(std::uint64_t count) {
    vm::Builder builder;
    vm::Ops ops(builder);
    const vm::TensorType type{.dtype = vm::DType::f32, .shape = vm::Shape{count}};
    const auto a = builder.input("a", type).value();
    const auto b = builder.input("b", type).value();
    const auto y = ops.add(a, b);
    CHECK(ops.done().has_value() && builder.output("y", y).has_value());
    return vm::CheckedProgram::check(std::move(builder).finish()).value();
}

TEST(RunNeeds, counts_memory_of_runs_and_proofs_and_files) {
    constexpr std::uint64_t count = 1'000'000;
    constexpr std::uint64_t row = 4 * count;
    const auto program = sum_of_rows(count);

    const RunNeeds needs = needs_of(program, 12);

    EXPECT_EQ(needs.work_units, program.work_units());
    EXPECT_GE(needs.run_bytes, program.peak_bytes());
    EXPECT_GE(needs.proof_bytes, program.peak_bytes() + row + 3 * row / 16);
    EXPECT_GE(needs.disk_bytes, 3 * row);
    EXPECT_LT(needs.run_bytes, 6 * row);
}

TEST(RunNeeds, finds_memory_that_is_not_there) {
    const RunNeeds needs{.work_units = 1'000, .run_bytes = 100, .proof_bytes = 200};

    EXPECT_FALSE(find_lack(needs, {.memory_max = 200}, 1'000));
    EXPECT_EQ(find_lack(needs, {.memory_max = 199}, 1'000)->reason, Decline::no_memory);
    EXPECT_FALSE(find_lack(needs, {}, 1'000)) << "no limit";
}

TEST(RunNeeds, finds_time_that_is_not_there) {
    const RunNeeds needs{.work_units = 1'000};

    EXPECT_FALSE(find_lack(needs, {.work_units_per_second = 500}, 2'000));
    EXPECT_EQ(find_lack(needs, {.work_units_per_second = 499}, 2'000)->reason, Decline::busy);
    EXPECT_FALSE(find_lack(needs, {}, 1)) << "it is not known";
}

TEST(RunNeeds, finds_disk_that_is_not_there) {
    const testing_support::TemporaryHome home;
    std::ofstream(home.path() / "file") << std::string(1'000, 'x');

    EXPECT_FALSE(find_lack_of_disk(home.path(), 500, 1'500));
    EXPECT_EQ(find_lack_of_disk(home.path(), 501, 1'500)->reason, Decline::other);
    EXPECT_EQ(find_lack_of_disk(home.path(), std::uint64_t{1} << 60, 0)->reason, Decline::other);
    EXPECT_TRUE(find_lack_of_disk(home.path() / "nothing", 1, 0));
}

TEST(RunNeeds, leaves_room_for_threads) {
    EXPECT_GT(address_space(1'000, 8), address_space(1'000, 1));
    EXPECT_EQ(address_space(~std::uint64_t{0}, 8), ~std::uint64_t{0});
}

}  // namespace
}  // namespace steelyard::worker
