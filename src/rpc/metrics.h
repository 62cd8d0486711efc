// Metrics: counters, gauges and histograms by name, as Prometheus text.
#pragma once

#include "base/result.h"

#include <initializer_list>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Histogram;
}

namespace steelyard::rpc {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

/// A row of the table of metrics.
struct MetricSpec {
    std::string_view name{};  ///< after the namespace: "consensus_height"
    MetricType type = MetricType::gauge;
    std::string_view help{};
    std::vector<std::string_view> labels{};
    std::vector<double> buckets{};  ///< of a histogram: upper bounds, rising
    bool own = false;               ///< not CometBFT's: the namespace is "steelyard"
};

/// CometBFT's metrics that this node keeps, with their names, and our own.
const std::vector<MetricSpec>& node_metrics();

struct MetricLabel {
    std::string_view name;
    std::string_view value;
};

/// One series of a histogram, found once: for what is observed thousands of times a second.
/// Thread-safe. Lives no longer than its Metrics.
class HistogramSeries {
public:
    void observe(double value);

private:
    friend class Metrics;
    explicit HistogramSeries(prometheus::Histogram* histogram) : histogram_(histogram) {}

    prometheus::Histogram* histogram_;  ///< null: over the limit
};

/// The values of one table. Thread-safe. A name or a label that is not in the table is a
/// programmer error; a series over the limit is dropped.
class Metrics {
public:
    static constexpr std::size_t series_max = 4096;  ///< of one metric

    using Labels = std::initializer_list<MetricLabel>;

    /// Names are "{name_space}_{name}"; every series carries `chain_id`. The table must outlive it.
    /// What has no labels is there from the start, as 0.
    Metrics(
        std::string_view name_space, std::string_view chain_id, const std::vector<MetricSpec>& table
    );
    ~Metrics();

    void set(std::string_view gauge, double value, Labels labels = {});
    void add(std::string_view counter, double increment, Labels labels = {});

    /// Brings a counter up to what a module's own count says; never down.
    void set_total(std::string_view counter, double total, Labels labels = {});

    void observe(std::string_view histogram, double value, Labels labels = {});
    HistogramSeries histogram(std::string_view name, Labels labels = {});

    /// Forgets the series whose `label` has none of these values, such as those of peers that are
    /// gone. Not for histograms.
    void retain(std::string_view name, std::string_view label, const std::set<std::string>& values);

    /// Prometheus' text format, version 0.0.4.
    std::string text() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::rpc
