#include "ledger/beacon/beacon.h"

#include "crypto/sha256.h"
#include "steelyard/beacon/v1/query.pb.h"
#include "tests/unit/ledger/queries/query_bench.h"
#include "tests/unit/ledger/validators.h"

namespace steelyard::queries {
namespace {

using namespace ::steelyard::beacon::v1;
using ledger::ValidatorNumber;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

beacon::PublicKey key(std::string_view name) {
    return crypto::secp256k1::public_key_of(crypto::Secret<32>(crypto::sha256(as_bytes(name))));
}

class BeaconQueries : public QueryTest {
protected:
    BeaconQueries() {
        bench.block.height = chain::Height(7);
        beacon::Value value;
        value.fill('x');
        EXPECT_TRUE(beacon::begin(bench.state, {chain::Height(7), value}));
        for (std::uint32_t number = 0; number < 3; ++number) {
            ledger::make_validator(
                bench.state, number, address(static_cast<std::uint8_t>(number + 1))
            );
        }
    }

    std::string ask_value(std::int64_t height) {
        QueryValueRequest request;
        request.set_height(height);
        return ask<QueryValueResponse>("/steelyard.beacon.v1.Query/Value", request);
    }

    QueryKeysResponse ask_keys(const std::string& of = "") {
        QueryKeysRequest request;
        request.set_validator_address(of);
        const auto answer =
            find_query_method("/steelyard.beacon.v1.Query/Keys")
                ->answer({bench.state, bench.block, bench.params}, proto::serialize(request));
        EXPECT_TRUE(answer);
        QueryKeysResponse response;
        EXPECT_TRUE(response.ParseFromArray(answer->data(), static_cast<int>(answer->size())));
        return response;
    }
};

TEST_F(BeaconQueries, give_values) {
    const std::string value = "value { height: 7 value: \"" + std::string(32, 'x') + "\" }";

    EXPECT_EQ(
        ask<QueryLatestResponse>("/steelyard.beacon.v1.Query/Latest", QueryLatestRequest()), value
    );
    EXPECT_EQ(ask_value(7), value);
    EXPECT_EQ(
        ask_value(8), "NotFound: no value of height 8: the last is of height 7, and 100000 are kept"
    );
    EXPECT_THAT(ask_value(-1), StartsWith("InvalidArgument: "));
}

TEST_F(BeaconQueries, give_keys_as_they_stand_in_the_next_block) {
    ASSERT_TRUE(beacon::endow(bench.state, ValidatorNumber{0}, key("1")));
    ASSERT_TRUE(beacon::register_key(bench.context, ValidatorNumber{0}, key("2")));
    const std::string name = messages::operator_text(address(1));

    auto keys = ask_keys(name);
    ASSERT_EQ(keys.keys_size(), 1);
    EXPECT_EQ(keys.keys(0).validator_address(), name);
    EXPECT_EQ(keys.keys(0).current(), as_text(key("1")));
    EXPECT_EQ(keys.keys(0).next(), as_text(key("2")));
    EXPECT_EQ(keys.keys(0).next_mature_height(), 2007);
    bench.block.height = chain::Height(2006);
    keys = ask_keys(name);
    EXPECT_EQ(keys.keys(0).current(), as_text(key("2")));
    EXPECT_TRUE(keys.keys(0).next().empty());
    EXPECT_EQ(keys.keys(0).next_mature_height(), 0);
}

TEST_F(BeaconQueries, give_the_keys_of_all_that_have_some) {
    ASSERT_TRUE(beacon::endow(bench.state, ValidatorNumber{0}, key("1")));
    ASSERT_TRUE(beacon::endow(bench.state, ValidatorNumber{2}, key("2")));

    const auto keys = ask_keys();

    ASSERT_EQ(keys.keys_size(), 2);
    EXPECT_EQ(keys.keys(1).validator_address(), messages::operator_text(address(3)));
    EXPECT_EQ(ask_keys(messages::operator_text(address(2))).keys_size(), 0);
    QueryKeysRequest request;
    request.set_validator_address(messages::operator_text(address(9)));
    EXPECT_THAT(
        ask<QueryKeysResponse>("/steelyard.beacon.v1.Query/Keys", request),
        StartsWith("NotFound: validator yardvaloper1")
    );
}

}  // namespace
}  // namespace steelyard::queries
