// The questions that the ledger answers, by method.
#pragma once

#include "ledger/params/params.h"
#include "ledger/queries/answer.h"
#include "ledger/state/context.h"

#include <span>

namespace steelyard::market {
class Listings;
}

namespace steelyard::queries {

/// What a question is asked of. The view is the question's own: what it changes is thrown away.
struct Asked {
    ledger::StateView& state;
    const ledger::BlockInfo& block;  ///< the last one committed
    const ledger::Params& params;

    /// Who has what in the market; nullptr: nobody keeps it.
    const market::Listings* listings = nullptr;

    /// For a simulation's messages (Context).
    const market::ProofVerifier* verifier = nullptr;
};

/// `answer` takes the request and gives the response, both encoded. Requests are read as gRPC
/// servers read them: unknown fields do no harm.
struct QueryMethod {
    std::string_view path;  ///< "/cosmos.bank.v1beta1.Query/Balance"
    Answer<Bytes> (*answer)(const Asked& asked, ByteView request);
};

// One file each.
std::span<const QueryMethod> auth_queries();
std::span<const QueryMethod> bank_queries();
std::span<const QueryMethod> staking_queries();
std::span<const QueryMethod> delegation_queries();
std::span<const QueryMethod> distribution_queries();
std::span<const QueryMethod> slashing_queries();
std::span<const QueryMethod> mint_queries();
std::span<const QueryMethod> params_queries();
std::span<const QueryMethod> beacon_queries();
std::span<const QueryMethod> market_party_queries();
std::span<const QueryMethod> market_order_queries();
std::span<const QueryMethod> market_book_queries();
std::span<const QueryMethod> tx_queries();

/// Nothing: there is no such method.
const QueryMethod* find_query_method(std::string_view path);

/// What one question may read of the state, in gas: a block waits for those that are being
/// answered. A simulation has the limit of a transaction instead.
inline constexpr std::uint64_t query_gas_max = 100'000'000;

/// Asks, with a meter in the view. Errors: those of the method, and resource_exhausted where it
/// would read more than `gas_max`.
Answer<Bytes> ask(
    const QueryMethod& method,
    const Asked& asked,
    ByteView request,
    std::uint64_t gas_max = query_gas_max
);

}  // namespace steelyard::queries
