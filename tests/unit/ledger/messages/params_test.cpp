#include "ledger/proposals/proposals.h"
#include "steelyard/params/v1/tx.pb.h"
#include "tests/unit/ledger/messages/message_bench.h"
#include "tests/unit/ledger/validators.h"

namespace steelyard::messages {
namespace {

using ::steelyard::params::v1::MsgApproveParams;
using ::steelyard::params::v1::MsgProposeParams;
using ::steelyard::params::v1::MsgProposeParamsResponse;
using testing::StartsWith;

constexpr std::string_view propose_url = "/steelyard.params.v1.MsgProposeParams";
constexpr std::string_view approve_url = "/steelyard.params.v1.MsgApproveParams";

ledger::Params changed() {
    ledger::Params params;
    params.staking.max_validators = 7;
    return params;
}

MsgProposeParams sample_propose(std::uint8_t byte = 1) {
    MsgProposeParams message;
    message.set_validator_address(operator_text(address(byte)));
    message.set_params(std::string(as_text(ledger::encode_params(changed()))));
    return message;
}

MsgApproveParams sample_approve(std::uint8_t byte = 2) {
    MsgApproveParams message;
    message.set_validator_address(operator_text(address(byte)));
    message.set_proposal_id(1);
    const auto hash = proposals::hash_of(ledger::encode_params(changed()));
    message.set_params_hash(std::string(as_text(hash)));
    return message;
}

class ParamsMessages : public MessageTest {
protected:
    ParamsMessages() {
        for (std::uint32_t number = 0; number < 3; ++number) {
            ledger::make_validator(
                bench.state, number, address(static_cast<std::uint8_t>(number + 1))
            );
            ledger::set_active_power(bench.state, number, 10);
        }
        ledger::set_active_power(bench.state, 1, 11);
    }
};

TEST_F(ParamsMessages, propose_and_approve) {
    const auto response = run(propose_url, sample_propose());

    ASSERT_TRUE(response) << response.error().log;
    MsgProposeParamsResponse decoded;
    ASSERT_TRUE(decoded.ParseFromArray(response->data(), static_cast<int>(response->size())));
    EXPECT_EQ(decoded.proposal_id(), 1U);
    EXPECT_FALSE(proposals::end_block(bench.context).value());
    ASSERT_TRUE(run(approve_url, sample_approve()));
    EXPECT_EQ(proposals::end_block(bench.context).value(), changed());
}

TEST_F(ParamsMessages, refuse_an_approval_of_what_is_not_open) {
    const auto refused = run(approve_url, sample_approve());

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind.codespace, "params");
    EXPECT_EQ(refused.error().log, "number 1 is not open: proposal does not exist");
}

TEST(ParamsChecks, refuse_a_proposal_with_one_field_wrong) {
    EXPECT_EQ(check(propose_url, sample_propose()), "");

    const auto with = [](auto change) {
        MsgProposeParams message = sample_propose();
        change(message);
        return check(propose_url, message);
    };
    EXPECT_THAT(
        with([](MsgProposeParams& m) { m.set_validator_address(account(1)); }),
        StartsWith("sdk/7 validator_address ")
    );
    EXPECT_THAT(with([](MsgProposeParams& m) { m.clear_params(); }), StartsWith("params/3 "));
    EXPECT_THAT(
        with([](MsgProposeParams& m) { m.mutable_params()->append("\x78\x01", 2); }),
        StartsWith("params/3 ")
    );
    ledger::Params bad;
    bad.beacon.epoch_blocks = 0;
    EXPECT_EQ(
        with([&](MsgProposeParams& m) {
            m.set_params(std::string(as_text(ledger::encode_params(bad))));
        }),
        "params/3 beacon.epoch_blocks is 0, must be from 1 to 1000000: invalid parameters"
    );
}

TEST(ParamsChecks, refuse_an_approval_with_one_field_wrong) {
    EXPECT_EQ(check(approve_url, sample_approve()), "");

    const auto with = [](auto change) {
        MsgApproveParams message = sample_approve();
        change(message);
        return check(approve_url, message);
    };
    EXPECT_THAT(
        with([](MsgApproveParams& m) { m.clear_validator_address(); }),
        StartsWith("sdk/7 validator_address ")
    );
    EXPECT_EQ(
        with([](MsgApproveParams& m) { m.clear_proposal_id(); }),
        "sdk/18 proposal_id is 0, the first is 1: invalid request"
    );
    EXPECT_EQ(
        with([](MsgApproveParams& m) { m.mutable_params_hash()->pop_back(); }),
        "sdk/18 params_hash has 31 bytes, not 32: invalid request"
    );
}

}  // namespace
}  // namespace steelyard::messages
