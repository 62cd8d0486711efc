// Clearing: which open jobs get which asks in a block (doc/spec/market.md, C1 to C5). Pure: it
// knows rows and facts, no state.
#pragma once

#include "market/book/books.h"
#include "market/records/counters.h"

namespace steelyard::market {

/// What clearing knows of a provider, as it stands before the first fill.
struct ProviderFacts {
    bool is_matchable = false;  ///< neither jailed nor removed
    OrderId asks_valid_from{};
    Money free_bond = 0;
    std::string region{};
    std::vector<Attribute> attributes{};

    /// Of the workers of one class.
    struct FreeSlots {
        ClassId class_id{};
        std::uint32_t slots = 0;
    };
    std::vector<FreeSlots> free_slots{};  ///< each class once; at least one slot
    std::uint32_t worker_rows = 0;        ///< what reading the workers takes

    struct FreeWorker {
        AccountNumber account{};
        ClassId class_id{};
        std::uint32_t slots = 0;  ///< that are free
    };
    /// Ascending by account, those with a free slot; asked for when the provider first sells.
    std::vector<FreeWorker> workers{};
};

/// Asked for at most once for each provider and each pair (provider, class) of a clearing.
class FactsSource {
public:
    virtual ~FactsSource() = default;

    /// But for `workers`. One that does not exist is not matchable.
    virtual ProviderFacts provider(AccountNumber provider) = 0;

    /// ProviderFacts::workers of one that is matchable.
    virtual std::vector<ProviderFacts::FreeWorker> workers(AccountNumber provider) = 0;

    /// R in 1/10,000, truncated.
    virtual std::uint32_t reputation(AccountNumber provider, ClassId class_id) = 0;

    /// Whether a worker of one class may serve a book of another.
    virtual bool may_serve(ClassId worker, ClassId book) = 0;
};

struct ClearingRules {
    Height height{};
    Hash256 beacon{};
    std::uint64_t pairs_max = 0;
    Money min_job_price = 0;
    std::uint64_t slash_multiple = 0;
    Money min_slash = 0;
};

struct Fill {
    BidKey bid{};
    AskKey ask{};
    AccountNumber provider{};
    AccountNumber worker{};
    Money price = 0;
    Money reserved = 0;

    bool operator==(const Fill&) const = default;
};

/// What reading one worker counts of pairs (C4), as it takes time.
inline constexpr std::uint64_t pairs_of_worker = 8;

struct Cleared {
    std::vector<Fill> fills{};       ///< in the order in which they came about
    std::optional<Cursor> cursor{};  ///< C4; nothing: all were looked at
    std::uint64_t pairs = 0;         ///< with what workers that were read count for
};

/// Changes nothing in the books: whoever carries out the fills does.
Cleared clear(
    const Books& books,
    FactsSource& facts,
    const ClearingRules& rules,
    const std::optional<Cursor>& cursor
);

/// Why an ask does not serve a bid; the first rule that it breaks, in this order.
enum class Mismatch : std::uint8_t {
    none,
    price,
    void_ask,     ///< void, or over
    unavailable,  ///< provider jailed, removed, or the user itself
    region,
    attribute,
    excluded,
    reputation,
    work_units,
    deadline,  ///< of the bid: no ask can serve it any more
    slot,
    bond,
};

std::string_view to_string(Mismatch mismatch);

/// For one bid against every ask of its book, best first: how many break which rule. What is taken
/// by other bids of a block is not looked at.
struct Explanation {
    std::uint64_t asks = 0;
    std::map<Mismatch, std::uint64_t> by_mismatch{};
};

Explanation explain(
    const Books& books,
    FactsSource& facts,
    const ClearingRules& rules,
    BookId book,
    Price limit,
    const Bid& bid
);

}  // namespace steelyard::market
