#include "p2p/secret_connection.h"

#include "base/protowire.h"
#include "crypto/x25519.h"
#include "tests/support/hex_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::p2p {
namespace {

using ::testing::HasSubstr;

NodeKey key_of(std::uint64_t seed) {
    SeededRandom random(seed);
    return NodeKey::generate(random);
}

/// An end of a handshake and what it has been sent.
struct End {
    explicit End(std::uint64_t seed) : random(seed), handshake(key_of(seed), random) {}

    Result<void> give(ByteView bytes) {
        append(received, bytes);
        TRY_ASSIGN(const std::size_t taken, handshake.receive(received));
        received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(taken));
        return {};
    }

    SeededRandom random;
    SecretHandshake handshake;
    Bytes received{};
};

/// Both ends' channels after a handshake.
struct Pair {
    Pair() {
        End a(1);
        End b(2);
        CHECK(b.give(a.handshake.take_output()));
        CHECK(a.give(b.handshake.take_output()));
        CHECK(b.give(a.handshake.take_output()));
        CHECK(a.handshake.done() && b.handshake.done());
        first.emplace(a.handshake.take_channel());
        second.emplace(b.handshake.take_channel());
    }

    std::optional<SecretChannel> first;
    std::optional<SecretChannel> second;
};

/// A peer that follows the protocol by its letter, but for what a test changes.
struct EvilPeer {
    EvilPeer() : random(7), key(key_of(7)), ephemeral(crypto::generate_x25519_key(random)) {}

    Bytes ephemeral_message() const {
        Bytes out = {34, 0x0a, 32};
        append(out, crypto::x25519_public_key(ephemeral));
        return out;
    }

    void agree(ByteView their_message) {
        const auto remote = to_array(their_message.subspan(3).first<32>());
        auto agreement = crypto::agree_secret_connection(ephemeral, remote);
        CHECK(agreement);
        challenge = agreement->challenge;
        writer.emplace(agreement->keys.send);
    }

    static Bytes auth_message(const crypto::PublicKey& named, ByteView signature) {
        ProtoWriter message;
        message.message(1, crypto::encode_public_key(named));
        message.bytes(2, signature);
        return length_prefixed(std::move(message).take());
    }

    Bytes seal(ByteView stream) {
        writer->clear();
        writer->write(stream);
        return to_bytes(writer->seal());
    }

    SeededRandom random;
    NodeKey key;
    crypto::X25519PrivateKey ephemeral;
    ByteArray<32> challenge{};
    std::optional<FrameWriter> writer{};
};

TEST(SecretHandshake, authenticates_both_ends_to_each_other) {
    const Pair pair;

    EXPECT_EQ(pair.first->remote_key, key_of(2).key().public_key());
    EXPECT_EQ(pair.second->remote_key, key_of(1).key().public_key());
}

TEST(SecretHandshake, sends_the_ephemeral_key_as_a_delimited_bytes_value) {
    End end(1);

    const Bytes first = end.handshake.take_output();

    ASSERT_EQ(first.size(), 35U);
    EXPECT_EQ(to_hex(ByteView(first).first(3)), "220a20");
    EXPECT_TRUE(end.handshake.take_output().empty());
}

TEST(SecretHandshake, takes_bytes_in_pieces_of_any_size) {
    End a(1);
    End b(2);
    const auto give_singly = [](End& to, const Bytes& bytes) {
        for (const std::uint8_t byte : bytes) {
            ASSERT_TRUE(to.give(ByteView(&byte, 1)));
        }
    };

    give_singly(b, a.handshake.take_output());
    give_singly(a, b.handshake.take_output());
    give_singly(b, a.handshake.take_output());

    EXPECT_TRUE(a.handshake.done());
    EXPECT_TRUE(b.handshake.done());
}

TEST(SecretHandshake, keeps_what_follows_it_in_the_stream) {
    End end(1);
    EvilPeer peer;
    peer.agree(end.handshake.take_output());
    Bytes stream =
        EvilPeer::auth_message(peer.key.key().public_key(), peer.key.key().sign(peer.challenge));
    append(stream, as_bytes("next"));

    ASSERT_TRUE(end.give(peer.ephemeral_message()));
    ASSERT_TRUE(end.give(peer.seal(stream)));

    ASSERT_TRUE(end.handshake.done());
    EXPECT_EQ(as_text(end.handshake.take_rest()), "next");
}

TEST(SecretHandshake, refuses_a_first_message_that_is_no_key) {
    for (const char* const hex :
         {"0d0a0b64726f702075736572733b", "230a20", "220a21", "2212", "00", "ffffffffff"}) {
        End end(1);

        const auto result = end.give(hex_bytes(hex));

        ASSERT_FALSE(result) << hex;
        EXPECT_EQ(result.error().code(), ErrorCode::invalid);
    }
}

TEST(SecretHandshake, refuses_its_own_key_reflected) {
    End end(1);

    const auto result = end.give(end.handshake.take_output());

    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message(), HasSubstr("our own"));
}

TEST(SecretHandshake, refuses_keys_of_low_order) {
    // The points of order 1, 2, 4 and 8, and encodings of them that are not reduced.
    for (const char* const hex :
         {"0000000000000000000000000000000000000000000000000000000000000000",
          "0100000000000000000000000000000000000000000000000000000000000000",
          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
        End end(1);
        Bytes message = hex_bytes("220a20");
        append(message, hex_bytes(hex));

        EXPECT_FALSE(end.give(message)) << hex;
    }
}

TEST(SecretHandshake, refuses_a_signature_of_something_else) {
    End end(1);
    EvilPeer peer;
    peer.agree(end.handshake.take_output());
    const auto signature = peer.key.key().sign(as_bytes("another challenge"));

    ASSERT_TRUE(end.give(peer.ephemeral_message()));
    const auto result =
        end.give(peer.seal(EvilPeer::auth_message(peer.key.key().public_key(), signature)));

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::denied);
    EXPECT_FALSE(end.handshake.done());
}

TEST(SecretHandshake, refuses_a_signature_by_another_key_than_the_named_one) {
    End end(1);
    EvilPeer peer;
    peer.agree(end.handshake.take_output());
    const auto signature = peer.key.key().sign(peer.challenge);

    ASSERT_TRUE(end.give(peer.ephemeral_message()));
    const auto result =
        end.give(peer.seal(EvilPeer::auth_message(key_of(9).key().public_key(), signature)));

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::denied);
}

TEST(SecretHandshake, refuses_a_node_key_that_is_not_ed25519) {
    End end(1);
    EvilPeer peer;
    peer.agree(end.handshake.take_output());
    const auto other = crypto::PrivateKey::generate(crypto::KeyType::secp256k1, peer.random);

    ASSERT_TRUE(end.give(peer.ephemeral_message()));
    const auto result =
        end.give(peer.seal(EvilPeer::auth_message(other.public_key(), other.sign(peer.challenge))));

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::unsupported);
}

TEST(SecretHandshake, refuses_what_is_no_authentication) {
    End end(1);
    EvilPeer peer;
    peer.agree(end.handshake.take_output());
    ProtoWriter message;
    message.bytes(1, as_bytes("select * from users;"));

    ASSERT_TRUE(end.give(peer.ephemeral_message()));
    EXPECT_FALSE(end.give(peer.seal(length_prefixed(std::move(message).take()))));
}

TEST(SecretHandshake, refuses_an_authentication_that_is_too_long) {
    End end(1);
    EvilPeer peer;
    peer.agree(end.handshake.take_output());

    ASSERT_TRUE(end.give(peer.ephemeral_message()));
    const auto result = end.give(peer.seal(length_prefixed(Bytes(1000, 1))));

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::too_large);
}

TEST(SecretHandshake, refuses_a_handshake_that_was_recorded) {
    End first(1);
    End victim(2);
    Bytes recording = first.handshake.take_output();
    ASSERT_TRUE(victim.give(recording));
    ASSERT_TRUE(first.give(victim.handshake.take_output()));
    append(recording, first.handshake.take_output());
    End again(3);  // the victim, with another ephemeral key

    const auto result = again.give(recording);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::denied);
}

TEST(SecretHandshake, refuses_its_own_authentication_reflected) {
    End end(1);
    EvilPeer peer;
    peer.agree(end.handshake.take_output());
    ASSERT_TRUE(end.give(peer.ephemeral_message()));

    EXPECT_FALSE(end.give(end.handshake.take_output()));
}

TEST(Frames, carry_a_stream_in_pieces_of_1024_bytes) {
    Pair pair;
    Bytes text(2500);
    SeededRandom(1).fill(text);

    pair.first->writer.write(ByteView(text).first(1000));
    pair.first->writer.write(ByteView(text).subspan(1000));
    EXPECT_EQ(pair.first->writer.unsealed(), 2500U);
    Bytes sealed = to_bytes(pair.first->writer.seal());

    ASSERT_EQ(sealed.size(), 3 * sealed_frame_size);
    Bytes opened;
    for (std::size_t i = 0; i < 3; ++i) {
        const auto part = pair.second->reader.open(
            std::span(sealed).subspan(i * sealed_frame_size, sealed_frame_size)
        );
        ASSERT_TRUE(part);
        append(opened, *part);
    }
    EXPECT_EQ(opened, text);
}

TEST(Frames, that_follow_a_partial_one_begin_anew) {
    Pair pair;

    pair.first->writer.write(as_bytes("one"));
    pair.first->writer.seal();
    pair.first->writer.write(as_bytes("two"));
    Bytes sealed = to_bytes(pair.first->writer.seal());

    ASSERT_EQ(sealed.size(), 2 * sealed_frame_size);
    const auto frames = std::span(sealed);
    EXPECT_EQ(as_text(*pair.second->reader.open(frames.first(sealed_frame_size))), "one");
    EXPECT_EQ(as_text(*pair.second->reader.open(frames.last(sealed_frame_size))), "two");
}

TEST(Frames, are_opened_once_and_in_order) {
    Pair pair;
    pair.first->writer.write(as_bytes("one"));
    const Bytes one = to_bytes(pair.first->writer.seal());
    pair.first->writer.clear();
    pair.first->writer.write(as_bytes("two"));
    const Bytes two = to_bytes(pair.first->writer.seal());

    Bytes again = one;
    ASSERT_TRUE(pair.second->reader.open(again));
    again = one;
    EXPECT_FALSE(pair.second->reader.open(again));
    again = two;
    EXPECT_FALSE(pair.second->reader.open(again)) << "after an error";
}

TEST(Frames, that_were_changed_are_refused) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{500}, sealed_frame_size - 1}) {
        Pair pair;
        pair.first->writer.write(as_bytes("text"));
        Bytes sealed = to_bytes(pair.first->writer.seal());
        sealed[at] ^= 1;

        const auto opened = pair.second->reader.open(sealed);

        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code(), ErrorCode::denied);
    }
}

TEST(Frames, that_claim_more_than_they_hold_are_refused) {
    const crypto::Secret<32> key;
    crypto::ChaCha20Poly1305 cipher(key);
    Bytes frame(sealed_frame_size);
    frame[0] = 0x01;  // 1025 bytes
    frame[1] = 0x04;
    cipher.seal({}, {}, ByteView(frame).first(frame_size), frame);
    FrameReader reader(key);

    const auto opened = reader.open(frame);

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::too_large);
}

TEST(Frames, number_their_nonces_in_the_last_eight_bytes) {
    FrameNonce nonce;

    EXPECT_EQ(to_hex(nonce.next()), "000000000000000000000000");
    EXPECT_EQ(to_hex(nonce.next()), "000000000100000000000000");
    for (int i = 2; i < 256; ++i) {
        nonce.next();
    }
    EXPECT_EQ(to_hex(nonce.next()), "000000000001000000000000");
}

}  // namespace
}  // namespace steelyard::p2p
