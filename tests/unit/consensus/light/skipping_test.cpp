// Skipping against the slow way: what bisection asks for, and that it never believes more.
#include "consensus/light/path_verifier.h"

#include "base/random.h"
#include "client_fixture.h"

namespace steelyard::light {
namespace {

using namespace std::chrono_literals;
using chain::Height;
using test::FakeProvider;
using test::LightChain;
using test::Seats;
using testing::ElementsAre;

const VerifyOptions options{.trusting_period = 24h};
const chain::Timestamp now = test::time_after(20'000);

std::vector<std::int64_t> heights(const Trace& trace) {
    std::vector<std::int64_t> heights;
    for (const chain::LightBlock& block : trace) {
        heights.push_back(block.header().height.value());
    }
    return heights;
}

TEST(Skipping, takes_one_step_where_the_validators_stay) {
    const LightChain chain = steady_chain(50);
    FakeProvider source("source", chain);

    const auto trace = PathVerifier(options, now).skip(source, chain.at(1), chain.at(50));

    ASSERT_TRUE(trace) << outcome(trace);
    EXPECT_THAT(heights(*trace), ElementsAre(1, 50));
    EXPECT_EQ(source.requests(), 0);
}

TEST(Skipping, bisects_where_the_validators_turn_over) {
    const LightChain chain = changing_chain(10);
    FakeProvider source("source", chain);

    const auto trace = PathVerifier(options, now).skip(source, chain.at(1), chain.at(10));

    // Blocks of a distance of 3 share two validators of five, more than a third. 10 -> 6 -> 3 fits;
    // then 6 fits, then 10 does not, 8 does, and 10.
    ASSERT_TRUE(trace) << outcome(trace);
    EXPECT_THAT(heights(*trace), ElementsAre(1, 3, 6, 8, 10));
    EXPECT_EQ(source.requests(), 3);
}

// Everyone changes at each height: no signature carries further than to the next block.
TEST(Skipping, verifies_every_block_where_nobody_stays) {
    LightChain chain(chain_id, test::seats(0, {10, 10}));
    while (chain.tip() < 9) {
        chain.append({.next = test::seats(static_cast<int>(10 * chain.tip() + 10), {10, 10})});
    }
    FakeProvider source("source", chain);

    const auto trace = PathVerifier(options, now).skip(source, chain.at(1), chain.at(9));

    ASSERT_TRUE(trace) << outcome(trace);
    EXPECT_THAT(heights(*trace), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST(Skipping, needs_what_the_trust_level_says) {
    const LightChain chain = changing_chain(4);
    FakeProvider source("source", chain);
    VerifyOptions strict = options;
    strict.trust_level = {2, 3};

    const auto trace = PathVerifier(strict, now).skip(source, chain.at(1), chain.at(4));

    // Two of five at a distance of 3, three at 2: neither is more than two thirds.
    ASSERT_TRUE(trace) << outcome(trace);
    EXPECT_THAT(heights(*trace), ElementsAre(1, 2, 3, 4));
}

TEST(Skipping, asks_for_a_limited_number_of_blocks) {
    LightChain chain(chain_id, test::seats(0, {10}, test::KeyMix::ed25519));
    const auto seat = [](std::int64_t number) {
        return test::seats(static_cast<int>(2 * number), {10}, test::KeyMix::mixed);
    };
    while (chain.tip() < 1'200) {
        chain.append({.next = seat(chain.tip())});
    }
    FakeProvider source("source", chain);
    PathVerifier verifier({.trusting_period = 240h}, chain.at(1'200).header().time);

    const auto trace = verifier.skip(source, chain.at(1), chain.at(1'200));

    EXPECT_THAT(outcome(trace), testing::HasSubstr("too_large: more than 1000 blocks"));
    EXPECT_EQ(source.requests(), PathVerifier::blocks_max);
}

/// A chain whose validators join, leave and change their power at random, and blocks that the
/// faulty ones among them forge. At each height they have at most a third of the power, which is
/// what a light client has to assume.
class World {
public:
    explicit World(std::uint64_t seed) : random_(seed), honest_(chain_id, random_set()) {
        while (honest_.tip() < length) {
            honest_.append({.next = random_set()});
        }
    }

    static constexpr std::int64_t length = 14;

    const LightChain& honest() const { return honest_; }
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(bound)));
    }

    /// Block `height` as the faulty ones would like it: their set, with any friends.
    chain::LightBlock forge(std::int64_t height) {
        Seats liars;
        for (const test::Seat& seat : honest_.seats_at(1 + below(height))) {
            if (is_faulty(seat.number)) {
                liars.push_back(seat);
            }
        }
        for (const test::Seat& seat : test::seats(100, {30, 30, 30}, test::KeyMix::mixed)) {
            liars.push_back(seat);
        }
        LightChain forged = honest_.up_to(height - 1);
        forged.append({.validators = liars, .state = static_cast<int>(1 + below(2))});
        return forged.at(height);
    }

private:
    static bool is_faulty(int number) { return number % 3 == 0; }

    Seats random_set() {
        Seats set;
        chain::VotingPower faulty = 0;
        chain::VotingPower total = 0;
        const Seats everybody = test::seats(0, std::vector<chain::VotingPower>(10, 0), keys());
        for (test::Seat seat : everybody) {
            seat.power = 1 + below(9);
            if (below(2) == 0 && !is_faulty(seat.number)) {
                set.push_back(seat);
                total += seat.power;
            }
        }
        set.push_back({20, crypto::KeyType::secp256k1, 2});
        total += 2;
        for (test::Seat seat : everybody) {
            seat.power = 1 + below(4);
            if (is_faulty(seat.number) && 3 * (faulty + seat.power) <= total + seat.power) {
                set.push_back(seat);
                faulty += seat.power;
                total += seat.power;
            }
        }
        return set;
    }

    test::KeyMix keys() const { return test::KeyMix::mixed; }

    SeededRandom random_;
    LightChain honest_;
};

TEST(Skipping, accepts_only_what_sequential_verification_accepts) {
    int accepted = 0;
    int refused = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        World world(seed);
        const LightChain& honest = world.honest();
        FakeProvider everything("honest", honest);
        FakeProvider mixture("mixture", honest);
        for (std::int64_t height = 2; height <= World::length; ++height) {
            if (world.below(3) == 0) {
                mixture.put(height, world.forge(height));
            }
        }
        for (std::int64_t height = 2; height <= World::length; height += 3) {
            const auto target = *mixture.light_block(Height(height));

            const auto skipped = PathVerifier(options, now).skip(mixture, honest.at(1), target);
            const auto followed =
                PathVerifier(options, now).follow(everything, honest.at(1), target);

            EXPECT_EQ(followed.has_value(), target == honest.at(height));
            EXPECT_TRUE(!skipped || followed) << "block " << height << " is forged";
            EXPECT_TRUE(PathVerifier(options, now).skip(everything, honest.at(1), honest.at(height))
            );
            ++(skipped ? accepted : refused);
        }
    }
    EXPECT_GT(accepted, 50);
    EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace steelyard::light
