// PartSet: a block cut into parts of 64 KiB, each with a proof that it belongs to the block.
#pragma once

#include "chain/bit_array.h"
#include "chain/block_id.h"
#include "crypto/merkle.h"

namespace steelyard::chain {

/// One part. Its place is the proof's, so that the two cannot disagree.
struct Part {
    Bytes bytes;
    crypto::MerkleProof proof;

    std::uint32_t index() const { return static_cast<std::uint32_t>(proof.index); }

    bool operator==(const Part&) const = default;
};

/// tendermint.types.Part. The reader refuses an index that is not the proof's, more than parts_max
/// parts, and a part that is too long, empty, or, but for the last, too short.
Bytes encode_part(const Part& part);
Result<Part> decode_part(ByteView bytes);

/// How many parts a block of `size` bytes has.
constexpr std::uint32_t parts_of(std::size_t size) {
    return static_cast<std::uint32_t>((size + part_size - 1) / part_size);
}

/// The parts of one block: all of them, or those that have come so far. Holds at most header.total
/// parts, each verified against header.hash.
class PartSet {
public:
    /// Cuts an encoded block of 1 to block_size_max bytes: rule H10.
    static PartSet cut(ByteView block);

    /// No part yet. Refuses more than parts_max parts, which a vote may name.
    static Result<PartSet> expect(const PartSetHeader& header);

    const PartSetHeader& header() const { return header_; }
    const BitArray& present() const { return present_; }
    bool is_complete() const { return present_.all(); }

    /// The bytes in the parts that are present.
    std::size_t size() const { return size_; }

    /// Takes a part that proves to belong here. False if it is present already.
    Result<bool> add(Part part);

    /// The part at an index below header().total, or nothing.
    const std::optional<Part>& part(std::uint32_t index) const;

    /// The block, once the set is complete.
    Bytes join() const;

    bool operator==(const PartSet&) const = default;

private:
    explicit PartSet(const PartSetHeader& header);

    PartSetHeader header_;
    std::vector<std::optional<Part>> parts_;
    BitArray present_;
    std::size_t size_ = 0;
};

}  // namespace steelyard::chain
