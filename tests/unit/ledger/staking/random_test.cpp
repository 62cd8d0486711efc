// Whatever happens to stake, its books balance.
#include "tests/unit/ledger/staking/invariants.h"

#include <random>

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using chain::Height;

constexpr std::uint8_t operators = 6;
constexpr std::uint8_t people = 9;  ///< the operators among them

class RandomChain {
public:
    explicit RandomChain(std::uint32_t seed) : random_(seed) {
        bench.params.staking.max_validators = 3;
        bench.params.staking.max_entries = 4;
        bench.params.staking.unbonding_time = std::chrono::seconds(400);
        for (std::uint8_t byte = 1; byte <= operators; ++byte) {
            bench.make_validator(byte, yard * (1 + below(5)));
        }
        end_block();
    }

    void step() {
        if (below(25) == 0) {
            all_leave(some_operator());
        } else {
            attempt([&] { return operate(); });
        }
        if (below(5) == 0) {
            end_block();
        }
    }

    StakingBench bench;
    int done = 0;
    int refused = 0;
    int slashes = 0;
    int removed = 0;

private:
    /// As a message is executed: what fails leaves nothing behind.
    void attempt(const std::function<bool()>& operation) {
        const auto mark = bench.state.mark();
        const std::size_t events = bench.events.size();
        if (operation()) {
            ++done;
        } else {
            bench.state.roll_back(mark);
            bench.events.resize(events);
            ++refused;
        }
    }

    void all_leave(const chain::Address& validator) {
        for (std::uint8_t byte = 1; byte <= people; ++byte) {
            const Party who = bench.party(byte);
            attempt([&] { return leave(who, validator); });
        }
    }

    bool leave(const Party& who, const chain::Address& validator) {
        const Amount amount = all_of(who, validator);
        return !amount.is_zero() && undelegate(bench.context, who, validator, amount);
    }

    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_() % end); }

    Party somebody() { return bench.party(static_cast<std::uint8_t>(1 + below(people))); }

    chain::Address some_operator() {
        return bench.party(static_cast<std::uint8_t>(1 + below(operators))).address;
    }

    Amount some_amount() {
        switch (below(4)) {
            case 0:
                return Amount(1 + below(3));
            case 1:
                return Amount(1 + below(1'000));
            default:
                return Amount(1 + below(2 * yard));
        }
    }

    /// Often all that there is.
    Amount some_of(const Party& delegator, const chain::Address& address) {
        return below(3) == 0 ? all_of(delegator, address) : some_amount();
    }

    Amount all_of(const Party& delegator, const chain::Address& address) {
        const auto member = find_by_operator(bench.state, address).value();
        if (!member) {
            return Amount();
        }
        const Dec shares = delegated_shares(bench.state, delegator.number, member->number).value();
        return to_amount(tokens_of(member->validator, shares), chain::Rounding::truncate).value();
    }

    bool operate() {
        const Party who = somebody();
        const chain::Address validator = some_operator();
        ledger::Context& context = bench.context;
        switch (below(10)) {
            case 0:
            case 1:
            case 2:
                return delegate(context, who, validator, some_amount()).has_value();
            case 3:
            case 4: {
                const Amount amount = some_of(who, validator);
                return !amount.is_zero() && undelegate(context, who, validator, amount);
            }
            case 5:
            case 6: {
                const Amount amount = some_of(who, validator);
                return !amount.is_zero() &&
                       redelegate(context, who, validator, some_operator(), amount);
            }
            case 7:
                return cancel(who, validator);
            case 8:
                return withdraw_rewards(context, who, validator).has_value();
            default:
                return punish_or_forgive(validator);
        }
    }

    bool cancel(const Party& who, const chain::Address& address) {
        const auto member = find_by_operator(bench.state, address).value();
        if (!member) {
            return false;
        }
        const auto unbonding = get_unbonding(bench.state, who.number, member->number).value();
        if (unbonding.empty()) {
            return false;
        }
        const UnbondingEntry& entry =
            unbonding[below(static_cast<std::uint32_t>(unbonding.size()))];
        const Amount amount = below(2) == 0 ? entry.balance : some_amount();
        return !amount.is_zero() &&
               cancel_unbonding(bench.context, who, address, amount, entry.creation_height);
    }

    bool punish_or_forgive(const chain::Address& address) {
        const auto member = find_by_operator(bench.state, address).value();
        if (!member) {
            return create_again(address);
        }
        if (member->validator.jailed) {
            return unjail(bench.context, member->number).has_value();
        }
        if (below(3) != 0 || member->validator.status == Status::unbonded) {
            return false;
        }
        const auto back = std::min<std::int64_t>(bench.block.height.value() - 1, below(40));
        const Height height(bench.block.height.value() - back);
        static const std::array fractions = {
            dec("0.0001"), dec("0.05"), dec("0.333333333333333333"), dec("0.9"), Dec(1)
        };
        const std::int64_t power = 1 + below(10);
        slash(bench.context, member->number, height, power, fractions[below(5)]).value();
        jail(bench.context, member->number).value();
        ++slashes;
        return true;
    }

    /// Who has no validator any more makes another.
    bool create_again(const chain::Address& address) {
        const Party who{auth::find(bench.state, address).value().value(), address};
        const auto number = create_validator(
            bench.context, who, StakingBench::new_validator(++keys_, yard * (1 + below(5)))
        );
        if (!number) {
            return false;
        }
        ++removed;
        bench.give_beacon_key(*number);
        return true;
    }

    void end_block() {
        bench.end_block();
        bench.next_block(std::chrono::seconds(1 + below(40)));
        pay_rewards();
    }

    void pay_rewards() {
        const auto collector =
            bank::module_party(bench.state, distribution::fee_collector_name).value();
        bank::mint(bench.context, collector, Amount(1'000 + below(1'000))).value();
        std::vector<distribution::Share> shares;
        const std::vector<Power> set = active_set(bench.state).value();
        for (const auto& [number, power] : set) {
            const Validator validator = bench.get(number);
            shares.push_back({number, validator.operator_address, power, validator.commission.rate}
            );
        }
        distribution::allocate(bench.context, shares).value();
    }

    std::mt19937 random_;
    std::uint32_t keys_ = 1'000;
};

TEST(Stake, balances_whatever_happens) {
    int done = 0;
    int slashes = 0;
    int removed = 0;
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE(seed);
        RandomChain chain(seed);
        for (int i = 0; i < 1'000 && !testing::Test::HasFailure(); ++i) {
            SCOPED_TRACE(i);
            chain.step();
            Invariants(chain.bench).check();
        }
        done += chain.done;
        slashes += chain.slashes;
        removed += chain.removed;
    }
    EXPECT_GT(done, 3'000) << "most operations do something";
    EXPECT_GT(slashes, 100);
    EXPECT_GT(removed, 5);
}

}  // namespace
}  // namespace steelyard::staking
