#include "ledger/distribution/records.h"

#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

namespace steelyard::distribution {
namespace {

using chain::Dec;
using chain::Height;

constexpr ValidatorNumber validator{7};

class RecordsTest : public testing::Test {
protected:
    std::vector<std::uint64_t> slashed_periods(ValidatorNumber of, std::int64_t from) {
        std::vector<std::uint64_t> periods;
        EXPECT_TRUE(walk_slash_events(
            bench.state,
            of,
            Height(from),
            [&](const SlashEvent& event) -> Outcome<bool> {
                periods.push_back(event.period);
                return true;
            }
        ));
        return periods;
    }

    ledger::Bench bench;
};

TEST_F(RecordsTest, come_back_as_they_were) {
    const CurrentRewards current{Dec(3), 9};
    const HistoricalRewards historical{Dec::parse("0.1").value(), 2};
    const StartingInfo info{8, Dec(100), Height(12)};
    const StartingInfo at_genesis{0, Dec(), Height()};

    EXPECT_EQ(decode_current(encode_current(current)).value(), current);
    EXPECT_EQ(decode_historical(encode_historical(historical)).value(), historical);
    EXPECT_EQ(decode_starting_info(encode_starting_info(info)).value(), info);
    EXPECT_EQ(decode_starting_info(encode_starting_info(at_genesis)).value(), at_genesis);
}

TEST_F(RecordsTest, have_fixed_bytes) {
    EXPECT_EQ(encode_historical({*Dec::from_scaled(258), 2}).size(), 20U);
    const Bytes bytes = encode_current({*Dec::from_scaled(258), 9});
    const Bytes expected = {0x0a, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0x10, 9};
    EXPECT_EQ(bytes, expected);
}

TEST_F(RecordsTest, refuse_other_bytes) {
    EXPECT_FALSE(decode_current(Bytes{}));
    EXPECT_FALSE(decode_current(Bytes{0x10, 9}));
    EXPECT_FALSE(decode_current(Bytes{0x0a, 1, 0, 0x10, 9}));
    EXPECT_FALSE(decode_historical(Bytes{0x18, 1}));
    EXPECT_FALSE(decode_starting_info(Bytes{0x08, 1, 0x18, 1}));
}

TEST_F(RecordsTest, of_a_period_without_references_are_erased) {
    ASSERT_TRUE(put_historical(bench.state, validator, 4, {Dec(1), 1}));
    ASSERT_TRUE(put_historical(bench.state, validator, 5, {Dec(1), 1}));
    ASSERT_TRUE(put_historical(bench.state, validator, 4, {Dec(1), 0}));

    std::vector<std::uint64_t> periods;
    ASSERT_TRUE(walk_historical(
        bench.state,
        validator,
        [&](std::uint64_t period, const HistoricalRewards&) -> Outcome<bool> {
            periods.push_back(period);
            return true;
        }
    ));
    EXPECT_EQ(periods, std::vector<std::uint64_t>{5});
}

TEST_F(RecordsTest, of_slashes_are_walked_from_a_height_on) {
    for (const auto& [height, period] : {std::pair(5, 3), {5, 2}, {300, 9}, {4, 1}}) {
        const SlashEvent event{Height(height), static_cast<std::uint64_t>(period), Dec(1)};
        ASSERT_TRUE(put_slash_event(bench.state, validator, event));
    }
    ASSERT_TRUE(put_slash_event(bench.state, ValidatorNumber{8}, {Height(5), 77, Dec(1)}));

    EXPECT_EQ(slashed_periods(validator, 0), (std::vector<std::uint64_t>{1, 2, 3, 9}));
    EXPECT_EQ(slashed_periods(validator, 5), (std::vector<std::uint64_t>{2, 3, 9}));
    EXPECT_EQ(slashed_periods(validator, 301), std::vector<std::uint64_t>{});
    EXPECT_EQ(slashed_periods(ValidatorNumber{6}, 0), std::vector<std::uint64_t>{});
}

TEST_F(RecordsTest, of_one_validator_are_erased_alone) {
    const ValidatorNumber other{8};
    for (const ValidatorNumber each : {validator, other}) {
        ASSERT_TRUE(put_current(bench.state, each, {Dec(), 3}));
        ASSERT_TRUE(put_historical(bench.state, each, 2, {Dec(), 1}));
        ASSERT_TRUE(put_slash_event(bench.state, each, {Height(5), 2, Dec(1)}));
        ASSERT_TRUE(put_commission(bench.state, each, Dec(1)));
        ASSERT_TRUE(put_outstanding(bench.state, each, Dec(2)));
    }

    ASSERT_TRUE(erase_validator(bench.state, validator));

    std::size_t rows = 0;
    bench.state.visit_changes([&](ledger::Store, ByteView, const auto& value) {
        rows += value.has_value();
    });
    EXPECT_EQ(rows, 5U);
    EXPECT_FALSE(find_current(bench.state, validator).value());
    EXPECT_EQ(outstanding(bench.state, validator).value(), Dec());
    EXPECT_EQ(outstanding(bench.state, other).value(), Dec(2));
}

TEST_F(RecordsTest, of_withdraw_addresses_are_walked) {
    ASSERT_TRUE(put_withdraw_address(bench.state, AccountNumber{9}, AccountNumber{1}));
    ASSERT_TRUE(put_withdraw_address(bench.state, AccountNumber{3}, AccountNumber{2}));

    std::string walked;
    ASSERT_TRUE(walk_withdraw_addresses(
        bench.state,
        [&](AccountNumber delegator, AccountNumber to) -> Outcome<bool> {
            walked += fmt::format(
                "{}>{} ", static_cast<std::uint64_t>(delegator), static_cast<std::uint64_t>(to)
            );
            return true;
        }
    ));
    EXPECT_EQ(walked, "3>2 9>1 ");
}

TEST_F(RecordsTest, of_slashes_cost_gas_each) {
    for (int height = 1; height <= 50; ++height) {
        ASSERT_TRUE(put_slash_event(
            bench.state, validator, {Height(height), static_cast<std::uint64_t>(height), Dec(1)}
        ));
    }
    ledger::GasMeter meter(5'000);
    bench.state.set_meter(&meter);

    std::size_t visited = 0;
    const auto walked = walk_slash_events(
        bench.state,
        validator,
        Height(),
        [&](const SlashEvent&) -> Outcome<bool> {
            ++visited;
            return true;
        }
    );

    ASSERT_FALSE(walked);
    EXPECT_EQ(walked.error().kind, ledger::kinds::out_of_gas);
    EXPECT_GT(visited, 10U);
    EXPECT_LT(visited, 50U);
}

}  // namespace
}  // namespace steelyard::distribution
