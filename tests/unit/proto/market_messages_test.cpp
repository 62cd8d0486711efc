// What every message of the market keeps, so that any wallet can sign it and people can read it.
#include "amino/amino.pb.h"
#include "cosmos/msg/v1/msg.pb.h"
#include "steelyard/market/v1/tx.pb.h"

#include <gtest/gtest.h>

#include <set>

namespace steelyard::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

/// A Ledger device shows and signs no longer name.
constexpr std::size_t amino_name_size_max = 39;

const google::protobuf::ServiceDescriptor& service() {
    return *market::v1::MsgPostOrder::descriptor()->file()->FindServiceByName("Msg");
}

TEST(MarketMessages, are_those_of_the_service) {
    std::set<std::string> names;
    for (int i = 0; i < service().method_count(); ++i) {
        const auto& method = *service().method(i);
        EXPECT_EQ(method.input_type()->name(), "Msg" + method.name());
        EXPECT_EQ(method.output_type()->name(), method.input_type()->name() + "Response");
        names.insert(method.input_type()->name());
    }

    EXPECT_EQ(names.size(), 20U);
    const auto& file = *service().file();
    EXPECT_EQ(file.message_type_count(), 2 * service().method_count());
}

TEST(MarketMessages, have_a_signer_and_a_name_that_wallets_show) {
    for (int i = 0; i < service().method_count(); ++i) {
        const Descriptor& type = *service().method(i)->input_type();
        SCOPED_TRACE(type.name());
        ASSERT_EQ(type.options().ExtensionSize(cosmos::msg::v1::signer), 1);
        const FieldDescriptor* const signer =
            type.FindFieldByName(type.options().GetExtension(cosmos::msg::v1::signer, 0));

        ASSERT_NE(signer, nullptr);
        EXPECT_EQ(signer->number(), 1);
        EXPECT_EQ(signer->type(), FieldDescriptor::TYPE_STRING);
        const std::string& name = type.options().GetExtension(amino::name);
        EXPECT_EQ(name, "steelyard/" + type.name());
        EXPECT_LE(name.size(), amino_name_size_max);
    }
}

TEST(MarketMessages, are_flat) {
    for (int i = 0; i < service().method_count(); ++i) {
        const Descriptor& type = *service().method(i)->input_type();
        for (int j = 0; j < type.field_count(); ++j) {
            const FieldDescriptor& field = *type.field(j);
            SCOPED_TRACE(field.full_name());
            if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
                EXPECT_EQ(field.message_type()->full_name(), "cosmos.base.v1beta1.Coin");
                EXPECT_FALSE(field.is_repeated());
            }
        }
    }
}

}  // namespace
}  // namespace steelyard::proto
