// LruSet: a bounded set of hashes that forgets what was not asked for longest.
#pragma once

#include "base/bytes.h"

#include <vector>

namespace steelyard {

/// All operations take constant time, whatever hashes an attacker chooses: the places of the table
/// depend on a secret of the process. Memory grows with the content, up to about 56 bytes for each
/// of `capacity` hashes. Not thread-safe.
class LruSet {
public:
    using Hash = ByteArray<32>;

    /// `capacity` may be 0: then nothing is ever kept. At most 2^31.
    explicit LruSet(std::size_t capacity);

    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }

    /// Whether it is there, without making it younger.
    bool contains(const Hash& hash) const;

    /// Makes the hash the youngest. True if it was not there.
    bool insert(const Hash& hash);

    void erase(const Hash& hash);
    void clear();

private:
    using Index = std::uint32_t;
    static constexpr Index none = ~Index{0};

    /// A hash, in a chain of its bucket and in the list of ages.
    struct Slot {
        Hash hash;
        Index next_in_bucket;
        Index younger;
        Index older;
    };

    Index& bucket_of(const Hash& hash);
    Index find(const Hash& hash) const;
    void unlink_age(Index index);
    void make_youngest(Index index);
    void remove(Index index);
    void grow_buckets();

    std::size_t capacity_;
    std::size_t size_ = 0;
    std::vector<Index> buckets_;  ///< a power of two of them; the first slot of each chain
    std::vector<Slot> slots_;
    Index free_ = none;  ///< a chain of unused slots
    Index youngest_ = none;
    Index oldest_ = none;
};

/// A number that differs from run to run: for tables whose keys strangers choose.
std::uint64_t process_secret();

}  // namespace steelyard
