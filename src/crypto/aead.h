// Authenticated encryption: ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305.
#pragma once

#include "crypto/secret.h"

#include <memory>

namespace steelyard::crypto {

constexpr std::size_t aead_tag_size = 16;
constexpr std::uint64_t aead_text_size_max = std::uint64_t{1} << 32;  ///< CHECKed on seal

/// Seals and opens with one key, without an allocation per message. One thread at a time.
class ChaCha20Poly1305 {
public:
    using Nonce = ByteArray<12>;

    explicit ChaCha20Poly1305(const Secret<32>& key);
    ChaCha20Poly1305(ChaCha20Poly1305&&) noexcept;
    ChaCha20Poly1305& operator=(ChaCha20Poly1305&&) noexcept;
    ~ChaCha20Poly1305();

    /// Writes the ciphertext and its tag: `sealed` is aead_tag_size longer than `text` (CHECKed),
    /// which may be the start of `sealed`. A nonce must never come twice under one key.
    void seal(
        const Nonce& nonce, ByteView associated, ByteView text, std::span<std::uint8_t> sealed
    );

    /// Writes the text, aead_tag_size shorter than `sealed` (CHECKed), or leaves `text` untouched
    /// when `sealed` is not what seal made from this key, nonce and associated data (denied).
    /// `text` may be the start of `sealed`.
    Result<void> open(
        const Nonce& nonce, ByteView associated, ByteView sealed, std::span<std::uint8_t> text
    );

private:
    struct Ciphers;
    std::unique_ptr<Ciphers> ciphers_;
};

/// The nonce of XChaCha20-Poly1305 is long enough to be drawn at random.
using XNonce = ByteArray<24>;

/// As ChaCha20Poly1305::seal and open, by draft-irtf-cfrg-xchacha-03, for single messages.
void xchacha20_poly1305_seal(
    const Secret<32>& key,
    const XNonce& nonce,
    ByteView associated,
    ByteView text,
    std::span<std::uint8_t> sealed
);
Result<void> xchacha20_poly1305_open(
    const Secret<32>& key,
    const XNonce& nonce,
    ByteView associated,
    ByteView sealed,
    std::span<std::uint8_t> text
);

}  // namespace steelyard::crypto
