#include "consensus/engine/key_file.h"

#include "base/base64.h"
#include "base/hex.h"
#include "chain/json_text.h"

#include <algorithm>
#include <optional>

namespace steelyard::engine {
namespace {

using chain::JsonKind;
using crypto::KeyType;
using crypto::PrivateKey;
using crypto::SecretBytes;

constexpr std::size_t depth_max = 2;
constexpr std::array key_types = {KeyType::ed25519, KeyType::secp256k1};

/// The values of an object that has exactly these members, in the order of `names`.
template <std::size_t count>
Result<std::array<std::string_view, count>> read_object(
    std::string_view path, std::string_view value, const std::array<std::string_view, count>& names
) {
    if (chain::json_kind(value) != JsonKind::object) {
        return invalid("{} is no object", path);
    }
    std::array<std::string_view, count> values;
    for (const auto& [key, member] : chain::json_members(value)) {
        const auto found = std::ranges::find(names, key);
        if (found == names.end()) {
            return invalid("{} has an unknown key {}", path, chain::json_quote(key));
        }
        values[static_cast<std::size_t>(found - names.begin())] = member;
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (values[i].empty()) {
            return invalid("{} has no {}", path, names[i]);
        }
    }
    return values;
}

/// What stands between the quotes, without a copy, so that no secret is left behind in memory. Hex,
/// base64 and the names of types need no escapes; who writes them with some is refused by whoever
/// reads them.
Result<std::string_view> plain_string(std::string_view path, std::string_view value) {
    if (chain::json_kind(value) != JsonKind::string) {
        return invalid("{} is no string", path);
    }
    return value.substr(1, value.size() - 2);
}

struct TypedKey {
    KeyType type;
    SecretBytes bytes;
};

Result<TypedKey> read_key(
    std::string_view path, std::string_view value, std::string_view (&name_of)(KeyType)
) {
    TRY_ASSIGN(
        const auto values,
        read_object(path, value, std::to_array<std::string_view>({"type", "value"}))
    );
    TRY_ASSIGN(const std::string_view type, plain_string(path, values[0]));
    TRY_ASSIGN(const std::string_view text, plain_string(path, values[1]));
    auto bytes = from_base64(text);
    if (!bytes) {
        return invalid("{}: its value is not base64", path);
    }
    SecretBytes secret{ByteView(*bytes)};
    crypto::wipe(*bytes);
    for (const KeyType known : key_types) {
        if (type == name_of(known)) {
            return TypedKey{known, std::move(secret)};
        }
    }
    return fail(ErrorCode::unsupported, "{}: type \"{}\" is unknown", path, type);
}

Result<PrivateKey> read_key_pair(std::string_view text) {
    if (text.size() > key_file_size_max) {
        return fail(ErrorCode::too_large, "{} bytes, limit {}", text.size(), key_file_size_max);
    }
    TRY(chain::check_json(text, depth_max));
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    constexpr auto names = std::to_array<std::string_view>({"address", "pub_key", "priv_key"});
    TRY_ASSIGN(const auto values, read_object("the file", text, names));
    TRY_ASSIGN(const std::string_view address_text, plain_string("address", values[0]));
    TRY_ASSIGN(const Bytes address, from_hex(address_text));
    TRY_ASSIGN(
        const TypedKey public_part, read_key("pub_key", values[1], crypto::public_key_json_type)
    );
    TRY_ASSIGN(
        const TypedKey private_part, read_key("priv_key", values[2], crypto::private_key_json_type)
    );
    TRY_ASSIGN(PrivateKey key, PrivateKey::parse(private_part.type, private_part.bytes.view()));
    if (public_part.type != key.type() ||
        !equal(public_part.bytes.view(), key.public_key().bytes())) {
        return invalid("pub_key does not belong to priv_key");
    }
    if (!equal(address, key.public_key().address())) {
        return invalid("address is not the key's, {}", to_hex_upper(key.public_key().address()));
    }
    return key;
}

}  // namespace

SecretBytes print_key_file(const PrivateKey& key) {
    const SecretBytes secret = key.export_bytes();
    std::string encoded = to_base64(secret.view());
    const std::string before = fmt::format(
        "{{\n  \"address\": \"{}\",\n"
        "  \"pub_key\": {{\n    \"type\": \"{}\",\n    \"value\": \"{}\"\n  }},\n"
        "  \"priv_key\": {{\n    \"type\": \"{}\",\n    \"value\": \"",
        to_hex_upper(key.public_key().address()),
        crypto::public_key_json_type(key.type()),
        to_base64(key.public_key().bytes()),
        crypto::private_key_json_type(key.type())
    );
    constexpr std::string_view after = "\"\n  }\n}";
    SecretBytes text(before.size() + encoded.size() + after.size());
    auto out = std::ranges::copy(as_bytes(before), text.mutable_view().begin()).out;
    out = std::ranges::copy(as_bytes(encoded), out).out;
    std::ranges::copy(as_bytes(after), out);
    crypto::wipe({reinterpret_cast<std::uint8_t*>(encoded.data()), encoded.size()});
    return text;
}

Result<PrivateKey> parse_key_file(std::string_view text) {
    auto key = read_key_pair(text);
    if (!key) {
        return std::unexpected(std::move(key).error().in("key file"));
    }
    return key;
}

}  // namespace steelyard::engine
