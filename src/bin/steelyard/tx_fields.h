// Values in messages.
#pragma once

#include "bin/steelyard/complaint.h"
#include "chain/coin.h"
#include "chain/dec.h"

namespace google::protobuf {
template <typename T>
class RepeatedPtrField;
}

namespace cosmos::base::v1beta1 {
class Coin;
}

namespace steelyard::wallet {

/// One or more, of which none is zero.
Outcome<chain::Coins> positive_coins(std::string_view text);

/// A positive amount of the base denomination.
Outcome<chain::Coin> positive_stake(std::string_view text);

/// A share of the whole, 0 to 1, such as "0.05", as it travels.
Outcome<std::string> share_on_wire(std::string_view name, std::string_view text);

void set_coin(cosmos::base::v1beta1::Coin& out, const chain::Coin& coin);
void set_coins(
    google::protobuf::RepeatedPtrField<cosmos::base::v1beta1::Coin>& out, const chain::Coins& coins
);

}  // namespace steelyard::wallet
