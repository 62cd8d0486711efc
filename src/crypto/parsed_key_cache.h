// Remembers what decoding a public key gave, for keys that come again and again.
#pragma once

#include "base/bytes.h"
#include "base/endian.h"

#include <mutex>
#include <optional>

namespace steelyard::crypto {

/// A table of fixed size, shared by all threads. A key has one slot, which its own bytes choose,
/// and drives out what was there: whoever crafts keys that collide makes others decode once more,
/// and gains nothing else. What is found is what decoding would give, so no verdict depends on it.
template <std::size_t key_size, typename Parsed, std::size_t slot_count>
class ParsedKeyCache {
public:
    using Key = ByteArray<key_size>;

    /// The parsed key, from the table or else from `parse(key)`; a failure is not remembered.
    template <typename Parse>
    std::optional<Parsed> get(const Key& key, Parse parse) {
        const std::size_t index = load_le<std::uint32_t>(&key[1]) % slot_count;
        Shard& shard = shards_[index % shard_count];
        std::optional<Parsed>& parsed = shard.parsed[index / shard_count];
        Key& owner = shard.owner[index / shard_count];
        {
            const std::lock_guard lock(shard.mutex);
            if (parsed && owner == key) {
                return parsed;
            }
        }
        std::optional<Parsed> fresh = parse(key);
        if (fresh) {
            const std::lock_guard lock(shard.mutex);
            owner = key;
            parsed = fresh;
        }
        return fresh;
    }

private:
    static constexpr std::size_t shard_count = 64;
    static_assert(slot_count % shard_count == 0);

    /// One lock and its slots.
    struct alignas(64) Shard {
        std::mutex mutex;
        std::array<Key, slot_count / shard_count> owner;
        std::array<std::optional<Parsed>, slot_count / shard_count> parsed;
    };

    std::array<Shard, shard_count> shards_;
};

}  // namespace steelyard::crypto
