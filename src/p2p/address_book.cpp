#include "p2p/address_book.h"

#include "base/check.h"
#include "base/endian.h"
#include "crypto/sha256.h"

#include <cmath>

namespace steelyard::p2p {

namespace {

using namespace std::chrono_literals;

// When an address that never worked, or not for long, is worthless (CometBFT's figures).
constexpr auto young_max = 1min;      ///< dialled so recently that nothing is known yet
constexpr auto vanished_min = 168h;   ///< not dialled for that long
constexpr int failures_if_never = 3;  ///< dials of an address that never worked
constexpr int failures_if_once = 10;  ///< dials of one that did not work for `vanished_min`

constexpr std::size_t selection_percent = 23;
constexpr std::size_t selection_size_min = 32;

bool is_worthless(const KnownAddress& known, Clock::Wall now) {
    if (known.last_attempt > now - young_max) {
        return false;
    }
    if (known.last_attempt < now - vanished_min) {
        return true;
    }
    if (known.last_success == Clock::Wall()) {
        return known.attempts >= failures_if_never;
    }
    return known.last_success < now - vanished_min && known.attempts >= failures_if_once;
}

std::string group_of(const NetAddress& address, bool strict) {
    const auto ip = ip_of(address.at);
    return ip ? network_group(*ip, strict) : "name";
}

}  // namespace

AddressBook::AddressBook(bool strict, const BookKey& key, RandomSource& random)
    : strict_(strict),
      key_(key),
      random_(random),
      new_buckets_(new_bucket_count),
      old_buckets_(old_bucket_count) {
}

BookKey AddressBook::new_key(RandomSource& random) {
    BookKey key;
    random.fill(key);
    return key;
}

void AddressBook::exclude(const NodeId& id, AddOutcome as) {
    excluded_[id] = as;
    remove(id);
}

std::optional<AddOutcome> AddressBook::refusal(const NetAddress& address) const {
    if (const auto excluded = excluded_.find(address.id); excluded != excluded_.end()) {
        return excluded->second;
    }
    const auto ip = ip_of(address.at);
    if (!ip || address.at.port == 0 || ip->is_unspecified()) {
        return AddOutcome::no_ip;
    }
    if (strict_ && !ip->is_routable()) {
        return AddOutcome::not_routable;
    }
    return std::nullopt;
}

AddOutcome AddressBook::add(const NetAddress& address, const NetAddress& source, Clock::Wall now) {
    if (const auto refused = refusal(address)) {
        return *refused;
    }
    if (const auto known = addresses_.find(address.id); known != addresses_.end()) {
        // An id that is known keeps its address: nobody can move another node by telling lies. The
        // more buckets name it, the rarer it gets another one.
        KnownAddress& entry = known->second;
        if (!entry.old && entry.buckets.size() < new_buckets_per_address &&
            random_.below(2 * entry.buckets.size()) == 0) {
            const std::size_t bucket = bucket_of_new(entry.address, source);
            if (std::ranges::find(entry.buckets, bucket) == entry.buckets.end() &&
                new_buckets_[bucket].size() < bucket_size_max) {
                new_buckets_[bucket].push_back(address.id);
                entry.buckets.push_back(bucket);
            }
        }
        return AddOutcome::known;
    }
    KnownAddress entry;
    entry.address = address;
    entry.source = source;
    entry.last_attempt = now;
    put_new(addresses_.emplace(address.id, std::move(entry)).first->second, now);
    return AddOutcome::added;
}

AddOutcome AddressBook::restore(const KnownAddress& known) {
    if (const auto refused = refusal(known.address)) {
        return *refused;
    }
    if (addresses_.contains(known.address.id)) {
        return AddOutcome::known;
    }
    KnownAddress& entry = addresses_.emplace(known.address.id, known).first->second;
    entry.buckets.clear();  // the salted hash decides, whatever a file says
    if (known.old) {
        put_old(entry, known.last_attempt);
    } else {
        put_new(entry, known.last_attempt);
    }
    return AddOutcome::added;
}

void AddressBook::remove(const NodeId& id) {
    if (const auto known = addresses_.find(id); known != addresses_.end()) {
        take_out(known->second);
        addresses_.erase(known);
    }
}

void AddressBook::mark_attempt(const NodeId& id, Clock::Wall now) {
    if (const auto known = addresses_.find(id); known != addresses_.end()) {
        known->second.last_attempt = now;
        ++known->second.attempts;
    }
}

void AddressBook::mark_good(const NodeId& id, Clock::Wall now) {
    const auto known = addresses_.find(id);
    if (known == addresses_.end()) {
        return;
    }
    KnownAddress& entry = known->second;
    entry.last_attempt = now;
    entry.last_success = now;
    entry.attempts = 0;
    if (!entry.old) {
        take_out(entry);
        put_old(entry, now);
    }
}

const KnownAddress* AddressBook::find(const NodeId& id) const {
    const auto known = addresses_.find(id);
    return known == addresses_.end() ? nullptr : &known->second;
}

const KnownAddress* AddressBook::pick(int new_bias) {
    if (addresses_.empty()) {
        return nullptr;
    }
    const auto new_weight = std::sqrt(static_cast<double>(size() - old_count_)) * new_bias;
    const auto old_weight = std::sqrt(static_cast<double>(old_count_)) * (100 - new_bias);
    constexpr std::uint64_t resolution = 1'000'000;
    const double point = static_cast<double>(random_.below(resolution)) / resolution;
    bool from_old = point * (new_weight + old_weight) < old_weight;
    from_old = from_old ? old_count_ > 0 : old_count_ == size();

    const std::vector<Bucket>& buckets = from_old ? old_buckets_ : new_buckets_;
    std::vector<const Bucket*> filled;
    for (const Bucket& bucket : buckets) {
        if (!bucket.empty()) {
            filled.push_back(&bucket);
        }
    }
    CHECK(!filled.empty());
    const Bucket& bucket = *filled[random_.below(filled.size())];
    return find(bucket[random_.below(bucket.size())]);
}

std::vector<NetAddress> AddressBook::selection() {
    const std::size_t count = std::min(
        selection_size_max,
        std::max(std::min(selection_size_min, size()), size() * selection_percent / 100)
    );
    std::vector<NetAddress> all;
    all.reserve(size());
    for (const auto& [id, known] : addresses_) {
        all.push_back(known.address);
    }
    for (std::size_t i = 0; i < count; ++i) {
        std::swap(all[i], all[i + random_.below(all.size() - i)]);
    }
    all.resize(count);
    return all;
}

std::size_t AddressBook::hash_index(std::initializer_list<ByteView> parts, std::size_t count)
    const {
    crypto::Sha256 hash;
    hash.update(key_);
    for (const ByteView part : parts) {
        hash.update(ByteArray<1>{static_cast<std::uint8_t>(part.size())}).update(part);
    }
    const crypto::Hash256 digest = hash.digest();
    return load_be<std::uint64_t>(digest.data()) % count;
}

std::size_t AddressBook::bucket_of_new(const NetAddress& address, const NetAddress& source) const {
    const std::string group = group_of(address, strict_);
    const std::string source_group = group_of(source, strict_);
    const std::size_t slot = hash_index(
        {as_bytes("slot"), as_bytes(group), as_bytes(source_group)}, new_buckets_per_source_group
    );
    return hash_index(
        {as_bytes("new"), as_bytes(source_group), ByteArray<1>{static_cast<std::uint8_t>(slot)}},
        new_bucket_count
    );
}

std::size_t AddressBook::bucket_of_old(const NetAddress& address) const {
    const std::string group = group_of(address, strict_);
    const std::string text = to_string(address);
    const std::size_t slot = hash_index({as_bytes("slot"), as_bytes(text)}, old_buckets_per_group);
    return hash_index(
        {as_bytes("old"), as_bytes(group), ByteArray<1>{static_cast<std::uint8_t>(slot)}},
        old_bucket_count
    );
}

void AddressBook::put_new(KnownAddress& known, Clock::Wall now) {
    const std::size_t bucket = bucket_of_new(known.address, known.source);
    if (new_buckets_[bucket].size() >= bucket_size_max) {
        expire_one(bucket, now);
    }
    known.old = false;
    known.buckets = {bucket};
    new_buckets_[bucket].push_back(known.address.id);
}

void AddressBook::put_old(KnownAddress& known, Clock::Wall now) {
    const std::size_t index = bucket_of_old(known.address);
    Bucket& bucket = old_buckets_[index];
    if (bucket.size() >= bucket_size_max) {
        // Back to the new ones with the address that was not tried for longest.
        const auto oldest = *std::ranges::min_element(bucket, {}, [&](const NodeId& id) {
            return addresses_.at(id).last_attempt;
        });
        KnownAddress& demoted = addresses_.at(oldest);
        take_out(demoted);
        put_new(demoted, now);
    }
    known.old = true;
    known.buckets = {index};
    bucket.push_back(known.address.id);
    ++old_count_;
}

void AddressBook::take_out(KnownAddress& known) {
    for (const std::size_t bucket : known.buckets) {
        std::erase(known.old ? old_buckets_[bucket] : new_buckets_[bucket], known.address.id);
    }
    known.buckets.clear();
    old_count_ -= known.old ? 1 : 0;
    known.old = false;
}

void AddressBook::expire_one(std::size_t bucket, Clock::Wall now) {
    const Bucket& ids = new_buckets_[bucket];
    auto worst = std::ranges::find_if(ids, [&](const NodeId& id) {
        return is_worthless(addresses_.at(id), now);
    });
    if (worst == ids.end()) {
        worst = std::ranges::min_element(ids, {}, [&](const NodeId& id) {
            return addresses_.at(id).last_attempt;
        });
    }
    leave_new_bucket(NodeId(*worst), bucket);
}

void AddressBook::leave_new_bucket(const NodeId& id, std::size_t bucket) {
    KnownAddress& known = addresses_.at(id);
    std::erase(known.buckets, bucket);
    std::erase(new_buckets_[bucket], id);
    if (known.buckets.empty()) {
        addresses_.erase(id);
    }
}

}  // namespace steelyard::p2p
