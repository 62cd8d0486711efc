#include "base/check.h"
#include "base/protowire.h"
#include "vm/ops/cost.h"
#include "vm/trace/hash_tree.h"
#include "vm/trace/proof.h"

#include <bit>
#include <limits>

namespace steelyard::vm {

namespace {

constexpr std::string_view magic = "SVP1";
constexpr std::size_t hash_bytes = sizeof(Hash256);

/// A source, a root, and three counts of a byte: the least that a tensor takes.
constexpr std::size_t tensor_bytes_min = 1 + hash_bytes + 2;

std::uint64_t source_number(const Source& source) {
    CHECK(source.index <= std::numeric_limits<std::uint64_t>::max() / 2);
    CHECK(source.kind == Source::Kind::input || source.kind == Source::Kind::step);
    return source.index << 1 | (source.kind == Source::Kind::step ? 1 : 0);
}

void append_hashes(Bytes& out, const std::vector<Hash256>& hashes) {
    append_uvarint(out, hashes.size());
    for (const Hash256& hash : hashes) {
        append(out, hash);
    }
}

/// Takes parts off the front of the bytes, and tells where a part that is wrong begins.
class ProofReader {
public:
    explicit ProofReader(ByteView bytes) : size_(bytes.size()), rest_(bytes) {}

    Result<Proof> proof() {
        const std::size_t head = std::min(rest_.size(), magic.size());
        if (as_text(rest_.first(head)) != magic) {
            return invalid("offset 0: not a proof");
        }
        rest_ = rest_.subspan(head);
        TRY_ASSIGN(const std::size_t count, counted("tensors", tensor_bytes_min));
        Proof out;
        for (std::size_t index = 0; index < count; ++index) {
            const std::size_t begin = offset();
            TRY_ASSIGN(OpenedTensor tensor, opened_tensor());
            if (!out.tensors.empty() && !precedes(out.tensors.back().source, tensor.source)) {
                return invalid("offset {}: tensors that do not ascend", begin);
            }
            out.tensors.push_back(std::move(tensor));
        }
        TRY_ASSIGN(out.trace_siblings, hashes());
        if (!rest_.empty()) {
            return invalid("offset {}: {} bytes after the proof", offset(), rest_.size());
        }
        return out;
    }

private:
    std::size_t offset() const { return size_ - rest_.size(); }

    Result<std::uint64_t> number() {
        const std::size_t begin = offset();
        Result<std::uint64_t> value = take_uvarint(rest_);
        if (!value) {
            return invalid("offset {}: {}", begin, value.error().message());
        }
        return value;
    }

    /// A count of things of at least `size` bytes each, for which there are bytes left.
    Result<std::size_t> counted(std::string_view what, std::size_t size) {
        const std::size_t begin = offset();
        TRY_ASSIGN(const std::uint64_t count, number());
        if (count > rest_.size() / size) {
            return invalid("offset {}: {} {} in {} bytes", begin, count, what, rest_.size());
        }
        return static_cast<std::size_t>(count);
    }

    Result<ByteView> bytes(std::size_t size) {
        if (size > rest_.size()) {
            return invalid("offset {}: {} bytes where {} belong", offset(), rest_.size(), size);
        }
        const ByteView out = rest_.first(size);
        rest_ = rest_.subspan(size);
        return out;
    }

    Result<Hash256> hash() {
        TRY_ASSIGN(const ByteView view, bytes(hash_bytes));
        return to_array(view.first<hash_bytes>());
    }

    Result<std::vector<Hash256>> hashes() {
        TRY_ASSIGN(const std::size_t count, counted("hashes", hash_bytes));
        std::vector<Hash256> out(count);
        for (Hash256& each : out) {
            TRY_ASSIGN(each, hash());
        }
        return out;
    }

    Result<OpenedTensor> opened_tensor() {
        OpenedTensor out;
        TRY_ASSIGN(const std::uint64_t source, number());
        out.source = {
            .kind = (source & 1) != 0 ? Source::Kind::step : Source::Kind::input,
            .index = source >> 1
        };
        TRY_ASSIGN(out.root, hash());
        TRY_ASSIGN(const std::size_t count, counted("chunks", chunk_bytes + 1));
        out.chunks.reserve(count);
        for (std::size_t index = 0; index < count; ++index) {
            const std::size_t begin = offset();
            TRY_ASSIGN(const std::uint64_t step, number());
            const std::uint64_t least = out.chunks.empty() ? 0 : out.chunks.back() + 1;
            if (step >= tree_leaves_max || least + step >= tree_leaves_max) {
                return invalid("offset {}: a chunk beyond number {}", begin, tree_leaves_max - 1);
            }
            out.chunks.push_back(least + step);
        }
        TRY_ASSIGN(const ByteView data, bytes(count * chunk_bytes));
        out.data = to_bytes(data);
        TRY_ASSIGN(out.siblings, hashes());
        return out;
    }

    std::size_t size_;
    ByteView rest_;
};

std::size_t varint_size(std::uint64_t value) {
    return value == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(value)) + 6) / 7;
}

std::size_t hashes_size(const std::vector<Hash256>& hashes) {
    return varint_size(hashes.size()) + hashes.size() * hash_bytes;
}

/// A chunk's number, or how many chunks are left out before it.
std::uint64_t chunk_step(const std::vector<std::uint64_t>& chunks, std::size_t index) {
    return index == 0 ? chunks[0] : chunks[index] - chunks[index - 1] - 1;
}

}  // namespace

bool precedes(const Source& a, const Source& b) {
    return a.kind != b.kind ? a.kind == Source::Kind::input : a.index < b.index;
}

bool is_canonical(const Proof& proof) {
    for (std::size_t index = 0; index < proof.tensors.size(); ++index) {
        const OpenedTensor& tensor = proof.tensors[index];
        const bool has_source =
            (tensor.source.kind == Source::Kind::input || tensor.source.kind == Source::Kind::step
            ) &&
            tensor.source.index <= std::numeric_limits<std::uint64_t>::max() / 2;
        const bool follows = index == 0 || precedes(proof.tensors[index - 1].source, tensor.source);
        if (!has_source || !follows || !are_openable(tree_leaves_max, tensor.chunks) ||
            tensor.data.size() != tensor.chunks.size() * chunk_bytes) {
            return false;
        }
    }
    return true;
}

std::size_t encoded_size(const Proof& proof) {
    std::size_t size = magic.size() + varint_size(proof.tensors.size());
    for (const OpenedTensor& tensor : proof.tensors) {
        size += varint_size(source_number(tensor.source)) + hash_bytes +
                varint_size(tensor.chunks.size()) + tensor.data.size() +
                hashes_size(tensor.siblings);
        for (std::size_t index = 0; index < tensor.chunks.size(); ++index) {
            size += varint_size(chunk_step(tensor.chunks, index));
        }
    }
    return size + hashes_size(proof.trace_siblings);
}

Bytes encode_proof(const Proof& proof) {
    CHECK(is_canonical(proof));
    Bytes out;
    out.reserve(encoded_size(proof));
    append(out, as_bytes(magic));
    append_uvarint(out, proof.tensors.size());
    for (const OpenedTensor& tensor : proof.tensors) {
        append_uvarint(out, source_number(tensor.source));
        append(out, tensor.root);
        append_uvarint(out, tensor.chunks.size());
        for (std::size_t index = 0; index < tensor.chunks.size(); ++index) {
            append_uvarint(out, chunk_step(tensor.chunks, index));
        }
        append(out, tensor.data);
        append_hashes(out, tensor.siblings);
    }
    append_hashes(out, proof.trace_siblings);
    return out;
}

Result<Proof> decode_proof(ByteView bytes) {
    if (bytes.size() > proof_bytes_max) {
        return fail(
            ErrorCode::too_large, "a proof of {} bytes, limit {}", bytes.size(), proof_bytes_max
        );
    }
    return ProofReader(bytes).proof();
}

}  // namespace steelyard::vm
