// Listings: which asks, orders and jobs an account has. Made of rows of the stores `book` and `job`
// alone, and always what those give (M6). For queries; no rule reads it.
#pragma once

#include "market/records/job.h"

#include <map>
#include <set>

namespace steelyard::market {

/// What an account has; of an order or ask the task is 0.
struct Owned {
    AccountNumber owner{};
    JobId id{};

    auto operator<=>(const Owned&) const = default;
};

/// What a row says of its owner: a provider's ask, a user's order, a provider's job.
struct Listed {
    enum class Kind : std::uint8_t { ask, order, job };

    Kind kind{};
    Owned owned{};
    bool is_open = false;  ///< the order or job is not final
    AskKey ask{};          ///< of an ask

    bool operator==(const Listed&) const = default;
};

/// Nothing: the row is of another kind, or a job that nobody has. What no code of the market writes
/// is a CHECK.
std::optional<Listed> listed_in(ledger::Store store, ByteView key, ByteView value);

struct ListingChange {
    std::optional<Listed> before{};
    std::optional<Listed> after{};
};

/// What a view's changes over the state below it do to listings of that state.
std::vector<ListingChange> listing_changes(
    const StateView& changes, const ledger::StateReader& below
);

class Listings {
public:
    /// Takes in all rows of a state.
    void rebuild(const StateView& state);

    /// Changes of the state that it lists.
    void follow(std::span<const ListingChange> changes);

    /// With the keys of their rows.
    const std::map<Owned, AskKey>& asks() const { return asks_; }

    /// By user.
    const std::set<Owned>& orders() const { return orders_; }
    const std::set<Owned>& open_orders() const { return open_orders_; }

    /// By the provider that has them, or had them last.
    const std::set<Owned>& jobs() const { return jobs_; }
    const std::set<Owned>& live_jobs() const { return live_jobs_; }

    bool operator==(const Listings&) const = default;

private:
    void add(const Listed& row);
    void remove(const Listed& row);

    std::map<Owned, AskKey> asks_{};
    std::set<Owned> orders_{};
    std::set<Owned> open_orders_{};
    std::set<Owned> jobs_{};
    std::set<Owned> live_jobs_{};
};

}  // namespace steelyard::market
