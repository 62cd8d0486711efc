#include "crypto/vrf.h"

#include "base/hex.h"
#include "crypto/sha256.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace steelyard::crypto::vrf {
namespace {

struct Vector {
    std::string key;
    std::string public_key;
    std::string alpha;
    std::string proof;
    std::string output;
};

std::vector<Vector> read_vectors() {
    std::ifstream file(STEELYARD_SOURCE_DIR "/tests/vectors/vrf/secp256k1_sha256_tai.txt");
    std::vector<Vector> vectors;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with('#')) {
            std::istringstream words(line);
            Vector& vector = vectors.emplace_back();
            words >> vector.key >> vector.public_key >> vector.alpha >> vector.proof >>
                vector.output;
        }
    }
    return vectors;
}

Secret<32> key_of(std::string_view hex) {
    ByteArray<32> bytes;
    EXPECT_TRUE(from_hex(hex, bytes));
    return Secret<32>(bytes);
}

/// The output in hex, or the error.
std::string verdict(const Vector& vector) {
    const auto output =
        verify(*from_hex(vector.public_key), *from_hex(vector.alpha), *from_hex(vector.proof));
    return output ? to_hex(*output) : output.error().message();
}

constexpr std::string_view misfit = "Vrf.proof: does not fit the public key and the input";

TEST(Vrf, verifies_the_published_proofs) {
    const auto vectors = read_vectors();
    ASSERT_EQ(vectors.size(), 13U);
    for (const Vector& vector : vectors) {
        EXPECT_EQ(to_hex(secp256k1::public_key_of(key_of(vector.key))), vector.public_key);
        EXPECT_EQ(verdict(vector), vector.output);
        EXPECT_EQ(to_hex(*proof_to_hash(*from_hex(vector.proof))), vector.output);
    }
}

TEST(Vrf, proves_the_published_outputs) {
    const auto vectors = read_vectors();
    for (const Vector& vector : vectors) {
        const Proof proof = prove(key_of(vector.key), *from_hex(vector.alpha));

        EXPECT_EQ(to_hex(ByteView(proof).first(33)), vector.proof.substr(0, 66));
        EXPECT_EQ(to_hex(*proof_to_hash(proof)), vector.output);
    }
    EXPECT_EQ(to_hex(prove(key_of(vectors[0].key), as_bytes("sample"))), vectors[0].proof);
}

// Computed with an independent implementation of the draft's text, in Python's integers.
TEST(Vrf, proves_inputs_of_any_length) {
    const Secret<32> key(sha256(as_bytes("steelyard")));
    const auto proof_of = [&](const Bytes& alpha) { return to_hex(prove(key, alpha)); };
    Bytes counting(256);
    for (std::size_t i = 0; i < counting.size(); ++i) {
        counting[i] = static_cast<std::uint8_t>(i);
    }

    EXPECT_EQ(
        proof_of({}),
        "03fcf9960e711e917e702d54ce3f5f697d67d094312e925bf49b0cb827a1216eb0"
        "8c7033ca1478979d078ca712c2a66e62"
        "a34005f1bbb8e7a86ccaae16bb40f2b166caef7fe058ff659aaabb93f21ef515"
    );
    EXPECT_EQ(
        proof_of(Bytes(200, 'a')),
        "02422dfa93a8beff6020e72e5365126e467e71e9c67d5392e398eb5a3611dbe1ce"
        "075e01699f43905a32bcf8f13a5118d1"
        "e10834bbc2e72afcd8ed9de085bc05d4ec0947ea364d860aba0b88138f33e590"
    );
    EXPECT_EQ(
        proof_of(counting),
        "02a550add7a84795ed7f006cbe162569c08a0634df784939dab50ea3beb94d705a"
        "b156f62214b8967c422b22055fca1bea"
        "b766444a3d79b19401fd86b0b37c0a42a79565068f2fc0125b39b340c5f00a5c"
    );
    // The first point is found at the 10th try.
    EXPECT_EQ(
        proof_of(*from_hex("00000ac1")),
        "02acf320e8ee36412298745ceea517edb540647774d6ab73027f263cd8f48abe9d"
        "abc7cf1b5dc6df53c755d269f72e3a9e"
        "91eae9f10ad905d08abbfc6028c1ac79a7415a986efd717ca98208ab7df99782"
    );
}

TEST(Vrf, gives_one_output_for_proofs_with_different_nonces) {
    const auto vectors = read_vectors();

    EXPECT_EQ(vectors[0].key, vectors[1].key);
    EXPECT_NE(vectors[0].proof, vectors[1].proof);
    EXPECT_EQ(verdict(vectors[0]), verdict(vectors[1]));
}

TEST(Vrf, refuses_another_key_and_another_input) {
    const auto vectors = read_vectors();
    Vector other_key = vectors[0];
    other_key.public_key = vectors[2].public_key;
    Vector negated_key = vectors[0];
    negated_key.public_key.replace(0, 2, "02");
    Vector other_input = vectors[0];
    other_input.alpha += "00";

    EXPECT_EQ(verdict(other_key), misfit);
    EXPECT_EQ(verdict(negated_key), misfit);
    EXPECT_EQ(verdict(other_input), misfit);
}

TEST(Vrf, refuses_a_proof_with_any_bit_changed) {
    const Vector vector = read_vectors()[0];
    const Bytes public_key = *from_hex(vector.public_key);
    const Bytes alpha = *from_hex(vector.alpha);
    Bytes proof = *from_hex(vector.proof);
    for (std::size_t i = 0; i < proof.size(); ++i) {
        proof[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
        EXPECT_FALSE(verify(public_key, alpha, proof)) << i;
        proof[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    }
    EXPECT_TRUE(verify(public_key, alpha, proof));
}

TEST(Vrf, takes_one_encoding_of_a_proof) {
    const Vector vector = read_vectors()[0];
    const std::string order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    const auto with = [&](std::size_t at, std::string_view hex) {
        Vector changed = vector;
        changed.proof.replace(at, hex.size(), hex);
        return verdict(changed);
    };
    const std::string no_gamma = "Vrf.proof: gamma is no compressed point of the curve";
    const std::string no_s = "Vrf.proof: s is not below the group order";

    EXPECT_EQ(with(0, "00"), no_gamma);
    EXPECT_EQ(with(0, "04"), no_gamma);
    EXPECT_EQ(with(0, "07"), no_gamma);
    EXPECT_EQ(with(2, std::string(64, 'f')), no_gamma);        // x over the field's prime
    EXPECT_EQ(with(2, std::string(63, '0') + "5"), no_gamma);  // x of no point
    EXPECT_EQ(with(98, order), no_s);
    EXPECT_EQ(with(98, std::string(64, 'f')), no_s);
    EXPECT_EQ(with(98, order.substr(0, 63) + "0"), misfit);  // n-1 is in range
    EXPECT_EQ(
        verify(*from_hex(vector.public_key), {}, *from_hex(vector.proof + "00")).error().message(),
        "Vrf.proof: has 82 bytes, not 81"
    );
    EXPECT_EQ(proof_to_hash({}).error().message(), "Vrf.proof: has 0 bytes, not 81");
}

TEST(Vrf, refuses_malformed_public_keys) {
    Vector vector = read_vectors()[0];
    const std::string error = "Vrf.public_key: is no compressed point of the curve";
    for (const std::string& bad :
         {std::string(),
          std::string(66, '0'),
          "04" + vector.public_key.substr(2),
          vector.public_key.substr(2),
          "02" + std::string(63, '0') + "5"}) {
        vector.public_key = bad;
        EXPECT_EQ(verdict(vector), error) << bad;
    }
}

TEST(Vrf, refuses_proofs_that_lead_to_infinity) {
    const Vector vector = read_vectors()[0];
    const auto with = [&](const std::string& c, const std::string& s) {
        Vector changed = vector;
        changed.proof = vector.proof.substr(0, 66) + c + s;
        return verdict(changed);
    };
    const std::string zero(64, '0');
    const std::string one = std::string(31, '0') + "1";
    const std::string infinity = "Vrf.proof: leads to the point at infinity";

    EXPECT_EQ(with(zero.substr(32), zero), infinity);      // both terms of U and V are
    EXPECT_EQ(with(one, vector.key), infinity);            // s = c x: the terms cancel
    EXPECT_EQ(with(one, zero), misfit);                    // one term is
    EXPECT_EQ(with(zero.substr(32), vector.key), misfit);  // the other term is
}

}  // namespace
}  // namespace steelyard::crypto::vrf
