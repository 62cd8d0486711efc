// Pool: who gives way where no priority decides. No source keeps others out, however much it sends.
#include "mempool/pool.h"

namespace steelyard::mempool {
namespace {

/// How many of a source are looked at for one that may go.
constexpr std::size_t looked_at_max = 64;

}  // namespace

void Pool::add_source(PeerId source) {
    sources_.try_emplace(source);
}

/// A peer that comes back gets no second share beside that of its former self.
void Pool::remove_source(PeerId source) {
    const auto found = sources_.find(source);
    if (found == sources_.end()) {
        return;
    }
    Source& gone = found->second;
    for (Entry* const entry : gone.line) {
        entry->source = &strangers_;
    }
    strangers_.bytes += gone.bytes;
    strangers_.line.merge(gone.line);
    sources_.erase(found);
}

Pool::Source& Pool::source_of(PeerId id) {
    const auto found = sources_.find(id);
    return found == sources_.end() ? strangers_ : found->second;
}

/// The newest of the source that holds most go, one by one, as long as that source holds more than
/// the new one's would: so shares become equal, and nothing is pushed back and forth. What holds
/// most is measured in what there is no room for.
bool Pool::share_room(const Entry& entry, std::vector<TxKey>& removed) {
    const std::size_t size = entry.tx->bytes.size();
    for (std::size_t i = 0; i < victims_max; ++i) {
        if (has_room(entries_.size() + 1, size_bytes_ + size)) {
            return true;
        }
        const bool by_count = entries_.size() >= config_.max_txs;
        const Source& largest = largest_source(by_count);
        const bool is_more = by_count ? largest.line.size() > entry.source->line.size() + 1
                                      : largest.bytes > entry.source->bytes + size;
        Entry* const victim = is_more ? last_of(largest, entry) : nullptr;
        if (victim == nullptr) {
            return false;
        }
        evict(victim, removed);
    }
    return has_room(entries_.size() + 1, size_bytes_ + size);
}

Pool::Source& Pool::largest_source(bool by_count) {
    Source* largest = &strangers_;
    for (auto& [id, source] : sources_) {
        const bool is_larger =
            by_count ? source.line.size() > largest->line.size() : source.bytes > largest->bytes;
        if (is_larger) {
            largest = &source;
        }
    }
    return *largest;
}

/// The least and newest of a source that may go for `entry`: none of higher priority, and of a
/// sender the last one. Nothing, if there is none among those that are looked at.
Pool::Entry* Pool::last_of(const Source& source, const Entry& entry) const {
    std::size_t looked_at = 0;
    for (auto at = source.line.rbegin(); at != source.line.rend(); ++at) {
        Entry* candidate = *at;
        if (candidate->priority > entry.priority || ++looked_at > looked_at_max) {
            return nullptr;
        }
        if (candidate->sender.empty()) {
            return candidate;
        }
        if (candidate->sender == entry.sender) {
            continue;
        }
        candidate = senders_.find(candidate->sender)->second.rbegin()->second;
        if (candidate->source == &source && candidate->priority <= entry.priority) {
            return candidate;
        }
    }
    return nullptr;
}

void Pool::evict(Entry* entry, std::vector<TxKey>& removed) {
    ++stats_.evicted;
    removed.push_back(entry->tx->key);
    seen_.erase(entry->tx->key);
    erase(entry);
}

}  // namespace steelyard::mempool
