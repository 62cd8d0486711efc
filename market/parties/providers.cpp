// What providers do about themselves.
#include "market/parties/providers.h"

#include "base/check.h"
#include "ledger/params/params.h"
#include "ledger/state/values.h"
#include "market/parties/texts.h"
#include "market/records/counters.h"
#include "market/records/deadline.h"
#include "market/records/kinds.h"

#include <algorithm>

namespace steelyard::market {
namespace {

using ledger::refuse;

Outcome<void> tell(
    Context& context, std::string_view action, AccountNumber account, const Provider& provider
) {
    TRY_ASSIGN(const std::string address, address_text(context.state, account));
    context.events.push_back(ledger::make_event(
        "provider",
        {{"action", action},
         {"address", address},
         {"bond", std::to_string(provider.bond)},
         {"free_bond", std::to_string(provider.free_bond())}}
    ));
    return {};
}

Outcome<Provider> known(const StateView& state, AccountNumber account) {
    TRY_ASSIGN(auto provider, get_provider(state, account));
    if (!provider) {
        TRY_ASSIGN(const std::string address, address_text(state, account));
        return refuse(kinds::not_provider, "{}", address);
    }
    return *std::move(provider);
}

void take_on(Provider& provider, const Profile& profile) {
    provider.moniker = profile.moniker;
    provider.region = profile.region;
    provider.contact = profile.contact;
    provider.attributes = profile.attributes;
}

Outcome<void> check_attributes(const std::vector<Attribute>& attributes) {
    if (attributes.size() > attributes_max) {
        return refuse(
            kinds::bad_text, "{} attributes, must be at most {}", attributes.size(), attributes_max
        );
    }
    for (std::size_t i = 0; i < attributes.size(); ++i) {
        TRY(check_name("attribute name", attributes[i].name, attribute_name_size_max));
        TRY(check_line("attribute value", attributes[i].value, attribute_value_size_max));
        if (i > 0 && attributes[i - 1].name >= attributes[i].name) {
            return refuse(
                kinds::bad_text,
                "attribute {} does not stand in order, or twice",
                attributes[i].name
            );
        }
    }
    return {};
}

}  // namespace

Outcome<void> check_profile(const Profile& profile) {
    if (profile.moniker.empty()) {
        return refuse(kinds::bad_text, "moniker is empty");
    }
    TRY(check_line("moniker", profile.moniker, moniker_size_max));
    TRY(check_line("contact", profile.contact, contact_size_max));
    TRY(check_name("region", profile.region, region_size_max));
    return check_attributes(profile.attributes);
}

Outcome<void> register_provider(
    Context& context, AccountNumber account, const Profile& profile, Money bond
) {
    TRY(check_profile(profile));
    TRY_ASSIGN(const auto found, get_provider(context.state, account));
    TRY_ASSIGN(const auto worker, get_worker(context.state, account));
    if (found || worker) {
        TRY_ASSIGN(const std::string address, address_text(context.state, account));
        return refuse(found ? kinds::provider_exists : kinds::worker_exists, "{}", address);
    }
    const Money least = context.params.market.provider_bond_min;
    if (bond < least || bond > money_max) {
        return refuse(kinds::bond_too_small, "{} uyard, must be at least {}", bond, least);
    }
    TRY(collect(context, account, bond));
    Provider provider{.bond = bond, .registered = context.block.height};
    take_on(provider, profile);
    TRY(put_provider(context.state, account, provider));
    return tell(context, "registered", account, provider);
}

Outcome<void> update_provider(Context& context, AccountNumber account, const Profile& profile) {
    TRY(check_profile(profile));
    TRY_ASSIGN(Provider provider, known(context.state, account));
    take_on(provider, profile);
    TRY(put_provider(context.state, account, provider));
    return tell(context, "updated", account, provider);
}

Outcome<void> add_bond(Context& context, AccountNumber account, Money amount) {
    TRY_ASSIGN(Provider provider, known(context.state, account));
    if (provider.is_removed()) {
        return refuse(kinds::provider_removed, "slashed {} times", provider.slashes);
    }
    if (amount == 0 || amount > money_max) {
        return refuse(kinds::bond_too_small, "{} uyard, must be from 1 to {}", amount, money_max);
    }
    TRY(collect(context, account, amount));
    provider.bond += amount;  // all money there is fits
    TRY(put_provider(context.state, account, provider));
    return tell(context, "bonded", account, provider);
}

Outcome<void> withdraw_bond(Context& context, AccountNumber account, Money amount) {
    StateView& state = context.state;
    TRY_ASSIGN(Provider provider, known(state, account));
    if (amount == 0 || amount > provider.free_bond()) {
        return refuse(
            kinds::bond_too_small,
            "{} uyard, must be from 1 to {}: {} bonded, {} reserved, {} on its way out",
            amount,
            provider.free_bond(),
            provider.bond,
            provider.reserved,
            provider.withdrawing
        );
    }
    if (provider.withdrawals == withdrawals_max) {
        return refuse(kinds::too_many_withdrawals, "{} are", provider.withdrawals);
    }
    const ledger::MarketParams& params = context.params.market;
    const std::uint32_t number = provider.next_withdrawal++;
    provider.withdrawing += amount;
    ++provider.withdrawals;
    TRY(put_withdrawal(state, account, number, amount));
    TRY(enqueue(
        state,
        {.kind = DeadlineKind::withdraw,
         .due = due_after(context.block, params.withdraw_blocks, params.nominal_block_ms)},
        {.order = OrderId{static_cast<std::uint64_t>(account)}, .task = number}
    ));
    TRY(put_provider(state, account, provider));
    return tell(context, "withdraws", account, provider);
}

Outcome<void> end_withdrawal(Context& context, AccountNumber account, std::uint32_t number) {
    TRY_ASSIGN(Provider provider, known(context.state, account));
    TRY_ASSIGN(const auto amount, get_withdrawal(context.state, account, number));
    CHECK(amount && provider.withdrawing >= *amount && provider.withdrawals > 0);
    provider.withdrawing -= *amount;
    provider.bond -= *amount;
    --provider.withdrawals;
    TRY(erase_withdrawal(context.state, account, number));
    TRY(put_provider(context.state, account, provider));
    TRY(pay(context, account, *amount));
    return tell(context, "withdrew", account, provider);
}

Outcome<void> unjail_provider(Context& context, AccountNumber account) {
    TRY_ASSIGN(Provider provider, known(context.state, account));
    if (provider.is_removed()) {
        return refuse(kinds::provider_removed, "slashed {} times", provider.slashes);
    }
    if (!provider.is_jailed) {
        return refuse(kinds::not_jailed, "slashed {} times", provider.slashes);
    }
    provider.is_jailed = false;
    TRY(put_provider(context.state, account, provider));
    return tell(context, "unjailed", account, provider);
}

}  // namespace steelyard::market
