// The JSON text of keystores.
#include "base/hex.h"
#include "crypto/keystore.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <limits>

namespace steelyard::crypto {
namespace {

namespace json = boost::json;

constexpr std::string_view format_name = "steelyard-keystore";
constexpr std::uint64_t format_version = 1;
constexpr std::string_view kdf_name = "scrypt";
constexpr std::string_view cipher_name = "xchacha20-poly1305";
constexpr std::size_t nesting_max = 2;

/// The fields of one object, each of which must be taken once and none be left. The first error
/// sticks: later getters give zero values, and `finish` tells.
class Fields {
public:
    Fields(std::string where, const json::value* value)
        : where_(std::move(where)), object_(value == nullptr ? nullptr : value->if_object()) {
        if (object_ == nullptr) {
            status_ = invalid("{} is not an object", where_);
        }
    }

    std::string_view text(std::string_view name) {
        const json::value* const value = take(name);
        if (value == nullptr || !value->is_string()) {
            refuse(name, "is not a string");
            return {};
        }
        return {value->get_string().data(), value->get_string().size()};
    }

    std::uint64_t integer(std::string_view name, std::uint64_t max) {
        const json::value* const value = take(name);
        json::error_code error;
        const auto number = value == nullptr || value->is_double()
                                ? std::uint64_t{0}
                                : value->to_number<std::uint64_t>(error);
        if (value == nullptr || !value->is_number() || value->is_double() || error ||
            number > max) {
            refuse(name, "is not a whole number in its range");
            return 0;
        }
        return number;
    }

    void hex(std::string_view name, std::span<std::uint8_t> out) {
        if (const auto decoded = from_hex(text(name), out); !decoded) {
            refuse(name, decoded.error().message());
        }
    }

    Bytes hex(std::string_view name) {
        auto decoded = from_hex(text(name));
        if (!decoded) {
            refuse(name, decoded.error().message());
            return {};
        }
        return *std::move(decoded);
    }

    void constant(std::string_view name, std::string_view expected) {
        if (text(name) != expected) {
            refuse(name, fmt::format("is not {}", expected));
        }
    }

    Fields object(std::string_view name) {
        return {fmt::format("{} {}", where_, name), take(name)};
    }

    Result<void> status() const { return status_; }

    Result<void> finish() const {
        if (status_ && object_->size() != taken_) {
            return invalid("{} has a field that is not known", where_);
        }
        return status_;
    }

private:
    const json::value* take(std::string_view name) {
        ++taken_;
        return object_ == nullptr ? nullptr : object_->if_contains(name);
    }

    void refuse(std::string_view name, std::string_view reason) {
        if (status_) {
            status_ = invalid("{} field {} {}", where_, name, reason);
        }
    }

    std::string where_;
    const json::object* object_;
    std::size_t taken_ = 0;
    Result<void> status_;
};

std::size_t count_fields(const json::value& value) {
    std::size_t count = 0;
    if (const json::object* const object = value.if_object()) {
        for (const auto& [name, field] : *object) {
            count += 1 + count_fields(field);
        }
    }
    return count;
}

/// How many names valid JSON has: as many as colons outside of strings.
std::size_t count_names(std::string_view text) {
    std::size_t count = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (in_string && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && text[i] == ':') {
            ++count;
        }
    }
    return count;
}

Result<json::value> parse_json(std::string_view text) {
    if (text.size() > keystore_text_size_max) {
        return fail(
            ErrorCode::too_large,
            "keystore has {} bytes, more than {}",
            text.size(),
            keystore_text_size_max
        );
    }
    json::error_code error;
    json::parse_options options;
    options.max_depth = nesting_max;
    json::value value = json::parse(text, error, {}, options);
    if (error) {
        return invalid("keystore is not JSON: {}", error.message());
    }
    // The parser keeps the last of two equal names; here there is none to choose.
    if (count_fields(value) != count_names(text)) {
        return invalid("keystore has a field twice, or an array");
    }
    return value;
}

Result<PublicKey> read_public_key(Fields& root) {
    const std::string_view type = root.text("key_type");
    const Bytes bytes = root.hex("public_key");
    TRY(root.status());
    for (const KeyType known : {KeyType::ed25519, KeyType::secp256k1}) {
        if (type == to_string(known)) {
            return PublicKey::parse(known, bytes);
        }
    }
    return invalid("keystore field key_type names no known type");
}

ScryptCost read_cost(Fields& kdf) {
    constexpr std::uint64_t uint32_max = std::numeric_limits<std::uint32_t>::max();
    kdf.constant("name", kdf_name);
    return {
        .n = kdf.integer("n", std::numeric_limits<std::uint64_t>::max()),
        .r = static_cast<std::uint32_t>(kdf.integer("r", uint32_max)),
        .p = static_cast<std::uint32_t>(kdf.integer("p", uint32_max)),
    };
}

Result<Keystore> read_keystore(Fields& root) {
    Fields kdf = root.object("kdf");
    Fields cipher = root.object("cipher");
    std::string name(root.text("name"));
    std::string address(root.text("address"));
    TRY_ASSIGN(const PublicKey public_key, read_public_key(root));
    Keystore keystore{
        .label = {std::move(name), std::move(address), public_key},
        .cost = read_cost(kdf),
        .salt = {},
        .nonce = {},
        .sealed = {},
    };
    kdf.hex("salt", keystore.salt);
    cipher.constant("name", cipher_name);
    cipher.hex("nonce", keystore.nonce);
    keystore.sealed = cipher.hex("sealed");
    Hash256 checksum{};
    root.hex("checksum", checksum);
    TRY(kdf.finish());
    TRY(cipher.finish());
    TRY(root.finish());
    TRY(check_keystore_label(keystore.label));
    if (checksum != keystore_checksum(keystore)) {
        return invalid("keystore does not match its checksum");
    }
    return keystore;
}

Result<Keystore> read_document(std::string_view text) {
    TRY_ASSIGN(const json::value document, parse_json(text));
    Fields root("keystore", &document);
    root.constant("format", format_name);
    const auto version = root.integer("version", std::numeric_limits<std::uint64_t>::max());
    TRY(root.status());
    if (version != format_version) {
        return fail(
            ErrorCode::unsupported, "keystore has version {}, not {}", version, format_version
        );
    }
    return read_keystore(root);
}

}  // namespace

std::string write_keystore(const Keystore& keystore) {
    const json::object object = {
        {"format", format_name},
        {"version", format_version},
        {"name", keystore.label.name},
        {"address", keystore.label.address},
        {"key_type", to_string(keystore.label.public_key.type())},
        {"public_key", to_hex(keystore.label.public_key.bytes())},
        {"kdf",
         {
             {"name", kdf_name},
             {"n", keystore.cost.n},
             {"r", keystore.cost.r},
             {"p", keystore.cost.p},
             {"salt", to_hex(keystore.salt)},
         }},
        {"cipher",
         {
             {"name", cipher_name},
             {"nonce", to_hex(keystore.nonce)},
             {"sealed", to_hex(keystore.sealed)},
         }},
        {"checksum", to_hex(keystore_checksum(keystore))},
    };
    return json::serialize(object) + '\n';
}

Result<Keystore> parse_keystore(std::string_view text) {
    auto keystore = read_document(text);
    if (!keystore && keystore.error().code() == ErrorCode::invalid) {
        return fail(ErrorCode::corrupt, "{}", keystore.error().message());
    }
    TRY(keystore);
    TRY(check_scrypt_cost(keystore->cost));
    return keystore;
}

}  // namespace steelyard::crypto
