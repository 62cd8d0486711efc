// The rows of the books: all that matching reads of asks and of open jobs.
#pragma once

#include "market/records/party.h"

namespace steelyard::market {

inline constexpr std::size_t filter_regions_max = 8;
inline constexpr std::size_t filter_attributes_max = 8;
inline constexpr std::size_t filter_excluded_max = 16;
inline constexpr std::uint32_t retries_max = 8;
inline constexpr std::uint32_t reputation_scale = 10'000;

/// Providers that had a job: one a try.
inline constexpr std::size_t had_it_max = retries_max + 1;

/// What an order asks of a provider (O2).
struct Filters {
    std::vector<std::string> regions{};     ///< ascending; none: all
    std::vector<Attribute> attributes{};    ///< ascending, names once
    std::vector<AccountNumber> excluded{};  ///< ascending
    std::uint32_t reputation_min = 0;       ///< in 1/10,000

    bool operator==(const Filters&) const = default;
};

/// What names a row: the book, and what sorts it within a side.
struct RowKey {
    BookId book{};
    Price price = 0;  ///< of a bid its limit
    Height posted{};

    auto operator<=>(const RowKey&) const = default;
};

struct AskKey {
    RowKey row{};
    OrderId id{};

    auto operator<=>(const AskKey&) const = default;
};

struct BidKey {
    RowKey row{};
    JobId job{};

    auto operator<=>(const BidKey&) const = default;
};

struct Ask {
    AccountNumber provider{};
    chain::Address owner{};    ///< the provider's address
    std::uint64_t count = 0;   ///< the owner's orders and asks before this one (C2)
    WorkUnits work_units = 0;  ///< what is left of it
    Height last{};             ///< the last height of its clearings

    bool operator==(const Ask&) const = default;
};

struct Bid {
    AccountNumber user{};
    chain::Address owner{};
    std::uint64_t count = 0;
    WorkUnits work_units = 0;
    Height last{};
    Height deadline{};                    ///< 0: none (O2)
    std::uint64_t blocks_needed = 0;      ///< start and commit windows together
    std::vector<AccountNumber> had_it{};  ///< ascending: excluded by earlier tries
    Filters filters{};

    bool operator==(const Bid&) const = default;
};

Outcome<std::optional<Ask>> get_ask(const StateView& state, const AskKey& key);
Outcome<void> put_ask(StateView& state, const AskKey& key, const Ask& ask);
Outcome<void> erase_ask(StateView& state, const AskKey& key);

Outcome<std::optional<Bid>> get_bid(const StateView& state, const BidKey& key);
Outcome<void> put_bid(StateView& state, const BidKey& key, const Bid& bid);
Outcome<void> erase_bid(StateView& state, const BidKey& key);

// The keys of the store `book`: the best price first. What decodes is in canonical form.
Bytes encode_ask_key(const AskKey& key);
Bytes encode_bid_key(const BidKey& key);
Result<AskKey> decode_ask_key(ByteView key);
Result<BidKey> decode_bid_key(ByteView key);
ledger::Key asks_prefix(BookId book);
ledger::Key bids_prefix(BookId book);

Bytes encode_ask(const Ask& ask);
Result<Ask> decode_ask(ByteView bytes);
Bytes encode_bid(const Bid& bid);
Result<Bid> decode_bid(ByteView bytes);

/// For records that contain them.
Bytes encode_filters(const Filters& filters);
Result<Filters> decode_filters(ByteView bytes);

}  // namespace steelyard::market
