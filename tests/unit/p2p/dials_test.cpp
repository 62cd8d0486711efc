// Two nodes that dial each other at the same moment: whichever connection ends, one is there in the
// end, and nobody hangs up on the other for ever.
#include "base/check.h"
#include "p2p/net_address.h"
#include "p2p/transport.h"
#include "tests/unit/p2p/test_node.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace steelyard::p2p {
namespace {

using namespace std::chrono_literals;
using test::count_of;
using test::eventually;
using test::RecordingReactor;
using test::test_channel;
using test::TestNode;
using Record = RecordingReactor::Record;

/// What CometBFT 0.38's switch does about connections with one persistent peer: of two it keeps
/// the one that came up first here, whoever dialled; it dials at once when it loses it, and again
/// after a pause (five seconds there) where that fails.
class StockPeer final : TransportListener {
public:
    explicit StockPeer(std::uint64_t seed) : random_(seed), key_(NodeKey::generate(random_)) {
        transport_ = std::make_unique<Transport>(
            thread_,
            TransportOptions(),
            key_.clone(),
            std::vector<ChannelDescriptor>{{.id = test_channel}},
            random_
        );
        transport_->set_node_info(
            {.id = key_.id(),
             .listen_addr = "tcp://0.0.0.0:26656",
             .network = "test-chain",
             .version = "0.38.17",
             .channels = {test_channel},
             .moniker = "stock"}
        );
        const auto at = transport_->listen({.host = "127.0.0.1", .port = 0});
        CHECK(at);
        address_ = {key_.id(), *at};
        transport_->accept(*this);
        thread_.start();
    }

    ~StockPeer() override {
        thread_.stop();
        transport_.reset();
        link_.reset();
    }

    const NetAddress& address() const { return address_; }

    /// Dials this peer, and again for ever.
    void keep(const TestNode& node) {
        thread_.post([this, id = node.id(), port = node.net->listen_port()] {
            peer_ = {id, {.host = "127.0.0.1", .port = port}};
            dial();
        });
    }

    bool is_up() const { return up_; }
    int refused() const { return refused_; }
    int dials() const { return dials_; }
    int messages() const { return messages_; }

private:
    struct Link final : ConnectionListener {
        Link(StockPeer& peer, std::shared_ptr<Connection> made)
            : owner(peer), connection(std::move(made)) {}

        void on_message(ChannelId, Bytes, ReceiveCredit) override { ++owner.messages_; }
        void on_drained(ChannelId) override {}
        void on_closed(CloseReason, const Error&) override { owner.on_closed(this); }

        StockPeer& owner;
        std::shared_ptr<Connection> connection;
    };

    bool admit(const Endpoint&) override { return true; }
    void on_inbound_failed(const Endpoint&, const HandshakeFailure&) override {}

    void on_inbound(std::shared_ptr<Connection> connection) override {
        if (link_) {
            ++refused_;
            connection->close(Error(ErrorCode::denied, "duplicate"));
            return;
        }
        link_ = std::make_shared<Link>(*this, connection);
        up_ = true;
        connection->start(link_);
    }

    void on_closed(const Link* link) {
        if (link_.get() == link) {
            link_.reset();
            up_ = false;
            dial();
        }
    }

    void dial() {
        if (!peer_ || dialling_ || link_) {
            return;
        }
        dialling_ = true;
        ++dials_;
        transport_->dial(peer_->at, peer_->id, [this](Transport::Dialled dialled) {
            dialling_ = false;
            if (dialled) {
                on_inbound(*dialled);
            } else {
                again_.start(100ms, [this] { dial(); });
            }
        });
    }

    SeededRandom random_;
    NodeKey key_;
    IoThread thread_;
    IoTimer again_{thread_};
    std::unique_ptr<Transport> transport_;
    NetAddress address_{};
    std::optional<NetAddress> peer_{};
    std::shared_ptr<Link> link_{};
    bool dialling_ = false;
    std::atomic<bool> up_ = false;
    std::atomic<int> refused_ = 0;
    std::atomic<int> dials_ = 0;
    std::atomic<int> messages_ = 0;
};

TEST(SimultaneousDials, of_two_of_ours_end_with_one_connection_each_of_200_times) {
    std::uint64_t collisions = 0;
    for (int round = 0; round < 200; ++round) {
        TestNode a;
        TestNode b;
        ASSERT_TRUE(a.net->dial(b.address(), true));
        ASSERT_TRUE(b.net->dial(a.address(), true));

        ASSERT_TRUE(eventually([&] {
            const Record at_a = a.reactor.record();
            const Record at_b = b.reactor.record();
            return at_a.up.size() == 1 && at_b.up.size() == 1 &&
                   at_a.up.begin()->second.outbound != at_b.up.begin()->second.outbound &&
                   a.net->stats().handshakes == 0 && b.net->stats().handshakes == 0;
        })) << round;

        // The dials that met, and no more.
        EXPECT_LE(a.net->stats().dials + b.net->stats().dials, 2U) << round;
        collisions += count_of(a.net->stats().dropped, "replaced") +
                      count_of(a.net->stats().refused, "duplicate_id");
    }
    EXPECT_GT(collisions, 0U) << "the test did not test what it says";
}

TEST(SimultaneousDials, with_a_peer_that_keeps_the_older_connection_end_soon_200_times) {
    int collisions = 0;
    for (std::uint64_t round = 0; round < 200; ++round) {
        StockPeer stock(round);
        TestNode node;
        stock.keep(node);
        ASSERT_TRUE(node.net->dial(p2p::to_string(stock.address()), true));

        ASSERT_TRUE(eventually([&] {
            node.send_to_all("hello");
            return stock.is_up() && stock.messages() > 0 && node.reactor.record().up.size() == 1 &&
                   node.net->stats().handshakes == 0;
        })) << round;
        const int ups = node.reactor.record().ups;
        const int messages = stock.messages();

        // The peer may refuse a last connection only now, and what was sent over it is lost.
        EXPECT_TRUE(eventually([&] {
            node.send_to_all("still there");
            return stock.messages() > messages;
        })) << round;
        EXPECT_FALSE(node.reactor.record().out_of_order);
        EXPECT_EQ(node.net->stats().banned, 0U);
        // A few connections may end, and as many dials follow: nobody is in a loop.
        EXPECT_LE(ups, 5) << round;
        EXPECT_LE(node.net->stats().dials, 4U) << round;
        EXPECT_LE(stock.dials(), 6) << round;
        collisions += stock.refused() + node.reactor.record().downs;
    }
    EXPECT_GT(collisions, 0) << "the test did not test what it says";
}

}  // namespace
}  // namespace steelyard::p2p
