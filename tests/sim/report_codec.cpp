#include "tests/sim/report_codec.h"

#include "base/endian.h"

#include <vector>

namespace steelyard::sim {
namespace {

/// Every number of a report but the violations, in one order for both directions.
template <typename Visit>
void visit_numbers(auto& report, const Visit& visit) {
    auto& counters = report.counters;
    auto& network = report.network;
    visit(report.seed);
    visit(report.trace_hash);
    visit(report.virtual_time);
    visit(counters.blocks);
    visit(counters.round_max);
    visit(counters.rounds);
    visit(counters.crashes);
    visit(counters.restarts);
    visit(counters.partitions);
    visit(counters.contradictions);
    visit(counters.refused_blocks);
    visit(counters.equivocations);
    visit(counters.evidence_heard);
    visit(counters.evidence);
    visit(counters.byzantine_stops);
    visit(counters.fetched);
    visit(counters.fall_backs);
    visit(counters.omitted);
    visit(counters.proposed_again);
    visit(counters.town.txs);
    visit(counters.town.failed_txs);
    visit(counters.town.double_signs);
    visit(counters.town.sleepers);
    visit(counters.town.unjailed);
    visit(counters.town.joined);
    visit(counters.town.left);
    visit(counters.town.moved);
    auto& market = counters.town.market;
    visit(market.matched);
    visit(market.challenged);
    visit(market.proved);
    visit(market.malformed);
    visit(market.honest_settled);
    visit(market.wrong_settled);
    visit(market.live_max);
    for (auto& ended : market.ended) {
        visit(ended);
    }
    visit(counters.cut_short);
    visit(network.sent);
    visit(network.delivered);
    visit(network.lost);
    visit(network.duplicated);
}

void write_number(Bytes& out, std::uint64_t number) {
    ByteArray<sizeof(number)> bytes;
    store_le(bytes.data(), number);
    append(out, bytes);
}

void write_text(Bytes& out, std::string_view text) {
    write_number(out, text.size());
    append(out, as_bytes(text));
}

class Reader {
public:
    explicit Reader(ByteView bytes) : rest_(bytes) {}

    std::uint64_t number() {
        const ByteView bytes = take(sizeof(std::uint64_t));
        return bytes.empty() ? 0 : load_le<std::uint64_t>(bytes.data());
    }

    std::string text() { return std::string(as_text(take(number()))); }

    bool is_whole() const { return is_whole_ && rest_.empty(); }
    bool has_more() const { return is_whole_ && !rest_.empty(); }

private:
    ByteView take(std::uint64_t size) {
        if (size > rest_.size()) {
            is_whole_ = false;
            return {};
        }
        const ByteView taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }

    ByteView rest_;
    bool is_whole_ = true;
};

}  // namespace

Bytes encode_report(const Report& report) {
    Bytes out;
    visit_numbers(report, [&](const auto& field) {
        if constexpr (requires { field.count(); }) {
            write_number(out, static_cast<std::uint64_t>(field.count()));
        } else {
            write_number(out, static_cast<std::uint64_t>(field));
        }
    });
    for (const Violation& violation : report.violations) {
        write_text(out, violation.oracle);
        write_text(out, violation.what);
        write_number(out, static_cast<std::uint64_t>(violation.when.count()));
    }
    return out;
}

Result<Report> decode_report(ByteView bytes) {
    Report report;
    Reader reader(bytes);
    visit_numbers(report, [&]<typename Field>(Field& field) {
        if constexpr (requires { field.count(); }) {
            field = Field(static_cast<std::int64_t>(reader.number()));
        } else {
            field = static_cast<Field>(reader.number());
        }
    });
    while (reader.has_more()) {
        Violation violation;
        violation.oracle = reader.text();
        violation.what = reader.text();
        violation.when = Time(static_cast<std::int64_t>(reader.number()));
        report.violations.push_back(std::move(violation));
    }
    if (!reader.is_whole()) {
        return invalid("report of {} bytes is not whole", bytes.size());
    }
    return report;
}

}  // namespace steelyard::sim
