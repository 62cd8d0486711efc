// BLAKE3: the hash of blobs, programs, tensors and traces.
//
// A message is cut into chunks of 1 KiB, each hashed to a chaining value; parents join two values;
// the last node of the tree, the root, gives as many output bytes as one asks for. Besides whole
// messages this header offers the tree's nodes, for commitments that open single chunks.
#pragma once

#include "crypto/hash.h"

#include <string_view>

namespace steelyard::crypto {

constexpr std::size_t blake3_chunk_size = 1024;

/// The code that hashes many nodes at once. The results never differ.
enum class Blake3Backend : std::uint8_t { portable, avx2, avx512 };

bool is_available(Blake3Backend backend);

/// The fastest backend of this machine.
Blake3Backend best_blake3_backend();

/// One of BLAKE3's hash functions: the plain one, one per key, one per context of key derivation.
/// Keys and states are not wiped: they set hashes apart and keep no secrets here.
class Blake3Mode {
public:
    static Blake3Mode plain();
    static Blake3Mode keyed(const ByteArray<32>& key);

    /// `context` is a constant of the program, globally unique; never a secret or an input.
    static Blake3Mode derive_key(std::string_view context);

    const std::array<std::uint32_t, 8>& key() const { return key_; }
    std::uint32_t flags() const { return flags_; }

private:
    Blake3Mode(const std::array<std::uint32_t, 8>& key, std::uint32_t flags)
        : key_(key), flags_(flags) {}

    std::array<std::uint32_t, 8> key_;
    std::uint32_t flags_;
};

Hash256 blake3(ByteView message);
Hash256 blake3_keyed(const ByteArray<32>& key, ByteView message);
Hash256 blake3_derive_key(std::string_view context, ByteView key_material);

/// Hashes a message that comes piece by piece, up to 2^64 - 1 bytes. Pieces of 256 KiB and more
/// are hashed fastest.
class Blake3 {
public:
    explicit Blake3(
        const Blake3Mode& mode = Blake3Mode::plain(), Blake3Backend backend = best_blake3_backend()
    );

    Blake3& update(ByteView bytes);

    /// The hash of everything so far; more may follow.
    Hash256 digest() const;

    /// As many bytes as `out` takes of the extended output, from byte `offset` on.
    void digest(std::span<std::uint8_t> out, std::uint64_t offset = 0) const;

private:
    static constexpr std::size_t depth_max = 55;  // a message has less than 2^54 chunks

    ByteView update_subtree(ByteView bytes);
    void join_finished();
    void push(const Hash256& value, std::uint64_t chunks);

    Blake3Mode mode_;
    Blake3Backend backend_;
    std::uint64_t chunks_ = 0;  ///< whose values are on the stack
    std::size_t pending_size_ = 0;
    std::size_t depth_ = 0;
    ByteArray<blake3_chunk_size> pending_;  ///< the last chunk: only later bytes finish it
    std::array<Hash256, depth_max> stack_;  ///< values of subtrees that wait for a right sibling
};

/// The chaining values of whole chunks (CHECKed: chunks.size() == out.size() * 1024), the first of
/// which is number `first` of its message.
void blake3_chunks(
    const Blake3Mode& mode,
    ByteView chunks,
    std::uint64_t first,
    std::span<Hash256> out,
    Blake3Backend backend = best_blake3_backend()
);

/// The chaining values of the parents of neighbours (CHECKed: twice as many as `out`). `out` may be
/// the front of `children`.
void blake3_parents(
    const Blake3Mode& mode,
    std::span<const Hash256> children,
    std::span<Hash256> out,
    Blake3Backend backend = best_blake3_backend()
);

/// The hash of a message of more than one chunk, from the root's two children.
Hash256 blake3_root(const Blake3Mode& mode, const Hash256& left, const Hash256& right);

}  // namespace steelyard::crypto
