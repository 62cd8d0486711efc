#include "node/round_watch.h"

#include "tests/support/consensus_driver.h"

#include <gmock/gmock.h>

namespace steelyard::node {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Hears the names of all events.
class Listener final : public rpc::Client {
public:
    rpc::ClientId id() const override { return 1; }
    std::string_view remote_address() const override { return "here"; }
    bool deliver(std::string_view, const std::shared_ptr<const std::string>& result) override {
        constexpr std::string_view key = R"("tm.event":[")";
        const std::size_t begin = result->find(key) + key.size();
        names.push_back(result->substr(begin, result->find('"', begin) - begin));
        return true;
    }

    std::vector<std::string> names;
};

class RoundWatchTest : public testing::Test {
protected:
    void subscribe() { ASSERT_TRUE(events.subscribe(listener, "1", "tm.event EXISTS")); }

    /// What was told since the last time.
    std::vector<std::string> told() {
        watch.look(driver.state());
        return std::exchange(listener->names, {});
    }

    std::vector<std::string> told_at(consensus::TimeoutKind kind, int round) {
        watch.elapsed(driver.state(), {kind, chain::Height(1), chain::Round(round)});
        driver.elapse(kind);
        return told();
    }

    test::ConsensusDriver driver;
    rpc::EventBus events;
    std::shared_ptr<Listener> listener = std::make_shared<Listener>();
    RoundWatch watch{events};
};

TEST_F(RoundWatchTest, tells_of_a_round_that_decides) {
    subscribe();
    driver.start_height();
    EXPECT_THAT(told(), IsEmpty());

    driver.elapse(consensus::TimeoutKind::commit);
    EXPECT_THAT(told(), ElementsAre("NewRound", "NewRoundStep"));

    const auto block = driver.block(1);
    driver.propose(block, 0);
    EXPECT_THAT(told(), ElementsAre("NewRoundStep", "Vote", "CompleteProposal"));

    driver.prevotes(0, block.id, 2);
    EXPECT_THAT(
        told(), ElementsAre("NewRoundStep", "Vote", "Vote", "Vote", "Polka", "Lock", "ValidBlock")
    );
    EXPECT_THAT(told(), IsEmpty());

    driver.precommits(0, block.id, 2);
    EXPECT_THAT(told(), ElementsAre("NewRoundStep", "Vote", "Vote"));
    driver.next_height();
    driver.receive(driver.late_precommit(driver.others()[2]));
    EXPECT_THAT(told(), ElementsAre("NewRoundStep", "Vote"));
}

TEST_F(RoundWatchTest, tells_of_timeouts_while_they_matter) {
    using enum consensus::TimeoutKind;
    subscribe();
    driver.start();
    told();

    EXPECT_THAT(told_at(propose, 0), ElementsAre("TimeoutPropose", "NewRoundStep", "Vote"));
    EXPECT_THAT(told_at(propose, 0), IsEmpty());
    driver.receive(driver.prevote(driver.others()[0], 0, driver.block(1).id));
    driver.receive(driver.prevote(driver.others()[1], 0, {}));
    EXPECT_THAT(told(), ElementsAre("NewRoundStep", "Vote", "Vote"));
    EXPECT_THAT(told_at(prevote, 0), ElementsAre("TimeoutWait", "NewRoundStep", "Vote"));
    driver.precommits(0, {}, 2);
    told();
    EXPECT_THAT(told_at(precommit, 0), ElementsAre("TimeoutWait", "NewRound", "NewRoundStep"));
}

TEST_F(RoundWatchTest, begins_where_the_first_subscriber_comes) {
    driver.start();
    told();
    const auto block = driver.block(1);
    driver.propose(block, 0);
    told();
    subscribe();

    EXPECT_THAT(told(), IsEmpty());
    driver.prevotes(0, block.id, 1);
    EXPECT_THAT(told(), ElementsAre("Vote"));
}

}  // namespace
}  // namespace steelyard::node
