// Hierarchical keys (BIP-32) on secp256k1 and the paths to them (BIP-44).
#pragma once

#include "crypto/public_key.h"
#include "crypto/secp256k1.h"

namespace steelyard::crypto {

constexpr std::uint32_t hd_hardened = 0x80000000;  ///< added to an index to make it hardened
constexpr std::uint32_t hd_coin_type = 118;        ///< of the Cosmos family in SLIP-44
constexpr std::size_t hd_depth_max = 255;

/// The steps from a master key to one below it.
class HdPath {
public:
    /// m/44'/118'/account'/0/index: where wallets keep their accounts. Both are below hd_hardened
    /// (CHECKed).
    static HdPath account(std::uint32_t account, std::uint32_t index);

    /// Reads "m/44'/118'/0'/0/0". A hardened step ends in ' or h; numbers have no needless zeros.
    static Result<HdPath> parse(std::string_view text);

    std::string to_text() const;
    std::span<const std::uint32_t> steps() const { return steps_; }

    bool operator==(const HdPath&) const = default;

private:
    std::vector<std::uint32_t> steps_;
};

/// Where in the tree a key stands.
struct HdPosition {
    std::uint8_t depth = 0;
    ByteArray<4> parent_fingerprint{};
    std::uint32_t number = 0;  ///< the last step to it

    bool operator==(const HdPosition&) const = default;
};

/// A public key and a chain code: the public keys of all steps below that are not hardened.
class ExtendedPublicKey {
public:
    /// Reads the text of Bitcoin's main net, "xpub...".
    static Result<ExtendedPublicKey> parse(std::string_view xpub);

    std::string to_xpub() const;

    /// Refuses a hardened step and a child of a key at hd_depth_max.
    Result<ExtendedPublicKey> child(std::uint32_t number) const;

    PublicKey public_key() const;
    const HdPosition& position() const { return position_; }

    /// The first bytes of the key's address, by which a child names its parent.
    ByteArray<4> fingerprint() const;

    bool operator==(const ExtendedPublicKey&) const = default;

private:
    friend class ExtendedPrivateKey;
    ExtendedPublicKey() = default;

    HdPosition position_;
    ByteArray<32> chain_code_{};
    secp256k1::PointBytes key_{};
};

/// A private key and a chain code: every key below it.
class ExtendedPrivateKey {
public:
    /// The master key of a seed of 16 to 64 bytes, such as BIP-39's.
    static Result<ExtendedPrivateKey> from_seed(ByteView seed);

    /// Reads the text of Bitcoin's main net, "xprv...". Errors quote nothing of it.
    static Result<ExtendedPrivateKey> parse(std::string_view xprv);

    SecretBytes to_xprv() const;

    /// Refuses a child of a key at hd_depth_max. One number in 2^127 has no key.
    Result<ExtendedPrivateKey> child(std::uint32_t number) const;
    Result<ExtendedPrivateKey> derive(const HdPath& path) const;

    PrivateKey private_key() const;
    ExtendedPublicKey extended_public_key() const;
    const HdPosition& position() const { return position_; }

private:
    ExtendedPrivateKey() = default;

    HdPosition position_;
    Secret<32> chain_code_;
    Secret<32> key_;
};

}  // namespace steelyard::crypto
