// Random traffic: whatever comes, a node keeps its promises, and its log gives its state again.
#include "base/random.h"
#include "tests/support/consensus_driver.h"

#include <gmock/gmock.h>

namespace steelyard::consensus {
namespace {

using chain::Round;
using test::ConsensusDriver;
using test::ProposedBlock;
using testing::IsEmpty;

constexpr int heights = 3;
constexpr int events_per_height = 60;

/// Plays everybody else, who may be as dishonest as they like, and the clock.
class Traffic {
public:
    Traffic(ConsensusDriver& driver, std::uint64_t seed) : driver_(driver), random_(seed) {
        make_blocks();
    }

    void send() {
        switch (random_.below(10)) {
            case 0:
                elapse();
                break;
            case 1:
            case 2:
                receive_vote();
                break;
            case 3:
                vote_together();
                break;
            case 4:
                propose();
                break;
            case 5:
                propose_again();
                break;
            case 6:
                agree();
                break;
            case 7:
                answer_late();
                break;
            case 8:
                send_status();
                break;
            default:
                receive_part();
        }
    }

    void next_height() {
        driver_.next_height();
        make_blocks();
        driver_.elapse(TimeoutKind::commit);
    }

private:
    void make_blocks() {
        blocks_.clear();
        for (int number = 0; number < 4; ++number) {
            blocks_.push_back(driver_.block(number, number == 0 ? 100'000 : 10));
        }
        driver_.host.invalid = {blocks_.back().id};
    }

    int pick(int bound) { return static_cast<int>(random_.below(static_cast<unsigned>(bound))); }

    const ProposedBlock& pick_block() {
        // Mostly valid ones, or we halt too often.
        return blocks_[static_cast<std::size_t>(pick(12) == 0 ? 3 : pick(3))];
    }

    VoteValue pick_value() { return pick(3) == 0 ? VoteValue() : pick_block().id; }

    int here() const { return driver_.now().machine.round.value(); }
    int pick_round() { return std::max(0, here() + pick(5) - 2); }

    void elapse() { driver_.elapse(static_cast<TimeoutKind>(pick(5))); }

    void receive_vote() {
        const auto by = driver_.others()[static_cast<std::size_t>(pick(3))];
        const int round = pick_round();
        const VoteValue value = pick_value();
        driver_.receive(
            pick(2) == 0 ? driver_.prevote(by, round, value) : driver_.precommit(by, round, value)
        );
    }

    void vote_together() {
        const VoteValue value = pick_value();
        if (pick(3) == 0) {
            driver_.precommits(here(), value);
        } else {
            driver_.prevotes(here(), value, 2);
        }
    }

    void propose() { driver_.propose(pick_block(), here() + pick(2)); }

    /// A block that is said to have had a polka before, which may be true.
    void propose_again() {
        if (here() == 0) {
            driver_.prevotes(1, VoteValue(), 2);  // one round further
            return;
        }
        const ProposedBlock& block = pick_block();
        const int pol_round = pick(here());
        driver_.receive(driver_.proposal(block, here(), pol_round));
        if (pick(3) != 0) {
            driver_.prevotes(pol_round, block.id);
        }
        driver_.receive_parts(block, here());
    }

    /// Three honest validators: a block gets its polka, and perhaps its decision.
    void agree() {
        const ProposedBlock& block = pick_block();
        const int round = here();
        driver_.propose(block, round);
        driver_.prevotes(round, block.id, 2);
        driver_.precommits(round, pick(2) == 0 ? VoteValue(block.id) : VoteValue(), 2);
    }

    /// The host takes its time over a while, and then answers.
    void answer_late() {
        if (driver_.host.checks) {
            driver_.host.checks = false;
            return;
        }
        driver_.host.checks = true;
        for (const ProposedBlock& block : blocks_) {
            driver_.input(BlockChecked{
                driver_.now().height, block.id, !driver_.host.invalid.contains(block.id)
            });
        }
    }

    void send_status() {
        driver_.receive(PeerStatus{
            .height = driver_.now().height,
            .round = Round(pick_round()),
            .step = Step::prevote,
            .has_proposal = pick(2) == 0,
        });
    }

    void receive_part() {
        const ProposedBlock& block = pick_block();
        const auto total = static_cast<int>(block.parts.header().total);
        driver_.receive(driver_.part(block, pick_round(), static_cast<std::uint32_t>(pick(total))));
    }

    ConsensusDriver& driver_;
    SeededRandom random_;
    std::vector<ProposedBlock> blocks_{};
};

/// Runs until the node has decided some heights or halted.
void run(ConsensusDriver& driver, std::uint64_t seed) {
    Traffic traffic(driver, seed);
    driver.start();
    for (int height = 1; height <= heights && !driver.state().halted; ++height) {
        const auto& machine = driver.now().machine;
        for (int i = 0; i < events_per_height && machine.step != Step::decided; ++i) {
            traffic.send();
        }
        if (driver.now().machine.step == Step::decided && !driver.state().halted) {
            traffic.next_height();
        }
    }
}

/// Blocks are shared with the state, so that each run has its own.
template <typename E>
bool is_same_effect(const E& a, const E& b) {
    if constexpr (std::is_same_v<E, CheckBlock>) {
        return a.block_id == b.block_id && *a.block == *b.block;
    } else if constexpr (std::is_same_v<E, Decide>) {
        return *a.block == *b.block && a.parts.join() == b.parts.join() && a.commit == b.commit;
    } else {
        return a == b;
    }
}

bool is_same(const Effect& a, const Effect& b) {
    return a.index() == b.index() && std::visit(
                                         [&](const auto& typed) {
                                             using E = std::decay_t<decltype(typed)>;
                                             return is_same_effect(typed, std::get<E>(b));
                                         },
                                         a
                                     );
}

class StepTraffic : public testing::TestWithParam<int> {
protected:
    ConsensusDriver::Options options() const {
        const int seat = GetParam() % 5;
        return {.proposes_in = seat == 4 ? std::nullopt : std::optional(seat)};
    }

    std::uint64_t seed(int run) const { return static_cast<std::uint64_t>(100 * GetParam() + run); }
};

constexpr int runs = 10;

TEST_P(StepTraffic, whatever_comes_a_node_keeps_its_promises) {
    for (int i = 0; i < runs; ++i) {
        ConsensusDriver driver(options());

        run(driver, seed(i));

        EXPECT_THAT(driver.violations(), IsEmpty()) << "seed " << seed(i);
    }
}

TEST_P(StepTraffic, what_was_appended_gives_the_state_again) {
    for (int i = 0; i < runs; ++i) {
        ConsensusDriver driver(options());
        run(driver, seed(i));

        const State replayed = driver.replay(driver.log());

        EXPECT_EQ(driver.observe(replayed), driver.observed()) << "seed " << seed(i);
        EXPECT_EQ(replayed.halted, driver.state().halted) << "seed " << seed(i);
    }
}

TEST_P(StepTraffic, the_same_inputs_have_the_same_effects) {
    ConsensusDriver driver(options());
    run(driver, seed(0));

    State again(driver.state().config);
    Effects effects;
    for (const Input& input : driver.inputs()) {
        std::ranges::move(step(again, input), std::back_inserter(effects));
    }

    ASSERT_EQ(effects.size(), driver.effects().size());
    for (std::size_t i = 0; i < effects.size(); ++i) {
        ASSERT_TRUE(is_same(effects[i], driver.effects()[i])) << "effect " << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, StepTraffic, testing::Range(0, 12));

TEST(StepTrafficRules, every_rule_fires) {
    std::set<Rule> fired;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        ConsensusDriver driver;
        run(driver, seed);
        fired.insert(driver.fired().begin(), driver.fired().end());
    }

    for (const Rule rule :
         {Rule::L22,
          Rule::L28,
          Rule::L34,
          Rule::L36,
          Rule::L44,
          Rule::L47,
          Rule::L49,
          Rule::L55,
          Rule::L57,
          Rule::L61,
          Rule::L65}) {
        EXPECT_TRUE(fired.contains(rule)) << to_string(rule);
    }
    EXPECT_EQ(fired.size(), rules_count);
}

}  // namespace
}  // namespace steelyard::consensus
