// Sections auth and bank: accounts in the order of their numbers, and what they have.
#include "cosmos/auth/v1beta1/auth.pb.h"
#include "ledger/bank/genesis_io.h"
#include "ledger/genesis/sections.h"
#include "ledger/messages/fields.h"
#include "ledger/state/values.h"
#include "proto/codec.h"
#include "steelyard/genesis/v1/genesis.pb.h"

#include <algorithm>
#include <map>

namespace steelyard::genesis {
namespace {

namespace auth_pb = cosmos::auth::v1beta1;
using bank::Source;
using chain::Amount;

/// An Any says its type's name behind the last slash.
template <typename M>
bool unpack(const google::protobuf::Any& any, M& message) {
    const std::string& url = any.type_url();
    return url == "/" + M::descriptor()->full_name() && message.ParseFromString(any.value());
}

template <typename M>
void pack(const M& message, google::protobuf::Any& any) {
    any.set_type_url("/" + M::descriptor()->full_name());
    any.set_value(message.SerializeAsString());
}

void write_coin(const chain::Coin& coin, cosmos::base::v1beta1::Coin& out) {
    out.set_denom(coin.denom.text());
    out.set_amount(to_string(coin.amount));
}

Result<auth::Account> read_base_account(const auth_pb::BaseAccount& base, std::uint64_t number) {
    auth::Account account;
    const auto address = messages::read_account("address", base.address());
    if (!address) {
        return invalid("{}", address.error().log);
    }
    account.address = *address;
    // A genesis that people make has zeros here.
    if (base.account_number() != 0 && base.account_number() != number) {
        return invalid("account_number: is {}, its place gives {}", base.account_number(), number);
    }
    if (base.has_pub_key()) {
        auto key = tx::unpack_account_key(base.pub_key());
        if (!key) {
            return std::unexpected(std::move(key).error().in("pub_key"));
        }
        if (tx::address_of(*key) != account.address) {
            return invalid("pub_key: is not that of {}", base.address());
        }
        account.key = *std::move(key);
    }
    account.sequence = base.sequence();
    return account;
}

Result<auth::Account> read_account(const google::protobuf::Any& any, std::uint64_t number) {
    auth_pb::BaseAccount base;
    auth_pb::ModuleAccount module;
    if (unpack(any, base)) {
        TRY_ASSIGN(auth::Account account, read_base_account(base, number));
        if (auth::is_module_address(account.address)) {
            return invalid("{} is a module's account", base.address());
        }
        return account;
    }
    if (!unpack(any, module)) {
        return invalid("\"{}\" is no kind of account", any.type_url());
    }
    TRY_ASSIGN(auth::Account account, read_base_account(module.base_account(), number));
    account.module_name = module.name();
    const bool is_known = std::ranges::count(auth::module_names, module.name()) != 0;
    if (!is_known || auth::module_address(module.name()) != account.address) {
        return invalid("\"{}\" is no module with this address", module.name());
    }
    return account;
}

Result<void> read_balance(StateView& state, const v1::Balance& balance, Supplies& sums) {
    TRY_ASSIGN(
        const auto address,
        at("bank.balances", messages::read_account("address", balance.address()))
    );
    const auto path = fmt::format("bank.balances: {}", balance.address());
    TRY_ASSIGN(const auto coins, at(path, messages::read_coins("coins", balance.coins())));
    const auto account = sure(auth::find_or_make(state, address));
    if (!sure(bank::balances(state, account)).empty()) {
        return invalid("app_state.{}: stands twice", path);
    }
    TRY(at(path, add_to_supply(sums, coins)));
    sure(bank::endow(state, account, coins));
    return {};
}

Result<void> check_supply(const v1::BankState& section, const Supplies& sums) {
    if (section.supply().empty()) {
        return {};
    }
    TRY_ASSIGN(
        const auto supply, at("bank.supply", messages::read_coins("supply", section.supply()))
    );
    Supplies said;
    for (const chain::Coin& coin : supply.all()) {
        said.emplace(coin.denom, coin.amount);
    }
    if (said != sums) {
        return invalid("app_state.bank.supply: is not the sum of the balances");
    }
    return {};
}

Result<void> read_totals(StateView& state, const v1::Totals& totals) {
    const auto take = [&](Source source, std::string_view name, const std::string& text
                      ) -> Result<void> {
        const auto path = fmt::format("bank.totals.{}", name);
        const auto amount = text.empty() ? Result<Amount>(Amount()) : Amount::parse(text);
        TRY(at(path, amount));
        sure(bank::set_total(state, source, *amount));
        return Result<void>();
    };
    TRY(take(Source::minted, "minted", totals.minted()));
    TRY(take(Source::burned_fees, "burned_fees", totals.burned_fees()));
    TRY(take(Source::slashed, "slashed", totals.slashed()));
    return take(Source::burned_by_market, "burned_by_market", totals.burned_by_market());
}

}  // namespace

Result<void> add_to_supply(Supplies& sums, const chain::Coins& coins) {
    for (const chain::Coin& coin : coins.all()) {
        const auto sum = checked_add(sums[coin.denom], coin.amount);
        const bool is_base = coin.denom.text() == ledger::base_denom;
        if (!sum || (is_base && *sum > bank::base_supply_max)) {
            return invalid(
                "the supply of {} is over the limit {}",
                coin.denom.text(),
                is_base ? to_string(bank::base_supply_max) : "2^127 - 1"
            );
        }
        sums[coin.denom] = *sum;
    }
    return {};
}

Result<void> read_auth(StateView& state, const v1::AuthState& section) {
    for (int i = 0; i < section.accounts_size(); ++i) {
        const auto path = fmt::format("auth.accounts[{}]", i);
        const auto number = static_cast<std::uint64_t>(i);
        TRY_ASSIGN(const auto account, at(path, read_account(section.accounts(i), number)));
        if (sure(auth::find(state, account.address))) {
            return invalid("app_state.{}: stands twice", path);
        }
        sure(auth::make(state, account));
    }
    // Those that the document does not name.
    for (const std::string_view name : auth::module_names) {
        const chain::Address address = auth::module_address(name);
        if (!sure(auth::find(state, address))) {
            sure(auth::make(state, {.address = address, .module_name = std::string(name)}));
        }
    }
    return {};
}

Result<void> read_bank(StateView& state, const v1::BankState& section) {
    Supplies sums;
    for (const v1::Balance& balance : section.balances()) {
        TRY(read_balance(state, balance, sums));
    }
    TRY(check_supply(section, sums));
    TRY(read_totals(state, section.totals()));
    for (const auto& metadata : section.denom_metadata()) {
        TRY_ASSIGN(
            const auto denom, at("bank.denom_metadata", chain::Denom::parse(metadata.base()))
        );
        sure(bank::put_metadata(state, denom, proto::serialize(metadata)));
    }
    return {};
}

void write_auth(const StateView& state, v1::AuthState& section) {
    for (std::uint64_t i = 0; i < sure(auth::next_number(state)); ++i) {
        const auth::Account account = sure(auth::get(state, ledger::AccountNumber{i}));
        auth_pb::BaseAccount base;
        base.set_address(ledger::account_text(account.address));
        if (account.key) {
            *base.mutable_pub_key() = tx::pack_account_key(*account.key);
        }
        base.set_account_number(i);
        base.set_sequence(account.sequence);
        if (account.module_name.empty()) {
            pack(base, *section.add_accounts());
            continue;
        }
        auth_pb::ModuleAccount module;
        *module.mutable_base_account() = base;
        module.set_name(account.module_name);
        pack(module, *section.add_accounts());
    }
}

void write_bank(const StateView& state, v1::BankState& section) {
    for (std::uint64_t i = 0; i < sure(auth::next_number(state)); ++i) {
        const ledger::AccountNumber number{i};
        const chain::Coins coins = sure(bank::balances(state, number));
        if (coins.empty()) {
            continue;
        }
        auto& row = *section.add_balances();
        row.set_address(ledger::account_text(sure(auth::get(state, number)).address));
        for (const chain::Coin& coin : coins.all()) {
            write_coin(coin, *row.add_coins());
        }
    }
    sure(bank::walk_supply(state, [&](const chain::Coin& coin) -> Outcome<bool> {
        write_coin(coin, *section.add_supply());
        return true;
    }));
    sure(bank::walk_metadata(state, [&](ByteView metadata) -> Outcome<bool> {
        auto& row = *section.add_denom_metadata();
        CHECK(row.ParseFromArray(metadata.data(), static_cast<int>(metadata.size())));
        return true;
    }));
    const auto total = [&](Source source) { return to_string(sure(bank::total(state, source))); };
    v1::Totals& totals = *section.mutable_totals();
    totals.set_minted(total(Source::minted));
    totals.set_burned_fees(total(Source::burned_fees));
    totals.set_slashed(total(Source::slashed));
    totals.set_burned_by_market(total(Source::burned_by_market));
}

}  // namespace steelyard::genesis
