#include "market/book/ask_queue.h"

#include <algorithm>

namespace steelyard::market {

AskQueue::AskQueue(
    const BookRows& rows, const RowTree& asks, Sellers& sellers, const ClearingRules& rules
)
    : rows_(rows),
      sellers_(sellers),
      rules_(rules),
      least_reserved_(
          std::max(Uint128{rules.slash_multiple} * rules.min_job_price, Uint128{rules.min_slash})
      ),
      unread_(asks.begin()),
      asks_(1) {
    asks_.front().next = 1;
}

std::optional<std::size_t> AskQueue::next(std::size_t behind, Price limit) {
    while (true) {
        const std::size_t found = asks_[behind].next;
        if (found == asks_.size()) {
            if (!read(limit)) {
                return std::nullopt;
            }
            continue;
        }
        QueuedAsk& ask = asks_[found];
        if (ask.price > limit) {
            return std::nullopt;
        }
        if (!is_out(ask)) {
            return found;
        }
        asks_[behind].next = ask.next;
    }
}

/// The next asks of one price and height, as many as are not out for what their rows say.
bool AskQueue::read(Price limit) {
    if (unread_.is_end() || unread_->first > limit) {
        return false;
    }
    const RowEntry first = *unread_;
    group_.clear();
    for (; !unread_.is_end() && are_equal(*unread_, first); ++unread_) {
        const Ask& ask = rows_.asks[unread_->row].ask;
        if (ask.last >= rules_.height && ask.work_units > 0) {
            group_.push_back({.row = unread_->row});
        }
    }
    sort_by_ties(group_, rows_.asks, rules_.beacon);
    for (const Tied& tied : group_) {
        const AskRow& row = rows_.asks[tied.row];
        asks_.push_back({
            .row = &row,
            .price = first.first,
            .left = row.ask.work_units,
            .next = asks_.size() + 1,
        });
    }
    return true;
}

bool AskQueue::is_out(QueuedAsk& ask) {
    if (ask.seller == nullptr) {
        ask.seller = &sellers_.of(ask.row->ask.provider, ask.row->key.row.book.class_id);
        const ProviderFacts& facts = ask.seller->provider->facts;
        if (!facts.is_matchable || is_void(ask.row->key, ask.row->ask, facts, rules_.height)) {
            ask.left = 0;
        }
    }
    return ask.left == 0 || ask.seller->provider->facts.free_bond < least_reserved_ ||
           !sellers_.has_slot(*ask.seller);
}

}  // namespace steelyard::market
