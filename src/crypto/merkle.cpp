#include "crypto/merkle.h"

#include "base/check.h"
#include "base/protowire.h"
#include "crypto/sha256.h"
#include "crypto/sha256_batch.h"

namespace steelyard::crypto {
namespace {

using Level = std::vector<Hash256>;

constexpr std::uint8_t leaf_prefix[] = {0};
constexpr std::uint8_t inner_prefix[] = {1};

// How many messages are laid out at a time. It bounds the memory that a large tree borrows.
constexpr std::size_t leaves_at_once = 16;
constexpr std::size_t inners_at_once = 64;

void hash_some_leaves(std::span<const Bytes> leaves, std::span<Hash256> out) {
    std::size_t size = 0;
    for (const Bytes& leaf : leaves) {
        size += sizeof leaf_prefix + leaf.size();
    }
    Bytes messages;
    messages.reserve(size);
    std::vector<ByteView> views;
    for (const Bytes& leaf : leaves) {
        const std::size_t start = messages.size();
        append(messages, leaf_prefix);
        append(messages, leaf);
        views.emplace_back(messages.data() + start, messages.size() - start);
    }
    sha256_batch(views, out);
}

Level leaf_level(std::span<const Bytes> leaves) {
    Level level(leaves.size());
    std::span<Hash256> out = level;
    while (!leaves.empty()) {
        const std::size_t count = std::min(leaves.size(), leaves_at_once);
        hash_some_leaves(leaves.first(count), out.first(count));
        leaves = leaves.subspan(count);
        out = out.subspan(count);
    }
    return level;
}

/// Room for inner nodes as padded messages: the prefix and the padding of each stay in place.
class InnerMessages {
public:
    InnerMessages() {
        for (std::size_t i = 0; i < inners_at_once; ++i) {
            const std::span<std::uint8_t> message = std::span(padded_).subspan(i * stride, stride);
            message[0] = inner_prefix[0];
            sha256_pad(message, size);
        }
    }

    /// The hashes of out.size() <= inners_at_once pairs of children.
    void hash(const Hash256* children, std::span<Hash256> out) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            std::memcpy(
                padded_.data() + i * stride + sizeof inner_prefix,
                children + 2 * i,
                2 * sizeof(Hash256)
            );
        }
        sha256_padded(ByteView(padded_).first(out.size() * stride), blocks, out);
    }

private:
    static constexpr std::size_t size = sizeof inner_prefix + 2 * sizeof(Hash256);
    static constexpr std::size_t blocks = sha256_padded_blocks(size);
    static constexpr std::size_t stride = blocks * sha256_block_size;

    ByteArray<inners_at_once * stride> padded_;
};

/// The level above. A last node without a sibling goes up as it is, which makes the shape that
/// splitting at powers of two makes.
Level parent_level(const Level& level, InnerMessages& messages) {
    const std::size_t pairs = level.size() / 2;
    Level parents((level.size() + 1) / 2);
    for (std::size_t i = 0; i < pairs; i += inners_at_once) {
        const std::size_t count = std::min(pairs - i, inners_at_once);
        messages.hash(level.data() + 2 * i, std::span(parents).subspan(i, count));
    }
    if (level.size() % 2 != 0) {
        parents.back() = level.back();
    }
    return parents;
}

/// The place of a node among its level's `count` nodes; how it moves towards the root.
struct Place {
    std::uint64_t index;
    std::uint64_t count;

    bool is_root() const { return count == 1; }
    bool is_right() const { return index % 2 != 0; }
    bool has_sibling() const { return is_right() || index + 1 < count; }
    std::uint64_t sibling() const { return index ^ 1; }
    void ascend() {
        index /= 2;
        count = count / 2 + count % 2;
    }
};

std::size_t aunt_count(Place place) {
    std::size_t count = 0;
    for (; !place.is_root(); place.ascend()) {
        count += place.has_sibling() ? 1 : 0;
    }
    return count;
}

Result<Place> leaf_place(const MerkleProof& proof) {
    if (proof.index < 0 || proof.index >= proof.total) {
        return invalid("merkle proof is for leaf {} of {}", proof.index, proof.total);
    }
    const Place place{
        static_cast<std::uint64_t>(proof.index), static_cast<std::uint64_t>(proof.total)
    };
    if (proof.aunts.size() != aunt_count(place)) {
        return invalid(
            "merkle proof for leaf {} of {} has {} aunts, not {}",
            proof.index,
            proof.total,
            proof.aunts.size(),
            aunt_count(place)
        );
    }
    return place;
}

Hash256 read_hash(ProtoReader& reader, std::string_view name, ByteView bytes) {
    Hash256 hash{};
    if (bytes.size() != hash.size()) {
        reader.refuse(name, fmt::format("has {} bytes, not {}", bytes.size(), hash.size()));
        return hash;
    }
    std::ranges::copy(bytes, hash.begin());
    return hash;
}

}  // namespace

Hash256 merkle_leaf_hash(ByteView leaf) {
    return sha256({leaf_prefix, leaf});
}

Hash256 merkle_inner_hash(ByteView left, ByteView right) {
    return sha256({inner_prefix, left, right});
}

Hash256 merkle_root(std::span<const Bytes> leaves) {
    if (leaves.empty()) {
        return sha256(ByteView{});
    }
    InnerMessages messages;
    Level level = leaf_level(leaves);
    while (level.size() > 1) {
        level = parent_level(level, messages);
    }
    return level.front();
}

MerkleTree::MerkleTree(std::span<const Bytes> leaves) {
    InnerMessages messages;
    levels_.push_back(leaf_level(leaves));
    while (levels_.back().size() > 1) {
        levels_.push_back(parent_level(levels_.back(), messages));
    }
}

Hash256 MerkleTree::root() const {
    return levels_.back().empty() ? sha256(ByteView{}) : levels_.back().front();
}

MerkleProof MerkleTree::prove(std::size_t index) const {
    const Level& leaves = levels_.front();
    CHECK(index < leaves.size());
    MerkleProof proof{
        .total = static_cast<std::int64_t>(leaves.size()),
        .index = static_cast<std::int64_t>(index),
        .leaf_hash = leaves[index],
        .aunts = {},
    };
    Place place{index, leaves.size()};
    for (auto level = levels_.begin(); !place.is_root(); place.ascend(), ++level) {
        if (place.has_sibling()) {
            proof.aunts.push_back((*level)[place.sibling()]);
        }
    }
    return proof;
}

std::vector<MerkleProof> merkle_proofs(std::span<const Bytes> leaves) {
    const MerkleTree tree(leaves);
    std::vector<MerkleProof> proofs;
    proofs.reserve(leaves.size());
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        proofs.push_back(tree.prove(i));
    }
    return proofs;
}

Result<Hash256> merkle_proof_root(const MerkleProof& proof) {
    TRY_ASSIGN(Place place, leaf_place(proof));
    Hash256 hash = proof.leaf_hash;
    auto aunt = proof.aunts.begin();
    for (; !place.is_root(); place.ascend()) {
        if (place.is_right()) {
            hash = merkle_inner_hash(*aunt++, hash);
        } else if (place.has_sibling()) {
            hash = merkle_inner_hash(hash, *aunt++);
        }
    }
    return hash;
}

Result<void> verify_merkle_proof(const MerkleProof& proof, const Hash256& root, ByteView leaf) {
    if (merkle_leaf_hash(leaf) != proof.leaf_hash) {
        return invalid("merkle proof is for another leaf");
    }
    TRY_ASSIGN(const Hash256 proven, merkle_proof_root(proof));
    if (proven != root) {
        return invalid("merkle proof leads to another root");
    }
    return {};
}

Bytes encode_merkle_proof(const MerkleProof& proof) {
    ProtoWriter writer;
    writer.int64(1, proof.total);
    writer.int64(2, proof.index);
    writer.bytes(3, proof.leaf_hash);
    for (const Hash256& aunt : proof.aunts) {
        writer.message(4, aunt);
    }
    return std::move(writer).take();
}

Result<MerkleProof> decode_merkle_proof(ByteView bytes) {
    MerkleProof proof;
    bool has_leaf_hash = false;
    ProtoReader reader("Proof", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                proof.total = reader.int64("total");
                break;
            case 2:
                proof.index = reader.int64("index");
                break;
            case 3:
                proof.leaf_hash =
                    read_hash(reader, "leaf_hash", reader.bytes("leaf_hash", sizeof(Hash256)));
                has_leaf_hash = true;
                break;
            case 4:
                reader.at_most("aunts", proof.aunts.size(), merkle_aunts_max);
                proof.aunts.push_back(
                    read_hash(reader, "aunts", reader.repeated_bytes("aunts", sizeof(Hash256)))
                );
                break;
            default:
                reader.unknown();
        }
    }
    if (!has_leaf_hash) {
        reader.refuse("leaf_hash", "is missing");
    }
    TRY(reader.finish());
    TRY(leaf_place(proof));
    return proof;
}

Bytes simple_map_leaf(ByteView key, ByteView value) {
    Bytes leaf = length_prefixed(key);
    append(leaf, length_prefixed(sha256(value)));
    return leaf;
}

}  // namespace steelyard::crypto
