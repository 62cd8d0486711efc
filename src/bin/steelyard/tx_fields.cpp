#include "bin/steelyard/tx_fields.h"

#include "client/money.h"
#include "cosmos/base/v1beta1/coin.pb.h"

namespace steelyard::wallet {

Outcome<chain::Coins> positive_coins(std::string_view text) {
    TRY_ASSIGN(auto coins, client::parse_moneys(text));
    if (coins.empty()) {
        return usage("the amount is nothing");
    }
    return coins;
}

Outcome<chain::Coin> positive_stake(std::string_view text) {
    TRY_ASSIGN(auto coin, client::parse_money(text));
    if (coin.denom.text() != client::base_denom) {
        return usage("stake is in {} or {}", client::display_denom, client::base_denom);
    }
    if (coin.amount.is_zero()) {
        return usage("the amount is nothing");
    }
    return coin;
}

Outcome<std::string> share_on_wire(std::string_view name, std::string_view text) {
    const auto share = chain::Dec::parse(text);
    if (!share || *share < chain::Dec(0) || *share > chain::Dec(1)) {
        return usage("{} \"{}\" is no number from 0 to 1, such as 0.05", name, text);
    }
    return to_wire(*share);
}

void set_coin(cosmos::base::v1beta1::Coin& out, const chain::Coin& coin) {
    out.set_denom(coin.denom.text());
    out.set_amount(to_string(coin.amount));
}

void set_coins(
    google::protobuf::RepeatedPtrField<cosmos::base::v1beta1::Coin>& out, const chain::Coins& coins
) {
    for (const chain::Coin& coin : coins.all()) {
        set_coin(*out.Add(), coin);
    }
}

}  // namespace steelyard::wallet
