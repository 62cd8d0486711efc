// Collects short messages and hashes those of like length together.
#pragma once

#include "crypto/sha256_batch.h"

namespace steelyard::storage {

/// Messages of up to hash_queue_message_max bytes, each hashed into a place of its own. Results
/// stand there after `flush`.
class HashQueue {
public:
    static constexpr std::size_t blocks_max = 5;
    static constexpr std::size_t message_size_max = blocks_max * crypto::sha256_block_size - 9;

    HashQueue();

    /// Where to write the next message, `size` bytes of it, at once. Its hash will go to `out`.
    std::uint8_t* add(std::size_t size, crypto::Hash256* out);

    void flush();

private:
    static constexpr std::size_t lanes = 32;

    /// The messages that take the same number of blocks.
    struct Group {
        Bytes padded;
        std::array<crypto::Hash256*, lanes> out;
        std::size_t count = 0;
    };

    static void flush(Group& group, std::size_t blocks);

    std::array<Group, blocks_max> groups_;
};

}  // namespace steelyard::storage
