// steelyard.market.v1.Query: orders, asks and jobs, and whose they are.
#include "ledger/queries/listing_pages.h"
#include "ledger/queries/market_rows.h"
#include "ledger/queries/typed_query.h"
#include "steelyard/market/v1/query.pb.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace ::steelyard::market::v1;
using ledger::AccountNumber;
using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;
using market::OrderId;
using market::Owned;

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

Answer<const market::Listings*> listings_of(const Asked& asked) {
    if (asked.listings == nullptr) {
        return std::unexpected(
            QueryFailure(Status::internal, "this node does not list what accounts have")
        );
    }
    return asked.listings;
}

Answer<QueryOrderResponse> order(const Asked& asked, const QueryOrderRequest& request) {
    const OrderId id{request.order_id()};
    TRY_ASSIGN(const auto found, market::get_order(asked.state, id));
    if (!found) {
        return not_found("order {} not found", request.order_id());
    }
    QueryOrderResponse response;
    TRY_ASSIGN(*response.mutable_order(), describe(asked, id, *found));
    return response;
}

Answer<QueryOrdersResponse> all_orders(const Asked& asked, const QueryOrdersRequest& request) {
    QueryOrdersResponse response;
    TRY(answer_page(
        {asked.state,
         Store::job,
         Key('o'),
         [&](const Record& record) -> Answer<bool> {
             return !request.only_open() || !known(market::decode_order(record.value)).is_final;
         }},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            const OrderId id{KeyReader(record.key).number8()};
            TRY_ASSIGN(
                *response.add_orders(),
                describe(asked, id, known(market::decode_order(record.value)))
            );
            return {};
        }
    ));
    return response;
}

Answer<QueryOrdersResponse> orders(const Asked& asked, const QueryOrdersRequest& request) {
    if (request.user().empty()) {
        return all_orders(asked, request);
    }
    TRY_ASSIGN(const market::Listings* listings, listings_of(asked));
    TRY_ASSIGN(const auto user, read_owner(asked, "user", request.user()));
    QueryOrdersResponse response;
    response.mutable_pagination();
    if (!user) {
        return response;
    }
    TRY(answer_listing(
        request.only_open() ? listings->open_orders() : listings->orders(),
        *user,
        request,
        response,
        [&](const Owned& owned) -> Answer<bool> {
            TRY_ASSIGN(const auto row, market::get_order(asked.state, owned.id.order));
            TRY_ASSIGN(*response.add_orders(), describe(asked, owned.id.order, known(row)));
            return true;
        }
    ));
    return response;
}

Answer<QueryAsksResponse> asks(const Asked& asked, const QueryAsksRequest& request) {
    TRY_ASSIGN(const market::Listings* listings, listings_of(asked));
    TRY_ASSIGN(const auto provider, read_owner(asked, "provider", request.provider()));
    QueryAsksResponse response;
    response.mutable_pagination();
    if (!provider) {
        return response;
    }
    TRY(answer_listing(
        listings->asks(),
        *provider,
        request,
        response,
        [&](const std::pair<const Owned, market::AskKey>& entry) -> Answer<bool> {
            TRY_ASSIGN(const auto row, market::get_ask(asked.state, entry.second));
            TRY_ASSIGN(*response.add_asks(), describe(asked, entry.second, known(row)));
            return true;
        }
    ));
    return response;
}

Answer<QueryJobResponse> job(const Asked& asked, const QueryJobRequest& request) {
    const market::JobId id{.order = OrderId{request.order_id()}, .task = request.task()};
    TRY_ASSIGN(const FoundJob found, find_job(asked, id));
    QueryJobResponse response;
    TRY_ASSIGN(*response.mutable_job(), describe(asked, id, found));
    return response;
}

Answer<QueryJobsResponse> jobs_of_order(const Asked& asked, const QueryJobsRequest& request) {
    const OrderId id{request.order_id()};
    TRY_ASSIGN(const auto order, market::get_order(asked.state, id));
    if (!order) {
        return not_found("order {} not found", request.order_id());
    }
    const Key prefix = Key('j') << request.order_id();
    QueryJobsResponse response;
    TRY(answer_page(
        {asked.state,
         Store::job,
         prefix,
         [&](const Record& record) -> Answer<bool> {
             return !request.only_live() ||
                    !market::is_final(known(market::decode_job(record.value)).state);
         }},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            KeyReader reader(record.key);
            reader.number8();
            const market::JobId job_id{.order = id, .task = reader.number4()};
            TRY_ASSIGN(
                *response.add_jobs(),
                describe(asked, job_id, {*order, known(market::decode_job(record.value))})
            );
            return {};
        }
    ));
    return response;
}

/// Whose jobs are asked for: a provider, and one of its workers where there is one.
struct Workforce {
    AccountNumber provider{};
    std::optional<AccountNumber> worker{};
};

/// Nothing: nobody has that address, or he has no work.
Answer<std::optional<Workforce>> read_workforce(
    const Asked& asked, const QueryJobsRequest& request
) {
    if (!request.provider().empty()) {
        TRY_ASSIGN(const auto provider, read_owner(asked, "provider", request.provider()));
        return provider ? std::optional<Workforce>({*provider, std::nullopt}) : std::nullopt;
    }
    TRY_ASSIGN(const auto account, read_owner(asked, "worker", request.worker()));
    if (!account) {
        return std::optional<Workforce>();
    }
    TRY_ASSIGN(const auto worker, market::get_worker(asked.state, *account));
    return worker ? std::optional<Workforce>({worker->provider, *account}) : std::nullopt;
}

Answer<QueryJobsResponse> jobs_of_workforce(const Asked& asked, const QueryJobsRequest& request) {
    TRY_ASSIGN(const market::Listings* listings, listings_of(asked));
    TRY_ASSIGN(const auto workforce, read_workforce(asked, request));
    QueryJobsResponse response;
    response.mutable_pagination();
    if (!workforce) {
        return response;
    }
    TRY(answer_listing(
        request.only_live() ? listings->live_jobs() : listings->jobs(),
        workforce->provider,
        request,
        response,
        [&](const Owned& owned) -> Answer<bool> {
            TRY_ASSIGN(const FoundJob found, find_job(asked, owned.id));
            if (workforce->worker && found.job.match->worker != *workforce->worker) {
                return false;
            }
            TRY_ASSIGN(*response.add_jobs(), describe(asked, owned.id, found));
            return true;
        }
    ));
    return response;
}

Answer<QueryJobsResponse> jobs(const Asked& asked, const QueryJobsRequest& request) {
    const int named = (request.order_id() != 0 ? 1 : 0) + (request.provider().empty() ? 0 : 1) +
                      (request.worker().empty() ? 0 : 1);
    if (named != 1) {
        return invalid_argument("{} of order_id, provider and worker, must be one", named);
    }
    return request.order_id() != 0 ? jobs_of_order(asked, request)
                                   : jobs_of_workforce(asked, request);
}

}  // namespace

std::span<const QueryMethod> market_order_queries() {
    static const std::array methods = {
        query_method<QueryOrderRequest, order>("/steelyard.market.v1.Query/Order"),
        query_method<QueryOrdersRequest, orders>("/steelyard.market.v1.Query/Orders"),
        query_method<QueryAsksRequest, asks>("/steelyard.market.v1.Query/Asks"),
        query_method<QueryJobRequest, job>("/steelyard.market.v1.Query/Job"),
        query_method<QueryJobsRequest, jobs>("/steelyard.market.v1.Query/Jobs"),
    };
    return methods;
}

}  // namespace steelyard::queries
