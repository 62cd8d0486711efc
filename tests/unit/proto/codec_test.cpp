#include "proto/codec.h"

#include "base/hex.h"
#include "base/random.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/non_nullable.h"
#include "tendermint/libs/bits/types.pb.h"
#include "tendermint/types/block.pb.h"
#include "tendermint/types/canonical.pb.h"

#include <gtest/gtest.h>

namespace steelyard::proto {
namespace {

using cosmos::tx::v1beta1::ModeInfo;
using tendermint::libs::bits::BitArray;
using tendermint::types::Block;
using tendermint::types::BlockID;
using tendermint::types::CanonicalVote;
using tendermint::types::Data;
using tendermint::types::Vote;

constexpr ParseLimits limits = {.bytes_max = 1000, .elements_max = 20, .depth_max = 5};

template <typename Message>
std::string error_of(std::string_view hex) {
    Message message;
    const Result<void> result = strict_parse(message, *from_hex(hex), limits);
    EXPECT_TRUE(result || message.ByteSizeLong() == 0) << "a refused message is left filled";
    return result ? "" : result.error().message();
}

TEST(StrictParse, accepts_what_serialize_writes) {
    BlockID id;
    id.set_hash("hash");
    id.mutable_part_set_header()->set_total(7);

    BlockID read;
    ASSERT_TRUE(strict_parse(read, serialize(id), limits));

    EXPECT_EQ(read.hash(), "hash");
    EXPECT_EQ(read.part_set_header().total(), 7U);
}

TEST(StrictParse, accepts_an_empty_message_written_out_or_left_out) {
    EXPECT_EQ(error_of<BlockID>(""), "");
    EXPECT_EQ(error_of<BlockID>("1200"), "");
}

TEST(StrictParse, refuses_unknown_fields_at_any_depth) {
    EXPECT_EQ(error_of<BlockID>("1801"), "BlockID: unknown field 3");
    EXPECT_EQ(error_of<BlockID>("12021a00"), "PartSetHeader: unknown field 3");
    EXPECT_EQ(error_of<BlockID>("0001"), "BlockID: unknown field 0");
    EXPECT_EQ(error_of<BlockID>("808080801001"), "BlockID: unknown field 536870912");
}

TEST(StrictParse, refuses_the_wrong_wire_type) {
    EXPECT_EQ(error_of<BlockID>("0801"), "BlockID.hash: has wire type 0");
    EXPECT_EQ(error_of<BlockID>("0b0c"), "BlockID.hash: has wire type 3");
    EXPECT_EQ(error_of<BitArray>("1001"), "BitArray.elems: has wire type 0") << "not packed";
}

TEST(StrictParse, refuses_truncated_bytes) {
    EXPECT_EQ(error_of<BlockID>("0a0161"), "") << "whole";
    EXPECT_EQ(error_of<BlockID>("0a02"), "BlockID.hash: claims 2 bytes of 0 left");
    EXPECT_EQ(error_of<BlockID>("0a"), "BlockID.hash: truncated varint");
    EXPECT_EQ(error_of<BlockID>("80"), "BlockID.tag: truncated varint");
    EXPECT_EQ(error_of<BlockID>("12020880"), "PartSetHeader.total: truncated varint");
    EXPECT_EQ(error_of<CanonicalVote>("110100000000000000"), "") << "whole";
    EXPECT_EQ(error_of<CanonicalVote>("1101000000000000"), "CanonicalVote.height: truncated");
}

TEST(StrictParse, refuses_a_second_encoding_of_a_value) {
    const std::string not_canonical = " is not in its canonical form";
    EXPECT_EQ(error_of<BlockID>("0a00"), "BlockID" + not_canonical) << "empty bytes written out";
    EXPECT_EQ(error_of<Vote>("1000"), "Vote" + not_canonical) << "zero written out";
    EXPECT_EQ(error_of<Vote>("10010801"), "Vote" + not_canonical) << "wrong order";
    EXPECT_EQ(error_of<Vote>("08010801"), "Vote" + not_canonical) << "field twice";
    EXPECT_EQ(error_of<Vote>("188180808010"), "Vote" + not_canonical) << "32 bits overflowed";
    EXPECT_EQ(error_of<Vote>("108100"), "Vote.height: varint is not in its shortest form");
    EXPECT_EQ(error_of<ModeInfo>("0a001200"), "ModeInfo" + not_canonical) << "both of a oneof";
    EXPECT_EQ(error_of<BitArray>("1200"), "BitArray" + not_canonical) << "nothing packed";
    EXPECT_EQ(error_of<BitArray>("120101120101"), "BitArray" + not_canonical) << "packed twice";
}

TEST(StrictParse, refuses_invalid_utf8_in_strings) {
    EXPECT_EQ(error_of<tendermint::types::Header>("120161"), "");
    EXPECT_EQ(error_of<tendermint::types::Header>("1201ff"), "Header.chain_id: is not valid UTF-8");
}

TEST(StrictParse, counts_elements_before_it_allocates) {
    std::string txs;
    for (std::size_t i = 0; i < limits.elements_max; ++i) {
        txs += "0a00";
    }
    EXPECT_EQ(error_of<Data>(txs), "");
    EXPECT_EQ(error_of<Data>(txs + "0a00"), "Data.txs: the message has too many elements");
}

TEST(StrictParse, counts_packed_elements) {
    const std::string twenty(40, '1');
    EXPECT_EQ(error_of<BitArray>("1214" + twenty), "");
    EXPECT_NE(error_of<BitArray>("1215" + twenty + "11"), "");
}

TEST(StrictParse, limits_size_and_depth) {
    const std::string thousand = "0ae507" + std::string(2 * 997, '1');
    EXPECT_EQ(error_of<Data>(thousand), "");
    EXPECT_EQ(
        error_of<Data>("0ae607" + std::string(2 * 998, '1')), "Data has 1001 bytes, limit 1000"
    );

    // ModeInfo, Multi, ModeInfo, Multi, ModeInfo: five deep.
    EXPECT_EQ(error_of<ModeInfo>("1206120412021200"), "");
    EXPECT_EQ(error_of<ModeInfo>("12081206120412021200"), "Multi: nested deeper than 5");
}

TEST(StrictParse, survives_every_truncation_and_bit_flip_of_a_block) {
    Block block;
    block.mutable_data()->add_txs("tx");
    block.mutable_last_commit()->add_signatures()->set_signature("signature");
    fill_non_nullable(block);
    const Bytes bytes = serialize(block);

    std::size_t accepted = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        Bytes damaged = bytes;
        damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        Block read;
        if (strict_parse(read, damaged, limits)) {
            EXPECT_EQ(serialize(read), damaged);
            ++accepted;
        }
        const ByteView prefix = ByteView(bytes).first(bit / 8);
        if (strict_parse(read, prefix, limits)) {
            EXPECT_EQ(serialize(read), to_bytes(prefix));
        }
    }
    EXPECT_GT(accepted, 0U);
}

}  // namespace
}  // namespace steelyard::proto
