// Commitments: tensors, steps, traces and results as hashes (doc/spec/vm-trace.md, C1 to C6).
#pragma once

#include "vm/program/tensor_type.h"
#include "vm/trace/hash_tree.h"

namespace steelyard::vm {

/// BLAKE3's key derivation with the contexts of C2 and C5.
const crypto::Blake3Mode& tensor_mode();
const crypto::Blake3Mode& trace_mode();

/// C2: BLAKE3 of the tensor's padded chunks, in a mode of its own. `data` is dense
/// (CHECKed: type.bytes()). Takes memory for 32 bytes a MiB, and 32 KiB a thread.
Hash256 tensor_root(const TensorType& type, ByteView data, const HashParallel& parallel = {});

/// The leaves of the tree whose root is tensor_root: a hash for each chunk.
std::vector<Hash256> tensor_leaves(
    const TensorType& type, ByteView data, const HashParallel& parallel = {}
);

/// The leaves of some of a tensor's `chunk_count` chunks (CHECKed: ascending, 1,024 bytes each).
std::vector<Hash256> opened_leaves(
    std::uint64_t chunk_count, std::span<const std::uint64_t> chunks, ByteView data
);

/// Which bytes of a dense tensor some of its chunks hold.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t size = 0;

    bool operator==(const ByteRange&) const = default;
};

/// The bytes of the chunks [first, first + count) (CHECKed: chunks that the tensor has).
ByteRange chunk_range(const TensorType& type, std::uint64_t first, std::uint64_t count);

constexpr std::uint64_t hash_group_chunks = 256;

/// The groups of neighbouring chunks that a tensor's tree has, the last perhaps smaller; each is
/// one subtree. At least 1.
std::uint64_t hash_group_count(const TensorType& type);

/// The bytes of a group, at most 256 KiB (CHECKed: a group that the tensor has).
ByteRange hash_group_range(const TensorType& type, std::uint64_t group);

/// The chaining value of a group's subtree, the root itself where there is one group only, from the
/// bytes of hash_group_range (CHECKed: as many).
Hash256 hash_group(const TensorType& type, std::uint64_t group, ByteView bytes);

/// tensor_root from the hashes of all groups (CHECKed: hash_group_count).
Hash256 tensor_root_of_groups(const TensorType& type, std::span<const Hash256> groups);

/// C3: binds type, shape and layout to the root: what a blob, a tensor and an operand is called.
Hash256 tensor_id(const TensorType& type, const Hash256& root);

/// C4: what a step says of itself: its number and its output.
Hash256 step_leaf(std::uint64_t step, const Hash256& output_id);

/// C5: the root over step leaves; of no steps the hash of nothing in its mode.
Hash256 trace_root(std::span<const Hash256> leaves);

/// C6: the result of a run: the ids of its output tensors in the program's order.
Hash256 output_root(std::span<const Hash256> output_ids);

/// A tensor's bytes of one chunk as they are hashed: rows packed, padding zero. `out` has 1,024
/// bytes (CHECKed: a chunk that the tensor has).
void copy_chunk(
    const TensorType& type, ByteView data, std::uint64_t chunk, std::span<std::uint8_t, 1024> out
);

/// The bytes of a chunk that are elements; behind them is padding.
std::size_t chunk_payload(const TensorType& type, std::uint64_t chunk);

/// Where an element lies: its chunk and the byte within.
struct ChunkPlace {
    std::uint64_t chunk = 0;
    std::uint32_t byte = 0;

    bool operator==(const ChunkPlace&) const = default;
};

ChunkPlace place_of(const TensorType& type, std::uint64_t element);

}  // namespace steelyard::vm
