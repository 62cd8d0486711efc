#include "crypto/bip32.h"

#include "base/check.h"
#include "base/endian.h"
#include "crypto/base58.h"
#include "crypto/hmac.h"
#include "crypto/secp256k1_context.h"

#include <charconv>

namespace steelyard::crypto {
namespace {

constexpr std::size_t serialized_size = 78;
constexpr std::uint32_t xpub_version = 0x0488B21E;
constexpr std::uint32_t xprv_version = 0x0488ADE4;

using Number = ByteArray<4>;

Number number_bytes(std::uint32_t number) {
    Number bytes;
    store_be(bytes.data(), number);
    return bytes;
}

/// What stands below `parent` at one more step.
Result<HdPosition> below(
    const HdPosition& parent, const ByteArray<4>& fingerprint, std::uint32_t number
) {
    if (parent.depth == hd_depth_max) {
        return invalid("key at depth {} has no children", hd_depth_max);
    }
    return HdPosition{
        .depth = static_cast<std::uint8_t>(parent.depth + 1),
        .parent_fingerprint = fingerprint,
        .number = number,
    };
}

std::unexpected<Error> no_such_child(std::uint32_t number) {
    return invalid("child {} of this key does not exist, take the next", number);
}

/// The serialisation of BIP-32; `key` is 33 bytes.
SecretBytes serialize(
    std::uint32_t version, const HdPosition& position, ByteView chain_code, ByteView key
) {
    SecretBytes payload(serialized_size);
    const auto out = payload.mutable_view();
    store_be(out.data(), version);
    out[4] = position.depth;
    std::ranges::copy(position.parent_fingerprint, out.begin() + 5);
    store_be(out.data() + 9, position.number);
    std::ranges::copy(chain_code, out.begin() + 13);
    std::ranges::copy(key, out.begin() + 45);
    return encode_base58check(payload.view());
}

struct Deserialized {
    HdPosition position;
    SecretBytes payload;

    std::span<const std::uint8_t, 32> chain_code() const {
        return payload.view().subspan<13, 32>();
    }
    std::span<const std::uint8_t, 33> key() const { return payload.view().subspan<45, 33>(); }
};

Result<Deserialized> deserialize(std::string_view text, std::uint32_t version) {
    TRY_ASSIGN(auto payload, decode_base58check(text));
    const ByteView bytes = payload.view();
    if (bytes.size() != serialized_size) {
        return invalid("extended key has {} bytes, not {}", bytes.size(), serialized_size);
    }
    const auto found = load_be<std::uint32_t>(bytes.data());
    if (found != version) {
        return invalid("extended key has version {:08x}, not {:08x}", found, version);
    }
    const HdPosition position{
        .depth = bytes[4],
        .parent_fingerprint = to_array(bytes.subspan<5, 4>()),
        .number = load_be<std::uint32_t>(bytes.data() + 9),
    };
    if (position.depth == 0 && position != HdPosition{}) {
        return invalid("extended key at depth 0 has a parent or a number");
    }
    return Deserialized{.position = position, .payload = std::move(payload)};
}

Result<std::uint32_t> parse_step(std::string_view text) {
    const bool is_hardened = text.ends_with('\'') || text.ends_with('h');
    const std::string_view digits = text.substr(0, text.size() - (is_hardened ? 1 : 0));
    std::uint32_t index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    const bool has_needless_zero = digits.size() > 1 && digits.front() == '0';
    if (digits.empty() || end != digits.data() + digits.size() || has_needless_zero ||
        (error != std::errc() && error != std::errc::result_out_of_range)) {
        return invalid("not a number, or one with needless zeros");
    }
    if (error == std::errc::result_out_of_range || index >= hd_hardened) {
        return invalid("number is not below 2^31");
    }
    return index + (is_hardened ? hd_hardened : 0);
}

}  // namespace

HdPath HdPath::account(std::uint32_t account, std::uint32_t index) {
    CHECK(account < hd_hardened && index < hd_hardened);
    HdPath path;
    path.steps_ = {44 + hd_hardened, hd_coin_type + hd_hardened, account + hd_hardened, 0, index};
    return path;
}

Result<HdPath> HdPath::parse(std::string_view text) {
    if (!text.starts_with('m')) {
        return invalid("key path does not start with m");
    }
    text.remove_prefix(1);
    HdPath path;
    while (!text.empty()) {
        if (path.steps_.size() == hd_depth_max) {
            return fail(ErrorCode::too_large, "key path has more than {} steps", hd_depth_max);
        }
        if (text.front() != '/') {
            return invalid("key path has no / before step {}", path.steps_.size() + 1);
        }
        text.remove_prefix(1);
        const std::string_view step = text.substr(0, text.find('/'));
        text.remove_prefix(step.size());
        auto index = parse_step(step);
        if (!index) {
            return std::unexpected(
                std::move(index).error().in(fmt::format("key path step {}", path.steps_.size() + 1))
            );
        }
        path.steps_.push_back(*index);
    }
    return path;
}

std::string HdPath::to_text() const {
    std::string text = "m";
    for (const std::uint32_t step : steps_) {
        text += fmt::format("/{}{}", step & ~hd_hardened, step >= hd_hardened ? "'" : "");
    }
    return text;
}

Result<ExtendedPublicKey> ExtendedPublicKey::parse(std::string_view xpub) {
    TRY_ASSIGN(const auto parts, deserialize(xpub, xpub_version));
    if (!secp256k1::is_public_key(parts.key())) {
        return invalid("extended public key is no point of the curve");
    }
    ExtendedPublicKey key;
    key.position_ = parts.position;
    key.chain_code_ = to_array(parts.chain_code());
    key.key_ = to_array(parts.key());
    return key;
}

std::string ExtendedPublicKey::to_xpub() const {
    return std::string(as_text(serialize(xpub_version, position_, chain_code_, key_).view()));
}

Result<ExtendedPublicKey> ExtendedPublicKey::child(std::uint32_t number) const {
    if (number >= hd_hardened) {
        return invalid("hardened child {}' needs the private key", number - hd_hardened);
    }
    ExtendedPublicKey child;
    TRY_ASSIGN(child.position_, below(position_, fingerprint(), number));
    const Secret<64> derived = hmac_sha512(chain_code_, {key_, number_bytes(number)});
    auto point = secp256k1::parse_public_key(key_);
    CHECK(point);
    if (secp256k1_ec_pubkey_tweak_add(secp256k1::context(), &*point, derived.view().data()) == 0) {
        return no_such_child(number);
    }
    child.key_ = secp256k1::compress(*point);
    child.chain_code_ = to_array(derived.view().last<32>());
    return child;
}

PublicKey ExtendedPublicKey::public_key() const {
    const auto key = PublicKey::parse(KeyType::secp256k1, key_);
    CHECK(key);
    return *key;
}

ByteArray<4> ExtendedPublicKey::fingerprint() const {
    return to_array(ByteView(public_key().address()).first<4>());
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::from_seed(ByteView seed) {
    if (seed.size() < 16 || seed.size() > 64) {
        return invalid("seed has {} bytes, not 16 to 64", seed.size());
    }
    const Secret<64> derived = hmac_sha512(as_bytes("Bitcoin seed"), {seed});
    ExtendedPrivateKey key;
    key.key_ = Secret<32>(derived.view().first<32>());
    key.chain_code_ = Secret<32>(derived.view().last<32>());
    if (!secp256k1::is_private_key(key.key_.view())) {
        return invalid("seed has no master key, take another");
    }
    return key;
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::parse(std::string_view xprv) {
    TRY_ASSIGN(const auto parts, deserialize(xprv, xprv_version));
    const auto scalar = parts.key().last<32>();
    if (parts.key()[0] != 0 || !secp256k1::is_private_key(scalar)) {
        return invalid("extended private key is no scalar from 1 to n - 1");
    }
    ExtendedPrivateKey key;
    key.position_ = parts.position;
    key.chain_code_ = Secret<32>(parts.chain_code());
    key.key_ = Secret<32>(scalar);
    return key;
}

SecretBytes ExtendedPrivateKey::to_xprv() const {
    Secret<33> padded;
    std::ranges::copy(key_.view(), padded.mutable_view().begin() + 1);
    return serialize(xprv_version, position_, chain_code_.view(), padded.view());
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::child(std::uint32_t number) const {
    const ExtendedPublicKey own = extended_public_key();
    ExtendedPrivateKey child;
    TRY_ASSIGN(child.position_, below(position_, own.fingerprint(), number));
    constexpr ByteArray<1> zero{};
    const Secret<64> derived =
        number >= hd_hardened
            ? hmac_sha512(chain_code_.view(), {zero, key_.view(), number_bytes(number)})
            : hmac_sha512(chain_code_.view(), {own.key_, number_bytes(number)});
    child.key_ = key_.clone();
    if (secp256k1_ec_seckey_tweak_add(
            secp256k1::context(), child.key_.mutable_view().data(), derived.view().data()
        ) == 0) {
        return no_such_child(number);
    }
    wipe_stack();
    child.chain_code_ = Secret<32>(derived.view().last<32>());
    return child;
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::derive(const HdPath& path) const {
    ExtendedPrivateKey key;
    key.position_ = position_;
    key.chain_code_ = chain_code_.clone();
    key.key_ = key_.clone();
    for (const std::uint32_t step : path.steps()) {
        TRY_ASSIGN(key, key.child(step));
    }
    return key;
}

PrivateKey ExtendedPrivateKey::private_key() const {
    auto key = PrivateKey::parse(KeyType::secp256k1, key_.view());
    CHECK(key);
    return std::move(*key);
}

ExtendedPublicKey ExtendedPrivateKey::extended_public_key() const {
    ExtendedPublicKey key;
    key.position_ = position_;
    key.chain_code_ = to_array(chain_code_.view());
    key.key_ = secp256k1::public_key_of(key_);
    return key;
}

}  // namespace steelyard::crypto
