#include "tests/unit/market/book/slow_clearing.h"

#include "base/checked.h"
#include "base/endian.h"
#include "crypto/sha256.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace steelyard::market {
namespace {

Hash256 slow_tie(
    const Hash256& beacon, const chain::Address& owner, std::uint64_t count, std::uint32_t task
) {
    Bytes message = {0x0a};
    append(message, beacon);
    append(message, owner);
    append_be(message, count);
    append_be(message, task);
    return crypto::sha256(message);
}

Hash256 slow_tie(const AskRecord& ask, const Hash256& beacon) {
    return slow_tie(beacon, ask.second.owner, ask.second.count, 0);
}

Hash256 slow_tie(const BidRecord& bid, const Hash256& beacon) {
    return slow_tie(beacon, bid.second.owner, bid.second.count, bid.first.job.task);
}

/// C4: by which beacon a bid is sorted among its equals.
const Hash256& beacon_of(
    const BidRecord& bid, const Hash256& beacon, const std::optional<Cursor>& cursor
) {
    return cursor && cursor->row == bid.first.row ? cursor->beacon : beacon;
}

auto place_of(const RowKey& row, const Hash256& tie) {
    return std::make_tuple(row.book, ~row.price, row.posted, tie);
}

class SlowClearing {
public:
    SlowClearing(const MarketDraft& market, const std::optional<Cursor>& cursor)
        : cursor_(cursor),
          rules_(market.rules),
          facts_(market.facts),
          asks_(in_order(market.asks, rules_.beacon)),
          bids_(in_order(market.bids, rules_.beacon, cursor)) {}

    Cleared run() {
        rotate();
        for (const BidRecord& bid : bids_) {
            const std::uint64_t pairs_before = cleared_.pairs;
            if (!take_turn(bid)) {
                const Hash256& beacon = beacon_of(bid, rules_.beacon, cursor_);
                cleared_.cursor = Cursor{
                    .row = bid.first.row,
                    .beacon = beacon,
                    .tie = slow_tie(bid, beacon),
                    .is_behind = pairs_before == 0,
                };
                break;
            }
        }
        return cleared_;
    }

private:
    /// The bids from the cursor on come first.
    void rotate() {
        if (!cursor_) {
            return;
        }
        const auto cursor = place_of(cursor_->row, cursor_->tie);
        std::ranges::stable_partition(bids_, [&](const BidRecord& bid) {
            const auto place =
                place_of(bid.first.row, slow_tie(bid, beacon_of(bid, rules_.beacon, cursor_)));
            return cursor_->is_behind ? place > cursor : place >= cursor;
        });
    }

    /// False: there was a pair too many.
    bool take_turn(const BidRecord& record) {
        const auto& [key, bid] = record;
        const auto height = static_cast<std::uint64_t>(rules_.height.value());
        const auto deadline = static_cast<std::uint64_t>(bid.deadline.value());
        const bool is_late = deadline != 0 && Uint128{height} + bid.blocks_needed > deadline;
        if (bid.last < rules_.height || is_late || failed_.contains(key.job.order)) {
            return true;
        }
        bool had_pairs = false;
        for (AskRecord& ask : asks_) {
            if (ask.first.row.book != key.row.book || ask.first.row.price > key.row.price ||
                is_out(ask)) {
                continue;
            }
            had_pairs = true;
            if (cleared_.pairs >= rules_.pairs_max) {
                return false;
            }
            ++cleared_.pairs;
            if (admits(bid, ask)) {
                fill(record, ask);
                return true;
            }
        }
        if (had_pairs && bid.had_it.empty()) {
            failed_.insert(key.job.order);
        }
        return true;
    }

    ProviderFacts::FreeWorker* worker_for(const AskRecord& ask) {
        for (auto& worker : facts_.providers[ask.second.provider].workers) {
            if (worker.slots > 0 &&
                facts_.may_serve(worker.class_id, ask.first.row.book.class_id)) {
                return &worker;
            }
        }
        return nullptr;
    }

    bool is_out(const AskRecord& ask) {
        const ProviderFacts& provider = facts_.providers[ask.second.provider];
        const Uint128 least = std::max(
            Uint128{rules_.slash_multiple} * rules_.min_job_price, Uint128{rules_.min_slash}
        );
        return !provider.is_matchable || ask.first.id < provider.asks_valid_from ||
               ask.second.last < rules_.height || ask.second.work_units == 0 ||
               provider.free_bond < least || worker_for(ask) == nullptr;
    }

    Uint128 price_of(const Bid& bid, const AskRecord& ask) const {
        const Uint128 product = Uint128{ask.first.row.price} * bid.work_units;
        return std::max((product + 999'999) / 1'000'000, Uint128{rules_.min_job_price});
    }

    Uint128 reserved_for(Uint128 price) const {
        return std::max(price * rules_.slash_multiple, Uint128{rules_.min_slash});
    }

    bool admits(const Bid& bid, const AskRecord& ask) {
        const AccountNumber account = ask.second.provider;
        const ProviderFacts& provider = facts_.providers[account];
        const Filters& filters = bid.filters;
        const auto has = [](const auto& list, const auto& value) {
            return std::ranges::find(list, value) != list.end();
        };
        const Uint128 price = price_of(bid, ask);
        return account != bid.user &&
               (filters.regions.empty() || has(filters.regions, provider.region)) &&
               std::ranges::all_of(
                   filters.attributes,
                   [&](const Attribute& one) { return has(provider.attributes, one); }
               ) &&
               !has(filters.excluded, account) && !has(bid.had_it, account) &&
               facts_.reputation(account, ask.first.row.book.class_id) >= filters.reputation_min &&
               ask.second.work_units >= bid.work_units && price <= money_max &&
               reserved_for(price) <= provider.free_bond;
    }

    void fill(const BidRecord& bid, AskRecord& ask) {
        ProviderFacts& provider = facts_.providers[ask.second.provider];
        if (sold_.insert(ask.second.provider).second) {
            cleared_.pairs += 8 * (provider.worker_rows + provider.workers.size());
        }
        ProviderFacts::FreeWorker& worker = *worker_for(ask);
        const Uint128 price = price_of(bid.second, ask);
        const Uint128 reserved = reserved_for(price);
        cleared_.fills.push_back({
            .bid = bid.first,
            .ask = ask.first,
            .provider = ask.second.provider,
            .worker = worker.account,
            .price = static_cast<Money>(price),
            .reserved = static_cast<Money>(reserved),
        });
        --worker.slots;
        provider.free_bond -= static_cast<Money>(reserved);
        ask.second.work_units -= bid.second.work_units;
    }

    const std::optional<Cursor>& cursor_;
    ClearingRules rules_;
    TableOfFacts facts_;
    std::vector<AskRecord> asks_;
    std::vector<BidRecord> bids_;
    std::set<OrderId> failed_{};
    std::set<AccountNumber> sold_{};
    Cleared cleared_{};
};

}  // namespace

std::vector<AskRecord> in_order(std::vector<AskRecord> asks, const Hash256& beacon) {
    std::ranges::sort(asks, {}, [&](const AskRecord& ask) {
        const RowKey& row = ask.first.row;
        return std::make_tuple(row.book, row.price, row.posted, slow_tie(ask, beacon));
    });
    return asks;
}

std::vector<BidRecord> in_order(
    std::vector<BidRecord> bids, const Hash256& beacon, const std::optional<Cursor>& cursor
) {
    std::ranges::sort(bids, {}, [&](const BidRecord& bid) {
        return place_of(bid.first.row, slow_tie(bid, beacon_of(bid, beacon, cursor)));
    });
    return bids;
}

Cleared slow_clear(const MarketDraft& market, const std::optional<Cursor>& cursor) {
    return SlowClearing(market, cursor).run();
}

}  // namespace steelyard::market
