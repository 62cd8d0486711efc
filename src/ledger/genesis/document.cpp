#include "ledger/genesis/document.h"

#include "base/check.h"
#include "chain/genesis.h"
#include "chain/json_text.h"
#include "cosmos/auth/v1beta1/auth.pb.h"
#include "cosmos/staking/v1beta1/tx.pb.h"
#include "ledger/auth/accounts.h"
#include "ledger/genesis/sections.h"
#include "ledger/state/values.h"
#include "proto/json.h"
#include "steelyard/genesis/v1/genesis.pb.h"

namespace steelyard::genesis {
namespace {

constexpr std::uint32_t display_places = 6;

/// How wallets show the base coin.
void add_metadata(v1::BankState& section) {
    auto& metadata = *section.add_denom_metadata();
    metadata.set_description("The coin of fees, stake and jobs");
    auto& unit = *metadata.add_denom_units();
    unit.set_denom(std::string(ledger::base_denom));
    auto& display = *metadata.add_denom_units();
    display.set_denom("yard");
    display.set_exponent(display_places);
    metadata.set_base(std::string(ledger::base_denom));
    metadata.set_display("yard");
    metadata.set_name("Yard");
    metadata.set_symbol("YARD");
}

/// The operator whose validator a genesis transaction creates; empty: it creates none.
std::string created_validator(const cosmos::tx::v1beta1::Tx& tx) {
    cosmos::staking::v1beta1::MsgCreateValidator message;
    for (const auto& any : tx.body().messages()) {
        if (any.type_url() == "/" + message.GetDescriptor()->full_name() &&
            message.ParseFromString(any.value())) {
            return message.validator_address();
        }
    }
    return "";
}

}  // namespace

struct Document::Parts {
    v1::AppState state;
};

namespace {

/// What cannot be read counts as nothing: whoever starts the chain is told.
chain::Coins coins_of(const v1::Balance& balance) {
    std::string coins;
    for (const auto& coin : balance.coins()) {
        coins += (coins.empty() ? "" : ",") + coin.amount() + coin.denom();
    }
    auto parsed = chain::Coins::parse(coins);
    return parsed ? *std::move(parsed) : chain::Coins();
}

/// Errors: more than there may be, together with what is there.
Result<void> check_supplies(const v1::BankState& section, const chain::Coins& added) {
    Supplies sums;
    for (const v1::Balance& balance : section.balances()) {
        TRY(add_to_supply(sums, coins_of(balance)));
    }
    return add_to_supply(sums, added);
}

}  // namespace

Document::Document(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
}

Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::make(const ledger::Params& params) {
    auto parts = std::make_unique<Parts>();
    set_params(params, *parts->state.mutable_params());
    add_metadata(*parts->state.mutable_bank());
    return Document(std::move(parts));
}

Result<Document> Document::parse(std::string_view app_state) {
    auto parts = std::make_unique<Parts>();
    auto read = proto::from_json(parts->state, app_state, chain::genesis_size_max);
    if (!read) {
        return std::unexpected(std::move(read).error().in("app_state"));
    }
    return Document(std::move(parts));
}

Result<void> Document::add_account(const chain::Address& address, const chain::Coins& coins) {
    const std::string text = ledger::account_text(address);
    if (balance(address)) {
        return fail(ErrorCode::denied, "{} is in the genesis already", text);
    }
    if (auth::is_module_address(address)) {
        return invalid("{} is a module's account", text);
    }
    TRY(check_supplies(parts_->state.bank(), coins));
    auto& auth = *parts_->state.mutable_auth();
    cosmos::auth::v1beta1::BaseAccount account;
    account.set_address(text);
    account.set_account_number(static_cast<std::uint64_t>(auth.accounts_size()));
    auto& any = *auth.add_accounts();
    any.set_type_url("/" + account.GetDescriptor()->full_name());
    any.set_value(account.SerializeAsString());
    auto& balance = *parts_->state.mutable_bank()->add_balances();
    balance.set_address(text);
    for (const chain::Coin& coin : coins.all()) {
        auto& added = *balance.add_coins();
        added.set_denom(coin.denom.text());
        added.set_amount(to_string(coin.amount));
    }
    parts_->state.mutable_bank()->clear_supply();
    return {};
}

std::optional<chain::Coins> Document::balance(const chain::Address& address) const {
    const std::string text = ledger::account_text(address);
    for (const v1::Balance& balance : parts_->state.bank().balances()) {
        if (balance.address() != text) {
            continue;
        }
        return coins_of(balance);
    }
    return std::nullopt;
}

Result<void> Document::add_gen_tx(std::string_view tx) {
    cosmos::tx::v1beta1::Tx message;
    TRY(proto::from_json(message, tx));
    const std::string created = created_validator(message);
    if (created.empty()) {
        return invalid("the transaction creates no validator");
    }
    auto& gen_txs = *parts_->state.mutable_genutil()->mutable_gen_txs();
    for (const auto& other : gen_txs) {
        if (created_validator(other) == created) {
            return fail(ErrorCode::denied, "validator {} is created already", created);
        }
    }
    *gen_txs.Add() = std::move(message);
    return {};
}

void Document::clear_gen_txs() {
    parts_->state.mutable_genutil()->clear_gen_txs();
}

std::string Document::print() const {
    const auto json = proto::to_json(parts_->state);
    CHECK(json.has_value());
    return chain::json_indent(*json, 1);
}

}  // namespace steelyard::genesis
