#include "crypto/blake3.h"

#include "base/check.h"
#include "base/cpu.h"
#include "base/endian.h"
#include "crypto/blake3_kernels.h"

#include <bit>

namespace steelyard::crypto {
namespace {

using Words = std::array<std::uint32_t, 8>;

// How many chunks one call of update reduces together at most. Large enough that almost all
// parents are hashed in full vectors, small enough that the values stay in the first-level cache.
constexpr std::size_t subtree_chunks_max = 256;

Blake3Many kernel_of(Blake3Backend backend) {
    CHECK(is_available(backend));
    switch (backend) {
#ifdef __x86_64__
        case Blake3Backend::avx2:
            return blake3_many_avx2;
        case Blake3Backend::avx512:
            return blake3_many_avx512;
#else
        case Blake3Backend::avx2:
        case Blake3Backend::avx512:
#endif
        case Blake3Backend::portable:
            return blake3_many_portable;
    }
    CHECK(false);
}

std::uint8_t* bytes_of(std::span<Hash256> values) {
    return reinterpret_cast<std::uint8_t*>(values.data());
}

const std::uint8_t* bytes_of(std::span<const Hash256> values) {
    return reinterpret_cast<const std::uint8_t*>(values.data());
}

Words words_of(const Hash256& bytes) {
    Words words;
    std::memcpy(words.data(), bytes.data(), sizeof words);
    return words;
}

/// The last compression of a chunk or parent, put off until it is known whether it is the root's.
class Node {
public:
    /// A chunk of at most 1 KiB.
    Node(const Blake3Mode& mode, ByteView chunk, std::uint64_t number) {
        std::ranges::copy(mode.key(), last_.value);
        last_.counter = number;
        last_.flags = mode.flags() | blake3_chunk_start;
        while (chunk.size() > blake3_block_size) {
            load(chunk.first(blake3_block_size));
            const Hash256 next = value();
            std::memcpy(last_.value, next.data(), sizeof last_.value);
            last_.flags = mode.flags();
            chunk = chunk.subspan(blake3_block_size);
        }
        load(chunk);
        last_.flags |= blake3_chunk_end;
    }

    Node(const Blake3Mode& mode, const Hash256& left, const Hash256& right) {
        std::ranges::copy(mode.key(), last_.value);
        std::memcpy(last_.block, left.data(), sizeof left);
        std::memcpy(last_.block + 8, right.data(), sizeof right);
        last_.counter = 0;
        last_.block_size = blake3_block_size;
        last_.flags = mode.flags() | blake3_parent;
    }

    /// The chaining value, for a node that is not the root.
    Hash256 value() const {
        std::uint32_t words[16];
        blake3_compress(last_, words);
        Hash256 out;
        std::memcpy(out.data(), words, sizeof out);
        return out;
    }

    /// The extended output, for the root.
    void output(std::span<std::uint8_t> out, std::uint64_t offset) const {
        Blake3Compression compression = last_;
        compression.flags |= blake3_root_node;
        while (!out.empty()) {
            compression.counter = offset / blake3_block_size;
            ByteArray<blake3_block_size> block;
            std::uint32_t words[16];
            blake3_compress(compression, words);
            std::memcpy(block.data(), words, sizeof block);

            const std::size_t skipped = offset % blake3_block_size;
            const std::size_t count = std::min(out.size(), blake3_block_size - skipped);
            std::copy_n(block.begin() + skipped, count, out.begin());
            out = out.subspan(count);
            offset += count;
        }
    }

private:
    void load(ByteView block) {
        std::memset(last_.block, 0, sizeof last_.block);
        if (!block.empty()) {
            std::memcpy(last_.block, block.data(), block.size());
        }
        last_.block_size = static_cast<std::uint32_t>(block.size());
    }

    Blake3Compression last_;
};

}  // namespace

bool is_available(Blake3Backend backend) {
    switch (backend) {
        case Blake3Backend::portable:
            return true;
        case Blake3Backend::avx2:
            return cpu_features().avx2;
        case Blake3Backend::avx512:
            return cpu_features().avx512;
    }
    CHECK(false);
}

Blake3Backend best_blake3_backend() {
    return cpu_features().avx512 ? Blake3Backend::avx512
           : cpu_features().avx2 ? Blake3Backend::avx2
                                 : Blake3Backend::portable;
}

Blake3Mode Blake3Mode::plain() {
    return {std::to_array(blake3_iv), 0};
}

Blake3Mode Blake3Mode::keyed(const ByteArray<32>& key) {
    return {words_of(key), blake3_keyed_hash};
}

Blake3Mode Blake3Mode::derive_key(std::string_view context) {
    const Blake3Mode of_context(std::to_array(blake3_iv), blake3_derive_key_context);
    const Hash256 key = Blake3(of_context).update(as_bytes(context)).digest();
    return {words_of(key), blake3_derive_key_material};
}

Hash256 blake3(ByteView message) {
    return Blake3().update(message).digest();
}

Hash256 blake3_keyed(const ByteArray<32>& key, ByteView message) {
    return Blake3(Blake3Mode::keyed(key)).update(message).digest();
}

Hash256 blake3_derive_key(std::string_view context, ByteView key_material) {
    return Blake3(Blake3Mode::derive_key(context)).update(key_material).digest();
}

Blake3::Blake3(const Blake3Mode& mode, Blake3Backend backend) : mode_(mode), backend_(backend) {
}

Blake3& Blake3::update(ByteView bytes) {
    while (!bytes.empty()) {
        join_finished();
        if (pending_size_ == 0 && bytes.size() > blake3_chunk_size) {
            bytes = update_subtree(bytes);
            continue;
        }
        if (pending_size_ == blake3_chunk_size) {
            push(Node(mode_, pending_, chunks_).value(), 1);
            pending_size_ = 0;
            continue;
        }
        const std::size_t count = std::min(bytes.size(), blake3_chunk_size - pending_size_);
        std::copy_n(bytes.begin(), count, pending_.begin() + pending_size_);
        pending_size_ += count;
        bytes = bytes.subspan(count);
    }
    return *this;
}

/// Takes the largest subtree of whole chunks that may come next; returns the bytes after it. A
/// subtree could be the whole message, so its two halves are pushed and their parent is left open.
ByteView Blake3::update_subtree(ByteView bytes) {
    const std::size_t whole = std::bit_floor(bytes.size() / blake3_chunk_size);
    const std::uint64_t aligned = chunks_ == 0 ? subtree_chunks_max : chunks_ & (0 - chunks_);
    std::size_t count = std::min({whole, subtree_chunks_max, static_cast<std::size_t>(aligned)});
    const std::uint64_t half = count / 2;
    const ByteView taken = bytes.first(count * blake3_chunk_size);
    std::array<Hash256, subtree_chunks_max> values;
    blake3_chunks(mode_, taken, chunks_, std::span(values).first(count), backend_);
    if (count == 1) {
        push(values[0], 1);
        return bytes.subspan(taken.size());
    }
    for (; count > 2; count /= 2) {
        const std::span<Hash256> level = std::span(values).first(count);
        blake3_parents(mode_, level, level.first(count / 2), backend_);
    }
    push(values[0], half);
    push(values[1], half);
    return bytes.subspan(taken.size());
}

/// Joins subtrees of equal size. It waits until more bytes have come, since the last join of all is
/// the root's.
void Blake3::join_finished() {
    while (depth_ > static_cast<std::size_t>(std::popcount(chunks_))) {
        stack_[depth_ - 2] = Node(mode_, stack_[depth_ - 2], stack_[depth_ - 1]).value();
        --depth_;
    }
}

void Blake3::push(const Hash256& value, std::uint64_t chunks) {
    stack_[depth_++] = value;
    chunks_ += chunks;
}

Hash256 Blake3::digest() const {
    Hash256 out;
    digest(out);
    return out;
}

void Blake3::digest(std::span<std::uint8_t> out, std::uint64_t offset) const {
    std::size_t depth = depth_;
    const bool ends_with_subtree = pending_size_ == 0 && depth != 0;
    if (ends_with_subtree) {
        depth -= 2;
    }
    Node node = ends_with_subtree ? Node(mode_, stack_[depth], stack_[depth + 1])
                                  : Node(mode_, ByteView(pending_).first(pending_size_), chunks_);
    while (depth != 0) {
        --depth;
        node = Node(mode_, stack_[depth], node.value());
    }
    node.output(out, offset);
}

void blake3_chunks(
    const Blake3Mode& mode,
    ByteView chunks,
    std::uint64_t first,
    std::span<Hash256> out,
    Blake3Backend backend
) {
    CHECK(chunks.size() == out.size() * blake3_chunk_size);
    const Blake3Job job{
        .key = mode.key().data(),
        .blocks = blake3_chunk_size / blake3_block_size,
        .flags = mode.flags(),
        .first_flags = blake3_chunk_start,
        .last_flags = blake3_chunk_end,
        .counter = first,
        .counter_step = 1,
    };
    kernel_of(backend)(job, chunks.data(), out.size(), bytes_of(out));
}

void blake3_parents(
    const Blake3Mode& mode,
    std::span<const Hash256> children,
    std::span<Hash256> out,
    Blake3Backend backend
) {
    CHECK(children.size() == 2 * out.size());
    const Blake3Job job{
        .key = mode.key().data(),
        .blocks = 1,
        .flags = mode.flags() | blake3_parent,
        .first_flags = 0,
        .last_flags = 0,
        .counter = 0,
        .counter_step = 0,
    };
    kernel_of(backend)(job, bytes_of(children), out.size(), bytes_of(out));
}

Hash256 blake3_root(const Blake3Mode& mode, const Hash256& left, const Hash256& right) {
    Hash256 out;
    Node(mode, left, right).output(out, 0);
    return out;
}

}  // namespace steelyard::crypto
