#include "chain/part_set.h"

#include "base/protowire.h"

namespace steelyard::chain {
namespace {

/// The rules that need no block: the count of parts, and the size at this place.
Result<void> check_shape(const Part& part) {
    if (part.proof.total < 1 || part.proof.total > parts_max) {
        return invalid("part is one of {}, limit {}", part.proof.total, parts_max);
    }
    if (part.proof.index < 0 || part.proof.index >= part.proof.total) {
        return invalid("part {} is not one of {}", part.proof.index, part.proof.total);
    }
    const bool is_last = part.proof.index == part.proof.total - 1;
    const std::size_t size_min = is_last ? 1 : part_size;
    if (part.bytes.size() < size_min || part.bytes.size() > part_size) {
        return invalid(
            "part {} of {} has {} bytes", part.proof.index, part.proof.total, part.bytes.size()
        );
    }
    return {};
}

}  // namespace

Bytes encode_part(const Part& part) {
    ProtoWriter writer;
    writer.uint64(1, part.index());
    writer.bytes(2, part.bytes);
    writer.message(3, encode_merkle_proof(part.proof));
    return std::move(writer).take();
}

Result<Part> decode_part(ByteView bytes) {
    std::uint32_t index = 0;
    Part part;
    ProtoReader reader("Part", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                index = reader.uint32("index");
                break;
            case 2:
                part.bytes = to_bytes(reader.bytes("bytes", part_size));
                break;
            case 3:
                part.proof =
                    reader.nested("proof", crypto::decode_merkle_proof(reader.message("proof")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "bytes");
    reader.require(3, "proof");
    if (part.proof.index != index) {
        reader.refuse("index", fmt::format("{} is not the proof's, {}", index, part.proof.index));
    }
    TRY(reader.finish());
    TRY(check_shape(part));
    return part;
}

PartSet PartSet::cut(ByteView block) {
    CHECK(!block.empty() && block.size() <= block_size_max);
    std::vector<Bytes> pieces;
    pieces.reserve(parts_of(block.size()));
    for (ByteView rest = block; !rest.empty();) {
        const std::size_t size = std::min(rest.size(), part_size);
        pieces.push_back(to_bytes(rest.first(size)));
        rest = rest.subspan(size);
    }
    std::vector<crypto::MerkleProof> proofs = crypto::merkle_proofs(pieces);
    const auto root = crypto::merkle_proof_root(proofs.front());
    CHECK(root.has_value());

    PartSet set({.total = static_cast<std::uint32_t>(pieces.size()), .hash = *root});
    for (std::uint32_t i = 0; i < set.header_.total; ++i) {
        set.parts_[i] = Part{.bytes = std::move(pieces[i]), .proof = std::move(proofs[i])};
    }
    set.present_ = ~set.present_;
    set.size_ = block.size();
    return set;
}

Result<PartSet> PartSet::expect(const PartSetHeader& header) {
    if (header.total < 1 || header.total > parts_max) {
        return invalid("a block of {} parts, limit {}", header.total, parts_max);
    }
    return PartSet(header);
}

PartSet::PartSet(const PartSetHeader& header)
    : header_(header), parts_(header.total), present_(header.total) {
}

Result<bool> PartSet::add(Part part) {
    TRY(check_shape(part));
    if (part.proof.total != header_.total) {
        return invalid(
            "part {} is one of {}, not of {}", part.index(), part.proof.total, header_.total
        );
    }
    const std::uint32_t index = part.index();
    if (present_.test(index)) {
        return false;
    }
    TRY(crypto::verify_merkle_proof(part.proof, header_.hash, part.bytes));
    size_ += part.bytes.size();
    present_.set(index);
    parts_[index] = std::move(part);
    return true;
}

const std::optional<Part>& PartSet::part(std::uint32_t index) const {
    CHECK(index < header_.total);
    return parts_[index];
}

Bytes PartSet::join() const {
    CHECK(is_complete());
    Bytes block;
    block.reserve(size_);
    for (const std::optional<Part>& part : parts_) {
        append(block, part->bytes);
    }
    return block;
}

}  // namespace steelyard::chain
