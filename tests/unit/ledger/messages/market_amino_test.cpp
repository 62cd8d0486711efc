// What a hardware wallet shows and signs of each message of the market: amino JSON, name by name.
// The texts were written down by the rules of doc/reference/wallet.md: members sorted, numbers of
// 64 bits as texts, bytes in base64, what is empty left out.
#include "proto/amino_json.h"
#include "tests/unit/ledger/messages/market_samples.h"

namespace steelyard::messages {
namespace {

/// With the accounts' names in place of their texts.
std::string amino(const Message& message) {
    std::string json = proto::amino_json(message).value();
    for (const auto& [text, name] : {std::pair(account(1), "ANN"), std::pair(account(2), "BEN")}) {
        for (auto at = json.find(text); at != std::string::npos; at = json.find(text)) {
            json.replace(at, text.size(), name);
        }
    }
    return json;
}

/// Base64 of 32 times the same byte.
std::string hash64(char byte) {
    static const std::map<char, std::string> texts = {
        {1, "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="},
        {3, "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="},
        {4, "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ="},
        {5, "BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU="},
        {6, "BgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgY="},
        {7, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="},
        {8, "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg="},
        {9, "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk="},
        {10, "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo="},
    };
    return texts.at(byte);
}

TEST(MarketAmino, shows_classes_and_programs) {
    EXPECT_EQ(
        amino(sample_class()),
        R"({"type":"steelyard/MsgCreateClass","value":{"creator":"ANN","kind":"gpu",)"
        R"("name":"gpu.24g","region":"eu","trust":7,"vram_floor_bytes":"25769803776",)"
        R"("wu_per_second_floor":"50000"}})"
    );
    EXPECT_EQ(
        amino(sample_program()),
        R"({"type":"steelyard/MsgRegisterProgram","value":{"owner":"ANN","program":"AQL/"}})"
    );
    EXPECT_EQ(
        amino(sample_removal()),
        R"({"type":"steelyard/MsgRemoveProgram","value":{"owner":"ANN","program_id":")" +
            hash64(1) + R"("}})"
    );
}

TEST(MarketAmino, shows_what_providers_say_and_pay) {
    EXPECT_EQ(
        amino(sample_provider()),
        R"({"type":"steelyard/MsgRegisterProvider","value":{"attributes":["disk=fast","net=10g"],)"
        R"("bond":{"amount":"1000000","denom":"uyard"},"contact":"ann@example.org",)"
        R"("moniker":"Ann \u0026 Co","provider":"ANN","region":"eu"}})"
    );
    EXPECT_EQ(
        amino(sample_update()),
        R"({"type":"steelyard/MsgUpdateProvider","value":{"attributes":["disk=fast"],)"
        R"("contact":"none","moniker":"Ann","provider":"ANN","region":"eu"}})"
    );
    EXPECT_EQ(
        amino(sample_bond()),
        R"({"type":"steelyard/MsgAddBond","value":{"amount":{"amount":"5","denom":"uyard"},)"
        R"("provider":"ANN"}})"
    );
    EXPECT_EQ(
        amino(sample_withdrawal()),
        R"({"type":"steelyard/MsgWithdrawBond","value":{"amount":{"amount":"5","denom":"uyard"},)"
        R"("provider":"ANN"}})"
    );
    EXPECT_EQ(
        amino(sample_unjail_provider()),
        R"({"type":"steelyard/MsgUnjailProvider","value":{"provider":"ANN"}})"
    );
}

TEST(MarketAmino, shows_workers) {
    EXPECT_EQ(
        amino(sample_worker()),
        R"({"type":"steelyard/MsgAddWorker","value":{"class_id":1,)"
        R"("funds":{"amount":"9","denom":"uyard"},"provider":"ANN","slots":4,"worker":"BEN"}})"
    );
    v1::MsgAddWorker unfunded = sample_worker();
    unfunded.clear_funds();
    EXPECT_EQ(
        amino(unfunded),
        R"({"type":"steelyard/MsgAddWorker","value":{"class_id":1,"provider":"ANN","slots":4,)"
        R"("worker":"BEN"}})"
    );
    EXPECT_EQ(
        amino(sample_leave()),
        R"({"type":"steelyard/MsgRemoveWorker","value":{"provider":"ANN","worker":"BEN"}})"
    );
}

TEST(MarketAmino, shows_asks) {
    EXPECT_EQ(
        amino(sample_ask()),
        R"({"type":"steelyard/MsgPostAsk","value":{"class_id":1,"lifetime":100,)"
        R"("price":"50000000","product":1,"provider":"ANN","work_units":"1000000"}})"
    );
    EXPECT_EQ(
        amino(sample_cancel_ask()),
        R"({"type":"steelyard/MsgCancelAsk","value":{"ask_id":"12","class_id":1,)"
        R"("posted_height":"77","price":"50000000","product":1,"provider":"ANN"}})"
    );
}

TEST(MarketAmino, shows_orders) {
    EXPECT_EQ(
        amino(sample_order()),
        R"({"type":"steelyard/MsgPostOrder","value":{"attributes":["disk=fast"],"class_id":1,)"
        R"("deadline":"5000","excluded":["BEN"],"inputs":[")" +
            hash64(4) + R"(",")" + hash64(5) +
            R"("],"lifetime":100,"limit_price":"80000000","product":1,"program":")" + hash64(3) +
            R"(","regions":["eu","us"],"reputation_min":4000,"retries":2,"user":"ANN"}})"
    );
    EXPECT_EQ(
        amino(sample_cancel_order()),
        R"({"type":"steelyard/MsgCancelOrder","value":{"order_id":"42","user":"ANN"}})"
    );
}

TEST(MarketAmino, shows_arrays) {
    EXPECT_EQ(
        amino(sample_array()),
        R"({"type":"steelyard/MsgPostArray","value":{"attributes":["disk=fast"],)"
        R"("budget":{"amount":"200000","denom":"uyard"},"class_id":1,)"
        R"("deadline":"5000","excluded":["BEN"],"inputs":[")" +
            hash64(4) + R"(",""],"lifetime":100,"limit_price":"80000000","max_parallel":2,)" +
            R"("product":1,"program":")" + hash64(3) +
            R"(","regions":["eu","us"],"reputation_min":4000,"retries":2,"tasks":[")" + hash64(6) +
            R"(",")" + hash64(7) + R"("],"user":"ANN"}})"
    );
}

TEST(MarketAmino, shows_what_workers_say) {
    EXPECT_EQ(
        amino(sample_of_job<v1::MsgStartJob>()),
        R"({"type":"steelyard/MsgStartJob","value":{"order_id":"42","signer":"ANN","task":3}})"
    );
    EXPECT_EQ(
        amino(sample_decline()),
        R"({"type":"steelyard/MsgDeclineJob","value":{"order_id":"42","reason":4,)"
        R"("signer":"ANN","task":3}})"
    );
    EXPECT_EQ(
        amino(sample_commit()),
        R"({"type":"steelyard/MsgCommitResult","value":{"order_id":"42","output_root":")" +
            hash64(8) + R"(","results":[")" + hash64(10) +
            R"("],"signer":"ANN","steps":"10","task":3,"trace_root":")" + hash64(9) + R"("}})"
    );
    EXPECT_EQ(
        amino(sample_of_job<v1::MsgRetractResult>()),
        R"({"type":"steelyard/MsgRetractResult","value":{"order_id":"42","signer":"ANN","task":3}})"
    );
    EXPECT_EQ(
        amino(sample_spot_check()),
        R"({"type":"steelyard/MsgSpotCheck","value":{"order_id":"42","proof":"cHJvb2Y=",)"
        R"("signer":"ANN","task":3}})"
    );
}

/// Task 0 and other zeros are empty, as wallets have it.
TEST(MarketAmino, leaves_out_zeros) {
    v1::MsgStartJob message = sample_of_job<v1::MsgStartJob>();
    message.set_task(0);

    EXPECT_EQ(
        amino(message),
        R"({"type":"steelyard/MsgStartJob","value":{"order_id":"42","signer":"ANN"}})"
    );
}

}  // namespace
}  // namespace steelyard::messages
