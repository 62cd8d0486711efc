#include "ledger/app/read_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace steelyard::ledger {
namespace {

using std::chrono::milliseconds;

TEST(ReadGate, lets_readers_in_together) {
    ReadGate gate;

    const auto first = gate.enter(milliseconds(0));
    const auto second = gate.enter(milliseconds(0));

    EXPECT_TRUE(first && second);
}

TEST(ReadGate, keeps_readers_out_while_it_is_closed) {
    ReadGate gate;
    gate.close();

    EXPECT_FALSE(gate.enter(milliseconds(1)));
    gate.open();
    EXPECT_TRUE(gate.enter(milliseconds(0)));
}

TEST(ReadGate, closes_when_all_readers_have_left) {
    ReadGate gate;
    std::optional<ReadGate::Pass> pass = gate.enter(milliseconds(0));
    std::atomic<bool> has_left = false;
    bool saw_reader_gone = false;
    std::thread closer([&] {
        gate.close();
        saw_reader_gone = has_left;
    });

    has_left = true;
    pass.reset();
    closer.join();

    EXPECT_TRUE(saw_reader_gone);
}

}  // namespace
}  // namespace steelyard::ledger
