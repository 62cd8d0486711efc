#include "chain/txs.h"

#include "samples.h"

#include "crypto/sha256.h"

namespace steelyard::chain {
namespace {

std::vector<Bytes> random_txs(RandomSource& random, std::size_t count, std::size_t size) {
    std::vector<Bytes> txs(count, Bytes(size));
    for (Bytes& tx : txs) {
        random.fill(tx);
    }
    return txs;
}

// The first is of CometBFT's types/consensus_breakage_test.go, TestDataHash.
TEST(DataHash, matches_cometbft) {
    const std::vector<Bytes> txs = {{1, 2, 3}};

    EXPECT_EQ(
        to_hex(data_hash(txs)), "17fd0425d02bac411c7583d6a9fa7580379a2691629e9c1ce6c67f8953190b99"
    );
    EXPECT_EQ(
        to_hex(data_hash({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

// CometBFT v0.38 types/tx_test.go, TestValidTxProof.
TEST(TxProof, is_valid_for_its_block_only) {
    SeededRandom random(1);
    for (const auto& txs :
         {std::vector<Bytes>{{1, 4, 34, 87, 163, 1}},
          std::vector<Bytes>{{5, 56, 165, 2}, {4, 77}},
          random_txs(random, 20, 5),
          random_txs(random, 61, 15)}) {
        const Hash256 root = data_hash(txs);
        for (std::size_t i = 0; i < txs.size(); ++i) {
            const TxProof proof = prove_tx(txs, i);
            EXPECT_EQ(proof.proof.index, static_cast<std::int64_t>(i));
            EXPECT_EQ(proof.proof.total, static_cast<std::int64_t>(txs.size()));
            EXPECT_EQ(proof.root_hash, root);
            EXPECT_EQ(proof.tx, txs[i]);
            EXPECT_TRUE(verify_tx_proof(proof, root));
            EXPECT_FALSE(verify_tx_proof(proof, crypto::sha256(as_bytes("foobar"))));
            EXPECT_EQ(decode_tx_proof(encode_tx_proof(proof)), proof);
        }
    }
}

// CometBFT v0.38 types/tx_test.go, TestTxProofUnchangable.
TEST(TxProof, cannot_be_changed) {
    SeededRandom random(2);
    const std::vector<Bytes> txs = random_txs(random, 7, 20);
    const Hash256 root = data_hash(txs);
    const TxProof good = prove_tx(txs, 3);
    const Bytes bytes = encode_tx_proof(good);

    for (std::size_t i = 0; i < bytes.size(); ++i) {
        Bytes bad = bytes;
        bad[i] ^= static_cast<std::uint8_t>(1U << random.below(8));
        const auto proof = decode_tx_proof(bad);
        if (proof && verify_tx_proof(*proof, root)) {
            // Some totals have the same path to the leaf; nothing else may differ.
            TxProof restored = *proof;
            restored.proof.total = good.proof.total;
            EXPECT_EQ(restored, good) << i;
        }
    }
}

TEST(TxProof, goes_both_ways) {
    SeededRandom random(3);
    expect_round_trip(prove_tx(random_txs(random, 5, 10), 2), encode_tx_proof, decode_tx_proof);
}

TEST(Data, goes_both_ways) {
    SeededRandom random(4);
    const auto encode = [](const std::vector<Bytes>& txs) { return encode_data(txs); };
    expect_round_trip(std::vector<Bytes>(), encode, decode_data);
    expect_round_trip(random_txs(random, 3, 30), encode, decode_data);
}

TEST(Data, bounds_the_number_of_transactions) {
    std::vector<Bytes> txs(txs_max, Bytes{1});
    EXPECT_TRUE(decode_data(encode_data(txs)));

    txs.push_back({1});

    EXPECT_EQ(error_of(decode_data(encode_data(txs))), "Data.txs: has more than 1000000 elements");
    EXPECT_EQ(error_of(decode_data(*from_hex("0a00"))), "Data.txs: has an empty transaction");
}

}  // namespace
}  // namespace steelyard::chain
