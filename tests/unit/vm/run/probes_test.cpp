#include "vm/trace/probes.h"

#include "base/random.h"
#include "tests/support/vm/mixed_programs.h"
#include "tests/unit/vm/run/small_program.h"

#include <gtest/gtest.h>
#include <cmath>
#include <numeric>

namespace steelyard::vm {
namespace {

using namespace test;

Hash256 counting_seed() {
    Hash256 seed;
    std::iota(seed.begin(), seed.end(), std::uint8_t{0});
    return seed;
}

Hash256 random_seed(RandomSource& random) {
    Hash256 seed;
    random.fill(seed);
    return seed;
}

RunOutcome ended(std::uint64_t steps) {
    return {.output_root = {}, .trace_root = {}, .steps = steps, .fault = {}};
}

RunOutcome fault_in(std::uint64_t step) {
    return {.steps = step, .fault = Fault{.step = step}};
}

/// The value that chi-square with so many degrees of freedom exceeds once in 10,000 times, by the
/// cube-root approximation.
double chi_square_limit(std::size_t degrees) {
    const auto k = static_cast<double>(degrees);
    const double term = 1.0 - 2.0 / (9.0 * k) + 3.719 * std::sqrt(2.0 / (9.0 * k));
    return k * term * term * term;
}

void expect_distribution(
    const std::vector<std::uint64_t>& counts, const std::vector<double>& shares
) {
    const auto total =
        static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
    double chi_square = 0;
    std::size_t cells = 0;
    for (std::size_t at = 0; at < counts.size(); ++at) {
        if (shares[at] == 0.0) {
            EXPECT_EQ(counts[at], 0U);
            continue;
        }
        const double wanted = shares[at] * total;
        chi_square += (static_cast<double>(counts[at]) - wanted) *
                      (static_cast<double>(counts[at]) - wanted) / wanted;
        ++cells;
    }
    if (cells > 1) {
        EXPECT_LT(chi_square, chi_square_limit(cells - 1));
    }
}

// By a program of its own, with the words from b3sum and the gas worked out by hand.
TEST(Probes, are_as_written_down) {
    const CheckedProgram program = checked(small_program());
    ASSERT_EQ(program.gas(), 322'304U);

    EXPECT_EQ(
        derive_probes(program, ended(7), counting_seed(), 12),
        (std::vector<Probe>{
            {.step = 1, .rows = {15, 23}, .columns = {6, 7}},
            {.step = 0, .rows = {7, 10}, .columns = {7, 1}},
            {.step = 5, .rows = {2, 8}, .columns = {3, 2}},
            {.step = 4, .rows = {7, 7}, .columns = {6, 5}},
            {.step = 6, .rows = {8, 0}, .columns = {0, 0}},
            {.step = 0, .rows = {6, 6}, .columns = {3, 6}},
            {.step = 3, .rows = {7, 4}, .columns = {0, 6}},
            {.step = 3, .rows = {21, 23}, .columns = {7, 7}},
            {.step = 6, .rows = {9, 3}, .columns = {0, 2}},
            {.step = 1, .rows = {8, 22}, .columns = {6, 6}},
            {.step = 2, .rows = {8, 3}, .columns = {2, 3}},
            {.step = 0, .rows = {1, 0}, .columns = {0, 4}},
        })
    );
    EXPECT_EQ(
        derive_probes(program, fault_in(3), counting_seed(), 6),
        (std::vector<Probe>{
            {.step = 2, .rows = {3, 11}, .columns = {6, 7}},
            {.step = 0, .rows = {7, 10}, .columns = {7, 1}},
            {.step = 0, .rows = {2, 8}, .columns = {3, 2}},
            {.step = 2, .rows = {7, 7}, .columns = {6, 5}},
            {.step = 0, .rows = {8, 0}, .columns = {0, 0}},
            {.step = 0, .rows = {6, 6}, .columns = {3, 6}},
        })
    );
}

TEST(Probes, depend_on_nothing_that_the_prover_chooses) {
    const CheckedProgram program = checked(small_program());
    SeededRandom random(1);
    const std::vector<Probe> probes = derive_probes(program, ended(7), counting_seed(), 20);
    for (int round = 0; round < 20; ++round) {
        RunOutcome outcome = ended(7);
        outcome.output_root = random_seed(random);
        outcome.trace_root = random_seed(random);
        EXPECT_EQ(derive_probes(program, outcome, counting_seed(), 20), probes);

        RunOutcome fault = fault_in(4);
        fault.fault->element = random.below(90);
        fault.fault->kind = Fault::Kind::bad_index;
        fault.trace_root = random_seed(random);
        EXPECT_EQ(
            derive_probes(program, fault, counting_seed(), 20),
            derive_probes(program, fault_in(4), counting_seed(), 20)
        );
    }
    for (std::uint32_t count = 0; count <= 20; ++count) {
        const auto fewer = derive_probes(program, ended(7), counting_seed(), count);
        EXPECT_TRUE(std::ranges::equal(fewer, std::span(probes).first(count)));
    }
}

/// P2 in numbers: what share of the probes each step gets.
std::vector<double> step_shares(
    const CheckedProgram& program, std::uint64_t steps, const std::vector<std::uint64_t>& pinned
) {
    double gas = 0;
    for (std::uint64_t step = 0; step < steps; ++step) {
        gas += static_cast<double>(program.step_gas(program.step(step).node));
    }
    std::vector<double> shares(steps);
    const double uniform = pinned.empty() ? 0.75 : 0.5;
    for (std::uint64_t step = 0; step < steps; ++step) {
        const auto own = static_cast<double>(program.step_gas(program.step(step).node));
        shares[step] = uniform / static_cast<double>(steps) + 0.25 * own / gas;
    }
    for (const std::uint64_t step : pinned) {
        shares[step] += 0.25 / static_cast<double>(pinned.size());
    }
    return shares;
}

TEST(Probes, steps_rows_and_columns_have_their_shares) {
    const CheckedProgram program = checked(small_program());
    SeededRandom random(2);
    for (std::uint64_t steps = 1; steps <= 7; ++steps) {
        const RunOutcome outcome = steps == 7 ? ended(7) : fault_in(steps);
        std::vector<std::uint64_t> of_steps(steps);
        std::vector<std::uint64_t> of_rows(12);
        std::vector<std::uint64_t> of_columns(8);
        for (int seed = 0; seed < 300; ++seed) {
            for (const Probe& probe :
                 derive_probes(program, outcome, random_seed(random), probe_count_max)) {
                ++of_steps[probe.step];
                EXPECT_TRUE(probe.rows.size() == 2 && probe.columns.size() == 2);
                for (std::size_t at = 0; at < 2; ++at) {
                    ++of_columns[probe.columns[at]];
                    if (program.step(probe.step).node != 1) {
                        ++of_rows[probe.rows[at]];
                    }
                }
            }
        }
        const std::vector<std::uint64_t> pinned =
            steps == 7 ? std::vector<std::uint64_t>{0, 6} : std::vector<std::uint64_t>{0};
        expect_distribution(of_steps, step_shares(program, steps, pinned));
        expect_distribution(of_rows, std::vector<double>(12, 1.0 / 12));
        expect_distribution(of_columns, std::vector<double>(8, 1.0 / 8));
    }
}

TEST(Probes, pin_the_first_reader_of_each_input_and_the_makers_of_outputs) {
    Builder builder;
    const ValueRef a = *builder.input("a", {DType::f32, {2}});
    const ValueRef b = *builder.input("b", {DType::f32, {2}});
    const ValueRef c = *builder.input("c", {DType::f32, {2}});
    const auto copy = [&](ValueRef value) { return *builder.add(OpCode::reshape, {value}, {2}); };
    copy(b);  // step 0
    // a is read as a carry of the outer loop's, c inside of the inner loop.
    const LoopStart outer = *builder.begin_loop(2, std::vector{a});
    copy(b);  // steps 1, 8
    const LoopStart inner = *builder.begin_loop(3, std::vector{outer.carries[0]});
    copy(c);                                       // steps 2, 4, 6, ...
    const ValueRef next = copy(inner.carries[0]);  // steps 3, 5, 7, ...
    const auto done = *builder.end_loop(std::vector{next});
    const auto result = *builder.end_loop(std::vector{done[0]});
    copy(result[0]);  // step 15
    ASSERT_TRUE(builder.output("result", result[0]).has_value());
    const CheckedProgram program = checked(std::move(builder).finish());
    ASSERT_EQ(program.step_count(), 16U);

    // Pinned are 0 (b), 2 (c), 3 (a) and 14, whose carry is the output.
    SeededRandom random(3);
    for (const std::uint64_t steps : {16, 14, 3, 2}) {
        std::vector<std::uint64_t> counts(steps);
        for (int seed = 0; seed < 200; ++seed) {
            const RunOutcome outcome = steps == 16 ? ended(16) : fault_in(steps);
            for (const Probe& probe :
                 derive_probes(program, outcome, random_seed(random), probe_count_max)) {
                ++counts[probe.step];
            }
        }
        std::vector<std::uint64_t> pinned{0, 2, 3, 14};
        std::erase_if(pinned, [&](std::uint64_t step) { return step >= steps; });
        expect_distribution(counts, step_shares(program, steps, pinned));
    }
}

TEST(Probes, steps_without_elements_are_drawn_anew) {
    Builder builder;
    const ValueRef none = *builder.input("none", {DType::f32, {0, 3}});
    const ValueRef some = *builder.input("some", {DType::f32, {3}});
    const ValueRef first = *builder.add(OpCode::reshape, {none}, {3, 0});
    const ValueRef second = *builder.add(OpCode::reshape, {some}, {3, 1});
    ASSERT_TRUE(builder.output("first", first).has_value());
    ASSERT_TRUE(builder.output("second", second).has_value());
    const CheckedProgram program = checked(std::move(builder).finish());

    const std::vector<Probe> probes = derive_probes(program, ended(2), counting_seed(), 64);
    EXPECT_EQ(probes.size(), 64U);
    for (const Probe& probe : probes) {
        EXPECT_EQ(probe.step, 1U);
    }
    EXPECT_TRUE(derive_probes(program, fault_in(1), counting_seed(), 64).empty());
    EXPECT_TRUE(derive_probes(program, fault_in(0), counting_seed(), 64).empty());
}

}  // namespace
}  // namespace steelyard::vm
