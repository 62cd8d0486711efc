#include "abci/block_results.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::abci {
namespace {

BlockResults full_results() {
    return {
        .tx_results = {{.code = 0, .gas_used = 5}, {.code = 3, .log = "out of gas"}},
        .events = {{.type = "slash", .attributes = {{"address", "a", true}}}},
        .validator_updates = {{test::public_key(1), 10}, {test::public_key(2), 0}},
        .params_update = {.block = chain::BlockParams{.max_bytes = 1'000'000, .max_gas = 7}},
        .app_hash = chain::AppHash(chain::Hash256{1, 2, 3}),
    };
}

TEST(BlockResults, come_back_as_they_were) {
    for (const BlockResults& results : {full_results(), BlockResults{}}) {
        const auto decoded = decode_block_results(encode_block_results(results));

        ASSERT_TRUE(decoded) << decoded.error().message();
        EXPECT_EQ(*decoded, results);
    }
}

TEST(BlockResults, refuse_an_update_without_a_key) {
    const Bytes bytes{0x1a, 0x02, 0x10, 0x05, 0x22, 0x00};  // validator_updates: {power: 5}

    const auto decoded = decode_block_results(bytes);

    ASSERT_FALSE(decoded);
    EXPECT_NE(decoded.error().message().find("pub_key"), std::string::npos);
}

TEST(BlockResults, refuse_an_app_hash_that_is_too_long) {
    Bytes bytes{0x22, 0x00, 0x2a, 33};
    bytes.resize(bytes.size() + 33);

    EXPECT_FALSE(decode_block_results(bytes));
}

}  // namespace
}  // namespace steelyard::abci
