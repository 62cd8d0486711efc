// VerdictCache: what was once verified and found good, so that it is not verified again.
#pragma once

#include "base/lru_set.h"
#include "chain/ids.h"
#include "crypto/public_key.h"

#include <array>
#include <memory>
#include <mutex>

namespace steelyard::chain {

/// Names of statements that are true for ever, such as "this signature is this key's over this
/// message". Only what was verified may be put in: whoever finds a name here trusts it. Thread-safe
/// and bounded: the names that were not asked for longest are forgotten.
class VerdictCache {
public:
    explicit VerdictCache(std::size_t capacity);

    bool contains(const Hash256& name);
    void insert(const Hash256& name);

private:
    static constexpr std::size_t shard_count = 16;

    /// One lock and its part of the names.
    struct Shard {
        explicit Shard(std::size_t capacity) : names(capacity) {}

        std::mutex mutex;
        LruSet names;
    };

    Shard& shard_of(const Hash256& name);

    std::array<std::unique_ptr<Shard>, shard_count> shards_;
};

/// The name of "this signature is this key's over this message". It covers all three, each with its
/// length.
Hash256 signature_name(const crypto::PublicKey& key, ByteView message, ByteView signature);

}  // namespace steelyard::chain
