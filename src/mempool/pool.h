// Pool: which transactions wait, in which order, and which must give way.
#pragma once

#include "base/lru_set.h"
#include "mempool/config.h"
#include "mempool/tx.h"

#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace steelyard::mempool {

/// Counts since the start, and the present size.
struct Stats {
    std::size_t size = 0;
    std::size_t size_bytes = 0;
    std::uint64_t admitted = 0;
    std::uint64_t invalid = 0;     ///< refused by the application
    std::uint64_t rejected = 0;    ///< refused since there was no room
    std::uint64_t duplicates = 0;  ///< seen before
    std::uint64_t oversized = 0;
    std::uint64_t evicted = 0;   ///< gave way to one of higher priority
    std::uint64_t replaced = 0;  ///< by one of the same sender and sequence
    std::uint64_t expired = 0;   ///< waited for too many blocks
    std::uint64_t rechecked = 0;
    std::uint64_t recheck_failed = 0;  ///< thrown out by a recheck
    std::uint64_t committed = 0;       ///< waited here until a block held them
};

/// The rules of doc/spec/mempool.md as a data structure: no thread, clock or application.
class Pool {
public:
    explicit Pool(const Config& config);

    /// Before the check: refuses what is too large or was seen; else marks it as seen. After what
    /// was taken comes `finish`.
    Verdict begin(const TxRef& tx);

    /// After the check: admits the transaction of `source`, or says why not, which may be that a
    /// block came with it meanwhile. Appends the keys of those that have to go for it to `removed`.
    Verdict finish(
        const TxRef& tx, abci::CheckTxResult check, PeerId source, std::vector<TxKey>& removed
    );

    /// Peers that have a share of their own, until they go. The node itself (0) has one; all
    /// others, and those that went, have one together.
    void add_source(PeerId source);
    void remove_source(PeerId source);

    /// The first in order that fit: `size_max` bytes, each with its tag and length, and `gas_max`;
    /// -1 is no limit.
    std::vector<TxRef> reap(std::int64_t size_max, std::int64_t gas_max) const;

    /// The first in order.
    std::vector<TxRef> first(std::size_t count_max) const;

    /// Forgets what a block holds, and what waited too long; appends the latter to `expired`. What
    /// is left is due for a recheck. `codes`: the results' codes.
    void commit(
        chain::Height height,
        std::span<const TxKey> keys,
        std::span<const std::uint32_t> codes,
        std::vector<TxKey>& expired
    );

    /// The next `count_max` that are due for a recheck: those of a sender in sequence.
    std::vector<TxRef> next_to_recheck(std::size_t count_max);
    bool has_to_recheck() const;

    /// Whether some of those have a sender, so that fresh ones must wait for them.
    bool has_senders_to_recheck() const;

    /// Takes the answer to a recheck. False: the transaction is thrown out.
    bool finish_recheck(const TxRef& tx, const abci::CheckTxResult& check);

    void set_block_limits(std::int64_t size_max, std::int64_t gas_max);
    void set_height(chain::Height height) { height_ = height; }
    chain::Height height() const { return height_; }

    /// Forgets everything but the counts. The keys of what waited.
    std::vector<TxKey> flush();

    bool contains(const TxKey& key) const;
    std::size_t size() const { return entries_.size(); }
    std::size_t size_bytes() const { return size_bytes_; }
    Stats stats() const;

private:
    /// How many may give way to one transaction.
    static constexpr std::size_t victims_max = 1'000;

    struct Entry;

    /// The order in which transactions leave: higher priority first, then the older one.
    struct Before {
        bool operator()(const Entry* a, const Entry* b) const;
    };
    using Line = std::set<Entry*, Before>;

    /// What one source holds of the pool.
    struct Source {
        Line line{};
        std::size_t bytes = 0;
    };

    /// A transaction that waits.
    struct Entry {
        TxRef tx{};
        std::string sender{};
        std::uint64_t sequence = 0;
        std::int64_t priority = 0;
        std::int64_t gas_wanted = 0;
        chain::Height height{};     ///< the last block when it was admitted
        std::uint64_t arrival = 0;  ///< counts up
        Source* source = nullptr;   ///< who brought it
        Line::iterator in_source{};
        Line::iterator in_plain{};  ///< of one without a sender
    };
    using Queue = std::map<std::uint64_t, Entry*>;  ///< one sender's, by sequence
    using Senders = std::map<std::string, Queue, std::less<>>;

    /// Spreads keys, which strangers choose, by a secret of the process.
    struct KeyHash {
        std::size_t operator()(const TxKey& key) const;
    };

    class Walk;
    class WalkBack;

    /// Why the pool refuses a transaction.
    struct Refusal {
        Outcome outcome;
        std::string reason;
    };
    using Refused = std::optional<Refusal>;

    std::string over_block_limits(std::size_t size, std::int64_t gas_wanted) const;
    Refusal full() const;
    Refused place(Entry entry, std::vector<TxKey>& removed);
    Refused replace(Entry* old, Entry entry, std::vector<TxKey>& removed);
    Refused make_room(const Entry& entry, std::vector<TxKey>& removed);
    bool has_room(std::size_t count, std::size_t bytes) const;
    bool share_room(const Entry& entry, std::vector<TxKey>& removed);
    Source& largest_source(bool by_count);
    Entry* last_of(const Source& source, const Entry& entry) const;
    void evict(Entry* entry, std::vector<TxKey>& removed);
    Source& source_of(PeerId id);
    void insert(Entry entry);
    void erase(Entry* entry);
    void forget(const TxKey& key);
    Entry* neighbour_before(const Entry* entry) const;
    Entry* neighbour_after(const Entry* entry) const;

    Config config_;
    std::int64_t block_size_max_ = -1;
    std::int64_t block_gas_max_ = -1;
    chain::Height height_{};
    LruSet seen_;
    std::unordered_set<TxKey, KeyHash> checking_;  ///< between begin and finish, in no block yet
    std::unordered_map<TxKey, Entry, KeyHash> entries_;
    std::size_t size_bytes_ = 0;
    std::uint64_t arrivals_ = 0;

    std::map<PeerId, Source> sources_;
    Source strangers_;

    Line plain_;       ///< those without a sender
    Line heads_;       ///< of every sender the first
    Line tails_;       ///< of every sender the last
    Senders senders_;  ///< those with a sender

    // Due for a recheck are those that arrived before `recheck_before_` and stand after the
    // cursors, where there are any.
    std::uint64_t recheck_before_ = 0;
    std::optional<Entry> recheck_plain_;
    std::optional<std::pair<std::string, std::uint64_t>> recheck_sender_;
    bool plain_due_ = false;
    bool senders_due_ = false;

    Stats stats_;
};

}  // namespace steelyard::mempool
