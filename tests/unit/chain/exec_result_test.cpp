#include "chain/exec_result.h"

#include "samples.h"

namespace steelyard::chain {
namespace {

ExecTxResult full_result() {
    return ExecTxResult{
        .code = 5,
        .data = {1, 2},
        .log = "log",
        .info = "info",
        .gas_wanted = 100,
        .gas_used = 80,
        .events =
            {{.type = "transfer",
              .attributes =
                  {{.key = "amount", .value = "5uyard", .index = true},
                   {.key = "memo", .value = "", .index = false}}},
             {.type = "", .attributes = {}}},
        .codespace = "sdk",
    };
}

TEST(ExecTxResult, goes_both_ways) {
    expect_round_trip(ExecTxResult(), encode_exec_tx_result, decode_exec_tx_result);
    expect_round_trip(full_result(), encode_exec_tx_result, decode_exec_tx_result);
}

TEST(ExecTxResult, refuses_negative_gas_and_too_many_events) {
    const auto refusal = [](const ExecTxResult& result) {
        return error_of(decode_exec_tx_result(encode_exec_tx_result(result)));
    };
    ExecTxResult result;

    result.gas_wanted = -1;
    EXPECT_EQ(refusal(result), "ExecTxResult.gas_wanted: -1 is negative");
    result = {};
    result.gas_used = -1;
    EXPECT_EQ(refusal(result), "ExecTxResult.gas_used: -1 is negative");
    result = {};
    result.events.resize(ExecTxResult::events_max);
    EXPECT_EQ(refusal(result), "");
    result.events.emplace_back();
    EXPECT_EQ(refusal(result), "ExecTxResult.events: has more than 10000 elements");
    result = full_result();
    result.events[0].attributes.resize(ExecTxResult::attributes_max + 1);
    EXPECT_EQ(refusal(result), "ExecTxResult.events: Event.attributes: has more than 100 elements");
}

TEST(ResultsHash, leaves_out_what_nodes_may_disagree_on) {
    ExecTxResult result = full_result();

    EXPECT_EQ(
        to_hex(encode_agreed_result(result)),
        "080512020102286430"
        "50"
    );
    result.log = "another";
    result.info = "another";
    result.events.clear();
    result.codespace = "another";
    EXPECT_EQ(encode_agreed_result(result), encode_agreed_result(full_result()));
}

// CometBFT v0.38 types/results_test.go, TestABCIResults.
TEST(ResultsHash, is_proven_for_each_result) {
    const auto result = [](std::uint32_t code, std::string_view data) {
        ExecTxResult out;
        out.code = code;
        out.data = to_bytes(as_bytes(data));
        return out;
    };
    const std::vector<ExecTxResult> results = {
        result(0, ""), result(0, "one"), result(14, ""), result(14, "foo"), result(14, "bar")
    };

    const Hash256 root = results_hash(results);
    const auto proofs = result_proofs(results);

    ASSERT_EQ(proofs.size(), results.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        for (std::size_t j = 0; j < results.size(); ++j) {
            EXPECT_EQ(
                verify_merkle_proof(proofs[i], root, encode_agreed_result(results[j])).has_value(),
                i == j
            );
        }
    }
    EXPECT_EQ(to_hex(encode_agreed_result(results[0])), "");
    EXPECT_EQ(
        to_hex(results_hash({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

}  // namespace
}  // namespace steelyard::chain
