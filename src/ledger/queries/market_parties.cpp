// steelyard.market.v1.Query: classes, programs, providers, workers, and what became of their jobs.
#include "base/hex.h"
#include "ledger/queries/market_rows.h"
#include "ledger/queries/pages.h"
#include "ledger/queries/typed_query.h"
#include "market/parties/reputation.h"
#include "market/records/counters.h"
#include "steelyard/market/v1/query.pb.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace ::steelyard::market::v1;
using ledger::AccountNumber;
using ledger::Key;
using ledger::KeyReader;
using ledger::Outcome;
using ledger::Record;
using ledger::Store;
using market::ClassId;

/// A row that our own code wrote.
template <typename T>
T known(Result<T> decoded) {
    CHECK(decoded.has_value());
    return *std::move(decoded);
}

template <typename T>
T known(std::optional<T> found) {
    CHECK(found.has_value());
    return *std::move(found);
}

ClassId class_of(const Record& record) {
    return ClassId{KeyReader(record.key).number4()};
}

crypto::Hash256 program_of(const Record& record) {
    constexpr std::size_t size = sizeof(crypto::Hash256);
    return to_array(KeyReader(record.key).bytes(size).first<size>());
}

Answer<QueryClassResponse> class_query(const Asked& asked, const QueryClassRequest& request) {
    ClassId id{request.class_id()};
    if (!request.name().empty()) {
        if (request.class_id() != 0) {
            return invalid_argument("both class_id and name");
        }
        if (request.name().size() > market::class_name_size_max) {
            return invalid_argument(
                "name has {} bytes, limit {}", request.name().size(), market::class_name_size_max
            );
        }
        TRY_ASSIGN(const auto named, market::find_class(asked.state, request.name()));
        if (!named) {
            return not_found("class {} not found", request.name());
        }
        id = *named;
    }
    TRY_ASSIGN(const auto found, market::get_class(asked.state, id));
    if (!found) {
        return not_found("class {} not found", request.class_id());
    }
    QueryClassResponse response;
    *response.mutable_class_() = describe(id, *found);
    return response;
}

Answer<QueryClassesResponse> classes(const Asked& asked, const QueryClassesRequest& request) {
    QueryClassesResponse response;
    TRY(answer_page(
        {asked.state, Store::market, Key('k')},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            *response.add_classes() =
                describe(class_of(record), known(market::decode_class(record.value)));
            return {};
        }
    ));
    return response;
}

Answer<QueryProgramResponse> program(const Asked& asked, const QueryProgramRequest& request) {
    TRY_ASSIGN(const crypto::Hash256 id, read_id("program_id", request.program_id()));
    TRY_ASSIGN(const auto found, market::get_program(asked.state, id));
    if (!found) {
        return not_found("program {} not found", to_hex(id));
    }
    QueryProgramResponse response;
    TRY_ASSIGN(*response.mutable_program(), describe(asked, id, *found));
    if (request.with_bytes()) {
        response.set_bytes(bytes_text(market::program_bytes(asked.state, id)));
    }
    return response;
}

Answer<QueryProgramsResponse> programs(const Asked& asked, const QueryProgramsRequest& request) {
    QueryProgramsResponse response;
    TRY(answer_page(
        {asked.state, Store::market, Key('g')},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            TRY_ASSIGN(
                *response.add_programs(),
                describe(
                    asked, program_of(record), known(market::decode_program_record(record.value))
                )
            );
            return {};
        }
    ));
    return response;
}

struct FoundProvider {
    AccountNumber account{};
    market::Provider provider{};
};

Answer<FoundProvider> find_provider(const Asked& asked, const std::string& address) {
    TRY_ASSIGN(const auto account, read_owner(asked, "provider", address));
    if (account) {
        TRY_ASSIGN(const auto provider, market::get_provider(asked.state, *account));
        if (provider) {
            return FoundProvider{*account, *provider};
        }
    }
    return not_found("provider {} not found", address);
}

Answer<QueryProviderResponse> provider(const Asked& asked, const QueryProviderRequest& request) {
    TRY_ASSIGN(const FoundProvider found, find_provider(asked, request.provider()));
    QueryProviderResponse response;
    Provider& message = *response.mutable_provider();
    TRY_ASSIGN(message, describe(asked, found.account, found.provider));
    TRY(market::walk_withdrawals(
        asked.state,
        found.account,
        [&](std::uint32_t number, market::Money amount) -> Outcome<bool> {
            Withdrawal& row = *message.add_withdrawals();
            row.set_number(number);
            row.set_amount(amount);
            return true;
        }
    ));
    return response;
}

Answer<QueryProvidersResponse> providers(const Asked& asked, const QueryProvidersRequest& request) {
    QueryProvidersResponse response;
    TRY(answer_page(
        {asked.state, Store::provider, Key('p')},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            const AccountNumber account = KeyReader(record.key).account();
            TRY_ASSIGN(
                *response.add_providers(),
                describe(asked, account, known(market::decode_provider(record.value)))
            );
            return {};
        }
    ));
    return response;
}

Answer<QueryWorkerResponse> worker(const Asked& asked, const QueryWorkerRequest& request) {
    TRY_ASSIGN(const auto account, read_owner(asked, "worker", request.worker()));
    if (account) {
        TRY_ASSIGN(const auto found, market::get_worker(asked.state, *account));
        if (found) {
            QueryWorkerResponse response;
            TRY_ASSIGN(*response.mutable_worker(), describe(asked, *account, *found));
            return response;
        }
    }
    return not_found("worker {} not found", request.worker());
}

Answer<QueryWorkersResponse> workers(const Asked& asked, const QueryWorkersRequest& request) {
    TRY_ASSIGN(const FoundProvider found, find_provider(asked, request.provider()));
    QueryWorkersResponse response;
    const Key prefix = Key('x') << found.account;
    TRY(answer_page(
        {asked.state, Store::provider, prefix},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            KeyReader reader(record.key);
            reader.account();
            const AccountNumber account = reader.account();
            TRY_ASSIGN(const auto row, market::get_worker(asked.state, account));
            TRY_ASSIGN(*response.add_workers(), describe(asked, account, known(row)));
            return {};
        }
    ));
    return response;
}

Answer<QueryReputationResponse> reputation(
    const Asked& asked, const QueryReputationRequest& request
) {
    TRY_ASSIGN(const FoundProvider found, find_provider(asked, request.provider()));
    TRY_ASSIGN(const market::BookId book, read_book(asked, request.class_id(), 0));
    TRY_ASSIGN(
        const market::Reputation now,
        market::reputation_of(
            asked.state,
            found.account,
            book.class_id,
            asked.block.height,
            asked.params.market.nominal_block_ms
        )
    );
    QueryReputationResponse response;
    response.set_s(now.s);
    response.set_f(now.f);
    response.set_r(now.r);
    response.set_payers(now.payers);
    response.set_score(static_cast<std::uint32_t>((Uint128{now.r} * market::reputation_scale) >> 32)
    );
    return response;
}

Answer<ClassStats> stats_of(const Asked& asked, ClassId id, const market::Class& value) {
    ClassStats stats;
    stats.set_class_id(static_cast<std::uint32_t>(id));
    stats.set_name(value.name);
    TRY_ASSIGN(const auto counters, market::get_class_counters(asked.state, id));
    const Bytes record = market::encode_class_counters(counters);
    CHECK(stats.mutable_counters()->ParseFromArray(record.data(), static_cast<int>(record.size())));
    return stats;
}

Answer<QueryStatsResponse> stats(const Asked& asked, const QueryStatsRequest& request) {
    QueryStatsResponse response;
    TRY_ASSIGN(const market::Money pool, market::verification_pool(asked.state));
    response.set_verification_pool(pool);
    if (request.class_id() != 0) {
        TRY_ASSIGN(const market::BookId book, read_book(asked, request.class_id(), 0));
        TRY_ASSIGN(const auto found, market::get_class(asked.state, book.class_id));
        TRY_ASSIGN(*response.add_classes(), stats_of(asked, book.class_id, known(found)));
        return response;
    }
    TRY(answer_page(
        {asked.state, Store::market, Key('k')},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            TRY_ASSIGN(
                *response.add_classes(),
                stats_of(asked, class_of(record), known(market::decode_class(record.value)))
            );
            return {};
        }
    ));
    return response;
}

}  // namespace

std::span<const QueryMethod> market_party_queries() {
    static const std::array methods = {
        query_method<QueryClassRequest, class_query>("/steelyard.market.v1.Query/Class"),
        query_method<QueryClassesRequest, classes>("/steelyard.market.v1.Query/Classes"),
        query_method<QueryProgramRequest, program>("/steelyard.market.v1.Query/Program"),
        query_method<QueryProgramsRequest, programs>("/steelyard.market.v1.Query/Programs"),
        query_method<QueryProviderRequest, provider>("/steelyard.market.v1.Query/Provider"),
        query_method<QueryProvidersRequest, providers>("/steelyard.market.v1.Query/Providers"),
        query_method<QueryWorkerRequest, worker>("/steelyard.market.v1.Query/Worker"),
        query_method<QueryWorkersRequest, workers>("/steelyard.market.v1.Query/Workers"),
        query_method<QueryReputationRequest, reputation>("/steelyard.market.v1.Query/Reputation"),
        query_method<QueryStatsRequest, stats>("/steelyard.market.v1.Query/Stats"),
    };
    return methods;
}

}  // namespace steelyard::queries
