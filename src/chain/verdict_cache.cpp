#include "chain/verdict_cache.h"

#include "base/endian.h"
#include "crypto/sha256.h"

namespace steelyard::chain {

VerdictCache::VerdictCache(std::size_t capacity) {
    for (auto& shard : shards_) {
        shard = std::make_unique<Shard>((capacity + shard_count - 1) / shard_count);
    }
}

/// By the last byte: the tables within a shard go by the first ones.
VerdictCache::Shard& VerdictCache::shard_of(const Hash256& name) {
    return *shards_[name.back() % shard_count];
}

bool VerdictCache::contains(const Hash256& name) {
    Shard& shard = shard_of(name);
    const std::lock_guard lock(shard.mutex);
    if (!shard.names.contains(name)) {
        return false;
    }
    shard.names.insert(name);
    return true;
}

void VerdictCache::insert(const Hash256& name) {
    Shard& shard = shard_of(name);
    const std::lock_guard lock(shard.mutex);
    shard.names.insert(name);
}

Hash256 signature_name(const crypto::PublicKey& key, ByteView message, ByteView signature) {
    ByteArray<17> sizes;
    sizes[0] = static_cast<std::uint8_t>(key.type());
    store_le(&sizes[1], std::uint64_t{message.size()});
    store_le(&sizes[9], std::uint64_t{signature.size()});
    return crypto::sha256({sizes, key.bytes(), message, signature});
}

}  // namespace steelyard::chain
