#include "ledger/messages/fields.h"
#include "cosmos/base/v1beta1/coin.pb.h"
#include "crypto/bech32.h"

#include <gtest/gtest.h>

namespace steelyard::messages {
namespace {

namespace kinds = ledger::kinds;

chain::Address sample() {
    chain::Address address;
    address.fill(7);
    return address;
}

ProtoCoin coin(std::string denom, std::string amount) {
    ProtoCoin out;
    out.set_denom(std::move(denom));
    out.set_amount(std::move(amount));
    return out;
}

google::protobuf::RepeatedPtrField<ProtoCoin> coins(std::vector<ProtoCoin> list) {
    return {list.begin(), list.end()};
}

TEST(Fields, reads_the_texts_that_it_writes) {
    EXPECT_EQ(read_account("a", account_text(sample())).value(), sample());
    EXPECT_EQ(read_operator("a", operator_text(sample())).value(), sample());
    EXPECT_EQ(read_consensus_address("a", consensus_text(sample())).value(), sample());
}

TEST(Fields, refuses_an_address_of_another_kind) {
    const auto refused = read_account("to_address", operator_text(sample()));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, kinds::invalid_address);
    EXPECT_TRUE(refused.error().log.starts_with("to_address \"yardvaloper1"))
        << refused.error().log;
    EXPECT_FALSE(read_operator("a", account_text(sample())));
    EXPECT_FALSE(read_consensus_address("a", account_text(sample())));
}

TEST(Fields, refuses_what_is_no_address_of_20_bytes) {
    std::string torn = account_text(sample());
    torn.back() = torn.back() == 'q' ? 'p' : 'q';
    const std::string upper = [&] {
        std::string text = account_text(sample());
        std::ranges::transform(text, text.begin(), [](char c) { return std::toupper(c); });
        return text;
    }();

    for (const std::string& text : {
             std::string(),
             std::string("yard"),
             torn,
             upper,
             crypto::encode_address("yard", Bytes(32, 7)).value(),
             std::string(10'000, 'a'),
         }) {
        const auto refused = read_account("field", text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().kind, kinds::invalid_address);
        EXPECT_LT(refused.error().log.size(), 300);
    }
}

TEST(Fields, reads_amounts_of_digits) {
    EXPECT_EQ(read_amount("a", "17").value(), chain::Amount(17));

    for (const std::string_view text :
         {"", "-1", "01", "1.0", "+1", " 1", "170141183460469231731687303715884105728"}) {
        const auto refused = read_amount("amount", text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().kind, kinds::invalid_request);
        EXPECT_TRUE(refused.error().log.starts_with("amount: ")) << refused.error().log;
    }
}

TEST(Fields, reads_decs_in_their_wire_form) {
    EXPECT_EQ(read_dec("rate", "50000000000000000").value(), chain::Dec::parse("0.05").value());

    EXPECT_EQ(read_dec("rate", "0.05").error().kind, kinds::invalid_request);
}

TEST(Fields, takes_stake_of_the_base_denomination_alone) {
    EXPECT_EQ(read_stake("amount", coin("uyard", "5")).value(), chain::Amount(5));

    EXPECT_EQ(read_stake("amount", coin("uabc", "5")).error().kind, kinds::invalid_request);
    EXPECT_EQ(read_stake("amount", coin("uyard", "0")).error().kind, kinds::invalid_request);
    EXPECT_EQ(read_stake("amount", coin("uyard", "x")).error().kind, kinds::invalid_coins);
    EXPECT_EQ(read_stake("amount", coin("", "5")).error().kind, kinds::invalid_coins);
    EXPECT_EQ(
        read_stake("amount", coin("uabc", "5")).error().log,
        "amount is 5uabc, must be of uyard: invalid request"
    );
}

TEST(Fields, takes_positive_coins_in_order) {
    EXPECT_EQ(
        to_string(read_coins("amount", coins({coin("uabc", "1"), coin("uyard", "2")})).value()),
        "1uabc,2uyard"
    );

    for (const auto& bad : {
             coins({}),
             coins({coin("uyard", "0")}),
             coins({coin("uyard", "-1")}),
             coins({coin("u", "1")}),
             coins({coin("uyard", "1"), coin("uabc", "2")}),
             coins({coin("uyard", "1"), coin("uyard", "2")}),
             coins(std::vector(65, coin("uyard", "1"))),
         }) {
        const auto refused = read_coins("amount", bad);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, kinds::invalid_coins);
        EXPECT_TRUE(refused.error().log.starts_with("amount: ")) << refused.error().log;
    }
}

}  // namespace
}  // namespace steelyard::messages
