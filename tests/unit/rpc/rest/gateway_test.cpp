#include "cosmos/bank/v1beta1/query.pb.h"
#include "cosmos/staking/v1beta1/query.pb.h"
#include "cosmos/tx/v1beta1/service.pb.h"
#include "gateway_fixture.h"
#include "rpc/rest/path_template.h"
#include "rpc/rest/route_table.h"
#include "rpc/server.h"
#include "tests/support/http_client.h"

namespace steelyard::rest {
namespace {

namespace bank = ::cosmos::bank::v1beta1;
namespace tx = ::cosmos::tx::v1beta1;
using google::protobuf::FieldDescriptor;
using testing::HasSubstr;

constexpr std::string_view not_implemented =
    R"({"code":12,"message":"Not Implemented","details":[]})";

/// A request of a method that has a route.
std::unique_ptr<google::protobuf::Message> request_of(const Route& route) {
    std::string name(route.method.substr(1));
    name[name.find('/')] = '.';
    const auto* const method =
        google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
    return std::unique_ptr<google::protobuf::Message>(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(method->input_type())
            ->New()
    );
}

/// Each parameter of the path gets a value of its own, and each must arrive.
TEST_F(GatewayTest, carries_the_parameters_of_every_route) {
    for (const Route& route : routes()) {
        auto expected = request_of(route);
        std::string path(route.path);
        int number = 0;
        for (const std::string_view field : PathTemplate(route.path).fields()) {
            const auto* const descriptor =
                expected->GetDescriptor()->FindFieldByName(std::string(field));
            std::string value = std::to_string(++number);
            const auto& reflection = *expected->GetReflection();
            if (descriptor->type() == FieldDescriptor::TYPE_BYTES) {
                value = "AQID";
                reflection.SetString(expected.get(), descriptor, "\1\2\3");
            } else if (descriptor->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
                reflection.SetString(expected.get(), descriptor, value);
            } else if (descriptor->cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
                reflection.SetUInt32(
                    expected.get(), descriptor, static_cast<std::uint32_t>(number)
                );
            } else if (descriptor->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
                reflection.SetUInt64(
                    expected.get(), descriptor, static_cast<std::uint64_t>(number)
                );
            } else {
                reflection.SetInt64(expected.get(), descriptor, number);
            }
            const std::size_t open = path.find('{');
            path.replace(open, path.find('}') - open + 1, value);
        }

        const rpc::HttpReply reply = send({.method = std::string(route.verb), .path = path});

        EXPECT_EQ(reply.status, 200) << path << ' ' << reply.body;
        EXPECT_EQ(asked_.path, route.method);
        EXPECT_EQ(asked_.data, proto::serialize(*expected)) << path;
    }
}

TEST_F(GatewayTest, carries_pages_and_other_parameters) {
    get("/cosmos/bank/v1beta1/balances/yard1x?pagination.limit=5&pagination.key=AQI%3D"
        "&pagination.count_total=true");
    EXPECT_EQ(
        asked<bank::QueryAllBalancesRequest>(),
        R"(address: "yard1x" pagination { key: "\001\002" limit: 5 count_total: true })"
    );

    get("/cosmos/bank/v1beta1/balances/yard1x/by_denom?denom=uyard");
    EXPECT_EQ(asked_.path, "/cosmos.bank.v1beta1.Query/Balance");
    EXPECT_EQ(asked<bank::QueryBalanceRequest>(), R"(address: "yard1x" denom: "uyard")");

    get("/cosmos/staking/v1beta1/validators?status=BOND_STATUS_BONDED&pagination.limit=300");
    EXPECT_EQ(
        asked<::cosmos::staking::v1beta1::QueryValidatorsRequest>(),
        R"(status: "BOND_STATUS_BONDED" pagination { limit: 300 })"
    );

    get("/cosmos/bank/v1beta1/denoms_metadata/ibc/27394FB0");
    EXPECT_EQ(asked<bank::QueryDenomMetadataRequest>(), R"(denom: "ibc/27394FB0")");

    get("/cosmos/tx/v1beta1/txs?events=message.sender%3D%27yard1x%27&order_by=ORDER_BY_DESC");
    EXPECT_EQ(
        asked<tx::GetTxsEventRequest>(),
        R"(events: "message.sender=\'yard1x\'" order_by: ORDER_BY_DESC)"
    );
}

TEST_F(GatewayTest, reads_bodies_as_json) {
    post("/cosmos/tx/v1beta1/txs", R"({"tx_bytes":"AQID","mode":"BROADCAST_MODE_SYNC"})");
    EXPECT_EQ(asked_.path, "/cosmos.tx.v1beta1.Service/BroadcastTx");
    EXPECT_EQ(
        asked<tx::BroadcastTxRequest>(), R"(tx_bytes: "\001\002\003" mode: BROADCAST_MODE_SYNC)"
    );

    post("/cosmos/tx/v1beta1/simulate", R"({"tx_bytes":"AQID"})");
    EXPECT_EQ(asked_.path, "/cosmos.tx.v1beta1.Service/Simulate");
    EXPECT_EQ(asked<tx::SimulateRequest>(), R"(tx_bytes: "\001\002\003")");

    for (const std::string_view body : {"{", "[]", R"({"no_such":1})", R"({"tx_bytes":"?"})"}) {
        const rpc::HttpReply reply = post("/cosmos/tx/v1beta1/txs", body);
        EXPECT_EQ(reply.status, 400) << body;
        EXPECT_THAT(reply.body, HasSubstr(R"({"code":3,"message":)")) << body;
    }
}

TEST_F(GatewayTest, asks_for_the_height_of_the_header) {
    answer_with(bank::QueryParamsResponse());

    const rpc::HttpReply reply = send(
        {.method = "GET",
         .path = "/cosmos/bank/v1beta1/params",
         .headers = {{"X-Cosmos-Block-Height", "17"}}}
    );

    EXPECT_EQ(asked_.height, chain::Height(17));
    EXPECT_EQ(reply.headers, "Grpc-Metadata-X-Cosmos-Block-Height: 42\r\n");
    get("/cosmos/bank/v1beta1/params");
    EXPECT_EQ(asked_.height, chain::Height());
    for (const std::string_view bad : {"-1", "x", "1 ", "9223372036854775808"}) {
        const rpc::HttpReply refused = send(
            {.method = "GET",
             .path = "/cosmos/bank/v1beta1/params",
             .headers = {{"x-cosmos-block-height", std::string(bad)}}}
        );
        EXPECT_EQ(refused.status, 400) << bad;
    }
}

TEST_F(GatewayTest, tells_what_it_does_not_have_from_what_there_is_not) {
    for (const std::string_view path :
         {"/cosmos/gov/v1/proposals",
          "/cosmos/upgrade/v1beta1/current_plan",
          "/cosmos/authz/v1beta1/grants",
          "/cosmos/feegrant/v1beta1/allowances/a",
          "/cosmos/bank/v1beta1/nothing",
          "/ibc/core/channel/v1/channels",
          "/cosmwasm/wasm/v1/code",
          "/steelyard/market/v1/nothing"}) {
        const rpc::HttpReply reply = get(path);
        EXPECT_EQ(reply.status, 501) << path;
        EXPECT_EQ(reply.body, not_implemented);
    }
    const rpc::HttpReply absent = get("/favicon.ico");
    EXPECT_EQ(absent.status, 404);
    EXPECT_EQ(absent.body, R"({"code":5,"message":"Not Found","details":[]})");
    const rpc::HttpReply other = post("/cosmos/bank/v1beta1/params", "{}");
    EXPECT_EQ(other.status, 501);
    EXPECT_EQ(other.body, R"({"code":12,"message":"Method Not Allowed","details":[]})");
    EXPECT_EQ(get("/cosmos/%zz").status, 400);
    EXPECT_EQ(get("/cosmos/bank/v1beta1/supply?a=%zz").status, 400);
}

TEST_F(GatewayTest, gives_refusals_the_status_of_their_code) {
    const auto reply_to = [&](abci::GrpcCode code) {
        answer_ = abci::refused_query(code, "why");
        return get("/cosmos/auth/v1beta1/accounts/yard1x");
    };

    const rpc::HttpReply absent = reply_to(abci::GrpcCode::not_found);
    EXPECT_EQ(absent.status, 404);
    EXPECT_EQ(absent.body, R"({"code":5,"message":"why","details":[]})");
    EXPECT_EQ(reply_to(abci::GrpcCode::invalid_argument).status, 400);
    EXPECT_EQ(reply_to(abci::GrpcCode::unimplemented).status, 501);
    EXPECT_EQ(reply_to(abci::GrpcCode::unknown).status, 500);
    EXPECT_EQ(reply_to(abci::GrpcCode::unavailable).status, 503);
    EXPECT_EQ(reply_to(abci::GrpcCode::deadline_exceeded).status, 504);
    answer_ = fail(ErrorCode::corrupt, "the state is broken");
    EXPECT_EQ(get("/cosmos/bank/v1beta1/params").status, 500);
    answer_ = abci::QueryResult{.value = {0xff}};
    EXPECT_EQ(get("/cosmos/bank/v1beta1/params").status, 500);
}

TEST_F(GatewayTest, lists_its_routes) {
    const rpc::HttpReply reply = get("/");

    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(reply.body, HasSubstr("POST /cosmos/tx/v1beta1/txs\n"));
}

TEST_F(GatewayTest, words_what_the_server_refuses) {
    EXPECT_EQ(gateway_.refusal(504, "late").body, R"({"code":4,"message":"late","details":[]})");
    EXPECT_EQ(gateway_.refusal(413, "large").status, 413);
}

TEST_F(GatewayTest, stands_behind_a_server) {
    answer_with(bank::QueryParamsResponse());
    const auto server =
        rpc::Server::start({.listen_addresses = {"tcp://127.0.0.1:0"}}, gateway_).value();

    const auto response = testing_support::ask(
        server->ports().at(0), testing_support::get_request("/cosmos/bank/v1beta1/params")
    );

    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.head, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(response.head, HasSubstr("Grpc-Metadata-X-Cosmos-Block-Height: 42\r\n"));
    EXPECT_EQ(response.body, R"({"params":{"send_enabled":[],"default_send_enabled":false}})");
}

}  // namespace
}  // namespace steelyard::rest
