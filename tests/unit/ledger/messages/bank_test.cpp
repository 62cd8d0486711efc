#include "ledger/bank/bank.h"

#include "cosmos/bank/v1beta1/tx.pb.h"
#include "tests/unit/ledger/messages/message_bench.h"

#include <google/protobuf/message.h>

namespace steelyard::messages {
namespace {

using cosmos::bank::v1beta1::MsgMultiSend;
using cosmos::bank::v1beta1::MsgSend;
using testing::Test;

constexpr std::string_view send_url = "/cosmos.bank.v1beta1.MsgSend";
constexpr std::string_view multi_send_url = "/cosmos.bank.v1beta1.MsgMultiSend";

using Coins = google::protobuf::RepeatedPtrField<ProtoCoin>;

void set_coins(Coins& coins, std::string_view text) {
    const chain::Coins parsed = chain::Coins::parse(text).value();
    coins.Clear();
    for (const chain::Coin& coin : parsed.all()) {
        ProtoCoin& added = *coins.Add();
        added.set_denom(coin.denom.text());
        added.set_amount(to_string(coin.amount));
    }
}

MsgSend sample_send() {
    MsgSend message;
    message.set_from_address(account(1));
    message.set_to_address(account(2));
    set_coins(*message.mutable_amount(), "5uabc,3uyard");
    return message;
}

MsgMultiSend sample_multi_send() {
    MsgMultiSend message;
    auto* const input = message.add_inputs();
    input->set_address(account(1));
    set_coins(*input->mutable_coins(), "5uabc,5uyard");
    for (const auto& [to, coins] : {std::pair(2, "5uabc,3uyard"), std::pair(3, "2uyard")}) {
        auto* const output = message.add_outputs();
        output->set_address(account(static_cast<std::uint8_t>(to)));
        set_coins(*output->mutable_coins(), coins);
    }
    return message;
}

class BankMessages : public MessageTest {
protected:
    BankMessages() {
        const auto alice = bank::party_at(bench.state, address(1)).value();
        EXPECT_TRUE(
            bank::endow(bench.state, alice.number, chain::Coins::parse("10uabc,10uyard").value())
        );
    }

    std::string balances(std::uint8_t byte) {
        const auto number = auth::find(bench.state, address(byte)).value();
        return number ? to_string(bank::balances(bench.state, *number).value()) : "none";
    }
};

TEST_F(BankMessages, sends) {
    const auto response = run(send_url, sample_send());

    ASSERT_TRUE(response);
    EXPECT_TRUE(response->empty());
    EXPECT_EQ(balances(1), "5uabc,7uyard");
    EXPECT_EQ(balances(2), "5uabc,3uyard");
    EXPECT_EQ(ledger::type_names(bench.events), "coin_spent coin_received transfer");
}

TEST_F(BankMessages, cannot_send_what_is_not_there) {
    MsgSend message = sample_send();
    set_coins(*message.mutable_amount(), "11uyard");

    const auto response = run(send_url, message);

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ledger::kinds::insufficient_funds);
}

TEST_F(BankMessages, sends_to_many) {
    ASSERT_TRUE(run(multi_send_url, sample_multi_send()));

    EXPECT_EQ(balances(1), "5uabc,5uyard");
    EXPECT_EQ(balances(2), "5uabc,3uyard");
    EXPECT_EQ(balances(3), "2uyard");
}

TEST(BankChecks, refuse_a_transfer_with_one_field_wrong) {
    EXPECT_EQ(check(send_url, sample_send()), "");

    const auto with = [](auto change) {
        MsgSend message = sample_send();
        change(message);
        return check(send_url, message);
    };
    EXPECT_THAT(
        with([](MsgSend& m) { m.clear_from_address(); }),
        testing::StartsWith("sdk/7 from_address \"\": ")
    );
    EXPECT_THAT(
        with([](MsgSend& m) { m.set_from_address(operator_text(address(1))); }),
        testing::StartsWith("sdk/7 from_address ")
    );
    EXPECT_THAT(
        with([](MsgSend& m) { m.set_to_address("yard1"); }),
        testing::StartsWith("sdk/7 to_address \"yard1\": ")
    );
    EXPECT_THAT(with([](MsgSend& m) { m.clear_amount(); }), testing::StartsWith("sdk/10 amount: "));
    EXPECT_THAT(
        with([](MsgSend& m) { m.mutable_amount(0)->set_amount("0"); }),
        testing::StartsWith("sdk/10 amount: ")
    );
    EXPECT_THAT(
        with([](MsgSend& m) { m.mutable_amount()->SwapElements(0, 1); }),
        testing::StartsWith("sdk/10 amount: ")
    );
}

TEST(BankChecks, let_nobody_send_to_a_module) {
    for (const std::string_view name : auth::module_names) {
        const std::string to = account_text(auth::module_address(name));
        MsgSend send = sample_send();
        send.set_to_address(to);
        MsgMultiSend multi_send = sample_multi_send();
        multi_send.mutable_outputs(1)->set_address(to);

        const std::string refusal =
            "sdk/4 " + to + " is not allowed to receive funds: unauthorized";
        EXPECT_EQ(check(send_url, send), refusal);
        EXPECT_EQ(check(multi_send_url, multi_send), refusal);
    }
}

TEST(BankChecks, refuse_a_transfer_to_many_with_one_field_wrong) {
    EXPECT_EQ(check(multi_send_url, sample_multi_send()), "");

    const auto with = [](auto change) {
        MsgMultiSend message = sample_multi_send();
        change(message);
        return check(multi_send_url, message);
    };
    EXPECT_THAT(with([](MsgMultiSend& m) { m.clear_inputs(); }), testing::StartsWith("bank/2 "));
    EXPECT_THAT(
        with([](MsgMultiSend& m) { *m.add_inputs() = m.inputs(0); }),
        testing::StartsWith("bank/9 2 inputs")
    );
    EXPECT_THAT(with([](MsgMultiSend& m) { m.clear_outputs(); }), testing::StartsWith("bank/3 "));
    EXPECT_THAT(
        with([](MsgMultiSend& m) { m.mutable_inputs(0)->set_address("x"); }),
        testing::StartsWith("sdk/7 inputs[0].address")
    );
    EXPECT_THAT(
        with([](MsgMultiSend& m) { m.mutable_inputs(0)->clear_coins(); }),
        testing::StartsWith("sdk/10 inputs[0].coins")
    );
    EXPECT_THAT(
        with([](MsgMultiSend& m) { m.mutable_outputs(1)->set_address("x"); }),
        testing::StartsWith("sdk/7 outputs[1].address")
    );
    EXPECT_THAT(
        with([](MsgMultiSend& m) { m.mutable_outputs(1)->clear_coins(); }),
        testing::StartsWith("sdk/10 outputs[1].coins")
    );
    EXPECT_EQ(
        with([](MsgMultiSend& m) { m.mutable_outputs(1)->mutable_coins(0)->set_amount("1"); }),
        "bank/4 inputs are 5uabc,5uyard, outputs 5uabc,4uyard: sum inputs != sum outputs"
    );
    EXPECT_EQ(
        with([](MsgMultiSend& m) { m.mutable_outputs(1)->mutable_coins(0)->set_amount("3"); }),
        "bank/4 inputs are 5uabc,5uyard, outputs 5uabc,6uyard: sum inputs != sum outputs"
    );
}

TEST(BankChecks, bound_a_transfer_to_many) {
    const auto to = [](std::size_t count) {
        MsgMultiSend message;
        auto* const input = message.add_inputs();
        input->set_address(account(1));
        set_coins(*input->mutable_coins(), std::to_string(count) + "uyard");
        for (std::size_t i = 0; i < count; ++i) {
            auto* const output = message.add_outputs();
            output->set_address(account(2));
            set_coins(*output->mutable_coins(), "1uyard");
        }
        return check(multi_send_url, message);
    };

    EXPECT_EQ(to(1'000), "");
    EXPECT_EQ(to(1'001), "sdk/18 1001 outputs, limit 1000: invalid request");
}

TEST(BankChecks, refuse_a_sum_that_no_amount_holds) {
    const std::string most = to_string(chain::Amount::from(chain::Amount::value_max).value());
    MsgMultiSend message = sample_multi_send();
    for (int i = 0; i < 2; ++i) {
        message.mutable_outputs(i)->mutable_coins()->Clear();
        set_coins(*message.mutable_outputs(i)->mutable_coins(), most + "uyard");
    }

    EXPECT_EQ(
        check(multi_send_url, message),
        "sdk/10 sum of the outputs up to 1 is too large: invalid coins"
    );
}

}  // namespace
}  // namespace steelyard::messages
