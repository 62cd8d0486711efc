#include "rpc/rest/request.h"

#include "cosmos/bank/v1beta1/query.pb.h"
#include "cosmos/base/tendermint/v1beta1/query.pb.h"
#include "cosmos/tx/v1beta1/service.pb.h"

#include <gtest/gtest.h>

namespace steelyard::rest {
namespace {

namespace bank = ::cosmos::bank::v1beta1;
namespace tx = ::cosmos::tx::v1beta1;

/// What a query string makes of an empty request; "error: ..." if it is refused.
template <typename Request>
std::string filled(std::string_view query, std::vector<PathParameter> path = {}) {
    Request request;
    const auto arguments = rpc::parse_query_string(query);
    EXPECT_TRUE(arguments);
    const auto done = fill_request(request, path, *arguments);
    return done ? request.ShortDebugString() : "error: " + done.error().message();
}

TEST(FillRequest, sets_fields_of_every_type) {
    EXPECT_EQ(
        filled<bank::QueryAllBalancesRequest>(
            "pagination.key=AQI%3D&pagination.offset=18446744073709551615&pagination.limit=5"
            "&pagination.count_total=true&pagination.reverse=1&resolve_denom=false"
        ),
        R"(pagination { key: "\001\002" offset: 18446744073709551615 limit: 5 )"
        R"(count_total: true reverse: true })"
    );
    EXPECT_EQ(
        filled<tx::GetTxsEventRequest>(
            "events=message.sender='a'&events=tx.height=5&order_by=ORDER_BY_DESC&page=2"
        ),
        R"(events: "message.sender=\'a\'" events: "tx.height=5" order_by: ORDER_BY_DESC page: 2)"
    );
    EXPECT_EQ(filled<tx::GetTxsEventRequest>("order_by=2"), "order_by: ORDER_BY_DESC");
    EXPECT_EQ(filled<tx::GetBlockWithTxsRequest>("height=-5"), "height: -5");
}

TEST(FillRequest, takes_the_names_that_javascript_gives) {
    EXPECT_EQ(
        filled<bank::QueryAllBalancesRequest>("pagination.countTotal=true"),
        "pagination { count_total: true }"
    );
}

TEST(FillRequest, reads_base64_as_browsers_send_it) {
    for (const std::string_view key : {"-_8=", "-_8", "%2B%2F8%3D", "+/8="}) {
        EXPECT_EQ(
            filled<bank::QueryTotalSupplyRequest>("pagination.key=" + std::string(key)),
            R"(pagination { key: "\373\377" })"
        ) << key;
    }
}

TEST(FillRequest, gives_the_path_precedence) {
    EXPECT_EQ(
        filled<bank::QueryBalanceRequest>("denom=uyard&address=other", {{"address", "yard1x"}}),
        R"(address: "yard1x" denom: "uyard")"
    );
}

TEST(FillRequest, leaves_aside_what_it_does_not_know) {
    EXPECT_EQ(
        filled<bank::QueryBalanceRequest>("_=1699&denom.x=1&pagination.limit=1&denom=a&"),
        R"(denom: "a")"
    );
}

TEST(FillRequest, says_what_is_wrong_with_which_field) {
    using All = bank::QueryAllBalancesRequest;
    EXPECT_EQ(
        filled<All>("pagination.limit=-1"), "error: pagination.limit: \"-1\" is no 64-bit integer"
    );
    EXPECT_EQ(
        filled<All>("pagination.limit=18446744073709551616"),
        "error: pagination.limit: \"18446744073709551616\" is no 64-bit integer"
    );
    EXPECT_EQ(
        filled<All>("pagination.limit="), "error: pagination.limit: \"\" is no 64-bit integer"
    );
    EXPECT_EQ(
        filled<All>("pagination.reverse=yes"),
        "error: pagination.reverse: \"yes\" is neither true nor false"
    );
    EXPECT_EQ(filled<All>("pagination.key=A"), "error: pagination.key: \"A\" is no base64");
    EXPECT_EQ(
        filled<All>("pagination=1"), "error: pagination: it is a message; name one of its fields"
    );
    EXPECT_EQ(filled<All>("address=%ff"), "error: address: the text is not valid UTF-8");
    EXPECT_EQ(filled<All>("address=a&address=b"), "error: too many values for field \"address\"");
    EXPECT_EQ(
        filled<All>("pagination.limit=1&pagination.limit=2"),
        "error: too many values for field \"pagination.limit\""
    );
    EXPECT_EQ(filled<tx::GetTxsEventRequest>("order_by=9"), "error: order_by: \"9\" is no OrderBy");
    EXPECT_EQ(
        filled<bank::QueryBalanceRequest>("", {{"no_such", "x"}}),
        "error: there is no field \"no_such\""
    );
}

TEST(SetField, refuses_names_that_lead_nowhere) {
    tx::TxEncodeRequest request;
    EXPECT_EQ(
        set_field(request, "tx.signatures.x", "1").error().message(),
        "\"tx.signatures.x\": signatures has no fields of its own"
    );
    EXPECT_EQ(set_field(request, "", "1").error().code(), ErrorCode::not_found);
    EXPECT_EQ(set_field(request, "tx.", "1").error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace steelyard::rest
