#include "base/hex.h"
#include "cosmos/bank/v1beta1/tx.pb.h"
#include "cosmos/tx/v1beta1/service.pb.h"
#include "service_fixture.h"

namespace steelyard::services {
namespace {

namespace pb = ::cosmos::tx::v1beta1;
using testing::HasSubstr;

std::string path(std::string_view method) {
    return "/cosmos.tx.v1beta1.Service/" + std::string(method);
}

pb::Tx make_tx(std::string_view memo) {
    ::cosmos::bank::v1beta1::MsgSend send;
    send.set_from_address("yard1a");
    send.set_to_address("yard1b");
    pb::Tx tx;
    auto& any = *tx.mutable_body()->add_messages();
    any.set_type_url("/cosmos.bank.v1beta1.MsgSend");
    any.set_value(send.SerializeAsString());
    tx.mutable_body()->set_memo(std::string(memo));
    tx.mutable_auth_info()->mutable_fee()->set_gas_limit(200'000);
    tx.add_signatures("signature");
    return tx;
}

Bytes tx_bytes(std::string_view memo) {
    return proto::serialize(make_tx(memo));
}

/// What executing a transaction of `sender` gave.
abci::BlockResults results_of(std::initializer_list<std::string_view> senders) {
    abci::BlockResults results;
    for (const std::string_view sender : senders) {
        results.tx_results.push_back(
            {.data = {0xab},
             .log = "log",
             .gas_wanted = 200'000,
             .gas_used = 70'000,
             .events = {{"message", {{"sender", std::string(sender), true}}}}}
        );
    }
    return results;
}

pb::GetTxRequest tx_request(const Bytes& tx) {
    pb::GetTxRequest request;
    request.set_hash(to_hex_upper(chain::tx_hash(tx)));
    return request;
}

TEST_F(ServiceTest, finds_a_transaction_by_its_hash) {
    const Bytes tx = tx_bytes("hello");
    const auto& entry = node_.append({tx}, results_of({"yard1a"}));

    const auto found = ask<pb::GetTxResponse>(path("GetTx"), tx_request(tx));

    EXPECT_EQ(found.tx().body().memo(), "hello");
    const auto& response = found.tx_response();
    EXPECT_EQ(response.height(), 1);
    EXPECT_EQ(response.txhash(), to_hex_upper(chain::tx_hash(tx)));
    EXPECT_EQ(response.data(), "AB");
    EXPECT_EQ(response.raw_log(), "log");
    EXPECT_EQ(response.gas_used(), 70'000);
    EXPECT_EQ(response.events(0).attributes(0).value(), "yard1a");
    EXPECT_EQ(response.timestamp(), chain::to_string(entry.block.header.time));
    EXPECT_EQ(response.tx().type_url(), "/cosmos.tx.v1beta1.Tx");
    EXPECT_EQ(response.tx().value(), as_text(tx));
}

TEST_F(ServiceTest, says_why_there_is_no_transaction) {
    const Bytes no_tx = {1, 2, 3};
    node_.append({no_tx});

    EXPECT_THAT(
        refusal(path("GetTx"), tx_request({9})), HasSubstr("code = NotFound desc = tx not found: ")
    );
    EXPECT_THAT(refusal(path("GetTx"), pb::GetTxRequest()), HasSubstr("cannot be empty"));
    pb::GetTxRequest request;
    request.set_hash("xyz");
    EXPECT_THAT(refusal(path("GetTx"), request), HasSubstr("xyz is no hash"));
    EXPECT_THAT(refusal(path("GetTx"), tx_request(no_tx)), HasSubstr("tx parse error"));
}

TEST_F(ServiceTest, searches_transactions_by_their_events) {
    node_.append({tx_bytes("1"), tx_bytes("2")}, results_of({"yard1a", "yard1b"}));
    node_.append({tx_bytes("3")}, results_of({"yard1a"}));

    pb::GetTxsEventRequest request;
    request.add_events("message.sender='yard1a'");
    auto found = ask<pb::GetTxsEventResponse>(path("GetTxsEvent"), request);
    ASSERT_EQ(found.txs_size(), 2);
    EXPECT_EQ(found.txs(0).body().memo(), "1");
    EXPECT_EQ(found.tx_responses(1).height(), 2);
    EXPECT_EQ(found.total(), 2U);
    EXPECT_EQ(found.pagination().total(), 2U);

    request.set_order_by(pb::ORDER_BY_DESC);
    request.set_limit(1);
    found = ask<pb::GetTxsEventResponse>(path("GetTxsEvent"), request);
    ASSERT_EQ(found.txs_size(), 1);
    EXPECT_EQ(found.txs(0).body().memo(), "3");
    request.set_page(2);
    found = ask<pb::GetTxsEventResponse>(path("GetTxsEvent"), request);
    EXPECT_EQ(found.txs(0).body().memo(), "1");

    request.clear_page();
    request.clear_limit();
    request.mutable_pagination()->set_offset(1);
    request.mutable_pagination()->set_limit(1);
    found = ask<pb::GetTxsEventResponse>(path("GetTxsEvent"), request);
    EXPECT_EQ(found.txs(0).body().memo(), "1");

    request.Clear();
    request.add_events("message.sender='yard1a'");
    request.add_events("tx.height=1");
    EXPECT_EQ(ask<pb::GetTxsEventResponse>(path("GetTxsEvent"), request).txs_size(), 1);
    request.set_query("tx.height=2");
    found = ask<pb::GetTxsEventResponse>(path("GetTxsEvent"), request);
    EXPECT_EQ(found.txs(0).body().memo(), "3");
}

TEST_F(ServiceTest, refuses_pages_that_are_too_large) {
    const std::string large(std::size_t{17} << 20, 'a');
    node_.append({tx_bytes("1"), tx_bytes("2"), tx_bytes("3")}, results_of({large, large, large}));
    pb::GetTxsEventRequest request;
    request.add_events("tx.height=1");

    EXPECT_THAT(
        refusal(path("GetTxsEvent"), request), HasSubstr("the page of 3 transactions has over")
    );
    request.set_limit(1);
    EXPECT_EQ(ask<pb::GetTxsEventResponse>(path("GetTxsEvent"), request).txs_size(), 1);
}

TEST_F(ServiceTest, refuses_searches_that_are_none) {
    EXPECT_THAT(
        refusal(path("GetTxsEvent"), pb::GetTxsEventRequest()), HasSubstr("at least one event")
    );
    pb::GetTxsEventRequest request;
    request.set_query("nonsense");
    EXPECT_THAT(refusal(path("GetTxsEvent"), request), HasSubstr("InvalidArgument"));
}

TEST_F(ServiceTest, shows_a_block_with_its_transactions) {
    node_.append({tx_bytes("1"), tx_bytes("2"), tx_bytes("3")});
    pb::GetBlockWithTxsRequest request;
    request.set_height(1);

    auto found = ask<pb::GetBlockWithTxsResponse>(path("GetBlockWithTxs"), request);
    EXPECT_EQ(found.txs_size(), 3);
    EXPECT_EQ(found.block().header().height(), 1);
    EXPECT_EQ(found.pagination().total(), 3U);

    request.mutable_pagination()->set_limit(2);
    request.mutable_pagination()->set_reverse(true);
    found = ask<pb::GetBlockWithTxsResponse>(path("GetBlockWithTxs"), request);
    ASSERT_EQ(found.txs_size(), 2);
    EXPECT_EQ(found.txs(0).body().memo(), "3");

    request.mutable_pagination()->set_offset(3);
    EXPECT_THAT(refusal(path("GetBlockWithTxs"), request), HasSubstr("out of range"));
}

TEST_F(ServiceTest, hands_transactions_to_the_mempool) {
    node_.check->result = {.code = 5, .log = "too poor", .gas_wanted = 7, .codespace = "sdk"};
    pb::BroadcastTxRequest request;
    request.set_tx_bytes("tx");

    for (const auto mode : {pb::BROADCAST_MODE_SYNC, pb::BROADCAST_MODE_BLOCK}) {
        request.set_mode(mode);
        const auto answer = ask<pb::BroadcastTxResponse>(path("BroadcastTx"), request);
        EXPECT_EQ(answer.tx_response().code(), 5U);
        EXPECT_EQ(answer.tx_response().raw_log(), "too poor");
        EXPECT_EQ(
            answer.tx_response().txhash(), to_hex_upper(chain::tx_hash(as_bytes(std::string("tx"))))
        );
    }
    request.set_mode(pb::BROADCAST_MODE_ASYNC);
    EXPECT_EQ(ask<pb::BroadcastTxResponse>(path("BroadcastTx"), request).tx_response().code(), 0U);
    EXPECT_EQ(node_.submitted.size(), 3U);
}

TEST_F(ServiceTest, gives_the_mempools_own_refusals_the_codes_that_clients_know) {
    pb::BroadcastTxRequest request;
    request.set_tx_bytes("tx");
    request.set_mode(pb::BROADCAST_MODE_SYNC);
    const auto code = [&](std::string_view text) {
        node_.check = invalid("{}", text);
        return ask<pb::BroadcastTxResponse>(path("BroadcastTx"), request).tx_response().code();
    };

    EXPECT_EQ(code("tx already exists in cache"), 19U);
    EXPECT_EQ(code("mempool is full: number of txs 1 (max: 1)"), 20U);
    EXPECT_EQ(code("Tx too large. Max size is 1, but got 2"), 21U);
    node_.check = invalid("too many transactions wait to be checked");
    EXPECT_THAT(refusal(path("BroadcastTx"), request), HasSubstr("code = Unavailable"));
}

/// The application's texts are not looked at before they come here.
TEST_F(ServiceTest, survives_a_check_whose_texts_are_none) {
    node_.check->result = {
        .code = 1, .log = "\xff", .events = {{"\xff", {{"\xff", "\xff", true}}}}
    };
    pb::BroadcastTxRequest request;
    request.set_tx_bytes("tx");
    request.set_mode(pb::BROADCAST_MODE_SYNC);

    EXPECT_FALSE(raw(path("BroadcastTx"), request).value.empty());
}

TEST_F(ServiceTest, takes_no_transaction_in_vain) {
    pb::BroadcastTxRequest request;
    request.set_mode(pb::BROADCAST_MODE_SYNC);
    EXPECT_THAT(refusal(path("BroadcastTx"), request), HasSubstr("invalid empty tx"));
    request.set_tx_bytes("tx");
    request.clear_mode();
    EXPECT_THAT(refusal(path("BroadcastTx"), request), HasSubstr("unsupported mode 0"));
    request.set_mode(pb::BROADCAST_MODE_SYNC);
    node_.is_catching_up = true;
    EXPECT_THAT(refusal(path("BroadcastTx"), request), HasSubstr("code = Unavailable"));
    EXPECT_TRUE(node_.submitted.empty());
}

TEST_F(ServiceTest, takes_transactions_apart_and_puts_them_together) {
    pb::TxDecodeRequest decode;
    decode.set_tx_bytes(std::string(as_text(tx_bytes("memo"))));
    const auto decoded = ask<pb::TxDecodeResponse>(path("TxDecode"), decode);
    EXPECT_EQ(decoded.tx().body().memo(), "memo");

    pb::TxEncodeRequest encode;
    *encode.mutable_tx() = decoded.tx();
    EXPECT_EQ(ask<pb::TxEncodeResponse>(path("TxEncode"), encode).tx_bytes(), decode.tx_bytes());

    decode.set_tx_bytes("no transaction");
    EXPECT_THAT(refusal(path("TxDecode"), decode), HasSubstr("tx parse error"));
    EXPECT_THAT(
        refusal(path("TxEncodeAmino"), pb::TxEncodeAminoRequest()), HasSubstr("Unimplemented")
    );
}

}  // namespace
}  // namespace steelyard::services
