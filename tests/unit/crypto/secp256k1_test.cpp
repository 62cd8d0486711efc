#include "crypto/secp256k1.h"

#include "base/hex.h"
#include "crypto/sha256.h"

#include <gtest/gtest.h>

#include <thread>

namespace steelyard::crypto::secp256k1 {
namespace {

constexpr std::string_view order =
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

template <std::size_t size>
ByteArray<size> bytes_of(std::string_view hex) {
    ByteArray<size> out;
    EXPECT_TRUE(from_hex(hex, out)) << hex;
    return out;
}

Secret<32> key_of(std::string_view hex) {
    return Secret<32>(bytes_of<32>(hex));
}

/// A big-endian number with a small number added or, for a negative one, taken away.
std::string plus(std::string_view hex, int small) {
    auto bytes = bytes_of<32>(hex);
    for (std::size_t i = 32; i-- > 0;) {
        small += bytes[i];
        bytes[i] = static_cast<std::uint8_t>(small & 0xFF);
        small >>= 8;
    }
    return to_hex(bytes);
}

/// n - s, the other root of the same equation.
std::string negated(std::string_view hex) {
    auto bytes = bytes_of<32>(order);
    const auto s = bytes_of<32>(hex);
    int borrow = 0;
    for (std::size_t i = 32; i-- > 0;) {
        const int difference = bytes[i] - s[i] - borrow;
        bytes[i] = static_cast<std::uint8_t>(difference & 0xFF);
        borrow = difference < 0 ? 1 : 0;
    }
    return to_hex(bytes);
}

struct SignatureVector {
    std::string_view key;
    std::string_view message;
    std::string_view signature;
};

// The secp256k1 vectors for RFC 6979 that bitcoin libraries share (first in CoreBitcoin and
// python-ecdsa); digest = SHA-256(message), s normalised to the lower half.
constexpr std::array<SignatureVector, 5> rfc_6979_vectors = {{
    {"0000000000000000000000000000000000000000000000000000000000000001",
     "Satoshi Nakamoto",
     "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
     "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"},
    {"0000000000000000000000000000000000000000000000000000000000000001",
     "All those moments will be lost in time, like tears in rain. Time to die...",
     "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
     "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"},
    {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
     "Satoshi Nakamoto",
     "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
     "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5"},
    {"f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181",
     "Alan Turing",
     "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c"
     "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea"},
    {"e91671c46231f833a6406ccbea0e3e392c76c167bac1cb013f6f1013980455c2",
     "There is a computer disease that anybody who works with computers knows about. It's a very "
     "serious disease and it interferes completely with the work. The trouble with computers is "
     "that you 'play' with them!",
     "b552edd27580141f3b2a5463048cb7cd3e047b97c9f98076c32dbdf85a68718b"
     "279fa72dd19bfae05577e06c7c0c1900c371fcd5893f7e1d56a37d30174671f6"},
}};

TEST(Secp256k1, signs_with_the_nonces_of_rfc_6979) {
    for (const SignatureVector& vector : rfc_6979_vectors) {
        const Secret<32> key = key_of(vector.key);
        const Hash256 digest = sha256(as_bytes(vector.message));
        const auto signature = sign(key, digest);

        EXPECT_EQ(to_hex(signature), vector.signature);
        EXPECT_TRUE(verify(public_key_of(key), digest, signature));
    }
}

// exampleVote of CometBFT's types/vote_test.go as a precommit on "test_chain_id", signed with the
// key of its crypto/secp256k1/secp256k1_test.go. The sign bytes begin with their length.
TEST(Secp256k1, signs_the_example_vote_of_cometbft) {
    const Bytes sign_bytes = *from_hex(
        "7c0802113930000000000000190200000000000000224a0a20"
        "8b01023386c371778ecb6368573e539afc3cc860ec3a2f614e54fe5652f4fc80"
        "122608c0843d1220"
        "72db3d959635dff1bb567bedaa70573392c5159666a3f8caf11e413aac52207a"
        "2a0b08b1d381d20510809dca6f320d746573745f636861696e5f6964"
    );
    const Secret<32> key =
        key_of("a96e62ed3955e65be32703f12d87b6b5cf26039ecfa948dc5107a495418e5330");

    EXPECT_EQ(
        to_hex(public_key_of(key)),
        "02950e1cdfcb133d6024109fd489f734eeb4502418e538c28481f22bce276f248c"
    );
    EXPECT_EQ(
        to_hex(sign(key, sha256(sign_bytes))),
        "33b0f6dd20dbbf892573b32d020b26d609f7312de7aeacbd40f0f343ce8e2018"
        "074c9e9c00722b0593dadee3431aa224c758f3c731dd779137213d9ec9802472"
    );
}

TEST(Secp256k1, refuses_every_other_form_of_a_signature) {
    const SignatureVector& vector = rfc_6979_vectors[0];
    const PointBytes key = public_key_of(key_of(vector.key));
    const Hash256 digest = sha256(as_bytes(vector.message));
    const std::string r(vector.signature.substr(0, 64));
    const std::string s(vector.signature.substr(64));
    const std::string zero(64, '0');
    const std::string n(order);
    const auto verdict = [&](const std::string& hex) {
        return verify(key, digest, *from_hex(hex));
    };

    EXPECT_TRUE(verdict(r + s));
    EXPECT_FALSE(verdict(r + negated(s)));  // high s
    EXPECT_FALSE(verdict(zero + s));
    EXPECT_FALSE(verdict(r + zero));
    EXPECT_FALSE(verdict(zero + zero));
    EXPECT_FALSE(verdict(n + s));
    EXPECT_FALSE(verdict(r + n));
    EXPECT_FALSE(verdict(plus(n, 1) + s));
    EXPECT_FALSE(verdict(r + plus(n, 1)));
    EXPECT_FALSE(verdict(r + std::string(64, 'f')));
    EXPECT_FALSE(verdict(s + r));
    EXPECT_FALSE(verdict(r + plus(s, 1)));
    EXPECT_FALSE(verdict(""));
    EXPECT_FALSE(verdict(r + s.substr(2)));
    EXPECT_FALSE(verdict(r + s + "01"));
    EXPECT_FALSE(verdict("3044" + r + s));
}

// Made so that the nonce point's x is n + 2: r is 2, and x itself is out of range.
TEST(Secp256k1, reduces_the_nonce_point_and_not_r) {
    const auto key =
        bytes_of<33>("0324bdbdc8fd954e2de8b819b638ddb755bb3738ce4046c8d1e210f48922a294e8");
    const Hash256 digest = sha256(as_bytes("x of R is not below the order"));
    const std::string s = plus(std::string(64, '0'), 5);

    EXPECT_TRUE(verify(key, digest, *from_hex(plus(std::string(64, '0'), 2) + s)));
    EXPECT_FALSE(verify(key, digest, *from_hex(plus(order, 2) + s)));
}

TEST(Secp256k1, makes_private_keys_as_cometbft_does) {
    const auto key_from = [](const std::string& hash) {
        return to_hex(private_key_from(bytes_of<32>(hash)).view());
    };
    const std::string zero(64, '0');

    EXPECT_EQ(key_from(zero), plus(zero, 1));
    EXPECT_EQ(key_from(plus(zero, 255)), plus(zero, 256));
    EXPECT_EQ(key_from(plus(order, -2)), plus(order, -1));
    EXPECT_EQ(key_from(plus(order, -1)), plus(zero, 1));
    EXPECT_EQ(key_from(std::string(order)), plus(zero, 2));
    // (2^256 - 1) mod (n - 1) + 1
    EXPECT_EQ(
        key_from(std::string(64, 'f')),
        "000000000000000000000000000000014551231950b75fc4402da1732fc9bec0"
    );
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(is_private_key(private_key_from(sha256(as_bytes(std::to_string(i)))).view()));
    }
}

/// Gives zero, then n, then what is a key.
class StubbornRandom final : public RandomSource {
public:
    void fill(std::span<std::uint8_t> out) override {
        const auto value = draws_ == 0 ? ByteArray<32>{} : bytes_of<32>(plus(order, 1 - draws_));
        std::ranges::copy(value, out.begin());
        ++draws_;
    }

    int draws() const { return draws_; }

private:
    int draws_ = 0;
};

TEST(Secp256k1, draws_again_until_it_has_a_key) {
    StubbornRandom random;

    EXPECT_EQ(to_hex(generate(random).view()), plus(order, -1));
    EXPECT_EQ(random.draws(), 3);
}

TEST(Secp256k1, gives_the_same_verdicts_whatever_the_key_cache_holds) {
    // Several threads ask for the same keys, at first and again.
    constexpr int key_count = 200;
    const Hash256 digest = sha256({});
    std::vector<PointBytes> keys;
    std::vector<ByteArray<64>> signatures;
    for (int i = 0; i < key_count; ++i) {
        const Secret<32> key = private_key_from(sha256(as_bytes(std::to_string(i))));
        keys.push_back(public_key_of(key));
        signatures.push_back(sign(key, digest));
    }
    const auto check = [&] {
        for (std::size_t i = 0; i < 2 * keys.size(); ++i) {
            const std::size_t at = i % keys.size();
            const std::size_t other = (at + 1) % keys.size();
            EXPECT_TRUE(verify(keys[at], digest, signatures[at]));
            EXPECT_FALSE(verify(keys[at], digest, signatures[other]));
        }
    };

    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back(check);
    }
}

}  // namespace
}  // namespace steelyard::crypto::secp256k1
