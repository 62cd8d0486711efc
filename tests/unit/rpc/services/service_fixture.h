// A node that stands still, asked through the services.
#pragma once

#include "abci/query_status.h"
#include "proto/codec.h"
#include "rpc/services/services.h"
#include "tests/unit/rpc/fake_node.h"

#include <gmock/gmock.h>

namespace steelyard::services {

class ServiceTest : public testing::Test {
protected:
    /// The value of the answer to a question that has one.
    template <typename Response, typename Request>
    Response ask(std::string_view path, const Request& request) {
        const abci::QueryResult result = raw(path, request);
        EXPECT_EQ(result.code, 0U) << result.log;
        EXPECT_EQ(result.height, node_.chain.range().tip);
        Response response;
        EXPECT_TRUE(
            response.ParseFromArray(result.value.data(), static_cast<int>(result.value.size()))
        );
        return response;
    }

    /// The log of the answer to a question that has none.
    template <typename Request>
    std::string refusal(std::string_view path, const Request& request) {
        const abci::QueryResult result = raw(path, request);
        EXPECT_NE(result.code, 0U);
        EXPECT_EQ(result.codespace, "sdk");
        EXPECT_TRUE(result.value.empty());
        return result.log;
    }

    template <typename Request>
    abci::QueryResult raw(std::string_view path, const Request& request) {
        return services_.query({.path = std::string(path), .data = proto::serialize(request)})
            .value();
    }

    test::FakeNode node_;
    Services services_{
        {.chain = node_.chain,
         .blocks = node_.blocks,
         .pool = node_,
         .app = node_,
         .status = node_,
         .indexer = node_.indexer.get(),
         .searcher = &node_.searcher},
        {.fee_denom = "uyard",
         .consensus_prefix = "yardvalcons",
         .patience = std::chrono::seconds(1)}
    };
};

}  // namespace steelyard::services
