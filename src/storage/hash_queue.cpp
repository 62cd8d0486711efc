#include "storage/hash_queue.h"

#include "base/check.h"

namespace steelyard::storage {

using crypto::sha256_block_size;

HashQueue::HashQueue() {
    for (std::size_t i = 0; i < blocks_max; ++i) {
        groups_[i].padded.resize(lanes * (i + 1) * sha256_block_size);
    }
}

std::uint8_t* HashQueue::add(std::size_t size, crypto::Hash256* out) {
    CHECK(size <= message_size_max);
    const std::size_t blocks = crypto::sha256_padded_blocks(size);
    Group& group = groups_[blocks - 1];
    if (group.count == lanes) {
        flush(group, blocks);
    }
    const std::size_t padded_size = blocks * sha256_block_size;
    std::uint8_t* message = group.padded.data() + group.count * padded_size;
    crypto::sha256_pad({message, padded_size}, size);
    group.out[group.count++] = out;
    return message;
}

void HashQueue::flush() {
    for (std::size_t i = 0; i < blocks_max; ++i) {
        flush(groups_[i], i + 1);
    }
}

void HashQueue::flush(Group& group, std::size_t blocks) {
    std::array<crypto::Hash256, lanes> hashes;
    const ByteView padded(group.padded.data(), group.count * blocks * sha256_block_size);
    crypto::sha256_padded(padded, blocks, std::span(hashes).first(group.count));
    for (std::size_t i = 0; i < group.count; ++i) {
        *group.out[i] = hashes[i];
    }
    group.count = 0;
}

}  // namespace steelyard::storage
