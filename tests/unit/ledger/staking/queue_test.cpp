#include "ledger/staking/queue.h"

#include "tests/unit/ledger/staking/staking_bench.h"

#include <gtest/gtest.h>

#include <map>

namespace steelyard::staking {
namespace {

using ledger::Key;
using ledger::Store;

/// The records of another view, committed. Counts how often it is asked for the next one.
class Committed final : public ledger::StateReader {
public:
    explicit Committed(const StateView& view) {
        view.visit_changes([&](Store store, ByteView key, const std::optional<Bytes>& value) {
            if (value) {
                records_[{store, to_bytes(key)}] = *value;
            }
        });
    }

    std::optional<ByteView> get(Store store, ByteView key) const override {
        const auto found = records_.find({store, to_bytes(key)});
        return found == records_.end() ? std::nullopt : std::optional<ByteView>(found->second);
    }

    std::optional<ledger::RecordView> at_or_after(Store store, ByteView key) const override {
        ++asked;
        const auto found = records_.lower_bound({store, to_bytes(key)});
        if (found == records_.end() || found->first.first != store) {
            return std::nullopt;
        }
        return ledger::RecordView{found->first.second, found->second};
    }

    mutable std::size_t asked = 0;

private:
    std::map<std::pair<Store, Bytes>, Bytes> records_;
};

/// What has ended stays in the way of a walk from the beginning until the block is committed.
TEST(Queue, ends_a_block_full_without_passing_what_has_ended_again) {
    StakingBench bench;
    const ValidatorNumber validator = bench.make_validator(1, 5 * yard);
    bench.end_block();
    const auto matured = bench.block.time;
    for (std::uint32_t i = 0; i < ends_max + 1; ++i) {
        chain::Address address{};
        address[0] = 99;
        address[1] = static_cast<std::uint8_t>(i >> 8);
        address[2] = static_cast<std::uint8_t>(i);
        const Party delegator = bank::party_at(bench.state, address).value();
        const auto pool = bank::module_party(bench.state, not_bonded_pool_name).value();
        bank::endow(bench.state, pool.number, uyard(7)).value();
        const UnbondingEntry entry{chain::Height(1), matured, chain::Amount(7), chain::Amount(7)};
        put_unbonding(bench.state, delegator.number, validator, {entry}).value();
        enqueue(bench.state, {matured, Waits::unbonding, delegator.number, validator, {}}).value();
    }
    const Committed committed(bench.state);
    StateView state(committed);
    ledger::Context context{state, bench.events, bench.block, bench.params};

    end_matured(context).value();

    EXPECT_LT(committed.asked, 10 * ends_max);
    const auto left = state.first(Store::staking, Key('q'), Key('q')).value();
    ASSERT_TRUE(left.has_value());
    EXPECT_FALSE(state.first(Store::staking, Key('q'), ledger::after(left->key)).value());
}

}  // namespace
}  // namespace steelyard::staking
