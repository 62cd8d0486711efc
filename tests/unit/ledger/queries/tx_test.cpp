#include "cosmos/tx/v1beta1/service.pb.h"
#include "steelyard/market/v1/tx.pb.h"
#include "tests/support/market/fake_verifier.h"
#include "tests/unit/ledger/queries/query_bench.h"
#include "tests/unit/ledger/tx_draft.h"

namespace steelyard::queries {
namespace {

using cosmos::tx::v1beta1::SimulateRequest;
using cosmos::tx::v1beta1::SimulateResponse;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view path = "/cosmos.tx.v1beta1.Service/Simulate";

class TxQueries : public QueryTest {
protected:
    TxQueries() { bench.block.chain_id = chain::ChainId::parse("test-chain").value(); }

    /// As CosmJS asks: no fee, mode or signature.
    ledger::TxDraft question(std::string_view coins = "5uyard") {
        ledger::TxDraft draft;
        draft.message(ledger::make_send(alice.address, address(7), coins));
        draft.auth.mutable_fee()->clear_gas_limit();
        draft.signer(alice, tx::SignMode::unspecified);
        return draft;
    }

    std::string simulate(const Bytes& tx) {
        SimulateRequest request;
        request.set_tx_bytes(std::string(as_text(tx)));
        return ask<SimulateResponse>(path, request);
    }

    const ledger::Wallet alice = ledger::make_wallet(bench.state, 1, "100uyard");
};

TEST_F(TxQueries, tell_what_a_transaction_would_use_and_do) {
    const std::string answer = simulate(question().unsigned_bytes());

    EXPECT_THAT(answer, StartsWith("gas_info { gas_used: 1")) << "no gas wanted";
    EXPECT_THAT(answer, HasSubstr("events { type: \"transfer\""));
    EXPECT_THAT(
        answer, HasSubstr("msg_responses { type_url: \"/cosmos.bank.v1beta1.MsgSendResponse\" }")
    );
}

TEST_F(TxQueries, take_a_transaction_in_parts) {
    const ledger::TxDraft draft = question();
    SimulateRequest request;
    *request.mutable_tx()->mutable_body() = draft.body;
    *request.mutable_tx()->mutable_auth_info() = draft.auth;
    request.mutable_tx()->add_signatures();
    const auto mark = bench.state.mark();

    const std::string in_parts = ask<SimulateResponse>(path, request);
    bench.state.roll_back(mark);

    EXPECT_EQ(in_parts, simulate(draft.unsigned_bytes()));
}

TEST_F(TxQueries, say_why_it_would_fail) {
    EXPECT_THAT(
        simulate(question("500uyard").unsigned_bytes()),
        testing::MatchesRegex(
            "Unknown: failed to execute message; message index: 0: spendable balance 100uyard is "
            "smaller than 500uyard: insufficient funds with gas used: '[0-9]+'"
        )
    );
    EXPECT_EQ(simulate({}), "InvalidArgument: empty txBytes is not allowed");
    EXPECT_THAT(simulate({1, 2, 3}), StartsWith("Unknown: "));
}

/// What needs the verifier has it.
TEST_F(TxQueries, judge_programs) {
    ledger::make_module_accounts(bench.state);
    const ledger::Wallet rich = ledger::make_wallet(bench.state, 2, "1000000000uyard");
    ::steelyard::market::v1::MsgRegisterProgram message;
    message.set_owner(rich.text());
    message.set_program(std::string(as_text(test::FakeVerifier::make_program(
        {.work_units = 1, .steps = 1, .outputs = 1, .proof_bytes = 1, .proof_gas = 1}
    ))));
    ledger::TxDraft draft;
    draft.message(message);
    draft.signer(rich, tx::SignMode::unspecified);
    SimulateRequest request;
    request.set_tx_bytes(std::string(as_text(draft.unsigned_bytes())));
    const test::FakeVerifier verifier;

    const auto mark = bench.state.mark();
    EXPECT_THAT(ask<SimulateResponse>(path, request), HasSubstr("this node judges no proofs"));
    bench.state.roll_back(mark);
    EXPECT_THAT(
        ask_of<SimulateResponse>(
            {bench.state, bench.block, bench.params, nullptr, &verifier}, path, request
        ),
        HasSubstr("MsgRegisterProgramResponse")
    );
}

TEST_F(TxQueries, are_of_the_next_block) {
    bench.block.height = chain::Height(9);
    ledger::TxDraft draft = question();
    draft.body.set_timeout_height(10);
    EXPECT_THAT(simulate(draft.unsigned_bytes()), StartsWith("gas_info"));

    draft = question();
    draft.auth.mutable_signer_infos(0)->set_sequence(1);
    draft.body.set_timeout_height(9);
    EXPECT_THAT(
        simulate(draft.unsigned_bytes()),
        StartsWith("Unknown: block height: 10, timeout height: 9: tx timeout height")
    );
}

}  // namespace
}  // namespace steelyard::queries
