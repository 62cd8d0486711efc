#include "vm/trace/commitment.h"

#include "base/check.h"
#include "base/endian.h"
#include "vm/ops/cost.h"
#include "vm/trace/outcome.h"

namespace steelyard::vm {

namespace {

using crypto::Blake3;
using crypto::Blake3Mode;

constexpr std::size_t packed_row_bytes_max = chunk_bytes / 2;
constexpr std::size_t staged_chunks = 32;
constexpr std::uint8_t tensor_kind = 1;
constexpr std::uint8_t dense_layout = 0;

/// The bytes of a dense tensor that a chunk holds.
ByteRange payload_of(const TensorType& type, std::uint64_t chunk) {
    const std::uint64_t row = type.row_bytes();
    if (type.elements() == 0) {
        return {};
    }
    if (row > packed_row_bytes_max) {
        const std::uint64_t chunks = (row + chunk_bytes - 1) / chunk_bytes;
        const std::uint64_t within = chunk % chunks * chunk_bytes;
        return {chunk / chunks * row + within, std::min(chunk_bytes, row - within)};
    }
    const std::uint64_t rows = chunk_bytes / row;
    const std::uint64_t first = chunk * rows;
    return {first * row, std::min(rows, type.shape.rows() - first) * row};
}

/// Whether the chunks are the tensor's bytes as they lie, but for what is missing at the end.
bool is_contiguous(const TensorType& type) {
    const std::uint64_t row = type.row_bytes();
    return type.elements() != 0 &&
           (row > packed_row_bytes_max ? row % chunk_bytes == 0 : chunk_bytes % row == 0);
}

/// Neighbouring bytes of a dense tensor.
struct Slice {
    std::uint64_t first = 0;  ///< where in the tensor's data
    ByteView bytes{};
};

/// A chunk as it is hashed: rows packed, padding zero. The slice holds all of it.
void fill_chunk(
    const TensorType& type,
    const Slice& slice,
    std::uint64_t chunk,
    std::span<std::uint8_t, chunk_bytes> out
) {
    const ByteRange payload = payload_of(type, chunk);
    if (payload.size != 0) {
        std::memcpy(out.data(), slice.bytes.data() + (payload.first - slice.first), payload.size);
    }
    std::memset(out.data() + payload.size, 0, out.size() - payload.size);
}

/// Chaining values of chunks [first, first + out.size()), in place or through a staging buffer. The
/// slice holds all of them.
void hash_chunks(
    const TensorType& type, const Slice& slice, std::uint64_t first, std::span<Hash256> out
) {
    if (is_contiguous(type)) {
        const std::uint64_t whole = (slice.first + slice.bytes.size()) / chunk_bytes;
        const std::uint64_t count = first < whole ? std::min(whole - first, out.size()) : 0;
        const std::uint64_t at = count == 0 ? 0 : first * chunk_bytes - slice.first;
        const ByteView taken = slice.bytes.subspan(at, count * chunk_bytes);
        crypto::blake3_chunks(tensor_mode(), taken, first, out.first(count));
        first += count;
        out = out.subspan(count);
    }
    ByteArray<staged_chunks * chunk_bytes> staged;
    while (!out.empty()) {
        const std::size_t count = std::min(staged_chunks, out.size());
        for (std::size_t index = 0; index < count; ++index) {
            const auto to = std::span(staged).subspan(index * chunk_bytes).first<chunk_bytes>();
            fill_chunk(type, slice, first + index, to);
        }
        const ByteView taken = ByteView(staged).first(count * chunk_bytes);
        crypto::blake3_chunks(tensor_mode(), taken, first, out.first(count));
        first += count;
        out = out.subspan(count);
    }
}

/// A tree of one chunk is that chunk, hashed as the root.
Hash256 only_chunk_root(ByteView chunk) {
    return Blake3(tensor_mode()).update(chunk).digest();
}

Hash256 only_chunk_root(const TensorType& type, ByteView data) {
    ByteArray<chunk_bytes> chunk;
    copy_chunk(type, data, 0, chunk);
    return only_chunk_root(chunk);
}

}  // namespace

const Blake3Mode& tensor_mode() {
    static const Blake3Mode mode = Blake3Mode::derive_key("steelyard 2026 vm tensor data");
    return mode;
}

const Blake3Mode& trace_mode() {
    static const Blake3Mode mode = Blake3Mode::derive_key("steelyard 2026 vm trace");
    return mode;
}

Hash256 tensor_root(const TensorType& type, ByteView data, const HashParallel& parallel) {
    CHECK(data.size() == type.bytes());
    const std::uint64_t chunks = chunk_count(type);
    if (chunks == 1) {
        return only_chunk_root(type, data);
    }
    const auto leaves = [&](std::uint64_t first, std::span<Hash256> out) {
        hash_chunks(type, {.bytes = data}, first, out);
    };
    return tree_root(tensor_mode(), chunks, leaves, parallel);
}

std::vector<Hash256> tensor_leaves(
    const TensorType& type, ByteView data, const HashParallel& parallel
) {
    CHECK(data.size() == type.bytes());
    constexpr std::size_t piece = 1024;
    std::vector<Hash256> out(chunk_count(type));
    if (out.size() == 1) {
        out[0] = only_chunk_root(type, data);
        return out;
    }
    const std::size_t pieces = (out.size() + piece - 1) / piece;
    const auto hash_piece = [&](std::size_t index) {
        const std::size_t first = index * piece;
        const std::size_t count = std::min(piece, out.size() - first);
        hash_chunks(type, {.bytes = data}, first, std::span(out).subspan(first, count));
    };
    if (parallel) {
        parallel(pieces, hash_piece);
    } else {
        for (std::size_t index = 0; index < pieces; ++index) {
            hash_piece(index);
        }
    }
    return out;
}

std::vector<Hash256> opened_leaves(
    std::uint64_t chunk_count, std::span<const std::uint64_t> chunks, ByteView data
) {
    CHECK(are_openable(chunk_count, chunks) && data.size() == chunks.size() * chunk_bytes);
    std::vector<Hash256> out(chunks.size());
    if (chunk_count == 1 && !chunks.empty()) {
        out[0] = only_chunk_root(data);
        return out;
    }
    // Neighbours are hashed together.
    for (std::size_t begin = 0; begin < chunks.size();) {
        std::size_t end = begin + 1;
        while (end < chunks.size() && chunks[end] == chunks[begin] + (end - begin)) {
            ++end;
        }
        crypto::blake3_chunks(
            tensor_mode(),
            data.subspan(begin * chunk_bytes, (end - begin) * chunk_bytes),
            chunks[begin],
            std::span(out).subspan(begin, end - begin)
        );
        begin = end;
    }
    return out;
}

ByteRange chunk_range(const TensorType& type, std::uint64_t first, std::uint64_t count) {
    const std::uint64_t chunks = chunk_count(type);
    CHECK(first < chunks && count != 0 && count <= chunks - first);
    const ByteRange begin = payload_of(type, first);
    const ByteRange end = payload_of(type, first + count - 1);
    return {begin.first, end.first + end.size - begin.first};
}

std::uint64_t hash_group_count(const TensorType& type) {
    return (chunk_count(type) + hash_group_chunks - 1) / hash_group_chunks;
}

ByteRange hash_group_range(const TensorType& type, std::uint64_t group) {
    CHECK(group < hash_group_count(type));
    const std::uint64_t first = group * hash_group_chunks;
    return chunk_range(type, first, std::min(hash_group_chunks, chunk_count(type) - first));
}

Hash256 hash_group(const TensorType& type, std::uint64_t group, ByteView bytes) {
    const ByteRange range = hash_group_range(type, group);
    CHECK(bytes.size() == range.size);
    const std::uint64_t chunks = chunk_count(type);
    if (chunks <= hash_group_chunks) {
        return tensor_root(type, bytes);
    }
    const std::uint64_t first = group * hash_group_chunks;
    std::array<Hash256, hash_group_chunks> values;
    const auto leaves = std::span(values).first(std::min(hash_group_chunks, chunks - first));
    hash_chunks(type, {.first = range.first, .bytes = bytes}, first, leaves);
    return subtree_value(tensor_mode(), leaves);
}

Hash256 tensor_root_of_groups(const TensorType& type, std::span<const Hash256> groups) {
    CHECK(groups.size() == hash_group_count(type));
    const auto copy = [&](std::uint64_t first, std::span<Hash256> out) {
        std::ranges::copy(groups.subspan(first, out.size()), out.begin());
    };
    return tree_root(tensor_mode(), groups.size(), copy);
}

Hash256 tensor_id(const TensorType& type, const Hash256& root) {
    static const Blake3Mode mode = Blake3Mode::derive_key("steelyard 2026 vm tensor id");
    Bytes text{
        tensor_kind,
        static_cast<std::uint8_t>(type.dtype),
        static_cast<std::uint8_t>(type.shape.rank()),
        dense_layout
    };
    for (const std::uint64_t dimension : type.shape.dimensions()) {
        append_le(text, dimension);
    }
    append(text, root);
    return Blake3(mode).update(text).digest();
}

Hash256 step_leaf(std::uint64_t step, const Hash256& output_id) {
    static const Blake3Mode mode = Blake3Mode::derive_key("steelyard 2026 vm step");
    Bytes text;
    append_le(text, step);
    append(text, output_id);
    return Blake3(mode).update(text).digest();
}

Hash256 trace_root(std::span<const Hash256> leaves) {
    const auto copy = [&](std::uint64_t first, std::span<Hash256> out) {
        std::ranges::copy(leaves.subspan(first, out.size()), out.begin());
    };
    return tree_root(trace_mode(), leaves.size(), copy);
}

Hash256 output_root(std::span<const Hash256> output_ids) {
    static const Blake3Mode mode = Blake3Mode::derive_key("steelyard 2026 vm output");
    Bytes text;
    append_le(text, static_cast<std::uint32_t>(output_ids.size()));
    for (const Hash256& id : output_ids) {
        append(text, id);
    }
    return Blake3(mode).update(text).digest();
}

Hash256 fault_root(const Fault& fault) {
    static const Blake3Mode mode = Blake3Mode::derive_key("steelyard 2026 vm fault");
    Bytes text{static_cast<std::uint8_t>(fault.kind)};
    append_le(text, fault.step);
    append_le(text, fault.element);
    return Blake3(mode).update(text).digest();
}

void copy_chunk(
    const TensorType& type, ByteView data, std::uint64_t chunk, std::span<std::uint8_t, 1024> out
) {
    CHECK(chunk < chunk_count(type) && data.size() == type.bytes());
    fill_chunk(type, {.bytes = data}, chunk, out);
}

std::size_t chunk_payload(const TensorType& type, std::uint64_t chunk) {
    return payload_of(type, chunk).size;
}

ChunkPlace place_of(const TensorType& type, std::uint64_t element) {
    CHECK(element < type.elements());
    const std::uint64_t row_bytes = type.row_bytes();
    const std::uint64_t row = element / type.shape.columns();
    const std::uint64_t byte = element % type.shape.columns() * size_of(type.dtype);
    if (row_bytes > packed_row_bytes_max) {
        const std::uint64_t chunks = (row_bytes + chunk_bytes - 1) / chunk_bytes;
        return {row * chunks + byte / chunk_bytes, static_cast<std::uint32_t>(byte % chunk_bytes)};
    }
    const std::uint64_t rows = chunk_bytes / row_bytes;
    return {row / rows, static_cast<std::uint32_t>(row % rows * row_bytes + byte)};
}

}  // namespace steelyard::vm
