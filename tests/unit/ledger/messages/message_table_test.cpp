#include "cosmos/bank/v1beta1/tx.pb.h"
#include "tests/unit/ledger/messages/message_bench.h"

namespace steelyard::messages {
namespace {

using cosmos::bank::v1beta1::MsgSend;

TEST(MessageTable, finds_messages_by_their_whole_name) {
    const MessageType* const type = find_message_type("/cosmos.bank.v1beta1.MsgSend");

    ASSERT_NE(type, nullptr);
    EXPECT_EQ(type->type_url, "/cosmos.bank.v1beta1.MsgSend");
    EXPECT_EQ(type->module, "bank");
    EXPECT_EQ(type->prototype->GetDescriptor()->full_name(), "cosmos.bank.v1beta1.MsgSend");
    EXPECT_EQ(find_message_type("/cosmos.bank.v1beta1.MsgSen"), nullptr);
    EXPECT_EQ(find_message_type("/cosmos.bank.v1beta1.MsgSendd"), nullptr);
    EXPECT_EQ(find_message_type("cosmos.bank.v1beta1.MsgSend"), nullptr);
    EXPECT_EQ(find_message_type(""), nullptr);
}

TEST(MessageTable, reads_messages_strictly) {
    const MessageType& type = *find_message_type("/cosmos.bank.v1beta1.MsgSend");
    MsgSend message;
    message.set_from_address(account(1));
    message.set_to_address(account(2));
    auto* const coin = message.add_amount();
    coin->set_denom("uyard");
    coin->set_amount("5");
    const Bytes good = proto::serialize(message);
    Bytes unknown = good;
    append(unknown, Bytes{0x78, 0x01});
    Bytes short_of_one = good;
    short_of_one.pop_back();

    EXPECT_TRUE(read_message(type, good));
    for (const Bytes& bad : {unknown, short_of_one}) {
        const auto refused = read_message(type, bad);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ledger::kinds::tx_decode);
    }
}

}  // namespace
}  // namespace steelyard::messages
