#include "mempool/pool_order.h"

#include "base/endian.h"

namespace steelyard::mempool {

bool Pool::Before::operator()(const Entry* a, const Entry* b) const {
    return a->priority != b->priority ? a->priority > b->priority : a->arrival < b->arrival;
}

std::size_t Pool::KeyHash::operator()(const TxKey& key) const {
    return load_le<std::uint64_t>(key.data()) * process_secret();
}

Pool::Entry* Pool::Walk::peek() const {
    Entry* best = plain_ == pool_.plain_.end() ? nullptr : *plain_;
    if (heads_ != pool_.heads_.end() && (best == nullptr || Before()(*heads_, best))) {
        best = *heads_;
    }
    if (!followers_.empty() && (best == nullptr || Before()(*followers_.begin(), best))) {
        best = *followers_.begin();
    }
    return best;
}

void Pool::Walk::advance(bool taken) {
    Entry* const entry = peek();
    if (plain_ != pool_.plain_.end() && *plain_ == entry) {
        ++plain_;
        return;
    }
    if (heads_ != pool_.heads_.end() && *heads_ == entry) {
        ++heads_;
    } else {
        followers_.erase(entry);
    }
    if (taken) {
        if (Entry* const follower = pool_.neighbour_after(entry)) {
            followers_.insert(follower);
        }
    }
}

Pool::Entry* Pool::WalkBack::next() {
    while (tails_ != pool_.tails_.rend() && (*tails_)->sender == spared_) {
        ++tails_;
    }
    Entry* worst = plain_ == pool_.plain_.rend() ? nullptr : *plain_;
    if (tails_ != pool_.tails_.rend() && (worst == nullptr || Before()(worst, *tails_))) {
        worst = *tails_;
    }
    if (!forerunners_.empty() && (worst == nullptr || Before()(worst, *forerunners_.rbegin()))) {
        worst = *forerunners_.rbegin();
    }
    if (worst == nullptr) {
        return nullptr;
    }
    if (worst->sender.empty()) {
        ++plain_;
        return worst;
    }
    if (tails_ != pool_.tails_.rend() && *tails_ == worst) {
        ++tails_;
    } else {
        forerunners_.erase(worst);
    }
    if (Entry* const forerunner = pool_.neighbour_before(worst)) {
        forerunners_.insert(forerunner);
    }
    return worst;
}

}  // namespace steelyard::mempool
