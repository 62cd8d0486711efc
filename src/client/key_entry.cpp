#include "client/key_entry.h"

#include "base/hex.h"
#include "chain/json_text.h"
#include "client/money.h"
#include "client/tx_files.h"

#include <algorithm>
#include <map>

namespace steelyard::client {
namespace {

constexpr std::string_view plain_format = "steelyard-plain-key";
constexpr std::string_view public_format = "steelyard-public-key";
constexpr std::size_t depth_max = 8;

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

crypto::SecretBytes secret_text(std::string_view text) {
    return crypto::SecretBytes(as_bytes(text));
}

std::string head(std::string_view format, const KeyEntry& entry) {
    return fmt::format(
        R"({{"format":"{}","version":1,"name":{},"address":"{}",)",
        format,
        chain::json_quote(entry.name),
        address_text(account_prefix, entry.address())
    );
}

crypto::SecretBytes print_plain(const KeyEntry& entry, const crypto::PrivateKey& key) {
    std::string text = head(plain_format, entry) + R"("private_key":")";
    // One growth at most, so that no freed memory keeps a part of the key.
    text.reserve(text.size() + 2 * key.secret().view().size() + 8);
    constexpr std::string_view digits = "0123456789abcdef";
    for (const std::uint8_t byte : key.secret().view()) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    text += "\"}\n";
    auto out = secret_text(text);
    crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    return out;
}

/// The members of an entry that is no keystore.
class Fields {
public:
    static Result<Fields> parse(std::string_view text) {
        auto checked = chain::check_json(text, depth_max);
        if (!checked || chain::json_kind(text) != chain::JsonKind::object) {
            return fail(
                ErrorCode::corrupt, "key file is no JSON object{}", checked ? "" : " (damaged)"
            );
        }
        Fields fields;
        for (auto& member : chain::json_members(text)) {
            fields.values_.emplace(std::move(member.key), member.value);
        }
        return fields;
    }

    std::size_t count() const { return values_.size(); }

    Result<std::string_view> raw(const std::string& name) const {
        const auto found = values_.find(name);
        if (found == values_.end()) {
            return fail(ErrorCode::corrupt, "key file has no {}", name);
        }
        return found->second;
    }

    Result<std::string> text(const std::string& name) const {
        TRY_ASSIGN(const std::string_view value, raw(name));
        if (chain::json_kind(value) != chain::JsonKind::string) {
            return fail(ErrorCode::corrupt, "key file: {} is no string", name);
        }
        return chain::json_unquote(value);
    }

private:
    std::map<std::string, std::string_view> values_{};
};

Result<crypto::PrivateKey> read_private_key(const Fields& fields) {
    TRY_ASSIGN(std::string hex, fields.text("private_key"));
    crypto::Secret<32> bytes;
    const auto decoded = from_hex(hex, bytes.mutable_view());
    crypto::wipe({reinterpret_cast<std::uint8_t*>(hex.data()), hex.size()});
    if (!decoded) {
        return fail(ErrorCode::corrupt, "key file: private_key is not 64 hex digits");
    }
    auto key = crypto::PrivateKey::parse(crypto::KeyType::secp256k1, bytes.view());
    if (!key) {
        return fail(ErrorCode::corrupt, "key file: {}", key.error().message());
    }
    return key;
}

Result<KeyEntry> read_own_format(std::string_view text, std::string_view format) {
    TRY_ASSIGN(const Fields fields, Fields::parse(text));
    constexpr std::size_t field_count = 5;
    TRY_ASSIGN(const std::string_view version, fields.raw("version"));
    if (version != "1") {
        return fail(ErrorCode::unsupported, "key file has another version than 1");
    }
    if (fields.count() != field_count) {
        return fail(ErrorCode::corrupt, "key file has a field that is not known");
    }
    TRY_ASSIGN(std::string name, fields.text("name"));
    TRY_ASSIGN(const std::string address, fields.text("address"));
    KeyEntry entry{.name = std::move(name), .key = MultisigKey{}, .secret = NoSecret{}};
    if (format == plain_format) {
        TRY_ASSIGN(auto key, read_private_key(fields));
        entry.key = key.public_key();
        entry.secret = PlainSecret{std::move(key)};
    } else {
        TRY_ASSIGN(const std::string_view key, fields.raw("public_key"));
        auto parsed = parse_account_key(key);
        if (!parsed) {
            return fail(ErrorCode::corrupt, "key file: {}", parsed.error().message());
        }
        entry.key = *std::move(parsed);
    }
    if (address != address_text(account_prefix, entry.address())) {
        return fail(ErrorCode::corrupt, "key file: the address is not that of the key");
    }
    return entry;
}

Result<KeyEntry> read_keystore(std::string_view text) {
    TRY_ASSIGN(crypto::Keystore keystore, crypto::parse_keystore(text));
    const auto& label = keystore.label;
    if (label.public_key.type() != crypto::KeyType::secp256k1) {
        return fail(
            ErrorCode::unsupported,
            "a key of type {} is no account's",
            to_string(label.public_key.type())
        );
    }
    if (label.address != address_text(account_prefix, label.public_key.address())) {
        return fail(ErrorCode::corrupt, "key file: {} is no address of this chain", label.address);
    }
    std::string name = label.name;
    const tx::AccountKey key = label.public_key;
    return KeyEntry{.name = std::move(name), .key = key, .secret = std::move(keystore)};
}

}  // namespace

Result<void> check_key_name(std::string_view name) {
    const bool good = !name.empty() && name.size() <= key_name_size_max &&
                      is_letter_or_digit(name.front()) && std::ranges::all_of(name, [](char c) {
                          return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
                      });
    if (!good) {
        return invalid(
            "a key's name has 1 to {} letters, digits and \"._-\", and begins with a letter or "
            "digit",
            key_name_size_max
        );
    }
    return {};
}

crypto::SecretBytes print_key_entry(const KeyEntry& entry) {
    if (const auto* const keystore = std::get_if<crypto::Keystore>(&entry.secret)) {
        return secret_text(crypto::write_keystore(*keystore));
    }
    if (const auto* const plain = std::get_if<PlainSecret>(&entry.secret)) {
        return print_plain(entry, plain->key);
    }
    return secret_text(
        head(public_format, entry) + "\"public_key\":" + print_account_key(entry.key) + "}\n"
    );
}

Result<KeyEntry> parse_key_entry(std::string_view text) {
    if (text.size() > key_entry_size_max) {
        return fail(
            ErrorCode::too_large,
            "key file has {} bytes, more than {}",
            text.size(),
            key_entry_size_max
        );
    }
    TRY_ASSIGN(const Fields fields, Fields::parse(text));
    TRY_ASSIGN(const std::string format, fields.text("format"));
    const bool own = format == plain_format || format == public_format;
    TRY_ASSIGN(KeyEntry entry, own ? read_own_format(text, format) : read_keystore(text));
    TRY(check_key_name(entry.name));
    return entry;
}

}  // namespace steelyard::client
