// Rewards, stake and penalties together: whatever happens, and whoever is punished for it while his
// stake is on its way, the books balance.
#include "ledger/invariants/invariants.h"
#include "ledger/params/stored_params.h"
#include "tests/unit/ledger/slashing/slashing_bench.h"

#include <deque>
#include <random>

namespace steelyard::slashing {
namespace {

using chain::Address;
using chain::CommitParticipant;

constexpr std::uint8_t operators = 5;
constexpr std::uint8_t people = 8;  ///< the operators among them

class RandomChain {
public:
    explicit RandomChain(std::uint32_t seed) : random_(seed) {
        ledger::Params& params = bench.params;
        params.staking.max_validators = 4;
        params.staking.max_entries = 4;
        params.staking.unbonding_time = std::chrono::seconds(200);
        params.slashing.signed_blocks_window = 12;
        params.slashing.downtime_jail_time = std::chrono::seconds(30);
        params.slashing.slash_fraction_downtime = dec("0.01");
        params.slashing.slash_fraction_double_sign =
            dec(seed % 2 == 0 ? "0.333333333333333333" : "1");
        params.community_tax = dec("0.02");
        ledger::store_params(bench.state, params).value();
        const auth::Account market{
            .address = auth::module_address("market"), .module_name = "market"
        };
        auth::make(bench.state, market).value();
        beacon::begin(
            bench.state,
            {.height = Height(1), .value = beacon::first_value(bench.block.chain_id, {})}
        )
            .value();
        for (std::uint8_t byte = 1; byte <= operators; ++byte) {
            bench.make_validator(byte, yard * (1 + below(9)));
        }
        end_block();
    }

    void block() {
        begin_block();
        for (std::uint32_t i = below(8); i > 0; --i) {
            attempt();
        }
        end_block();
    }

    void expect_invariants() {
        for (const invariants::Breach& breach : invariants::check(bench.state)) {
            ADD_FAILURE() << to_string(breach);
        }
    }

    staking::StakingBench bench;
    int done = 0;
    int jailed = 0;
    int accusations = 0;

private:
    std::uint32_t below(std::size_t end) { return static_cast<std::uint32_t>(random_() % end); }

    void begin_block() {
        bench.next_block(std::chrono::seconds(5));
        bench.events.clear();
        const auto collector =
            bank::module_party(bench.state, distribution::fee_collector_name).value();
        bank::mint(bench.context, collector, Amount(below(1'000'000))).value();
        const std::vector<CommitParticipant> signers = last_commit();
        distribution::allocate(bench.context, shares_of(signers)).value();
        judge_signatures(bench.context, signers).value();
        if (below(40) == 0) {
            accuse();
        }
        for (const chain::Event& event : bench.events) {
            jailed += event.type == "slash";
        }
    }

    /// The set drawn three blocks ago signed the last block. Some of it sleep much.
    std::vector<CommitParticipant> last_commit() {
        std::vector<CommitParticipant> signers = sets_.front();
        for (CommitParticipant& signer : signers) {
            const bool sleeps = signer.address[0] % 3 == 0 ? below(2) == 0 : below(20) == 0;
            signer.flag = sleeps ? BlockIdFlag::absent : BlockIdFlag::commit;
        }
        return signers;
    }

    std::vector<distribution::Share> shares_of(const std::vector<CommitParticipant>& signers) {
        std::vector<distribution::Share> shares;
        for (const CommitParticipant& signer : signers) {
            const auto number =
                staking::find_by_consensus_address(bench.state, signer.address).value();
            const auto validator = staking::get_validator(bench.state, number.value()).value();
            if (validator) {
                shares.push_back(
                    {*number, validator->operator_address, signer.power, validator->commission.rate}
                );
            }
        }
        return shares;
    }

    void accuse() {
        const auto& set = sets_.front();
        if (set.empty()) {
            return;
        }
        const CommitParticipant& accused = set[below(set.size())];
        const auto back = std::min<std::int64_t>(bench.block.height.value() - 1, 3 + below(30));
        const chain::Vote vote{
            .type = chain::SignedMsgType::precommit,
            .height = Height(bench.block.height.value() - back),
            .validator_address = accused.address,
        };
        const chain::Evidence evidence = chain::DuplicateVoteEvidence{
            .vote_a = vote,
            .vote_b = vote,
            .total_voting_power = 100,
            .validator_power = accused.power,
            .timestamp = *checked_add(bench.block.time, -std::chrono::seconds(5 * back)),
        };
        punish(bench.context, std::vector{evidence, evidence}).value();
        ++accusations;
    }

    void end_block() {
        const auto change = bench.end_block();
        watch(bench.context, change.bonded).value();
        std::vector<CommitParticipant> set;
        const auto active = staking::active_set(bench.state).value();
        for (const auto& [number, power] : active) {
            const auto validator = bench.get(number);
            set.push_back({validator.consensus_key->address(), power, BlockIdFlag::commit});
        }
        sets_.push_back(std::move(set));
        if (sets_.size() > 3) {
            sets_.pop_front();
        }
    }

    /// As a message is executed: what fails leaves nothing behind.
    void attempt() {
        const auto mark = bench.state.mark();
        if (operate()) {
            ++done;
        } else {
            bench.state.roll_back(mark);
        }
    }

    bool operate() {
        ledger::Context& context = bench.context;
        const Party who = bench.party(static_cast<std::uint8_t>(1 + below(people)));
        const Address validator = some_operator();
        const Amount amount(below(4) == 0 ? 1 + below(5) : 1 + below(3 * yard));
        switch (below(10)) {
            case 0:
            case 1:
                return staking::delegate(context, who, validator, amount).has_value();
            case 2:
            case 3:
                return staking::undelegate(context, who, validator, amount).has_value();
            case 4:
            case 5:
                return staking::redelegate(context, who, validator, some_operator(), amount)
                    .has_value();
            case 6:
                return staking::withdraw_rewards(context, who, validator).has_value();
            case 7: {
                const auto member = staking::find_by_operator(bench.state, validator).value();
                if (!member) {
                    return false;
                }
                const Party own{member->validator.operator_account, validator};
                return distribution::withdraw_commission(context, member->number, own).has_value();
            }
            case 8:
                return distribution::set_withdraw_address(
                           context, who, bench.party(static_cast<std::uint8_t>(1 + below(people)))
                )
                    .has_value();
            default:
                return unjail(context, validator).has_value();
        }
    }

    Address some_operator() {
        return bench.party(static_cast<std::uint8_t>(1 + below(operators))).address;
    }

    std::mt19937 random_;
    std::deque<std::vector<CommitParticipant>> sets_;
};

TEST(RandomPenalties, leave_the_books_balanced) {
    int jailed = 0;
    int accusations = 0;
    int done = 0;
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE(seed);
        RandomChain chain(seed);
        for (int i = 0; i < 200; ++i) {
            chain.block();
            if (i % 10 == 0) {
                chain.expect_invariants();
                ASSERT_FALSE(testing::Test::HasFailure()) << "block " << i;
            }
        }
        jailed += chain.jailed;
        accusations += chain.accusations;
        done += chain.done;
    }
    EXPECT_GT(jailed, 30);
    EXPECT_GT(accusations, 20);
    EXPECT_GT(done, 1'000);
}

}  // namespace
}  // namespace steelyard::slashing
