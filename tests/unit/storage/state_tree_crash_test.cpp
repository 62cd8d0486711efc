// StateTree over LevelDB through faults at every operation: a start finds a whole height.
#include "base/random.h"
#include "storage/state_tree.h"
#include "tests/support/fault_env.h"

#include <gtest/gtest.h>

namespace steelyard::storage {
namespace {

using chain::Height;
using crypto::Hash256;
using test::Fault;
using test::FaultEnv;
using test::Loss;

constexpr std::int64_t last_height = 8;

StateTreeOptions two_stores() {
    StateTreeOptions options;
    options.stores = {"bank", "market"};
    return options;
}

/// The same for each height in every run.
StateWrites block(std::int64_t height) {
    SeededRandom random(static_cast<std::uint64_t>(height));
    StateWrites writes;
    for (int i = 0; i < 12; ++i) {
        const Bytes key = {static_cast<std::uint8_t>(random.below(40))};
        Bytes value(random.below(400));
        random.fill(value);
        if (value.size() < 100) {
            writes.erase(random.below(2), key);
        } else {
            writes.put(random.below(2), key, value);
        }
    }
    return writes;
}

/// Commits blocks until one fails or the last is there; the app hashes of those acknowledged.
std::vector<Hash256> commit_until_failure(FaultEnv& env) {
    std::vector<Hash256> app_hashes;
    env.set_stepped(true);
    {
        const auto disk = test::open_store(env);
        auto state = disk ? StateTree::open(**disk, two_stores())
                          : Result<std::unique_ptr<StateTree>>(std::unexpected(disk.error()));
        for (std::int64_t height = 1; state && height <= last_height; ++height) {
            const Result<Hash256> app_hash = (*state)->prepare(block(height));
            CHECK(app_hash);
            if (!(*state)->commit(Height(height), {})) {
                EXPECT_FALSE((*state)->prepare(StateWrites()));
                break;
            }
            app_hashes.push_back(*app_hash);
            env.settle();
        }
        env.set_stepped(false);
    }
    return app_hashes;
}

std::vector<Hash256> app_hashes_without_faults() {
    FaultEnv env(1);
    return commit_until_failure(env);
}

TEST(StateTreeCrash, is_at_the_last_height_acknowledged_or_the_next_whatever_fails) {
    FaultEnv healthy(1);
    const std::vector<Hash256> expected = commit_until_failure(healthy);
    ASSERT_EQ(expected.size(), static_cast<std::size_t>(last_height));
    const std::uint64_t operations = healthy.operations();
    std::uint64_t faults_met = 0;
    for (std::uint64_t operation = 1; operation <= operations; ++operation) {
        for (const Fault fault : {Fault::io_error, Fault::no_space, Fault::power_cut}) {
            for (const Loss loss : {Loss::none, Loss::seeded, Loss::all}) {
                SCOPED_TRACE(fmt::format(
                    "fault {} loss {} operation {}",
                    static_cast<int>(fault),
                    static_cast<int>(loss),
                    operation
                ));
                FaultEnv env(operation);
                env.fail_at(operation, fault);
                const std::vector<Hash256> acknowledged = commit_until_failure(env);
                faults_met += acknowledged.size() < expected.size() ? 1 : 0;
                env.cut_power();
                env.restart(loss);

                const auto disk = test::open_store(env);
                ASSERT_TRUE(disk);
                const auto state = StateTree::open(**disk, two_stores());
                ASSERT_TRUE(state) << state.error().message();

                const auto& head = (*state)->head();
                const std::size_t height =
                    head ? static_cast<std::size_t>(head->height.value()) : 0;
                ASSERT_GE(height, acknowledged.size());
                ASSERT_LE(height, acknowledged.size() + 1);
                ASSERT_TRUE(height == 0 || head->app_hash == expected[height - 1]);

                // It goes on from there as if nothing had happened.
                for (std::size_t next = height + 1; next <= expected.size(); ++next) {
                    const auto at = static_cast<std::int64_t>(next);
                    ASSERT_EQ(*(*state)->prepare(block(at)), expected[next - 1]);
                    ASSERT_TRUE((*state)->commit(Height(at), {}));
                }
            }
        }
    }
    EXPECT_GT(faults_met, 6 * operations);  // Of nine; some errors fail no commit.
}

TEST(StateTreeCrash, rolls_back_whole_heights_or_none) {
    const std::vector<Hash256> expected = app_hashes_without_faults();
    constexpr std::int64_t target = 3;
    bool fault_met = true;
    for (std::uint64_t operation = 1; fault_met; ++operation) {
        SCOPED_TRACE(operation);
        FaultEnv env(operation);
        ASSERT_EQ(commit_until_failure(env).size(), expected.size());
        env.fail_at(operation, Fault::power_cut);
        {
            const auto disk = test::open_store(env);
            fault_met = !disk || !roll_back_state(**disk, Height(target));
        }
        env.cut_power();
        env.restart(Loss::seeded);

        const auto disk = test::open_store(env);
        ASSERT_TRUE(disk);
        const auto state = StateTree::open(**disk, two_stores());
        ASSERT_TRUE(state) << state.error().message();

        const StateHead& head = *(*state)->head();
        EXPECT_EQ(head.app_hash, expected[static_cast<std::size_t>(head.height.value() - 1)]);
        EXPECT_GE(head.height, Height(target));
        EXPECT_TRUE(fault_met || head.height == Height(target));
    }
}

TEST(StateTreeCrash, never_opens_with_a_record_that_rotted) {
    FaultEnv intact(1);
    const std::vector<Hash256> expected = commit_until_failure(intact);
    const test::DiskImage image = intact.image();
    SeededRandom random(1);
    int refused = 0;
    for (int i = 0; i < 150; ++i) {
        auto file =
            std::next(image.begin(), static_cast<std::ptrdiff_t>(random.below(image.size())));
        if (file->second.empty()) {
            continue;
        }
        FaultEnv env(1, image);
        env.flip_bit(file->first, random.below(file->second.size() * 8));

        const auto disk = test::open_store(env);
        if (!disk) {
            ++refused;
            continue;
        }
        const auto state = StateTree::open(**disk, two_stores());
        if (!state) {
            ++refused;
            continue;
        }
        const auto& head = (*state)->head();
        ASSERT_TRUE(head);
        EXPECT_EQ(head->app_hash, expected[static_cast<std::size_t>(head->height.value() - 1)]);
    }
    EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace steelyard::storage
