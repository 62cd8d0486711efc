#include "ledger/auth/accounts.h"

#include "base/protowire.h"
#include "crypto/sha256.h"

#include <algorithm>

namespace steelyard::auth {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Store;

constexpr std::size_t module_name_size_max = 64;

Key address_key(const chain::Address& address) {
    return Key('a') << ByteView(address);
}

Key account_key(AccountNumber number) {
    return accounts_prefix() << number;
}

const Key& next_number_key() {
    static const Key key('c');
    return key;
}

Bytes number_bytes(AccountNumber number) {
    const Bytes key = (Key('-') << number).bytes();
    return to_bytes(ByteView(key).subspan(1));
}

AccountNumber read_number(ByteView bytes) {
    Bytes key = {'-'};
    append(key, bytes);
    return KeyReader(key).account();
}

}  // namespace

chain::Address module_address(std::string_view name) {
    const crypto::Hash256 hash = crypto::sha256(as_bytes(name));
    return to_array<20>(ByteView(hash).first<20>());
}

bool is_module_address(const chain::Address& address) {
    static const auto addresses = [] {
        std::array<chain::Address, module_names.size()> all;
        std::ranges::transform(module_names, all.begin(), module_address);
        return all;
    }();
    return std::ranges::find(addresses, address) != addresses.end();
}

Outcome<std::optional<AccountNumber>> find(const StateView& state, const chain::Address& address) {
    TRY_ASSIGN(const auto bytes, state.peek(Store::auth, address_key(address)));
    return bytes ? std::optional(read_number(*bytes)) : std::nullopt;
}

Outcome<Account> get(const StateView& state, AccountNumber number) {
    TRY_ASSIGN(const auto bytes, state.peek(Store::auth, account_key(number)));
    CHECK(bytes.has_value());
    Result<Account> account = decode_account(*bytes);
    CHECK(account.has_value());
    return *std::move(account);
}

Outcome<AccountNumber> find_or_make(StateView& state, const chain::Address& address) {
    TRY_ASSIGN(const std::optional<AccountNumber> number, find(state, address));
    if (number) {
        return *number;
    }
    return make(state, {.address = address});
}

Outcome<AccountNumber> make(StateView& state, const Account& account) {
    TRY_ASSIGN(const auto next, state.peek(Store::auth, next_number_key()));
    const AccountNumber number = next ? read_number(*next) : AccountNumber{0};
    const AccountNumber following{static_cast<std::uint64_t>(number) + 1};
    TRY_ASSIGN(const bool exists, state.contains(Store::auth, address_key(account.address)));
    CHECK(!exists);
    TRY(state.put(Store::auth, next_number_key(), number_bytes(following)));
    TRY(state.put(Store::auth, address_key(account.address), number_bytes(number)));
    TRY(state.put(Store::auth, account_key(number), encode_account(account)));
    return number;
}

Outcome<std::uint64_t> next_number(const StateView& state) {
    TRY_ASSIGN(const auto next, state.get(Store::auth, next_number_key()));
    return next ? static_cast<std::uint64_t>(read_number(*next)) : 0;
}

Outcome<void> put(StateView& state, AccountNumber number, const Account& account) {
    return state.put(Store::auth, account_key(number), encode_account(account));
}

Key accounts_prefix() {
    return Key('n');
}

AccountNumber account_number(const ledger::Record& record) {
    return KeyReader(record.key).account();
}

Bytes encode_account(const Account& account) {
    ProtoWriter writer;
    writer.bytes(1, account.address);
    if (account.key) {
        writer.message(2, tx::encode_account_key(*account.key));
    }
    writer.uint64(3, account.sequence);
    writer.string(4, account.module_name);
    return std::move(writer).take();
}

Result<Account> decode_account(ByteView bytes) {
    Account account;
    ProtoReader reader("Account", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                account.address = reader.array<20>("address");
                break;
            case 2:
                account.key = reader.nested(
                    "public_key", tx::decode_known_account_key(reader.message("public_key"))
                );
                break;
            case 3:
                account.sequence = reader.uint64("sequence");
                break;
            case 4:
                account.module_name = reader.string("module_name", module_name_size_max);
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "address");
    TRY(reader.finish());
    return account;
}

}  // namespace steelyard::auth
