#include "tests/unit/market/book/market_draft.h"

#include <algorithm>
#include <random>

namespace steelyard::market {
namespace {

/// Makes one market.
class Draft {
public:
    explicit Draft(std::uint64_t seed) : random_(seed) {}

    MarketDraft make() {
        set_rules();
        const std::uint64_t providers = 1 + below(8);
        for (std::uint64_t i = 1; i <= providers; ++i) {
            add_provider(AccountNumber{i});
        }
        for (std::uint64_t i = below(50); i > 0; --i) {
            add_ask(AccountNumber{1 + below(providers + 1)});  // the last one does not exist
        }
        for (std::uint64_t i = below(40); i > 0; --i) {
            // Some users are providers.
            add_order(AccountNumber{one_of(4) ? 1 + below(providers) : 100 + below(5)});
        }
        return std::move(market_);
    }

private:
    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    bool one_of(std::uint64_t count) { return below(count) == 0; }

    void set_rules() {
        ClearingRules& rules = market_.rules;
        std::ranges::generate(rules.beacon, [&] { return static_cast<std::uint8_t>(below(256)); });
        constexpr std::array<std::uint64_t, 6> pairs_max = {0, 1, 4, 12, 30, 100};
        rules.pairs_max = one_of(2) ? 1'000'000 : pairs_max[below(pairs_max.size())];
        rules.min_job_price = below(3) * 5;
        rules.slash_multiple = below(4);
        rules.min_slash = below(3) * 20;
        are_prices_high_ = one_of(8);
        for (std::uint32_t worker = 1; worker <= classes; ++worker) {
            for (std::uint32_t book = 1; book <= classes; ++book) {
                if (one_of(3)) {
                    market_.facts.serves[{ClassId{worker}, ClassId{book}}] = true;
                }
            }
        }
    }

    void add_provider(AccountNumber account) {
        ProviderFacts facts{
            .is_matchable = !one_of(8),
            .asks_valid_from = OrderId{one_of(5) ? below(30) : 0},
            .free_bond = one_of(4) ? below(200) : 10'000 * below(1'000),
            .region = region(),
        };
        for (const char* name : {"a", "b", "c"}) {
            if (!one_of(3)) {
                facts.attributes.push_back({name, std::to_string(below(2))});
            }
        }
        for (std::uint64_t i = 0, end = one_of(5) ? 0 : 1 + below(4); i < end; ++i) {
            facts.workers.push_back({
                AccountNumber{1'000 + 10 * static_cast<std::uint64_t>(account) + i},
                class_id(),
                static_cast<std::uint32_t>(1 + below(6)),
            });
        }
        facts.worker_rows = static_cast<std::uint32_t>(below(3));
        for (std::uint32_t i = 1; i <= classes; ++i) {
            market_.facts.reputations[{account, ClassId{i}}] =
                static_cast<std::uint32_t>(below(4) * 2'500);
        }
        market_.facts.providers[account] = facts;
    }

    void add_ask(AccountNumber account) {
        const AskKey key{row(0), next_id()};
        market_.asks.emplace_back(
            key,
            Ask{
                .provider = account,
                .owner = address_of(account),
                .count = counts_[account]++,
                .work_units = work_units() * (1 + below(3)),
                .last = last(),
            }
        );
    }

    void add_order(AccountNumber account) {
        BidKey key{row(2 * below(2)), {next_id(), 0}};
        Bid bid{
            .user = account,
            .owner = address_of(account),
            .count = counts_[account]++,
            .work_units = work_units(),
            .last = last(),
            .deadline = Height(one_of(4) ? static_cast<std::int64_t>(12 + below(20)) : 0),
            .blocks_needed = one_of(16) ? UINT64_MAX : below(15),
            .filters = filters(),
        };
        const std::uint64_t tasks = one_of(4) ? 1 + below(6) : 1;
        for (std::uint64_t task = 0; task < tasks; ++task) {
            key.job.task = static_cast<std::uint32_t>(task);
            bid.had_it = one_of(4) ? accounts() : std::vector<AccountNumber>();
            market_.bids.emplace_back(key, bid);
        }
    }

    RowKey row(std::uint64_t more) {
        const Price price =
            are_prices_high_ ? price_max - below(3) : 1'000'000 * (1 + more + below(3)) - below(3);
        return {
            {class_id(), Product::work},
            price,
            Height(static_cast<std::int64_t>(8 + below(3))),
        };
    }

    /// Mostly the first.
    ClassId class_id() {
        return ClassId{static_cast<std::uint32_t>(one_of(2) ? 1 : 1 + below(classes))};
    }

    OrderId next_id() { return OrderId{++ids_}; }
    WorkUnits work_units() { return one_of(16) ? 1'000'000'000 : 1 + below(8); }
    Height last() { return Height(static_cast<std::int64_t>(one_of(6) ? 9 : 10 + below(3))); }
    std::string region() { return {static_cast<char>('p' + below(3))}; }

    std::vector<AccountNumber> accounts() {
        std::vector<AccountNumber> some;
        for (std::uint64_t i = 1; i <= 8; ++i) {
            if (one_of(4)) {
                some.push_back(AccountNumber{i});
            }
        }
        return some;
    }

    Filters filters() {
        Filters filters;
        if (one_of(4)) {
            filters.regions.push_back("p");
            if (one_of(2)) {
                filters.regions.push_back("q");
            }
        }
        if (one_of(4)) {
            filters.attributes.push_back({"a", "1"});
            if (one_of(2)) {
                filters.attributes.push_back({"c", "0"});
            }
        }
        if (one_of(4)) {
            filters.excluded = accounts();
        }
        if (one_of(4)) {
            filters.reputation_min = static_cast<std::uint32_t>(below(3) * 2'500);
        }
        return filters;
    }

    static constexpr std::uint32_t classes = 3;

    std::mt19937_64 random_;
    MarketDraft market_{};
    bool are_prices_high_ = false;
    std::uint64_t ids_ = 0;
    std::map<AccountNumber, std::uint64_t> counts_{};
};

}  // namespace

ProviderFacts TableOfFacts::provider(AccountNumber provider) {
    ++asked_providers[provider];
    const auto found = providers.find(provider);
    if (found == providers.end()) {
        return {};
    }
    ProviderFacts facts = found->second;
    std::map<ClassId, std::uint32_t> slots;
    for (const ProviderFacts::FreeWorker& worker : facts.workers) {
        slots[worker.class_id] += worker.slots;
        ++facts.worker_rows;
    }
    for (const auto& [class_id, count] : slots) {
        if (count > 0) {
            facts.free_slots.push_back({class_id, count});
        }
    }
    facts.workers.clear();
    return facts;
}

void follow_all(Books& books, const std::vector<AskRecord>& asks) {
    for (const auto& [key, ask] : asks) {
        const Bytes value = encode_ask(ask);
        books.follow(encode_ask_key(key), ByteView(value));
    }
}

void follow_all(Books& books, const std::vector<BidRecord>& bids) {
    for (const auto& [key, bid] : bids) {
        const Bytes value = encode_bid(bid);
        books.follow(encode_bid_key(key), ByteView(value));
    }
}

Books MarketDraft::books() const {
    Books books;
    follow_all(books, asks);
    follow_all(books, bids);
    return books;
}

void MarketDraft::carry_out(const std::vector<Fill>& fills) {
    for (const Fill& fill : fills) {
        const auto bid = std::ranges::find(bids, fill.bid, &BidRecord::first);
        const auto ask = std::ranges::find(asks, fill.ask, &AskRecord::first);
        CHECK(bid != bids.end() && ask != asks.end());
        ask->second.work_units -= bid->second.work_units;
        if (ask->second.work_units == 0) {
            asks.erase(ask);  // C5
        }
        bids.erase(bid);
        ProviderFacts& provider = facts.providers.at(fill.provider);
        provider.free_bond -= fill.reserved;
        const auto worker =
            std::ranges::find(provider.workers, fill.worker, &ProviderFacts::FreeWorker::account);
        CHECK(worker != provider.workers.end());
        if (--worker->slots == 0) {
            provider.workers.erase(worker);
        }
    }
}

ProviderFacts rich_provider(std::uint32_t class_id, std::uint32_t slots) {
    return {
        .is_matchable = true,
        .free_bond = money_max,
        .workers = {{AccountNumber{1'000}, ClassId{class_id}, slots}},
    };
}

MarketDraft random_market(std::uint64_t seed) {
    return Draft(seed).make();
}

}  // namespace steelyard::market
