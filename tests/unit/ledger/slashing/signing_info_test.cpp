#include "ledger/slashing/signing_info.h"

#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

namespace steelyard::slashing {
namespace {

chain::Address address(std::uint8_t byte) {
    chain::Address out;
    out.fill(byte);
    return out;
}

SigningInfo sample() {
    return {
        .start_height = chain::Height(7),
        .index = 3,
        .jailed_until = chain::Timestamp::parse("2026-01-01T00:00:00.5Z").value(),
        .tombstoned = true,
        .missed = 2,
        .window = 10,
    };
}

TEST(SigningInfo, comes_back_as_it_was) {
    const SigningInfo info = sample();

    EXPECT_EQ(decode_signing_info(encode_signing_info(info)).value(), info);
    EXPECT_EQ(decode_signing_info(encode_signing_info({})).value(), SigningInfo());
}

TEST(SigningInfo, refuses_what_no_window_holds) {
    const auto with = [](auto change) {
        SigningInfo info = sample();
        change(info);
        return decode_signing_info(encode_signing_info(info)).has_value();
    };

    EXPECT_TRUE(with([](SigningInfo& info) { info.missed = 10; }));
    EXPECT_FALSE(with([](SigningInfo& info) { info.missed = 11; }));
    EXPECT_FALSE(with([](SigningInfo& info) { info.index = 11; }));
    EXPECT_FALSE(with([](SigningInfo& info) { info.index = -1; }));
    EXPECT_FALSE(with([](SigningInfo& info) { info.missed = -1; }));
    EXPECT_FALSE(decode_signing_info(Bytes{}));
    EXPECT_FALSE(decode_signing_info(Bytes{0x38, 1}));
}

TEST(SigningInfo, is_walked_by_address) {
    ledger::Bench bench;
    ASSERT_TRUE(put_signing_info(bench.state, address(9), sample()));
    ASSERT_TRUE(put_signing_info(bench.state, address(200), {}));
    ASSERT_TRUE(put_signing_info(bench.state, address(1), {}));

    std::vector<chain::Address> walked;
    ASSERT_TRUE(walk_signing_infos(
        bench.state,
        [&](const chain::Address& of, const SigningInfo&) -> Outcome<bool> {
            walked.push_back(of);
            return walked.size() < 2;
        }
    ));

    EXPECT_EQ(walked, (std::vector{address(1), address(9)}));
    EXPECT_EQ(signing_info(bench.state, address(9)).value(), sample());
    EXPECT_EQ(signing_info(bench.state, address(8)).value(), std::nullopt);
}

}  // namespace
}  // namespace steelyard::slashing
