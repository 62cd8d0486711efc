// What a transaction that was admitted does, and what its result says.
#include "base/hex.h"
#include "cosmos/base/abci/v1beta1/abci.pb.h"
#include "tests/unit/ledger/pipeline/pipeline_bench.h"

namespace steelyard::pipeline {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Messages : public PipelineTest {
protected:
    /// "type key=value key=value" of each event.
    static std::vector<std::string> events_of(const chain::ExecTxResult& result) {
        std::vector<std::string> out;
        for (const chain::Event& event : result.events) {
            std::string text = event.type;
            for (const chain::EventAttribute& attribute : event.attributes) {
                EXPECT_TRUE(attribute.index);
                text += " " + attribute.key + "=" + attribute.value;
            }
            out.push_back(std::move(text));
        }
        return out;
    }

    std::string total_burned() {
        return to_string(bank::total(bench.state, bank::Source::burned_fees).value());
    }
};

TEST_F(Messages, take_effect) {
    const auto result = run(ledger::make_transfer(alice, bob.address).sign());

    EXPECT_EQ(text_of(result), "");
    EXPECT_EQ(balances(alice), "100uabc,96995uyard");
    EXPECT_EQ(balances(bob), "100005uyard");
    EXPECT_EQ(balances(auth::module_address("fee_collector")), "1000uyard");
    EXPECT_EQ(total_burned(), "2000");
    EXPECT_EQ(sequence(alice), 1);
    EXPECT_EQ(account(alice).key, tx::AccountKey(alice.key.public_key()));
    EXPECT_EQ(result.gas_wanted, 200'000);
    EXPECT_GT(result.gas_used, 10'000);
    EXPECT_LT(result.gas_used, 20'000);
    EXPECT_EQ(bench.state.meter(), nullptr);
}

TEST_F(Messages, tell_clients_what_they_did) {
    const Bytes tx = ledger::make_transfer(alice, bob.address).sign();
    const auto result = run(tx);

    const std::string collector = ledger::account_text(auth::module_address("fee_collector"));
    EXPECT_THAT(
        events_of(result),
        testing::ElementsAre(
            "coin_spent spender=" + alice.text() + " amount=2000uyard",
            "burn burner=" + alice.text() + " amount=2000uyard",
            "coin_spent spender=" + alice.text() + " amount=1000uyard",
            "coin_received receiver=" + collector + " amount=1000uyard",
            "transfer recipient=" + collector + " sender=" + alice.text() + " amount=1000uyard",
            "tx fee=3000uyard fee_payer=" + alice.text(),
            "tx acc_seq=" + alice.text() + "/0",
            HasSubstr("tx signature="),
            "message action=/cosmos.bank.v1beta1.MsgSend sender=" + alice.text() +
                " module=bank msg_index=0",
            "coin_spent spender=" + alice.text() + " amount=5uyard msg_index=0",
            "coin_received receiver=" + bob.text() + " amount=5uyard msg_index=0",
            "transfer recipient=" + bob.text() + " sender=" + alice.text() +
                " amount=5uyard msg_index=0"
        )
    );
    EXPECT_EQ(
        to_hex(result.data), "12260a24" + to_hex(as_bytes("/cosmos.bank.v1beta1.MsgSendResponse"))
    );
    EXPECT_EQ(result.log, "");
    EXPECT_EQ(result.info, "");
    EXPECT_EQ(result.codespace, "");
}

TEST_F(Messages, see_what_the_ones_before_left) {
    const Wallet poor = ledger::make_wallet(bench.state, 8, "");
    TxDraft draft;
    draft.message(ledger::make_send(alice.address, poor.address, "50uyard"))
        .message(ledger::make_send(poor.address, bob.address, "50uyard"))
        .fee("3000uyard")
        .signer(alice)
        .signer(poor);

    const auto result = run(draft.sign());

    EXPECT_EQ(text_of(result), "");
    EXPECT_EQ(balances(bob), "100050uyard");
    EXPECT_THAT(events_of(result).back(), HasSubstr("msg_index=1"));
    cosmos::base::abci::v1beta1::TxMsgData data;
    ASSERT_TRUE(data.ParseFromArray(result.data.data(), static_cast<int>(result.data.size())));
    EXPECT_EQ(data.msg_responses_size(), 2);
    EXPECT_EQ(proto::serialize(data), result.data);
}

TEST_F(Messages, that_fail_leave_the_fee_and_the_sequence) {
    TxDraft draft;
    draft.message(ledger::make_send(alice.address, chain::Address{7}, "5uyard"))
        .message(ledger::make_send(alice.address, bob.address, "1000000uyard"))
        .fee("3000uyard")
        .signer(alice);

    const auto result = run(draft.sign());

    EXPECT_EQ(
        text_of(result),
        "sdk/5 failed to execute message; message index: 1: spendable balance 96995uyard is "
        "smaller than 1000000uyard: insufficient funds"
    );
    EXPECT_EQ(balances(alice), "100uabc,97000uyard");
    EXPECT_EQ(balances(chain::Address{7}), "none");
    EXPECT_EQ(sequence(alice), 1);
    EXPECT_TRUE(result.data.empty());
    EXPECT_THAT(events_of(result).back(), StartsWith("tx signature="));
    EXPECT_THAT(events_of(result), testing::SizeIs(8));
    EXPECT_GT(result.gas_used, 10'000);
}

TEST_F(Messages, that_run_out_of_gas_leave_the_fee_and_the_sequence) {
    const auto gas = [&] {
        const auto mark = bench.state.mark();
        const auto result = run(ledger::make_transfer(alice, bob.address).sign());
        bench.state.roll_back(mark);
        return static_cast<std::uint64_t>(result.gas_used);
    }();

    // A byte less of the limit is ten gas less of the size.
    const auto result =
        run(ledger::make_transfer(alice, bob.address).fee("3000uyard", gas - 11).sign());

    EXPECT_THAT(
        text_of(result),
        StartsWith(
            "sdk/11 failed to execute message; message index: 0: out of gas in location: state; "
        )
    );
    EXPECT_EQ(balances(alice), "100uabc,97000uyard");
    EXPECT_EQ(sequence(alice), 1);
    EXPECT_GT(result.gas_used, result.gas_wanted);
}

TEST_F(Messages, are_left_out_of_a_check) {
    const auto result = run(ledger::make_transfer(alice, bob.address).sign(), false);

    EXPECT_EQ(text_of(result), "");
    EXPECT_EQ(balances(bob), "100000uyard");
    EXPECT_EQ(balances(alice), "100uabc,97000uyard");
    EXPECT_EQ(sequence(alice), 1);
    EXPECT_EQ(result.gas_wanted, 200'000);
    alice.sequence = 1;
    EXPECT_EQ(text_of(run(ledger::make_transfer(alice, bob.address).sign(), false)), "")
        << "the next one of the same wallet";
}

TEST_F(Messages, have_their_fee_from_who_pays_it) {
    TxDraft draft = ledger::make_transfer(alice, bob.address);
    draft.auth.mutable_fee()->set_payer(carol.text());
    draft.signer(carol);

    EXPECT_EQ(text_of(run(draft.sign())), "");

    EXPECT_EQ(balances(alice), "100uabc,99995uyard");
    EXPECT_EQ(balances(carol), "97000uyard");
    EXPECT_EQ(sequence(carol), 1);
}

TEST_F(Messages, cost_nothing_where_no_price_is_set) {
    bench.params.fees.min_gas_price = chain::Dec();

    EXPECT_EQ(text_of(run(ledger::make_transfer(alice, bob.address).fee("").sign())), "");

    EXPECT_EQ(balances(alice), "100uabc,99995uyard");
    EXPECT_EQ(total_burned(), "0");
}

TEST_F(Messages, do_not_make_more_events_than_a_result_holds) {
    cosmos::bank::v1beta1::MsgMultiSend many;
    auto& input = *many.add_inputs();
    input.set_address(alice.text());
    ledger::add_coins(*input.mutable_coins(), "1000uyard");
    for (int i = 0; i < 1'000; ++i) {
        auto& output = *many.add_outputs();
        output.set_address(bob.text());
        ledger::add_coins(*output.mutable_coins(), "1uyard");
    }
    TxDraft draft;
    draft.message(many).message(many).message(many);
    draft.fee("9000uyard", 90'000'000).signer(alice);
    bench.params.fees.min_gas_price = chain::Dec();

    const auto three = run(draft.sign());
    alice.sequence = 1;
    draft.auth.mutable_signer_infos(0)->set_sequence(1);
    draft.message(many);
    const auto four = run(draft.sign());

    EXPECT_EQ(text_of(three), "");
    EXPECT_EQ(
        text_of(four),
        "sdk/18 failed to execute message; message index: 3: the transaction's events are more "
        "than 10000: invalid request"
    );
    EXPECT_TRUE(chain::decode_exec_tx_result(chain::encode_exec_tx_result(three)));
    EXPECT_EQ(balances(bob), "103000uyard");
}

TEST_F(Messages, can_be_run_from_what_was_read_before) {
    const auto tx = read_tx(ledger::make_transfer(alice, bob.address).sign(), bench.params);
    ASSERT_TRUE(tx);

    const auto result = run_tx(
        bench.state, bench.block, bench.params, *tx, {.scrutiny = {.signatures = &verifier}}
    );

    EXPECT_EQ(text_of(result), "");
    EXPECT_EQ(balances(bob), "100005uyard");
    EXPECT_EQ(tx->signers_of_messages.at(0).at(0), alice.address);
    EXPECT_EQ(tx->payer, alice.address);
}

}  // namespace
}  // namespace steelyard::pipeline
