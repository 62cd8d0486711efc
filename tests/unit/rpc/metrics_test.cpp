#include "rpc/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <set>

namespace steelyard::rpc {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<MetricSpec> table = {
    {.name = "height", .type = MetricType::gauge, .help = "Height of the chain."},
    {.name = "bytes", .type = MetricType::counter, .help = "Bytes.", .labels = {"peer", "channel"}},
    {.name = "seconds", .type = MetricType::histogram, .help = "Time.", .buckets = {.1, 1}},
    {.name = "slow", .type = MetricType::counter, .help = "Slow ones.", .own = true},
};

TEST(Metrics, are_written_as_prometheus_text) {
    Metrics metrics("cometbft", "test-chain", table);

    metrics.set("height", 5);
    metrics.set("height", 4);
    metrics.add("bytes", 10, {{"peer", "a\"b"}, {"channel", "0x20"}});
    metrics.add("bytes", 5, {{"channel", "0x20"}, {"peer", "a\"b"}});
    metrics.observe("seconds", .5);
    metrics.observe("seconds", 2);
    metrics.add("slow", 1);

    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("# HELP cometbft_height Height of the chain.\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE cometbft_height gauge\n"));
    EXPECT_THAT(text, HasSubstr("cometbft_height{chain_id=\"test-chain\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("channel=\"0x20\",peer=\"a\\\"b\"} 15\n"));
    EXPECT_THAT(text, HasSubstr("cometbft_seconds_bucket{chain_id=\"test-chain\",le=\"1\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("cometbft_seconds_count{chain_id=\"test-chain\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("steelyard_slow{chain_id=\"test-chain\"} 1\n"));
}

TEST(Metrics, bring_counters_up_but_never_down) {
    Metrics metrics("a", "c", table);

    metrics.set_total("slow", 7);
    metrics.set_total("slow", 9);
    metrics.set_total("slow", 3);

    EXPECT_THAT(metrics.text(), HasSubstr("steelyard_slow{chain_id=\"c\"} 9\n"));
}

TEST(Metrics, keep_a_limited_number_of_series) {
    Metrics metrics("a", "c", table);

    for (std::size_t i = 0; i < Metrics::series_max + 10; ++i) {
        metrics.add("bytes", 1, {{"peer", std::to_string(i)}, {"channel", "1"}});
    }

    EXPECT_THAT(metrics.text(), HasSubstr(fmt::format("peer=\"{}\"", Metrics::series_max - 1)));
    EXPECT_THAT(metrics.text(), Not(HasSubstr(fmt::format("peer=\"{}\"", Metrics::series_max))));
}

TEST(MetricsDeathTest, know_their_names_types_and_labels) {
    Metrics metrics("a", "c", table);

    EXPECT_DEATH(metrics.set("nothing", 1), "CHECK|end");
    EXPECT_DEATH(metrics.set("slow", 1), "type");
    EXPECT_DEATH(metrics.add("bytes", 1), "labels");
}

TEST(NodeMetrics, are_a_table_that_can_be_served) {
    Metrics metrics("cometbft", "c", node_metrics());
    std::set<std::string_view> names;

    for (const MetricSpec& spec : node_metrics()) {
        EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
        EXPECT_EQ(spec.buckets.empty(), spec.type != MetricType::histogram) << spec.name;
        EXPECT_TRUE(spec.help.ends_with('.')) << spec.name;
    }
    metrics.set("consensus_height", 3);

    EXPECT_THAT(metrics.text(), HasSubstr("cometbft_consensus_height{chain_id=\"c\"} 3\n"));
}

TEST(Metrics, without_labels_are_there_from_the_start) {
    const Metrics metrics("a", "c", table);

    EXPECT_THAT(metrics.text(), HasSubstr("a_height{chain_id=\"c\"} 0\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("steelyard_slow{chain_id=\"c\"} 0\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("a_seconds_count{chain_id=\"c\"} 0\n"));
    EXPECT_THAT(metrics.text(), Not(HasSubstr("a_bytes{")));
}

TEST(Metrics, forget_who_is_gone_and_make_room) {
    Metrics metrics("a", "c", table);
    for (std::size_t i = 0; i < Metrics::series_max; ++i) {
        metrics.add("bytes", 1, {{"peer", std::to_string(i)}, {"channel", "1"}});
    }

    metrics.retain("bytes", "peer", {"7"});
    metrics.add("bytes", 2, {{"peer", "7"}, {"channel", "1"}});
    metrics.add("bytes", 1, {{"peer", "new"}, {"channel", "1"}});

    EXPECT_THAT(metrics.text(), HasSubstr("channel=\"1\",peer=\"7\"} 3\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("peer=\"new\"} 1\n"));
    EXPECT_THAT(metrics.text(), Not(HasSubstr("peer=\"8\"")));
}

TEST(Metrics, of_a_series_that_was_found_once_are_counted_alike) {
    Metrics metrics("a", "c", table);
    HistogramSeries series = metrics.histogram("seconds");

    series.observe(.5);
    metrics.observe("seconds", .5);

    EXPECT_THAT(metrics.text(), HasSubstr("a_seconds_count{chain_id=\"c\"} 2\n"));
}

/// A row of doc/reference/metrics.md.
std::string row_of(const MetricSpec& spec) {
    constexpr std::array types = {"counter", "gauge", "histogram"};
    std::string labels;
    for (const std::string_view label : spec.labels) {
        labels += fmt::format("{}`{}`", labels.empty() ? "" : ", ", label);
    }
    return fmt::format(
        "| `{}_{}` | {} | {} | {} |",
        spec.own ? "steelyard" : "cometbft",
        spec.name,
        types.at(static_cast<std::size_t>(spec.type)),
        labels,
        spec.help
    );
}

TEST(NodeMetrics, are_all_in_the_reference) {
    std::ifstream file(STEELYARD_SOURCE_DIR "/doc/reference/metrics.md");
    std::vector<std::string> documented;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("| `")) {
            documented.push_back(line);
        }
    }

    EXPECT_EQ(documented.size(), node_metrics().size());
    for (const MetricSpec& spec : node_metrics()) {
        EXPECT_THAT(documented, testing::Contains(row_of(spec)));
    }
}

}  // namespace
}  // namespace steelyard::rpc
