// Rules that all our .proto files keep, so that one value has one encoding.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace steelyard::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

std::vector<const FileDescriptor*> all_files() {
    const std::filesystem::path root = STEELYARD_SOURCE_DIR "/src/proto";
    std::vector<const FileDescriptor*> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (entry.path().extension() == ".proto") {
            const std::string name = std::filesystem::relative(entry.path(), root).string();
            files.push_back(DescriptorPool::generated_pool()->FindFileByName(name));
            EXPECT_NE(files.back(), nullptr) << name << " is not linked";
        }
    }
    return files;
}

void check_message(const Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) {
        const FieldDescriptor& field = *message.field(i);
        SCOPED_TRACE(field.full_name());
        EXPECT_FALSE(field.is_map()) << "the order of a map's entries is not defined";
        EXPECT_NE(field.cpp_type(), FieldDescriptor::CPPTYPE_FLOAT);
        EXPECT_NE(field.cpp_type(), FieldDescriptor::CPPTYPE_DOUBLE);
        EXPECT_EQ(field.is_packed(), field.is_packable());
        EXPECT_FALSE(field.has_optional_keyword()) << "a zero could be written or left out";
    }
    for (int i = 0; i < message.nested_type_count(); ++i) {
        check_message(*message.nested_type(i));
    }
}

TEST(Schema, every_message_has_one_encoding) {
    const std::vector<const FileDescriptor*> files = all_files();
    ASSERT_GT(files.size(), 50U);

    for (const FileDescriptor* const file : files) {
        EXPECT_EQ(file->syntax(), FileDescriptor::SYNTAX_PROTO3) << file->name();
        for (int i = 0; i < file->message_type_count(); ++i) {
            check_message(*file->message_type(i));
        }
    }
}

TEST(Schema, packages_follow_folders) {
    for (const FileDescriptor* const file : all_files()) {
        std::string folder = file->name().substr(0, file->name().rfind('/'));
        std::replace(folder.begin(), folder.end(), '/', '.');
        EXPECT_EQ(file->package(), folder);
    }
}

/// What CosmJS 0.39 asks for, and the methods behind Keplr's REST paths.
TEST(Schema, knows_the_queries_that_clients_make) {
    for (const std::string_view method : {
             "cosmos.auth.v1beta1.Query.Account",
             "cosmos.auth.v1beta1.Query.Accounts",
             "cosmos.bank.v1beta1.Query.AllBalances",
             "cosmos.bank.v1beta1.Query.Balance",
             "cosmos.bank.v1beta1.Query.DenomMetadata",
             "cosmos.bank.v1beta1.Query.DenomsMetadata",
             "cosmos.bank.v1beta1.Query.SpendableBalances",
             "cosmos.bank.v1beta1.Query.SupplyOf",
             "cosmos.bank.v1beta1.Query.TotalSupply",
             "cosmos.base.node.v1beta1.Service.Config",
             "cosmos.base.tendermint.v1beta1.Service.GetLatestBlock",
             "cosmos.base.tendermint.v1beta1.Service.GetNodeInfo",
             "cosmos.distribution.v1beta1.Query.DelegationTotalRewards",
             "cosmos.distribution.v1beta1.Query.Params",
             "cosmos.mint.v1beta1.Query.Inflation",
             "cosmos.slashing.v1beta1.Query.SigningInfos",
             "cosmos.staking.v1beta1.Query.Delegation",
             "cosmos.staking.v1beta1.Query.DelegatorDelegations",
             "cosmos.staking.v1beta1.Query.DelegatorUnbondingDelegations",
             "cosmos.staking.v1beta1.Query.DelegatorValidator",
             "cosmos.staking.v1beta1.Query.DelegatorValidators",
             "cosmos.staking.v1beta1.Query.HistoricalInfo",
             "cosmos.staking.v1beta1.Query.Params",
             "cosmos.staking.v1beta1.Query.Pool",
             "cosmos.staking.v1beta1.Query.Redelegations",
             "cosmos.staking.v1beta1.Query.UnbondingDelegation",
             "cosmos.staking.v1beta1.Query.Validator",
             "cosmos.staking.v1beta1.Query.ValidatorDelegations",
             "cosmos.staking.v1beta1.Query.ValidatorUnbondingDelegations",
             "cosmos.staking.v1beta1.Query.Validators",
             "cosmos.tx.v1beta1.Service.BroadcastTx",
             "cosmos.tx.v1beta1.Service.GetTx",
             "cosmos.tx.v1beta1.Service.Simulate",
         }) {
        EXPECT_NE(DescriptorPool::generated_pool()->FindMethodByName(std::string(method)), nullptr)
            << method;
    }
}

/// Each has a response of the same name, as a transaction's results hold it.
TEST(Schema, knows_the_messages_that_clients_send) {
    for (const std::string name : {
             "cosmos.bank.v1beta1.MsgMultiSend",
             "cosmos.bank.v1beta1.MsgSend",
             "cosmos.distribution.v1beta1.MsgFundCommunityPool",
             "cosmos.distribution.v1beta1.MsgSetWithdrawAddress",
             "cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward",
             "cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission",
             "cosmos.slashing.v1beta1.MsgUnjail",
             "cosmos.staking.v1beta1.MsgBeginRedelegate",
             "cosmos.staking.v1beta1.MsgCancelUnbondingDelegation",
             "cosmos.staking.v1beta1.MsgCreateValidator",
             "cosmos.staking.v1beta1.MsgDelegate",
             "cosmos.staking.v1beta1.MsgEditValidator",
             "cosmos.staking.v1beta1.MsgUndelegate",
         }) {
        const auto* const pool = DescriptorPool::generated_pool();
        EXPECT_NE(pool->FindMessageTypeByName(name), nullptr) << name;
        EXPECT_NE(pool->FindMessageTypeByName(name + "Response"), nullptr) << name;
    }
}

}  // namespace
}  // namespace steelyard::proto
