#include "ledger/beacon/beacon.h"

#include "crypto/sha256.h"
#include "steelyard/beacon/v1/tx.pb.h"
#include "tests/unit/ledger/messages/message_bench.h"
#include "tests/unit/ledger/validators.h"

namespace steelyard::messages {
namespace {

using ::steelyard::beacon::v1::MsgRegisterKey;
using ::steelyard::beacon::v1::MsgRegisterKeyResponse;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view url = "/steelyard.beacon.v1.MsgRegisterKey";

beacon::PublicKey key(std::string_view name) {
    return crypto::secp256k1::public_key_of(crypto::Secret<32>(crypto::sha256(as_bytes(name))));
}

MsgRegisterKey sample(std::uint8_t byte = 1, std::string_view name = "key") {
    MsgRegisterKey message;
    message.set_validator_address(operator_text(address(byte)));
    message.set_public_key(std::string(as_text(key(name))));
    return message;
}

class BeaconMessages : public MessageTest {
protected:
    BeaconMessages() {
        ledger::make_validator(bench.state, 0, address(1));
        ledger::make_validator(bench.state, 1, address(2));
        bench.block.height = chain::Height(10);
        bench.params.beacon.epoch_blocks = 20;
    }
};

TEST_F(BeaconMessages, register_a_key_that_is_mature_after_two_epochs) {
    const auto response = run(url, sample());

    ASSERT_TRUE(response) << response.error().log;
    MsgRegisterKeyResponse decoded;
    ASSERT_TRUE(decoded.ParseFromArray(response->data(), static_cast<int>(response->size())));
    EXPECT_EQ(decoded.mature_height(), 50);
    const auto in_force = [&](int height) {
        return beacon::key_in_force(bench.state, ledger::ValidatorNumber{0}, chain::Height(height))
            .value();
    };
    EXPECT_FALSE(in_force(49));
    EXPECT_EQ(in_force(50), key("key"));
    EXPECT_EQ(ledger::type_names(bench.events), "register_beacon_key");
}

TEST_F(BeaconMessages, refuse_one_key_for_two_validators) {
    ASSERT_TRUE(run(url, sample(1)));

    const auto refused = run(url, sample(2));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind.codespace, "beacon");
    EXPECT_EQ(refused.error().kind.code, 3U);
}

TEST_F(BeaconMessages, refuse_who_is_no_validator) {
    const auto refused = run(url, sample(3));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind.codespace, "staking");
    EXPECT_EQ(refused.error().kind.code, 3U);
    EXPECT_THAT(refused.error().log, StartsWith(operator_text(address(3))));
}

TEST(BeaconChecks, refuse_a_key_with_one_field_wrong) {
    EXPECT_EQ(check(url, sample()), "");

    const auto with = [](auto change) {
        MsgRegisterKey message = sample();
        change(message);
        return check(url, message);
    };
    EXPECT_THAT(
        with([](MsgRegisterKey& m) { m.clear_validator_address(); }),
        StartsWith("sdk/7 validator_address \"\": ")
    );
    EXPECT_THAT(
        with([](MsgRegisterKey& m) { m.set_validator_address(account(1)); }),
        StartsWith("sdk/7 validator_address ")
    );
    EXPECT_EQ(
        with([](MsgRegisterKey& m) { m.clear_public_key(); }),
        "beacon/2  (0 bytes) is no compressed point of secp256k1: invalid beacon key"
    );
    EXPECT_THAT(
        with([](MsgRegisterKey& m) { m.mutable_public_key()->push_back('x'); }),
        HasSubstr("(34 bytes) is no compressed point")
    );
    EXPECT_THAT(
        with([](MsgRegisterKey& m) { m.mutable_public_key()->at(0) = 4; }), StartsWith("beacon/2 ")
    );
}

TEST(BeaconChecks, know_no_message_that_brings_a_value) {
    EXPECT_EQ(find_message_type("/steelyard.beacon.v1.MsgBeacon"), nullptr);
}

}  // namespace
}  // namespace steelyard::messages
