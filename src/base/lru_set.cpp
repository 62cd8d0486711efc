#include "base/lru_set.h"

#include "base/check.h"
#include "base/endian.h"
#include "base/random.h"

namespace steelyard {
namespace {

constexpr std::size_t capacity_max = std::size_t{1} << 31;
constexpr std::size_t buckets_first = 64;

}  // namespace

std::uint64_t process_secret() {
    static const std::uint64_t secret = SystemRandom().next_u64() | 1;
    return secret;
}

LruSet::LruSet(std::size_t capacity) : capacity_(capacity), buckets_(buckets_first, none) {
    CHECK(capacity <= capacity_max);
}

/// The high bits of a product with the secret: whoever grinds hashes cannot aim at a bucket.
LruSet::Index& LruSet::bucket_of(const Hash& hash) {
    const std::uint64_t mixed = load_le<std::uint64_t>(hash.data()) * process_secret();
    return buckets_[(mixed >> 32) & (buckets_.size() - 1)];
}

LruSet::Index LruSet::find(const Hash& hash) const {
    Index index = const_cast<LruSet*>(this)->bucket_of(hash);
    while (index != none && slots_[index].hash != hash) {
        index = slots_[index].next_in_bucket;
    }
    return index;
}

bool LruSet::contains(const Hash& hash) const {
    return find(hash) != none;
}

bool LruSet::insert(const Hash& hash) {
    if (const Index index = find(hash); index != none) {
        unlink_age(index);
        make_youngest(index);
        return false;
    }
    if (capacity_ == 0) {
        return true;
    }
    if (size_ == capacity_) {
        remove(oldest_);
    }
    Index index = free_;
    if (index != none) {
        free_ = slots_[index].next_in_bucket;
    } else {
        index = static_cast<Index>(slots_.size());
        slots_.emplace_back();
    }
    ++size_;
    if (size_ > buckets_.size()) {
        grow_buckets();
    }
    Index& bucket = bucket_of(hash);
    slots_[index] = {hash, bucket, none, none};
    bucket = index;
    make_youngest(index);
    return true;
}

void LruSet::erase(const Hash& hash) {
    if (const Index index = find(hash); index != none) {
        remove(index);
    }
}

void LruSet::clear() {
    buckets_.assign(buckets_first, none);
    slots_.clear();
    size_ = 0;
    free_ = youngest_ = oldest_ = none;
}

void LruSet::unlink_age(Index index) {
    const Slot& slot = slots_[index];
    (slot.younger == none ? youngest_ : slots_[slot.younger].older) = slot.older;
    (slot.older == none ? oldest_ : slots_[slot.older].younger) = slot.younger;
}

void LruSet::make_youngest(Index index) {
    Slot& slot = slots_[index];
    slot.younger = none;
    slot.older = youngest_;
    (youngest_ == none ? oldest_ : slots_[youngest_].younger) = index;
    youngest_ = index;
}

void LruSet::remove(Index index) {
    unlink_age(index);
    Index* link = &bucket_of(slots_[index].hash);
    while (*link != index) {
        link = &slots_[*link].next_in_bucket;
    }
    *link = slots_[index].next_in_bucket;
    slots_[index].next_in_bucket = free_;
    free_ = index;
    --size_;
}

void LruSet::grow_buckets() {
    buckets_.assign(buckets_.size() * 2, none);
    for (Index index = youngest_; index != none; index = slots_[index].older) {
        Index& bucket = bucket_of(slots_[index].hash);
        slots_[index].next_in_bucket = bucket;
        bucket = index;
    }
}

}  // namespace steelyard
