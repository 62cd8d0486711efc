#include "ledger/bank/bank.h"

#include "base/check.h"
#include "ledger/bank/records.h"
#include "ledger/state/values.h"

#include <algorithm>

namespace steelyard::bank {
namespace {

using chain::Amount;
using chain::Coin;
using chain::Coins;
using chain::Denom;
using ledger::account_text;
using ledger::Store;

constexpr ByteArray<1> denom_end = {0};

Key with_denom(Key prefix, const Denom& denom) {
    return prefix << as_bytes(denom.text()) << denom_end;
}

Key total_key(Source source) {
    return Key('f') << static_cast<std::uint8_t>(source);
}

Amount read_amount(ByteView bytes) {
    const Result<Amount> amount = ledger::parse_amount(bytes);
    CHECK(amount.has_value());
    return *amount;
}

Outcome<Amount> get_amount(const StateView& state, const Key& key) {
    TRY_ASSIGN(const auto bytes, state.peek(Store::bank, key));
    return bytes ? read_amount(*bytes) : Amount();
}

Outcome<void> set_amount(StateView& state, const Key& key, Amount amount) {
    return amount.is_zero() ? state.erase(Store::bank, key)
                            : state.put(Store::bank, key, ledger::amount_bytes(amount));
}

/// Nothing on this chain can add up to more than an Amount holds: the supply is one.
Outcome<void> add(StateView& state, const Key& key, Amount amount) {
    TRY_ASSIGN(const Amount before, get_amount(state, key));
    const std::optional<Amount> after = checked_add(before, amount);
    CHECK(after.has_value());
    return set_amount(state, key, *after);
}

Outcome<void> subtract(StateView& state, const Party& from, const Coin& coin) {
    const Key key = balance_key(from.number, coin.denom);
    TRY_ASSIGN(const Amount before, get_amount(state, key));
    const std::optional<Amount> after = checked_sub(before, coin.amount);
    if (!after) {
        return refuse(
            ledger::kinds::insufficient_funds,
            "spendable balance {}{} is smaller than {}",
            to_string(before),
            coin.denom.text(),
            to_string(coin)
        );
    }
    return set_amount(state, key, *after);
}

void note(
    Context& context,
    std::string_view type,
    std::string_view role,
    std::string_view party,
    std::string_view amount
) {
    context.events.push_back(ledger::make_event(type, {{role, party}, {"amount", amount}}));
}

const Denom& base() {
    static const Denom denom = *Denom::parse(ledger::base_denom);
    return denom;
}

}  // namespace

Key balances_prefix(AccountNumber account) {
    return Key('b') << account;
}

Key supplies_prefix() {
    return Key('s');
}

Key metadata_prefix() {
    return Key('m');
}

Key balance_key(AccountNumber account, const Denom& denom) {
    return with_denom(balances_prefix(account), denom);
}

Key supply_key(const Denom& denom) {
    return with_denom(supplies_prefix(), denom);
}

Key metadata_key(const Denom& denom) {
    return with_denom(metadata_prefix(), denom);
}

Coin read_coin(ByteView prefix, const ledger::Record& record) {
    const ByteView denom = ByteView(record.key).subspan(prefix.size());
    CHECK(!denom.empty() && denom.back() == denom_end[0]);
    Result<Denom> parsed = Denom::parse(as_text(denom.first(denom.size() - 1)));
    CHECK(parsed.has_value());
    return {*std::move(parsed), read_amount(record.value)};
}

Outcome<Party> party_at(StateView& state, const chain::Address& address) {
    TRY_ASSIGN(const AccountNumber number, auth::find_or_make(state, address));
    return Party{number, address};
}

Outcome<Party> module_party(const StateView& state, std::string_view name) {
    const chain::Address address = auth::module_address(name);
    TRY_ASSIGN(const std::optional<AccountNumber> number, auth::find(state, address));
    CHECK(number.has_value());
    return Party{*number, address};
}

Outcome<Amount> balance(const StateView& state, AccountNumber account, const Denom& denom) {
    return get_amount(state, balance_key(account, denom));
}

Outcome<Coins> balances(const StateView& state, AccountNumber account) {
    std::vector<Coin> coins;
    const Key prefix = balances_prefix(account);
    TRY(state.walk(Store::bank, prefix, [&](const ledger::Record& record) -> Outcome<bool> {
        coins.push_back(read_coin(prefix, record));
        return true;
    }));
    Result<Coins> all = Coins::make(std::move(coins));
    CHECK(all.has_value());
    return *std::move(all);
}

Outcome<Amount> supply(const StateView& state, const Denom& denom) {
    return get_amount(state, supply_key(denom));
}

Outcome<Amount> total(const StateView& state, Source source) {
    return get_amount(state, total_key(source));
}

Outcome<void> send(Context& context, const Party& from, const Party& to, const Coins& coins) {
    for (const Coin& coin : coins.all()) {
        TRY(subtract(context.state, from, coin));
        TRY(add(context.state, balance_key(to.number, coin.denom), coin.amount));
    }
    if (!context.is_told) {
        return {};
    }
    const std::string sender = account_text(from.address);
    const std::string recipient = account_text(to.address);
    const std::string amount = to_string(coins);
    note(context, "coin_spent", "spender", sender, amount);
    note(context, "coin_received", "receiver", recipient, amount);
    context.events.push_back(ledger::make_event(
        "transfer", {{"recipient", recipient}, {"sender", sender}, {"amount", amount}}
    ));
    return {};
}

Outcome<void> mint(Context& context, const Party& to, Amount amount) {
    TRY_ASSIGN(const Amount before, supply(context.state, base()));
    const std::optional<Amount> room = checked_sub(base_supply_max, before);
    CHECK(room.has_value());
    amount = std::min(amount, *room);
    if (amount.is_zero()) {
        return {};
    }
    TRY(add(context.state, supply_key(base()), amount));
    TRY(add(context.state, total_key(Source::minted), amount));
    TRY(add(context.state, balance_key(to.number, base()), amount));
    const std::string minter = account_text(to.address);
    const std::string text = to_string(Coin{base(), amount});
    note(context, "coin_received", "receiver", minter, text);
    note(context, "coinbase", "minter", minter, text);
    return {};
}

Outcome<void> burn(Context& context, const Party& from, Amount amount, Source source) {
    if (amount.is_zero()) {
        return {};
    }
    TRY(subtract(context.state, from, {base(), amount}));
    TRY_ASSIGN(const Amount before, supply(context.state, base()));
    const std::optional<Amount> after = checked_sub(before, amount);
    CHECK(after.has_value());
    TRY(set_amount(context.state, supply_key(base()), *after));
    TRY(add(context.state, total_key(source), amount));
    if (!context.is_told) {
        return {};
    }
    const std::string burner = account_text(from.address);
    const std::string text = to_string(Coin{base(), amount});
    note(context, "coin_spent", "spender", burner, text);
    note(context, "burn", "burner", burner, text);
    return {};
}

Outcome<void> endow(StateView& state, AccountNumber account, const Coins& coins) {
    for (const Coin& coin : coins.all()) {
        TRY(add(state, balance_key(account, coin.denom), coin.amount));
        TRY(add(state, supply_key(coin.denom), coin.amount));
    }
    return {};
}

}  // namespace steelyard::bank
