#include "crypto/aead.h"

#include "base/random.h"
#include "tests/support/hex_bytes.h"

#include <cryptopp/chachapoly.h>
#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

constexpr std::string_view sunscreen =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    "sunscreen would be it.";
constexpr std::string_view key_hex =
    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
const Bytes associated = hex_bytes("50515253c0c1c2c3c4c5c6c7");

struct Message {
    ChaCha20Poly1305::Nonce nonce;
    Bytes associated;
    Bytes text;
    Bytes sealed;
};

Bytes random_bytes(RandomSource& random, std::size_t size) {
    Bytes out(size);
    random.fill(out);
    return out;
}

Message sealed_message(ChaCha20Poly1305& aead, RandomSource& random, std::size_t size) {
    Message message{
        .nonce = {},
        .associated = random_bytes(random, size % 37),
        .text = random_bytes(random, size),
        .sealed = Bytes(size + aead_tag_size),
    };
    random.fill(message.nonce);
    aead.seal(message.nonce, message.associated, message.text, message.sealed);
    return message;
}

// RFC 8439, section 2.8.2.
TEST(ChaCha20Poly1305, matches_rfc_8439) {
    ChaCha20Poly1305 aead(hex_secret<32>(key_hex));
    const auto nonce = hex_array<12>("070000004041424344454647");
    Bytes sealed(sunscreen.size() + aead_tag_size);

    aead.seal(nonce, associated, as_bytes(sunscreen), sealed);

    EXPECT_EQ(
        to_hex(sealed),
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69"
        "da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad67594"
        "5585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116"
        "1ae10b594f09e26a7e902ecbd0600691"
    );
}

// RFC 8439, appendix A.5.
TEST(ChaCha20Poly1305, opens_the_message_of_rfc_8439) {
    ChaCha20Poly1305 aead(
        hex_secret<32>("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0")
    );
    const Bytes sealed = hex_bytes(
        "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e"
        "382d26b0bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd"
        "60f982b1ff37c8559797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c76"
        "7b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a"
        "0d072b04b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a67276"
        "27097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b0270"
        "9b"
        "eead9d67890cbb22392336fea1851f38"
    );
    Bytes text(sealed.size() - aead_tag_size);

    ASSERT_TRUE(aead.open(
        hex_array<12>("000000000102030405060708"),
        hex_bytes("f33388860000000000004e91"),
        sealed,
        text
    ));

    EXPECT_EQ(
        as_text(text),
        "Internet-Drafts are draft documents valid for a maximum of six months and may be updated, "
        "replaced, or obsoleted by other documents at any time. It is inappropriate to use "
        "Internet-Drafts as reference material or to cite them other than as "
        "/\u201cwork in progress./\u201d"
    );
}

TEST(ChaCha20Poly1305, agrees_with_crypto_plus_plus_on_every_size) {
    SeededRandom random(2);
    const Bytes key = random_bytes(random, 32);
    ChaCha20Poly1305 aead{Secret<32>(std::span<const std::uint8_t, 32>(key))};
    CryptoPP::ChaCha20Poly1305::Encryption peer;
    const ByteArray<12> unused{};
    peer.SetKeyWithIV(key.data(), key.size(), unused.data());
    for (std::size_t size = 0; size < 1100; size += size < 130 ? 1 : 61) {
        const Message message = sealed_message(aead, random, size);
        Bytes expected(size + aead_tag_size);
        peer.EncryptAndAuthenticate(
            expected.data(),
            expected.data() + size,
            aead_tag_size,
            message.nonce.data(),
            static_cast<int>(message.nonce.size()),
            message.associated.data(),
            message.associated.size(),
            message.text.data(),
            size
        );
        ASSERT_EQ(to_hex(message.sealed), to_hex(expected)) << size;
    }
}

TEST(ChaCha20Poly1305, opens_what_it_sealed_also_in_place) {
    SeededRandom random(3);
    ChaCha20Poly1305 aead(hex_secret<32>(key_hex));
    for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 1028U}) {
        const Message message = sealed_message(aead, random, size);
        Bytes frame = message.text;
        frame.resize(size + aead_tag_size);
        aead.seal(message.nonce, message.associated, ByteView(frame).first(size), frame);
        EXPECT_EQ(frame, message.sealed);

        Bytes text(size);
        EXPECT_TRUE(aead.open(message.nonce, message.associated, message.sealed, text));
        EXPECT_EQ(text, message.text);

        EXPECT_TRUE(
            aead.open(message.nonce, message.associated, frame, std::span(frame).first(size))
        );
        frame.resize(size);
        EXPECT_EQ(frame, message.text);
    }
}

// T5.
TEST(ChaCha20Poly1305, refuses_every_flipped_bit_and_leaves_the_text_untouched) {
    SeededRandom random(4);
    ChaCha20Poly1305 aead(hex_secret<32>(key_hex));
    const Message message = sealed_message(aead, random, 40);
    for (std::size_t bit = 0; bit < message.sealed.size() * 8; ++bit) {
        Bytes forged = message.sealed;
        forged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        Bytes text(40, 0xee);
        const auto result = aead.open(message.nonce, message.associated, forged, text);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code(), ErrorCode::denied);
        EXPECT_EQ(text, Bytes(40, 0xee));
    }
}

TEST(ChaCha20Poly1305, refuses_another_nonce_key_or_associated_data) {
    SeededRandom random(5);
    ChaCha20Poly1305 aead(hex_secret<32>(key_hex));
    ChaCha20Poly1305 other{Secret<32>()};
    const Message message = sealed_message(aead, random, 40);
    Bytes text(40);
    auto nonce = message.nonce;
    nonce[11] ^= 1;
    // Moving a byte from the associated data to the text must not keep the tag.
    const ByteView shorter = ByteView(message.associated).first(message.associated.size() - 1);

    EXPECT_FALSE(aead.open(nonce, message.associated, message.sealed, text));
    EXPECT_FALSE(other.open(message.nonce, message.associated, message.sealed, text));
    EXPECT_FALSE(aead.open(message.nonce, shorter, message.sealed, text));
    EXPECT_TRUE(aead.open(message.nonce, message.associated, message.sealed, text));
}

// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
TEST(XChaCha20Poly1305, matches_the_draft_and_opens_again) {
    const auto key = hex_secret<32>(key_hex);
    const auto nonce = hex_array<24>("404142434445464748494a4b4c4d4e4f5051525354555657");
    Bytes sealed(sunscreen.size() + aead_tag_size);

    xchacha20_poly1305_seal(key, nonce, associated, as_bytes(sunscreen), sealed);

    EXPECT_EQ(
        to_hex(sealed),
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f"
        "4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f"
        "76b2383565d3fff921f9664c97637da9768812f615c68b13b52e"
        "c0875924c1c7987947deafd8780acf49"
    );
    Bytes text(sunscreen.size());
    EXPECT_TRUE(xchacha20_poly1305_open(key, nonce, associated, sealed, text));
    EXPECT_EQ(as_text(text), sunscreen);
    EXPECT_FALSE(xchacha20_poly1305_open(key, nonce, {}, sealed, text));
    sealed.back() ^= 1;
    EXPECT_FALSE(xchacha20_poly1305_open(key, nonce, associated, sealed, text));
}

}  // namespace
}  // namespace steelyard::crypto
