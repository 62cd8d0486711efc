#include "crypto/merkle.h"

#include "base/hex.h"
#include "base/random.h"
#include "crypto/sha256.h"

#include <gtest/gtest.h>

#include <limits>

namespace steelyard::crypto {
namespace {

std::vector<Bytes> leaves_of(std::initializer_list<std::string_view> hex) {
    std::vector<Bytes> out;
    for (const std::string_view leaf : hex) {
        out.push_back(*from_hex(leaf));
    }
    return out;
}

std::vector<Bytes> random_leaves(RandomSource& random, std::size_t count) {
    std::vector<Bytes> out(count);
    for (Bytes& leaf : out) {
        leaf.resize(random.below(150));
        random.fill(leaf);
    }
    return out;
}

/// M1 and M2, as RFC 6962 section 2.1 writes them.
Hash256 root_by_definition(std::span<const Bytes> leaves) {
    if (leaves.empty()) {
        return sha256(ByteView{});
    }
    if (leaves.size() == 1) {
        return merkle_leaf_hash(leaves[0]);
    }
    std::size_t split = 1;
    while (2 * split < leaves.size()) {
        split *= 2;
    }
    return merkle_inner_hash(
        root_by_definition(leaves.first(split)), root_by_definition(leaves.subspan(split))
    );
}

std::string error_of(ByteView encoded) {
    const Result<MerkleProof> proof = decode_merkle_proof(encoded);
    return proof ? "" : proof.error().message();
}

// M1, M2; the values are those of CometBFT, crypto/merkle/rfc6962_test.go and tree_test.go.
TEST(Merkle, has_the_roots_that_cometbft_has) {
    EXPECT_EQ(
        to_hex(merkle_root({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    const std::pair<std::vector<Bytes>, std::string_view> cases[] = {
        {leaves_of({""}), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {leaves_of({"4c313233343536"}),
         "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"},
        {leaves_of({"010203"}), "054edec1d0211f624fed0cbca9d4f9400b0e491c43742af2c5b0abebf0c990d8"},
        {leaves_of({"010203", "040506"}),
         "82e6cfce00453804379b53962939eaa7906b39904be0813fcadd31b100773c4b"},
        {leaves_of({"0102", "0304", "0506", "0708", "090a"}),
         "f326493eceab4f2d9ffbc78c59432a0a005d6ea98392045c74df5d14a113be18"},
    };
    for (const auto& [leaves, root] : cases) {
        EXPECT_EQ(to_hex(merkle_root(leaves)), root);
    }
}

// Certificate Transparency's test of a node's hash, whose children are no hashes.
TEST(Merkle, has_the_inner_hash_of_rfc_6962_implementations) {
    EXPECT_EQ(
        to_hex(merkle_inner_hash(as_bytes("N123"), as_bytes("N456"))),
        "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    );
}

TEST(Merkle, splits_at_the_largest_power_of_two) {
    SeededRandom random(1);
    for (std::size_t count = 0; count <= 300; ++count) {
        const std::vector<Bytes> leaves = random_leaves(random, count);
        ASSERT_EQ(merkle_root(leaves), root_by_definition(leaves)) << count;
    }
}

TEST(Merkle, does_not_take_a_node_for_a_leaf) {
    const Hash256 left = merkle_leaf_hash(as_bytes("Hello"));
    const Hash256 right = merkle_leaf_hash(as_bytes("World"));
    Bytes both = to_bytes(left);
    append(both, right);

    EXPECT_NE(merkle_inner_hash(left, right), merkle_leaf_hash(both));
    EXPECT_NE(merkle_inner_hash(left, right), merkle_inner_hash(right, left));
}

// M5.
TEST(MerkleProof, proves_each_leaf_and_no_other) {
    SeededRandom random(2);
    for (std::size_t count = 1; count <= 40; ++count) {
        const std::vector<Bytes> leaves = random_leaves(random, count);
        const Hash256 root = merkle_root(leaves);
        const std::vector<MerkleProof> proofs = merkle_proofs(leaves);
        ASSERT_EQ(proofs.size(), count);
        for (std::size_t i = 0; i < count; ++i) {
            ASSERT_EQ(proofs[i].total, static_cast<std::int64_t>(count));
            ASSERT_EQ(proofs[i].index, static_cast<std::int64_t>(i));
            ASSERT_TRUE(verify_merkle_proof(proofs[i], root, leaves[i])) << i << " of " << count;
            Bytes other = leaves[i];
            other.push_back(0);
            ASSERT_FALSE(verify_merkle_proof(proofs[i], root, other));
        }
    }
}

TEST(MerkleTree, has_the_root_of_its_leaves) {
    SeededRandom random(5);
    for (std::size_t count = 0; count <= 40; ++count) {
        const std::vector<Bytes> leaves = random_leaves(random, count);

        EXPECT_EQ(MerkleTree(leaves).root(), merkle_root(leaves));
    }
}

TEST(MerkleProof, fails_after_any_change) {
    SeededRandom random(3);
    const std::vector<Bytes> leaves = random_leaves(random, 11);
    const Hash256 root = merkle_root(leaves);
    for (const MerkleProof& good : merkle_proofs(leaves)) {
        const Bytes& leaf = leaves[static_cast<std::size_t>(good.index)];
        const auto verifies = [&](auto change) {
            MerkleProof proof = good;
            change(proof);
            return verify_merkle_proof(proof, root, leaf).has_value();
        };
        ASSERT_TRUE(verifies([](MerkleProof&) {}));
        EXPECT_FALSE(verifies([](MerkleProof& p) { p.aunts.push_back({}); }));
        EXPECT_FALSE(verifies([](MerkleProof& p) { p.aunts.pop_back(); }));
        EXPECT_FALSE(verifies([](MerkleProof& p) { p.aunts[0][31] ^= 1; }));
        EXPECT_FALSE(verifies([](MerkleProof& p) { p.leaf_hash[0] ^= 1; }));
        EXPECT_FALSE(verifies([](MerkleProof& p) { p.index ^= 1; }));
        EXPECT_FALSE(verifies([](MerkleProof& p) { p.index = -1; }));
        EXPECT_FALSE(verifies([](MerkleProof& p) { p.index = p.total; }));
        EXPECT_FALSE(verifies([](MerkleProof& p) { p.total = 0; }));
    }
}

// M4; VSA-2022-100: a proof of nothing but a leaf hash once "led" to an empty root that was
// accepted.
TEST(MerkleProof, of_no_leaves_proves_nothing) {
    const Bytes leaf = simple_map_leaf(Bytes{0x13}, Bytes{0x37});
    MerkleProof forged;
    forged.leaf_hash = merkle_leaf_hash(leaf);

    EXPECT_FALSE(verify_merkle_proof(forged, Hash256{}, leaf));
    EXPECT_FALSE(verify_merkle_proof(forged, forged.leaf_hash, leaf));
    EXPECT_FALSE(merkle_proof_root(forged));
    EXPECT_EQ(error_of(encode_merkle_proof(forged)), "merkle proof is for leaf 0 of 0");
}

TEST(MerkleProof, counts_aunts_at_the_ends_of_its_range) {
    MerkleProof proof;
    proof.total = std::numeric_limits<std::int64_t>::max();
    proof.aunts.resize(63);
    EXPECT_TRUE(merkle_proof_root(proof));
    proof.aunts.resize(64);
    EXPECT_FALSE(merkle_proof_root(proof));

    proof.total = (std::int64_t{1} << 62) + 1;
    proof.index = proof.total - 1;
    proof.aunts.resize(1);
    EXPECT_TRUE(merkle_proof_root(proof));
}

TEST(MerkleProof, survives_its_encoding) {
    for (const MerkleProof& proof : merkle_proofs(leaves_of({"01", "02", "03"}))) {
        EXPECT_EQ(decode_merkle_proof(encode_merkle_proof(proof)), proof);
    }
}

// M3.
TEST(MerkleProof, is_encoded_as_tendermint_crypto_proof) {
    const std::vector<MerkleProof> proofs = merkle_proofs(leaves_of({"010203", "040506"}));

    EXPECT_EQ(
        to_hex(encode_merkle_proof(proofs[1])),
        "0802"
        "1001"
        "1a20" +
            to_hex(merkle_leaf_hash(Bytes{4, 5, 6})) + "2220" +
            to_hex(merkle_leaf_hash(Bytes{1, 2, 3}))
    );
}

// M4.
TEST(MerkleProof, names_what_its_decoder_refuses) {
    const std::string hash(64, '1');
    const auto error = [](const std::string& hex) { return error_of(*from_hex(hex)); };

    EXPECT_EQ(error("08011a20" + hash), "");
    EXPECT_EQ(error(""), "Proof.leaf_hash: is missing");
    EXPECT_EQ(error("0801"), "Proof.leaf_hash: is missing");
    EXPECT_EQ(error("08011a021111"), "Proof.leaf_hash: has 2 bytes, not 32");
    EXPECT_EQ(error("08011a21" + hash + "11"), "Proof.leaf_hash: has 33 bytes, limit 32");
    EXPECT_EQ(error("08021a20" + hash + "2200"), "Proof.aunts: has 0 bytes, not 32");
    EXPECT_EQ(error("08ffffffffffffffffff011a20" + hash), "merkle proof is for leaf 0 of -1");
    EXPECT_EQ(error("080110ffffffffffffffffff011a20" + hash), "merkle proof is for leaf -1 of 1");
    EXPECT_EQ(error("080110011a20" + hash), "merkle proof is for leaf 1 of 1");
    EXPECT_EQ(error("08021a20" + hash), "merkle proof for leaf 0 of 2 has 0 aunts, not 1");
    std::string many = "08021a20" + hash;
    for (std::size_t i = 0; i <= merkle_aunts_max; ++i) {
        many += "2220" + hash;
    }
    EXPECT_EQ(error(many), "Proof.aunts: has more than 100 elements");
}

// M6. The leaf that ICS-23's tendermint specification describes; the value is hashed, the key is
// not.
TEST(SimpleMap, prefixes_key_and_value_hash_with_their_lengths) {
    EXPECT_EQ(
        to_hex(simple_map_leaf(as_bytes("bank"), as_bytes("abc"))),
        "04"
        "62616e6b"
        "20"
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

}  // namespace
}  // namespace steelyard::crypto
