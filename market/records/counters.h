// Counters and the module's single rows.
#pragma once

#include "market/records/book_rows.h"

#include <algorithm>
#include <array>
#include <limits>

namespace steelyard::market {

/// What an account has in the books.
struct AccountCounters {
    std::uint64_t made = 0;  ///< orders and asks, ever
    std::uint32_t open = 0;  ///< orders that are not final and asks that are not closed

    bool operator==(const AccountCounters&) const = default;
};

Outcome<AccountCounters> get_counters(const StateView& state, AccountNumber account);
Outcome<void> put_counters(
    StateView& state, AccountNumber account, const AccountCounters& counters
);

/// In the order of the accounts' numbers; those that have made nothing are not there.
Outcome<void> walk_counters(
    const StateView& state,
    const std::function<Outcome<bool>(AccountNumber, const AccountCounters&)>& visit
);

/// What happened in a class; sums of all there ever was. Nothing of it is an estimate.
struct ClassCounters {
    WorkUnits work_units_settled = 0;
    Money paid = 0;  ///< by users, for jobs
    Money fees = 0;
    Money burned = 0;  ///< of fees and slashes
    Money slashed = 0;
    Money damages = 0;  ///< E7, and the users' part of slashes
    std::uint64_t orders = 0;
    std::uint64_t asks = 0;
    std::uint64_t jobs = 0;  ///< that entered
    std::uint64_t matches = 0;
    std::uint64_t commits = 0;
    std::uint64_t faults = 0;  ///< commits of faults
    std::uint64_t challenged = 0;
    std::uint64_t proved = 0;
    std::uint64_t malformed = 0;            ///< proofs
    std::array<std::uint64_t, 13> ended{};  ///< by Reason: tries and jobs that ended so
    std::uint64_t blocks_to_match = 0;      ///< sums over matches, starts, commits
    std::uint64_t blocks_to_start = 0;
    std::uint64_t blocks_to_commit = 0;
    std::uint64_t starts = 0;
    std::uint64_t providers = 0;  ///< with a worker of the class
    std::uint64_t workers = 0;
    std::uint64_t slots = 0;
    std::uint64_t busy = 0;
    Price last_price = 0;
    Height last_trade{};

    bool operator==(const ClassCounters&) const = default;
};

/// Sums stay at 2^64 - 1, where turnover brings them there.
constexpr void grow(std::uint64_t& sum, std::uint64_t amount = 1) {
    sum += std::min(amount, std::numeric_limits<std::uint64_t>::max() - sum);
}

Outcome<ClassCounters> get_class_counters(const StateView& state, ClassId class_id);
Outcome<void> put_class_counters(StateView& state, ClassId class_id, const ClassCounters& counters);

/// What proofs took of a block (K4).
struct BlockUse {
    Height height{};
    std::uint64_t bytes = 0;
    std::uint64_t gas = 0;

    bool operator==(const BlockUse&) const = default;
};

Outcome<BlockUse> get_block_use(const StateView& state);
Outcome<void> put_block_use(StateView& state, const BlockUse& use);

/// Where clearing goes on (C4): at the bid that was cut short, which may be gone by then.
struct Cursor {
    RowKey row{};
    Hash256 beacon{};        ///< that sorts the bids with this row's limit and height
    Hash256 tie{};           ///< the bid's place among them
    bool is_behind = false;  ///< the bid had its turn

    bool operator==(const Cursor&) const = default;
};

/// Nothing: from the beginning.
Outcome<std::optional<Cursor>> get_cursor(const StateView& state);
Outcome<void> put_cursor(StateView& state, const std::optional<Cursor>& cursor);

Outcome<Money> verification_pool(const StateView& state);
Outcome<void> put_verification_pool(StateView& state, Money amount);

/// Who proposed the block of a height, and what power he and all had (K1).
struct ProposerRow {
    ledger::ValidatorNumber validator{};
    std::uint64_t power = 0;
    std::uint64_t total_power = 0;
};

inline constexpr std::int64_t proposers_kept = 1'000;

Outcome<std::optional<ProposerRow>> get_proposer(const StateView& state, Height height);
Outcome<void> put_proposer(StateView& state, Height height, const ProposerRow& row);
Outcome<void> erase_proposer(StateView& state, Height height);
Outcome<std::optional<Height>> oldest_proposer(const StateView& state);

/// Orders to be cancelled after the last transaction of this block (O5).
Outcome<void> ask_to_cancel(StateView& state, OrderId id);
Outcome<std::vector<OrderId>> take_cancellations(StateView& state);

Bytes encode_account_counters(const AccountCounters& counters);
Result<AccountCounters> decode_account_counters(ByteView bytes);
Bytes encode_cursor(const Cursor& cursor);
Result<Cursor> decode_cursor(ByteView bytes);
Bytes encode_class_counters(const ClassCounters& counters);
Result<ClassCounters> decode_class_counters(ByteView bytes);

}  // namespace steelyard::market
