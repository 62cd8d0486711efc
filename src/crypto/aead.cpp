#include "crypto/aead.h"

#include "base/check.h"
#include "base/endian.h"

#include <cryptopp/algparam.h>
#include <cryptopp/argnames.h>
#include <cryptopp/chacha.h>
#include <cryptopp/poly1305.h>

namespace steelyard::crypto {
namespace {

using Tag = Secret<aead_tag_size>;

/// Sets the cipher to the nonce and takes the one-time Poly1305 key, the first half of its first
/// block; the text is enciphered from the second block on.
template <typename Cipher>
void start(Cipher& cipher, CryptoPP::Poly1305TLS& mac, ByteView nonce) {
    cipher.Resynchronize(nonce.data(), static_cast<int>(nonce.size()));
    Secret<64> block;
    cipher.ProcessData(block.mutable_view().data(), block.view().data(), block.view().size());
    mac.SetKey(block.view().data(), 32);
}

void update_padded(CryptoPP::Poly1305TLS& mac, ByteView bytes) {
    constexpr ByteArray<16> zeros{};
    mac.Update(bytes.data(), bytes.size());
    mac.Update(zeros.data(), (16 - bytes.size() % 16) % 16);
}

/// The tag of RFC 8439 section 2.8 over associated data and ciphertext.
Tag tag_of(CryptoPP::Poly1305TLS& mac, ByteView associated, ByteView ciphertext) {
    update_padded(mac, associated);
    update_padded(mac, ciphertext);
    ByteArray<16> sizes;
    store_le<std::uint64_t>(sizes.data(), associated.size());
    store_le<std::uint64_t>(sizes.data() + 8, ciphertext.size());
    mac.Update(sizes.data(), sizes.size());
    Tag tag;
    mac.Final(tag.mutable_view().data());
    return tag;
}

template <typename Cipher>
void seal_with(
    Cipher& cipher,
    CryptoPP::Poly1305TLS& mac,
    ByteView associated,
    ByteView text,
    std::span<std::uint8_t> sealed
) {
    CHECK(text.size() <= aead_text_size_max);
    CHECK(sealed.size() == text.size() + aead_tag_size);
    cipher.ProcessData(sealed.data(), text.data(), text.size());
    const Tag tag = tag_of(mac, associated, sealed.first(text.size()));
    std::ranges::copy(tag.view(), sealed.last(aead_tag_size).begin());
}

template <typename Cipher>
Result<void> open_with(
    Cipher& cipher,
    CryptoPP::Poly1305TLS& mac,
    ByteView associated,
    ByteView sealed,
    std::span<std::uint8_t> text
) {
    CHECK(sealed.size() == text.size() + aead_tag_size);
    const ByteView ciphertext = sealed.first(text.size());
    const Tag tag = tag_of(mac, associated, ciphertext);
    if (!equal_in_constant_time(tag.view(), sealed.last(aead_tag_size))) {
        return fail(ErrorCode::denied, "sealed message of {} bytes is not genuine", sealed.size());
    }
    cipher.ProcessData(text.data(), ciphertext.data(), ciphertext.size());
    return {};
}

}  // namespace

struct ChaCha20Poly1305::Ciphers {
    CryptoPP::ChaChaTLS::Encryption cipher;
    CryptoPP::Poly1305TLS mac;
};

ChaCha20Poly1305::ChaCha20Poly1305(const Secret<32>& key) : ciphers_(std::make_unique<Ciphers>()) {
    constexpr Nonce unused{};
    ciphers_->cipher.SetKeyWithIV(key.view().data(), key.view().size(), unused.data());
}

ChaCha20Poly1305::ChaCha20Poly1305(ChaCha20Poly1305&&) noexcept = default;
ChaCha20Poly1305& ChaCha20Poly1305::operator=(ChaCha20Poly1305&&) noexcept = default;
ChaCha20Poly1305::~ChaCha20Poly1305() = default;

void ChaCha20Poly1305::seal(
    const Nonce& nonce, ByteView associated, ByteView text, std::span<std::uint8_t> sealed
) {
    start(ciphers_->cipher, ciphers_->mac, nonce);
    seal_with(ciphers_->cipher, ciphers_->mac, associated, text, sealed);
}

Result<void> ChaCha20Poly1305::open(
    const Nonce& nonce, ByteView associated, ByteView sealed, std::span<std::uint8_t> text
) {
    start(ciphers_->cipher, ciphers_->mac, nonce);
    return open_with(ciphers_->cipher, ciphers_->mac, associated, sealed, text);
}

namespace {

CryptoPP::XChaCha20::Encryption xchacha20(const Secret<32>& key, const XNonce& nonce) {
    CryptoPP::XChaCha20::Encryption cipher;
    // Crypto++ would begin at block 1, past the one that makes the Poly1305 key.
    const auto parameters = CryptoPP::MakeParameters("InitialBlock", CryptoPP::word64{0})(
        CryptoPP::Name::IV(), CryptoPP::ConstByteArrayParameter(nonce.data(), nonce.size())
    );
    cipher.SetKey(key.view().data(), key.view().size(), parameters);
    return cipher;
}

}  // namespace

void xchacha20_poly1305_seal(
    const Secret<32>& key,
    const XNonce& nonce,
    ByteView associated,
    ByteView text,
    std::span<std::uint8_t> sealed
) {
    auto cipher = xchacha20(key, nonce);
    CryptoPP::Poly1305TLS mac;
    start(cipher, mac, nonce);
    seal_with(cipher, mac, associated, text, sealed);
}

Result<void> xchacha20_poly1305_open(
    const Secret<32>& key,
    const XNonce& nonce,
    ByteView associated,
    ByteView sealed,
    std::span<std::uint8_t> text
) {
    auto cipher = xchacha20(key, nonce);
    CryptoPP::Poly1305TLS mac;
    start(cipher, mac, nonce);
    return open_with(cipher, mac, associated, sealed, text);
}

}  // namespace steelyard::crypto
