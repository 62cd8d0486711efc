#include "mempool/pool.h"

#include "mempool/pool_order.h"

namespace steelyard::mempool {
namespace {

/// How many that do not fit a block are passed over before it counts as full.
constexpr std::size_t passed_over_max = 64;

/// A transaction's bytes in a block, with its tag and length.
std::int64_t size_in_block(std::size_t size) {
    std::int64_t length_size = 1;
    for (std::size_t rest = size >> 7; rest != 0; rest >>= 7) {
        ++length_size;
    }
    return 1 + length_size + static_cast<std::int64_t>(size);
}

/// What a transaction must offer to take the place of one with the same sequence: a tenth more.
bool is_enough_to_replace(std::int64_t fresh, std::int64_t old) {
    return fresh > old && (old <= 0 || fresh - old >= old / 10);
}

}  // namespace

Pool::Pool(const Config& config) : config_(config), seen_(config.cache_size) {
    add_source(0);
}

Verdict Pool::begin(const TxRef& tx) {
    Verdict verdict{.tx = tx};
    const std::size_t size = tx->bytes.size();
    if (size > config_.max_tx_bytes) {
        ++stats_.oversized;
        verdict.outcome = Outcome::oversized;
        verdict.reason =
            fmt::format("Tx too large. Max size is {}, but got {}", config_.max_tx_bytes, size);
    } else if (entries_.contains(tx->key) || checking_.contains(tx->key) ||
               !seen_.insert(tx->key)) {
        ++stats_.duplicates;
        verdict.outcome = Outcome::duplicate;
        verdict.reason = "tx already exists in cache";
    } else if (const std::string reason = over_block_limits(size, 0); !reason.empty()) {
        ++stats_.invalid;
        forget(tx->key);
        verdict.outcome = Outcome::invalid;
        verdict.reason = reason;
    } else {
        checking_.insert(tx->key);
    }
    return verdict;
}

Verdict Pool::finish(
    const TxRef& tx, abci::CheckTxResult check, PeerId source, std::vector<TxKey>& removed
) {
    Verdict verdict{.tx = tx};
    Refused refused;
    if (checking_.erase(tx->key) == 0) {
        ++stats_.duplicates;
        refused = Refusal{Outcome::duplicate, "tx already exists in cache"};
    } else if (check.result.code != 0) {
        refused = Refusal{Outcome::invalid, ""};
    } else {
        auto reason = over_block_limits(tx->bytes.size(), check.result.gas_wanted);
        if (!reason.empty()) {
            refused = Refusal{Outcome::invalid, std::move(reason)};
        } else {
            Entry entry{
                .tx = tx,
                .sender = check.sender,
                .sequence = check.sequence,
                .priority = check.priority,
                .gas_wanted = check.result.gas_wanted,
                .height = height_,
                .source = &source_of(source),
            };
            refused = place(std::move(entry), removed);
        }
    }
    verdict.check = std::move(check);
    if (!refused) {
        ++stats_.admitted;
        return verdict;
    }
    verdict.outcome = refused->outcome;
    verdict.reason = std::move(refused->reason);
    if (verdict.outcome == Outcome::invalid) {
        ++stats_.invalid;
        forget(tx->key);
    } else if (verdict.outcome == Outcome::full) {
        ++stats_.rejected;
        seen_.erase(tx->key);
    }
    return verdict;
}

/// An invalid transaction may become valid, so it may come again.
void Pool::forget(const TxKey& key) {
    if (!config_.keep_invalid_txs_in_cache) {
        seen_.erase(key);
    }
}

std::string Pool::over_block_limits(std::size_t size, std::int64_t gas_wanted) const {
    if (block_size_max_ >= 0 && size_in_block(size) > block_size_max_) {
        return fmt::format(
            "tx pre check: tx size is too big: {}, max: {}", size_in_block(size), block_size_max_
        );
    }
    if (block_gas_max_ < 0) {
        return {};
    }
    if (gas_wanted < 0) {
        return fmt::format("gas wanted {} is negative", gas_wanted);
    }
    if (gas_wanted > block_gas_max_) {
        return fmt::format("gas wanted {} is greater than max gas {}", gas_wanted, block_gas_max_);
    }
    return {};
}

Pool::Refusal Pool::full() const {
    return {
        Outcome::full,
        fmt::format(
            "mempool is full: number of txs {} (max: {}), total txs bytes {} (max: {})",
            entries_.size(),
            config_.max_txs,
            size_bytes_,
            config_.max_txs_bytes
        ),
    };
}

bool Pool::has_room(std::size_t count, std::size_t bytes) const {
    return count <= config_.max_txs && bytes <= config_.max_txs_bytes;
}

Pool::Refused Pool::place(Entry entry, std::vector<TxKey>& removed) {
    if (const auto sender = senders_.find(entry.sender); sender != senders_.end()) {
        const Queue& queue = sender->second;
        if (const auto same = queue.find(entry.sequence); same != queue.end()) {
            return replace(same->second, std::move(entry), removed);
        }
        if (config_.max_txs_per_sender != 0 && queue.size() >= config_.max_txs_per_sender) {
            return Refusal{
                Outcome::full,
                fmt::format(
                    "mempool is full: number of txs of the sender {} (max: {})",
                    queue.size(),
                    config_.max_txs_per_sender
                ),
            };
        }
    }
    if (auto refused = make_room(entry, removed)) {
        return refused;
    }
    insert(std::move(entry));
    return std::nullopt;
}

Pool::Refused Pool::replace(Entry* old, Entry entry, std::vector<TxKey>& removed) {
    if (!is_enough_to_replace(entry.priority, old->priority)) {
        return Refusal{
            Outcome::full,
            fmt::format(
                "a tx of the same sender and sequence {} waits with priority {}, to replace it "
                "takes a tenth more than that, but got {}",
                entry.sequence,
                old->priority,
                entry.priority
            ),
        };
    }
    const std::size_t bytes = size_bytes_ - old->tx->bytes.size() + entry.tx->bytes.size();
    if (!has_room(entries_.size(), bytes)) {
        return full();
    }
    ++stats_.replaced;
    removed.push_back(old->tx->key);
    erase(old);
    insert(std::move(entry));
    return std::nullopt;
}

/// Lets those of lower priority go, if that is enough; else equals of who holds most.
Pool::Refused Pool::make_room(const Entry& entry, std::vector<TxKey>& removed) {
    std::size_t count = entries_.size() + 1;
    std::size_t bytes = size_bytes_ + entry.tx->bytes.size();
    if (has_room(count, bytes)) {
        return std::nullopt;
    }
    std::vector<Entry*> victims;
    WalkBack walk(*this, entry.sender);
    while (!has_room(count, bytes)) {
        Entry* const victim = walk.next();
        const bool is_lower = victim != nullptr && victim->priority < entry.priority;
        if (!is_lower || victims.size() == victims_max) {
            return share_room(entry, removed) ? std::nullopt : Refused(full());
        }
        victims.push_back(victim);
        --count;
        bytes -= victim->tx->bytes.size();
    }
    for (Entry* const victim : victims) {
        evict(victim, removed);
    }
    return std::nullopt;
}

void Pool::insert(Entry fresh) {
    const TxKey key = fresh.tx->key;
    fresh.arrival = arrivals_++;
    size_bytes_ += fresh.tx->bytes.size();
    Entry* const entry = &entries_.emplace(key, std::move(fresh)).first->second;
    // Where all have one priority the newest is the last.
    entry->in_source = entry->source->line.insert(entry->source->line.end(), entry);
    entry->source->bytes += entry->tx->bytes.size();
    if (entry->sender.empty()) {
        entry->in_plain = plain_.insert(plain_.end(), entry);
        return;
    }
    Queue& queue = senders_[entry->sender];
    if (!queue.empty() && entry->sequence < queue.begin()->first) {
        heads_.erase(queue.begin()->second);
    }
    if (!queue.empty() && entry->sequence > queue.rbegin()->first) {
        tails_.erase(queue.rbegin()->second);
    }
    queue.emplace(entry->sequence, entry);
    heads_.insert(queue.begin()->second);
    tails_.insert(queue.rbegin()->second);
}

void Pool::erase(Entry* entry) {
    size_bytes_ -= entry->tx->bytes.size();
    entry->source->bytes -= entry->tx->bytes.size();
    entry->source->line.erase(entry->in_source);
    if (entry->sender.empty()) {
        plain_.erase(entry->in_plain);
    } else {
        const auto sender = senders_.find(entry->sender);
        Queue& queue = sender->second;
        heads_.erase(queue.begin()->second);
        tails_.erase(queue.rbegin()->second);
        queue.erase(entry->sequence);
        if (queue.empty()) {
            senders_.erase(sender);
        } else {
            heads_.insert(queue.begin()->second);
            tails_.insert(queue.rbegin()->second);
        }
    }
    const TxKey key = entry->tx->key;
    entries_.erase(key);
}

Pool::Entry* Pool::neighbour_before(const Entry* entry) const {
    const Queue& queue = senders_.find(entry->sender)->second;
    const auto at = queue.find(entry->sequence);
    return at == queue.begin() ? nullptr : std::prev(at)->second;
}

Pool::Entry* Pool::neighbour_after(const Entry* entry) const {
    const Queue& queue = senders_.find(entry->sender)->second;
    const auto after = queue.upper_bound(entry->sequence);
    return after == queue.end() ? nullptr : after->second;
}

std::vector<TxRef> Pool::reap(std::int64_t size_max, std::int64_t gas_max) const {
    std::vector<TxRef> txs;
    std::int64_t size = 0;
    std::int64_t gas = 0;
    std::size_t passed_over = 0;
    Walk walk(*this);
    for (const Entry* entry = walk.peek(); entry != nullptr; entry = walk.peek()) {
        const std::int64_t its_size = size_in_block(entry->tx->bytes.size());
        const bool fits = (size_max < 0 || its_size <= size_max - size) &&
                          (gas_max < 0 || entry->gas_wanted <= gas_max - gas);
        if (fits) {
            size += its_size;
            gas += gas_max < 0 ? 0 : entry->gas_wanted;
            txs.push_back(entry->tx);
        } else if (++passed_over > passed_over_max) {
            break;
        }
        walk.advance(fits);
    }
    return txs;
}

std::vector<TxRef> Pool::first(std::size_t count_max) const {
    std::vector<TxRef> txs;
    Walk walk(*this);
    for (const Entry* entry = walk.peek(); entry != nullptr && txs.size() < count_max;
         entry = walk.peek()) {
        txs.push_back(entry->tx);
        walk.advance(true);
    }
    return txs;
}

void Pool::commit(
    chain::Height height,
    std::span<const TxKey> keys,
    std::span<const std::uint32_t> codes,
    std::vector<TxKey>& expired
) {
    height_ = height;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (codes[i] == 0) {
            seen_.insert(keys[i]);
            checking_.erase(keys[i]);
        } else {
            forget(keys[i]);
        }
        if (const auto found = entries_.find(keys[i]); found != entries_.end()) {
            ++stats_.committed;
            erase(&found->second);
        }
    }
    if (config_.ttl_blocks > 0) {
        std::vector<Entry*> old;
        for (auto& [key, entry] : entries_) {
            if (height.value() - entry.height.value() >= config_.ttl_blocks) {
                old.push_back(&entry);
            }
        }
        for (Entry* const entry : old) {
            ++stats_.expired;
            expired.push_back(entry->tx->key);
            seen_.erase(entry->tx->key);
            erase(entry);
        }
    }
    recheck_before_ = config_.recheck ? arrivals_ : 0;
    recheck_plain_.reset();
    recheck_sender_.reset();
    plain_due_ = config_.recheck && !plain_.empty();
    senders_due_ = config_.recheck && !senders_.empty();
}

bool Pool::has_to_recheck() const {
    return plain_due_ || senders_due_;
}

bool Pool::has_senders_to_recheck() const {
    return senders_due_;
}

std::vector<TxRef> Pool::next_to_recheck(std::size_t count_max) {
    std::vector<TxRef> due;
    while (senders_due_ && due.size() < count_max) {
        auto sender =
            recheck_sender_ ? senders_.lower_bound(recheck_sender_->first) : senders_.begin();
        Queue::const_iterator next;
        if (sender != senders_.end()) {
            const bool goes_on = recheck_sender_ && sender->first == recheck_sender_->first;
            next = goes_on ? sender->second.upper_bound(recheck_sender_->second)
                           : sender->second.begin();
            if (next == sender->second.end() && ++sender != senders_.end()) {
                next = sender->second.begin();
            }
        }
        if (sender == senders_.end()) {
            senders_due_ = false;
            break;
        }
        recheck_sender_ = {sender->first, next->first};
        if (next->second->arrival < recheck_before_) {
            due.push_back(next->second->tx);
        }
    }
    while (plain_due_ && due.size() < count_max) {
        const auto next = recheck_plain_ ? plain_.upper_bound(&*recheck_plain_) : plain_.begin();
        if (next == plain_.end()) {
            plain_due_ = false;
            break;
        }
        recheck_plain_ = Entry{.priority = (*next)->priority, .arrival = (*next)->arrival};
        if ((*next)->arrival < recheck_before_) {
            due.push_back((*next)->tx);
        }
    }
    return due;
}

bool Pool::finish_recheck(const TxRef& tx, const abci::CheckTxResult& check) {
    const auto found = entries_.find(tx->key);
    if (found == entries_.end()) {
        return true;
    }
    ++stats_.rechecked;
    if (check.result.code == 0 &&
        over_block_limits(tx->bytes.size(), check.result.gas_wanted).empty()) {
        return true;
    }
    ++stats_.recheck_failed;
    forget(tx->key);
    erase(&found->second);
    return false;
}

void Pool::set_block_limits(std::int64_t size_max, std::int64_t gas_max) {
    block_size_max_ = size_max;
    block_gas_max_ = gas_max;
}

std::vector<TxKey> Pool::flush() {
    std::vector<TxKey> keys;
    keys.reserve(entries_.size());
    for (const auto& [key, entry] : entries_) {
        keys.push_back(key);
    }
    plain_.clear();
    heads_.clear();
    tails_.clear();
    senders_.clear();
    for (auto& [id, source] : sources_) {
        source = {};
    }
    strangers_ = {};
    entries_.clear();
    seen_.clear();
    size_bytes_ = 0;
    plain_due_ = senders_due_ = false;
    return keys;
}

bool Pool::contains(const TxKey& key) const {
    return entries_.contains(key);
}

Stats Pool::stats() const {
    Stats stats = stats_;
    stats.size = entries_.size();
    stats.size_bytes = size_bytes_;
    return stats;
}

}  // namespace steelyard::mempool
