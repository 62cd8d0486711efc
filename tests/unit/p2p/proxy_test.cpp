// Two switches over a link that is slow, broken or hostile.
#include "p2p/switch.h"

#include "tests/support/tcp_proxy.h"
#include "tests/unit/p2p/test_node.h"

#include <gmock/gmock.h>

#include <thread>

namespace steelyard::p2p {
namespace {

using namespace std::chrono_literals;
using steelyard::test::FrameFault;
using steelyard::test::TcpProxy;
using test::RecordingReactor;
using test::TestNode;
using Record = RecordingReactor::Record;

/// `near` dials `far` through the proxy, and again when the connection ends.
struct ProxyTest : testing::Test {
    SystemRandom random{};
    NodeKey key = NodeKey::generate(random);
    // Else broken frames would have it banned for a while.
    TestNode far{[&](SwitchConfig& config) { config.unconditional_peer_ids = {key.id().text()}; }};
    TcpProxy proxy{far.net->listen_port()};
    TestNode near{key.clone(), 0, [&](SwitchConfig& config) {
                      config.persistent_peers = {
                          fmt::format("{}@127.0.0.1:{}", far.id().text(), proxy.port())
                      };
                  }};

    void SetUp() override {
        ASSERT_TRUE(near.reactor.wait_for_peers(1) && far.reactor.wait_for_peers(1));
    }

    /// Sends from both sides, and waits until both have what was sent.
    void expect_to_talk(const std::string& text) {
        near.send_to_all(text);
        far.send_to_all(text);
        const auto heard = [&](const Record& record) {
            return std::ranges::find(record.messages, text) != record.messages.end();
        };
        EXPECT_TRUE(near.reactor.wait(heard)) << text;
        EXPECT_TRUE(far.reactor.wait(heard)) << text;
        EXPECT_FALSE(near.reactor.record().out_of_order || far.reactor.record().out_of_order);
    }

    void expect_reconnection() {
        const auto again = [](const Record& record) {
            return record.downs >= 1 && record.ups > record.downs;
        };
        EXPECT_TRUE(near.reactor.wait(again));
        EXPECT_TRUE(far.reactor.wait(again));
    }
};

TEST_F(ProxyTest, survives_delay) {
    proxy.set_delay(100ms);
    for (int i = 0; i < 50; ++i) {
        near.send_to_all(fmt::format("number {}", i));
    }

    ASSERT_TRUE(far.reactor.wait([](const Record& record) { return record.messages.size() == 50; })
    );

    EXPECT_EQ(far.reactor.record().messages[49], "number 49");
    EXPECT_EQ(near.reactor.record().downs, 0);
}

TEST_F(ProxyTest, survives_a_stall_and_loses_nothing) {
    proxy.set_stalled(true);
    near.send_to_all("patience");
    EXPECT_FALSE(
        far.reactor.wait([](const Record& record) { return !record.messages.empty(); }, 300ms)
    );

    proxy.set_stalled(false);

    EXPECT_TRUE(far.reactor.wait([](const Record& record) { return !record.messages.empty(); }));
    EXPECT_EQ(near.reactor.record().downs + far.reactor.record().downs, 0);
}

TEST_F(ProxyTest, comes_back_when_the_link_does) {
    proxy.set_up(false);
    ASSERT_TRUE(near.reactor.wait_for_peers(0) && far.reactor.wait_for_peers(0));
    std::this_thread::sleep_for(1500ms);  // some dials fail meanwhile
    EXPECT_EQ(near.reactor.record().ups, 1);

    proxy.set_up(true);

    expect_reconnection();
    expect_to_talk("back again");
    EXPECT_GT(near.net->stats().dials_failed, 0U);
}

/// Faults of frames, and whether the connection must end.
class FrameFaultTest : public ProxyTest, public testing::WithParamInterface<FrameFault> {};

TEST_P(FrameFaultTest, ends_the_connection_with_a_reason_and_nothing_false_arrives) {
    proxy.inject(GetParam());
    // Swapping and omitting show with the frame behind.
    const std::string large(5000, 'x');
    near.send_to_all(large);
    far.send_to_all(large);

    expect_reconnection();
    for (const TestNode* const node : {&near, &far}) {
        for (const std::string& message : node->reactor.record().messages) {
            EXPECT_EQ(message, large);
        }
    }
    // Who notices first says so; the other one may only see the connection end.
    const auto at_far = far.net->stats().dropped;
    const auto at_near = near.net->stats().dropped;
    EXPECT_FALSE(at_far.empty() || at_near.empty());
    if (GetParam() != FrameFault::cut) {
        EXPECT_TRUE(at_far.contains("protocol") || at_near.contains("protocol"));
    }
}

std::string name_of(const testing::TestParamInfo<FrameFault>& test) {
    switch (test.param) {
        case FrameFault::corrupt:
            return "corrupt";
        case FrameFault::omit:
            return "omit";
        case FrameFault::duplicate:
            return "duplicate";
        case FrameFault::swap:
            return "swap";
        case FrameFault::cut:
            return "cut";
        case FrameFault::half_close:
            return "half_close";
    }
    return "unknown";
}

INSTANTIATE_TEST_SUITE_P(
    Frames,
    FrameFaultTest,
    testing::Values(
        FrameFault::corrupt,
        FrameFault::omit,
        FrameFault::duplicate,
        FrameFault::swap,
        FrameFault::cut
    ),
    name_of
);

}  // namespace
}  // namespace steelyard::p2p
