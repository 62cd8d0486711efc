// MarketParams as a message. Private to the .cpp files of this folder.
#pragma once

#include "ledger/params/market_params.h"

namespace steelyard::params::v1 {
class MarketParams;
}

namespace steelyard::ledger {

void write_market(const MarketParams& params, steelyard::params::v1::MarketParams& out);
MarketParams read_market(const steelyard::params::v1::MarketParams& message);

}  // namespace steelyard::ledger
