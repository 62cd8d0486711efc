// Questions of a state with validators, for tests of queries.
#pragma once

#include "ledger/slashing/slashing.h"
#include "tests/unit/ledger/queries/query_bench.h"
#include "tests/unit/ledger/staking/staking_bench.h"

namespace steelyard::queries {

inline std::string operator_of(std::uint8_t byte) {
    return messages::operator_text(address(byte));
}

class StakeQueryTest : public testing::Test {
protected:
    template <typename Response>
    std::string ask(std::string_view path, const google::protobuf::Message& request) {
        return ask_of<Response>({bench.state, bench.block, bench.params}, path, request);
    }

    /// A block, in which the fees go to the validators of both numbers alike.
    void earn(std::uint64_t fees) {
        bench.next_block();
        const auto collector =
            bank::module_party(bench.state, distribution::fee_collector_name).value();
        ASSERT_TRUE(bank::mint(bench.context, collector, chain::Amount(fees)));
        std::vector<distribution::Share> shares;
        for (const auto& [number, byte] : {std::pair(first, 1), {second, 2}}) {
            shares.push_back(
                {number,
                 address(static_cast<std::uint8_t>(byte)),
                 10,
                 bench.get(number).commission.rate}
            );
        }
        ASSERT_TRUE(distribution::allocate(bench.context, shares));
    }

    staking::StakingBench bench;
    const staking::ValidatorNumber first = bench.make_validator(1, 10 * staking::yard);
    const staking::ValidatorNumber second = bench.make_validator(2, 10 * staking::yard);
};

}  // namespace steelyard::queries
