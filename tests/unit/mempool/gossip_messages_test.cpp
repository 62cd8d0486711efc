#include "mempool/gossip_messages.h"

#include "steelyard/mempool/v1/messages.pb.h"
#include "tendermint/mempool/types.pb.h"
#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>

namespace steelyard::mempool {
namespace {

TEST(TxsMessage, is_cometbfts) {
    const Bytes tx{123};
    const std::vector<ByteView> txs{tx};

    EXPECT_EQ(
        to_hex(encode_txs(txs)), "0a030a017b"
    );  // mempool/reactor_test.go, TestMempoolVectors
    EXPECT_TRUE(equal(decode_txs(hex_bytes("0a030a017b"))->at(0), tx));
}

TEST(TxsMessage, agrees_with_protobuf) {
    const std::vector<Bytes> list{Bytes(1, 1), Bytes(127, 2), Bytes(128, 3), Bytes(20'000, 4)};
    tendermint::mempool::Message message;
    for (const Bytes& tx : list) {
        message.mutable_txs()->add_txs(tx.data(), tx.size());
    }
    const std::string expected = message.SerializeAsString();

    const Bytes encoded = encode_txs(std::vector<ByteView>(list.begin(), list.end()));

    EXPECT_EQ(as_text(encoded), expected);
    const auto decoded = decode_txs(encoded);
    ASSERT_TRUE(decoded);
    ASSERT_EQ(decoded->size(), list.size());
    EXPECT_TRUE(equal((*decoded)[3], list[3]));
}

TEST(TxsMessage, may_be_empty_but_not_missing) {
    EXPECT_TRUE(decode_txs(hex_bytes("0a00"))->empty());
    EXPECT_FALSE(decode_txs({}));
}

TEST(TxsMessage, bounds_what_a_reader_makes_of_it) {
    const std::vector<ByteView> many(txs_per_message_max + 1);
    const Bytes encoded = encode_txs(many);

    EXPECT_FALSE(decode_txs(encoded));
    EXPECT_TRUE(decode_txs(encode_txs(std::span(many).first(txs_per_message_max))));
}

TEST(TxsMessage, refuses_what_is_not_one) {
    for (const auto* const text :
         {"0a", "0a030a017b00", "0a030a027b", "0a0312017b", "12030a017b"}) {
        EXPECT_FALSE(decode_txs(hex_bytes(text))) << text;
    }
}

TEST(AnnounceMessage, comes_back_as_it_was) {
    for (const AnnounceMessage& message :
         {AnnounceMessage(Announce{{1, 2, ~ShortId{0}}}), AnnounceMessage(Want{{7}})}) {
        const auto decoded = decode_announce_message(encode_announce_message(message));

        ASSERT_TRUE(decoded) << decoded.error().message();
        EXPECT_EQ(*decoded, message);
    }
}

TEST(AnnounceMessage, agrees_with_protobuf) {
    ::steelyard::mempool::v1::Message message;
    message.mutable_want()->set_ids(std::string("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 16));

    EXPECT_EQ(as_text(encode_announce_message(Want{{1, 2}})), message.SerializeAsString());
}

TEST(AnnounceMessage, refuses_what_is_not_one) {
    for (const auto* const text :
         {"",
          "0a00",
          "0a020a00",
          "0a090a0700000000000000",
          "1a0a0a080000000000000000",
          "0a0a0a080000000000000001120a0a080000000000000001"}) {
        EXPECT_FALSE(decode_announce_message(hex_bytes(text))) << text;
    }
}

TEST(AnnounceMessage, bounds_the_names) {
    Announce announce{std::vector<ShortId>(ids_per_message_max)};
    const Bytes longest = encode_announce_message(announce);
    EXPECT_TRUE(decode_announce_message(longest));
    EXPECT_LE(longest.size(), announce_message_size_max);

    announce.ids.push_back(1);

    EXPECT_FALSE(decode_announce_message(encode_announce_message(announce)));
}

TEST(ShortId, is_the_front_of_the_hash) {
    crypto::Hash256 hash{};
    hash[0] = 1;
    hash[7] = 2;
    hash[8] = 9;

    EXPECT_EQ(short_id(hash), 0x0200'0000'0000'0001U);
}

}  // namespace
}  // namespace steelyard::mempool
