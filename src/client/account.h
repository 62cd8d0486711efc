// What a wallet asks a node for before and after it signs.
#pragma once

#include "chain/dec.h"
#include "client/node_client.h"
#include "client/transactions.h"

namespace cosmos::auth::v1beta1 {
class QueryAccountResponse;
}

namespace steelyard::client {

struct AccountState {
    std::uint64_t number = 0;
    std::uint64_t sequence = 0;
    std::optional<AccountKey> key{};  ///< once it has signed
};

/// What a node answered about an account. Errors: denied (the chain's own), corrupt.
Result<AccountState> read_account(
    const cosmos::auth::v1beta1::QueryAccountResponse& answer, std::string_view address
);

/// Errors: not_found if nobody has paid the address yet.
Result<AccountState> find_account(const NodeClient& node, std::string_view address);

/// The gas that the transaction (encode_for_simulation) takes now. Errors: why it would fail.
Result<std::uint64_t> simulate(const NodeClient& node, ByteView tx);

/// What the chain asks for gas at least.
Result<chain::Dec> min_gas_price(const NodeClient& node);

}  // namespace steelyard::client
