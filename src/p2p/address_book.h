// AddressBook: the addresses that were heard of, kept so that nobody can fill it with his own.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "p2p/net_address.h"

#include <map>
#include <set>
#include <span>
#include <vector>

namespace steelyard::p2p {

// CometBFT's figures (p2p/pex/params).
inline constexpr std::size_t new_bucket_count = 256;
inline constexpr std::size_t old_bucket_count = 64;
inline constexpr std::size_t bucket_size_max = 64;  ///< addresses
inline constexpr std::size_t new_buckets_per_source_group = 32;
inline constexpr std::size_t old_buckets_per_group = 4;
inline constexpr std::size_t new_buckets_per_address = 4;
inline constexpr std::size_t book_size_wanted = 1000;  ///< below it more addresses are asked for
inline constexpr std::size_t selection_size_max = 250;

/// Salts the choice of buckets, so that an outsider cannot aim at one.
using BookKey = ByteArray<12>;

struct KnownAddress {
    NetAddress address{};  ///< its host is an IP address
    NetAddress source{};   ///< who told us
    bool old = false;      ///< we were connected with it
    int attempts = 0;      ///< dials since the last success
    Clock::Wall last_attempt{};
    Clock::Wall last_success{};
    std::vector<std::size_t> buckets{};  ///< at most 4 new ones, or one old one
};

enum class AddOutcome : std::uint8_t { added, known, own, hidden, no_ip, not_routable };

/// Addresses in "new" buckets were heard of; those in "old" ones worked. A source's network group
/// reaches 32 of the 256 new buckets, and an address's group 4 of the 64 old ones; full buckets
/// forget their worst. So a flood from one network takes at most an eighth of the book, and never
/// displaces what worked. Not thread-safe; it keeps `random`.
class AddressBook {
public:
    /// `strict` refuses addresses that are not publicly routable.
    AddressBook(bool strict, const BookKey& key, RandomSource& random);

    /// An id never to be added: ours, or a private peer's. Forgets it.
    void exclude(const NodeId& id, AddOutcome as);

    AddOutcome add(const NetAddress& address, const NetAddress& source, Clock::Wall now);
    void remove(const NodeId& id);

    /// Puts back what a file held, in its state. Bound to the same rules as `add`.
    AddOutcome restore(const KnownAddress& known);

    void mark_attempt(const NodeId& id, Clock::Wall now);

    /// A connection with it came up: it is old now.
    void mark_good(const NodeId& id, Clock::Wall now);

    bool contains(const NodeId& id) const { return addresses_.contains(id); }
    const KnownAddress* find(const NodeId& id) const;

    std::size_t size() const { return addresses_.size(); }
    std::size_t old_count() const { return old_count_; }
    bool wants_more() const { return size() < book_size_wanted; }

    /// An address to dial, from a random bucket, new ones with a chance of about `new_bias`
    /// percent. Null if the book is empty.
    const KnownAddress* pick(int new_bias);

    /// A random part of the book for a peer: 23 percent of it, at least 32 and at most 250.
    std::vector<NetAddress> selection();

    /// All, in order of ids; for the file.
    const std::map<NodeId, KnownAddress>& addresses() const { return addresses_; }
    const BookKey& key() const { return key_; }

    /// The salt of a new book.
    static BookKey new_key(RandomSource& random);

private:
    using Bucket = std::vector<NodeId>;

    std::optional<AddOutcome> refusal(const NetAddress& address) const;
    std::size_t bucket_of_new(const NetAddress& address, const NetAddress& source) const;
    std::size_t bucket_of_old(const NetAddress& address) const;
    std::size_t hash_index(std::initializer_list<ByteView> parts, std::size_t count) const;
    void put_new(KnownAddress& known, Clock::Wall now);
    void put_old(KnownAddress& known, Clock::Wall now);
    void take_out(KnownAddress& known);
    void expire_one(std::size_t bucket, Clock::Wall now);
    void leave_new_bucket(const NodeId& id, std::size_t bucket);

    bool strict_;
    BookKey key_;
    RandomSource& random_;
    std::map<NodeId, AddOutcome> excluded_{};
    std::map<NodeId, KnownAddress> addresses_{};
    std::vector<Bucket> new_buckets_;
    std::vector<Bucket> old_buckets_;
    std::size_t old_count_ = 0;
};

}  // namespace steelyard::p2p
