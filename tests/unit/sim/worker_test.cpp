#include "tests/sim/worker.h"

#include "tests/sim/report_codec.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

Report full_report() {
    Report report{.seed = 5, .virtual_time = Time(77), .trace_hash = 99};
    report.violations = {{"agreement", "two blocks", Time(3)}, {"progress", "none", Time(4)}};
    report.counters = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    report.network = {13, 14, 15, 16};
    return report;
}

TEST(ReportCodec, gives_back_what_was_written) {
    const Bytes bytes = encode_report(full_report());

    const auto decoded = decode_report(bytes);

    ASSERT_TRUE(decoded);
    EXPECT_EQ(encode_report(*decoded), bytes);
    EXPECT_EQ(decoded->violations.size(), 2U);
    EXPECT_EQ(decoded->violations[1].oracle, "progress");
    EXPECT_EQ(decoded->counters.byzantine_stops, 12U);
}

TEST(ReportCodec, refuses_what_is_not_whole) {
    const Bytes bytes = encode_report({.seed = 5});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_report(ByteView(bytes).first(size))) << size;
    }
}

Options short_options(std::uint64_t seed) {
    Options options = calm_options(seed);
    options.safety_phase = std::chrono::seconds(5);
    return options;
}

TEST(Workers, hand_out_reports_in_the_order_of_the_jobs) {
    std::uint64_t next_seed = 0;
    std::vector<std::uint64_t> seeds;

    Workers(3).run(
        [&]() -> std::optional<Job> {
            if (next_seed == 6) {
                return std::nullopt;
            }
            const std::uint64_t seed = next_seed++;
            return Job{seed, short_options(seed)};
        },
        [&](const Report& report) {
            seeds.push_back(report.seed);
            EXPECT_TRUE(report.passed());
            EXPECT_EQ(report.trace_hash, run(short_options(report.seed)).trace_hash);
            return true;
        }
    );

    EXPECT_EQ(seeds, (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Workers, a_process_that_dies_is_a_violation) {
    Options broken = short_options(1);
    broken.byzantine = {{.node = 0, .strategy = "no such strategy"}};

    const Report report = run_apart({1, broken});

    ASSERT_FALSE(report.passed());
    EXPECT_EQ(report.violations[0].oracle, "no crash");
}

}  // namespace
}  // namespace steelyard::sim
