#include "p2p/node_key.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/hex.h"
#include "chain/json_text.h"

#include <algorithm>

namespace steelyard::p2p {
namespace {

using chain::JsonKind;
using crypto::KeyType;
using crypto::PrivateKey;
using crypto::SecretBytes;

constexpr std::size_t depth_max = 2;
constexpr std::string_view key_type_name = "tendermint/PrivKeyEd25519";

/// The value of the one member `name` of an object that may have `count` members at most; others
/// are refused with their name.
Result<std::string_view> take_member(
    std::string_view path,
    std::string_view object,
    std::string_view name,
    std::span<const std::string_view> known
) {
    if (chain::json_kind(object) != JsonKind::object) {
        return invalid("{} is no object", path);
    }
    std::string_view found;
    for (const auto& [key, value] : chain::json_members(object)) {
        if (std::ranges::find(known, key) == known.end()) {
            return invalid("{} has an unknown key {}", path, chain::json_quote(key));
        }
        if (key == name) {
            found = value;
        }
    }
    if (found.empty()) {
        return invalid("{} has no {}", path, name);
    }
    return found;
}

/// What stands between the quotes, without a copy, so that no secret is left behind in memory.
Result<std::string_view> plain_string(std::string_view path, std::string_view value) {
    if (chain::json_kind(value) != JsonKind::string) {
        return invalid("{} is no string", path);
    }
    return value.substr(1, value.size() - 2);
}

Result<NodeKey> read_node_key(std::string_view text) {
    if (text.size() > node_key_file_size_max) {
        return fail(
            ErrorCode::too_large, "{} bytes, limit {}", text.size(), node_key_file_size_max
        );
    }
    TRY(chain::check_json(text, depth_max));
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    constexpr auto outer = std::to_array<std::string_view>({"priv_key"});
    constexpr auto inner = std::to_array<std::string_view>({"type", "value"});
    TRY_ASSIGN(const std::string_view key, take_member("the file", text, "priv_key", outer));
    TRY_ASSIGN(const std::string_view type_value, take_member("priv_key", key, "type", inner));
    TRY_ASSIGN(const std::string_view secret_value, take_member("priv_key", key, "value", inner));
    TRY_ASSIGN(const std::string_view type, plain_string("priv_key.type", type_value));
    TRY_ASSIGN(const std::string_view encoded, plain_string("priv_key.value", secret_value));
    if (type != key_type_name) {
        return fail(
            ErrorCode::unsupported, "priv_key: type \"{}\" is not \"{}\"", type, key_type_name
        );
    }
    auto bytes = from_base64(encoded);
    if (!bytes) {
        return invalid("priv_key.value is not base64");
    }
    const SecretBytes secret{ByteView(*bytes)};
    crypto::wipe(*bytes);
    if (constexpr std::size_t size = 64; secret.view().size() != size) {
        return invalid("priv_key.value has {} bytes, not {}", secret.view().size(), size);
    }
    TRY_ASSIGN(PrivateKey parsed, PrivateKey::parse(KeyType::ed25519, secret.view()));
    return NodeKey(std::move(parsed));
}

}  // namespace

Result<NodeId> NodeId::parse(std::string_view text) {
    crypto::Address address;
    if (!from_hex(text, address) || to_hex(address) != text) {
        return invalid("node id is not 40 lower-case hex digits");
    }
    if (address == crypto::Address{}) {
        return invalid("node id is all zeros");
    }
    return NodeId(address);
}

std::string NodeId::text() const {
    return to_hex(address_);
}

NodeKey NodeKey::generate(RandomSource& random) {
    return NodeKey(PrivateKey::generate(KeyType::ed25519, random));
}

NodeKey::NodeKey(PrivateKey key) : key_(std::move(key)), id_(NodeId::of(key_.public_key())) {
    CHECK(key_.type() == KeyType::ed25519);
}

SecretBytes print_node_key(const NodeKey& key) {
    const SecretBytes secret = key.key().export_bytes();
    std::string encoded = to_base64(secret.view());
    constexpr std::string_view before =
        "{\"priv_key\":{\"type\":\"tendermint/PrivKeyEd25519\",\"value\":\"";
    constexpr std::string_view after = "\"}}";
    SecretBytes text(before.size() + encoded.size() + after.size());
    auto out = std::ranges::copy(as_bytes(before), text.mutable_view().begin()).out;
    out = std::ranges::copy(as_bytes(encoded), out).out;
    std::ranges::copy(as_bytes(after), out);
    crypto::wipe({reinterpret_cast<std::uint8_t*>(encoded.data()), encoded.size()});
    return text;
}

Result<NodeKey> parse_node_key(std::string_view text) {
    auto key = read_node_key(text);
    if (!key) {
        return std::unexpected(std::move(key).error().in("node key"));
    }
    return key;
}

}  // namespace steelyard::p2p
