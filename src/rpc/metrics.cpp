#include "rpc/metrics.h"

#include "base/check.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace steelyard::rpc {
namespace {

using LabelSet = std::map<std::string, std::string>;

/// A metric with its series; the family is null but for its own type.
struct Entry {
    const MetricSpec* spec = nullptr;
    prometheus::Family<prometheus::Counter>* counters = nullptr;
    prometheus::Family<prometheus::Gauge>* gauges = nullptr;
    prometheus::Family<prometheus::Histogram>* histograms = nullptr;
    std::set<LabelSet> series{};
};

}  // namespace

class Metrics::Impl {
public:
    Impl(
        std::string_view name_space, std::string_view chain_id, const std::vector<MetricSpec>& table
    ) {
        const LabelSet constant = {{"chain_id", std::string(chain_id)}};
        for (const MetricSpec& spec : table) {
            const std::string_view prefix = spec.own ? "steelyard" : name_space;
            add_family(fmt::format("{}_{}", prefix, spec.name), constant, spec);
        }
    }

    void retain(
        std::string_view name, std::string_view label, const std::set<std::string>& values
    ) {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(name);
        CHECK(found != entries_.end() && found->second.histograms == nullptr);
        Entry& entry = found->second;
        CHECK(std::ranges::find(entry.spec->labels, label) != entry.spec->labels.end());
        std::erase_if(entry.series, [&](const LabelSet& set) {
            if (values.contains(set.at(std::string(label)))) {
                return false;
            }
            if (entry.counters != nullptr) {
                entry.counters->Remove(&entry.counters->Add(set));
            } else {
                entry.gauges->Remove(&entry.gauges->Add(set));
            }
            return true;
        });
    }

    /// Calls `use` with the metric and the labels of one series; not for a series over the limit.
    template <typename Use>
    void with(std::string_view name, MetricType type, Labels labels, Use use) {
        LabelSet set;
        for (const MetricLabel& label : labels) {
            set.emplace(label.name, label.value);
        }
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(name);
        CHECK(found != entries_.end() && found->second.spec->type == type);
        Entry& entry = found->second;
        CHECK(set.size() == entry.spec->labels.size());
        for (const std::string_view label : entry.spec->labels) {
            CHECK(set.contains(std::string(label)));
        }
        if (entry.series.contains(set) ||
            (entry.series.size() < series_max && entry.series.insert(set).second)) {
            use(entry, set);
        }
    }

    std::string text() const {
        const prometheus::TextSerializer serializer;
        return serializer.Serialize(registry_.Collect());
    }

private:
    void add_family(const std::string& name, const LabelSet& constant, const MetricSpec& spec) {
        Entry entry{.spec = &spec};
        const std::string help(spec.help);
        switch (spec.type) {
            case MetricType::counter:
                entry.counters =
                    &prometheus::BuildCounter().Name(name).Help(help).Labels(constant).Register(
                        registry_
                    );
                break;
            case MetricType::gauge:
                entry.gauges =
                    &prometheus::BuildGauge().Name(name).Help(help).Labels(constant).Register(
                        registry_
                    );
                break;
            case MetricType::histogram:
                CHECK(std::is_sorted(spec.buckets.begin(), spec.buckets.end()));
                entry.histograms =
                    &prometheus::BuildHistogram().Name(name).Help(help).Labels(constant).Register(
                        registry_
                    );
                break;
        }
        if (spec.labels.empty()) {
            add_only_series(entry);
        }
        const bool added = entries_.emplace(spec.name, std::move(entry)).second;
        CHECK(added);
    }

    static void add_only_series(Entry& entry) {
        entry.series.insert(LabelSet());
        if (entry.counters != nullptr) {
            entry.counters->Add({});
        } else if (entry.gauges != nullptr) {
            entry.gauges->Add({});
        } else {
            entry.histograms->Add({}, entry.spec->buckets);
        }
    }

    prometheus::Registry registry_{};
    std::mutex mutex_{};
    std::map<std::string_view, Entry> entries_{};
};

Metrics::Metrics(
    std::string_view name_space, std::string_view chain_id, const std::vector<MetricSpec>& table
)
    : impl_(std::make_unique<Impl>(name_space, chain_id, table)) {
}

Metrics::~Metrics() = default;

void Metrics::set(std::string_view gauge, double value, Labels labels) {
    impl_->with(gauge, MetricType::gauge, labels, [value](Entry& entry, const LabelSet& set) {
        entry.gauges->Add(set).Set(value);
    });
}

void Metrics::add(std::string_view counter, double increment, Labels labels) {
    impl_->with(
        counter,
        MetricType::counter,
        labels,
        [increment](Entry& entry, const LabelSet& set) {
            entry.counters->Add(set).Increment(increment);
        }
    );
}

void Metrics::set_total(std::string_view counter, double total, Labels labels) {
    impl_->with(counter, MetricType::counter, labels, [total](Entry& entry, const LabelSet& set) {
        prometheus::Counter& found = entry.counters->Add(set);
        if (total > found.Value()) {
            found.Increment(total - found.Value());
        }
    });
}

void Metrics::observe(std::string_view histogram, double value, Labels labels) {
    impl_->with(
        histogram,
        MetricType::histogram,
        labels,
        [value](Entry& entry, const LabelSet& set) {
            entry.histograms->Add(set, entry.spec->buckets).Observe(value);
        }
    );
}

HistogramSeries Metrics::histogram(std::string_view name, Labels labels) {
    prometheus::Histogram* series = nullptr;
    impl_->with(name, MetricType::histogram, labels, [&](Entry& entry, const LabelSet& set) {
        series = &entry.histograms->Add(set, entry.spec->buckets);
    });
    return HistogramSeries(series);
}

void Metrics::retain(
    std::string_view name, std::string_view label, const std::set<std::string>& values
) {
    impl_->retain(name, label, values);
}

void HistogramSeries::observe(double value) {
    if (histogram_ != nullptr) {
        histogram_->Observe(value);
    }
}

std::string Metrics::text() const {
    return impl_->text();
}

}  // namespace steelyard::rpc
