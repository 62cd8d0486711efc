// A market and questions of it.
#pragma once

#include "ledger/messages/fields.h"
#include "steelyard/market/v1/query.pb.h"
#include "tests/support/market/market_bench.h"
#include "tests/unit/ledger/queries/query_bench.h"

namespace steelyard::queries {

class MarketQueryTest : public testing::Test {
protected:
    /// Of the block under way, which nobody has executed yet: what was committed is before it.
    Asked asked() { return {market.state(), market.block, market.params, &market.listings()}; }

    /// The response; a failure as text in `failure`.
    template <typename Response, typename Request>
    Response ask(std::string_view method, const Request& request) {
        failure.clear();
        const auto* const found =
            find_query_method("/steelyard.market.v1.Query/" + std::string(method));
        Response response;
        if (found == nullptr) {
            failure = "no method";
            return response;
        }
        const Answer<Bytes> answer = queries::ask(*found, asked(), proto::serialize(request));
        if (!answer) {
            failure = std::string(to_string(answer.error().status)) + ": " + answer.error().text;
            return response;
        }
        EXPECT_TRUE(response.ParseFromArray(answer->data(), static_cast<int>(answer->size())));
        return response;
    }

    std::string address(int number) const { return messages::account_text(market.address(number)); }

    /// Providers 1 to 3 at rising prices, and an order of user 10 that meets the first.
    market::JobId matched() {
        for (int provider = 1; provider <= 3; ++provider) {
            market.ask(
                market.make_provider(provider), 1'000'000 * static_cast<unsigned>(provider), 100'000
            );
        }
        const auto id = market.order(market.person(10), market.terms(2'000'000));
        market.end_block();
        return id;
    }

    test::MarketBench market;
    std::string failure;
};

inline std::string bytes_of(ByteView bytes) {
    return std::string(as_text(bytes));
}

}  // namespace steelyard::queries
