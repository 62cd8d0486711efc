// Whole switches with real sockets on loopback.
#include "p2p/switch.h"

#include "base/log.h"
#include "p2p/address_book_file.h"
#include "tests/unit/p2p/test_node.h"

#include <gmock/gmock.h>

#include <sys/socket.h>
#include <unistd.h>
#include <thread>

namespace steelyard::p2p {
namespace {

using namespace std::chrono_literals;
using test::connect_raw;
using test::count_of;
using test::eventually;
using test::RecordingReactor;
using test::test_channel;
using test::TestNode;
using Record = RecordingReactor::Record;

TEST(Switch, connects_and_carries_messages_both_ways) {
    TestNode a;
    TestNode b;
    ASSERT_TRUE(a.net->dial(b.address(), false));
    ASSERT_TRUE(a.reactor.wait_for_peers(1) && b.reactor.wait_for_peers(1));

    for (int i = 0; i < 500; ++i) {
        a.send_to_all(fmt::format("to b {}", i));
        b.send_to_all(fmt::format("to a {}", i));
    }
    const auto all = [](const Record& record) { return record.messages.size() == 500; };
    ASSERT_TRUE(a.reactor.wait(all) && b.reactor.wait(all));

    EXPECT_EQ(a.reactor.record().messages[499], "to a 499");
    const PeerInfo at_a = a.reactor.record().up.begin()->second;
    EXPECT_EQ(at_a.node.id, b.id());
    EXPECT_TRUE(at_a.outbound);
    EXPECT_EQ(at_a.remote_address, fmt::format("127.0.0.1:{}", b.net->listen_port()));
    EXPECT_FALSE(b.reactor.record().up.begin()->second.outbound);
    const SwitchStats stats = a.net->stats();
    EXPECT_EQ(stats.channels.at(test_channel).messages_sent, 500U);
    EXPECT_EQ(stats.channels.at(test_channel).messages_received, 500U);
    const NetInfo info = b.net->net_info();
    ASSERT_EQ(info.peers.size(), 1U);
    EXPECT_TRUE(info.listening);
    EXPECT_EQ(info.peers[0].channels.size(), 1U);
    EXPECT_GT(info.peers[0].bytes_received, 0U);
}

TEST(Switch, knows_what_it_tells_of_itself_before_anybody_comes) {
    SystemRandom random;
    NodeInfo info;
    info.network = "test-chain";
    info.version = "0.38.17";
    const NodeKey key = NodeKey::generate(random);
    auto made = Switch::create(test::loopback_config(), key.clone(), info, random);
    ASSERT_TRUE(made);
    RecordingReactor reactor;
    Switch& net = **made;
    net.add_reactor(reactor);

    ASSERT_TRUE(net.open());

    const NodeInfo opened = net.node_info();
    EXPECT_NE(net.listen_port(), 0);
    EXPECT_EQ(opened.listen_addr, fmt::format("tcp://127.0.0.1:{}", net.listen_port()));
    EXPECT_TRUE(opened.has_channel(test_channel));
    EXPECT_FALSE(net.net_info().listening);
    ASSERT_TRUE(net.start());
    EXPECT_EQ(net.node_info(), opened);
    EXPECT_TRUE(net.net_info().listening);
}

TEST(Switch, stopping_tells_everybody_and_frees_the_port) {
    TestNode a;
    std::uint16_t port = 0;
    {
        TestNode b;
        port = b.net->listen_port();
        ASSERT_TRUE(a.net->dial(b.address(), false));
        ASSERT_TRUE(a.reactor.wait_for_peers(1) && b.reactor.wait_for_peers(1));

        b.net->stop();

        const Record record = b.reactor.record();
        EXPECT_EQ(record.downs, 1);
        EXPECT_TRUE(record.up.empty());
        EXPECT_FALSE(b.net->send(1, test_channel, {1}));
        EXPECT_TRUE(a.reactor.wait_for_peers(0));
    }
    EXPECT_EQ(connect_raw(port), -1);
}

TEST(Switch, brings_a_persistent_peer_back_after_its_restart) {
    auto b = std::make_unique<TestNode>();
    TestNode a([&](SwitchConfig& config) { config.persistent_peers = {b->address()}; });
    ASSERT_TRUE(a.reactor.wait_for_peers(1));
    const std::uint16_t port = b->net->listen_port();
    NodeKey key = b->node_key.clone();

    b.reset();
    ASSERT_TRUE(a.reactor.wait_for_peers(0));
    b = std::make_unique<TestNode>(std::move(key), port);

    ASSERT_TRUE(a.reactor.wait_for_peers(1));
    EXPECT_EQ(a.reactor.record().ups, 2);
    EXPECT_TRUE(a.reactor.record().up.begin()->second.persistent);
    EXPECT_FALSE(a.reactor.record().out_of_order);
}

/// The lines that are logged while it lives; outlives all nodes.
class LogLines {
public:
    LogLines() {
        log::set_writer([this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(line);
        });
    }
    ~LogLines() { log::set_writer({}); }

    std::vector<std::string> with(std::string_view text) const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> found;
        std::ranges::copy_if(lines_, std::back_inserter(found), [&](const std::string& line) {
            return line.contains(text);
        });
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

TEST(Switch, tells_once_which_setting_lets_a_peer_share_an_ip_address) {
    const LogLines log;
    TestNode b([](SwitchConfig& config) { config.allow_duplicate_ip = false; });
    TestNode a([&](SwitchConfig& config) { config.persistent_peers = {b.address()}; });
    ASSERT_TRUE(b.reactor.wait_for_peers(1));

    TestNode c([&](SwitchConfig& config) { config.persistent_peers = {b.address()}; });
    ASSERT_TRUE(eventually([&] { return count_of(b.net->stats().refused, "duplicate_ip") >= 3; }));

    const auto lines = log.with("has its IP address");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], testing::HasSubstr("level=info"));
    EXPECT_THAT(lines[0], testing::HasSubstr("node=" + c.id().text()));
    EXPECT_THAT(lines[0], testing::HasSubstr("allowed_by=p2p.allow_duplicate_ip"));
}

TEST(Switch, simultaneous_dials_end_with_one_connection) {
    std::uint64_t collisions = 0;
    for (int round = 0; round < 20; ++round) {
        TestNode a;
        TestNode b;
        ASSERT_TRUE(a.net->dial(b.address(), true));
        ASSERT_TRUE(b.net->dial(a.address(), true));

        const auto settled = [&] {
            const Record at_a = a.reactor.record();
            const Record at_b = b.reactor.record();
            const SwitchStats stats_a = a.net->stats();
            const SwitchStats stats_b = b.net->stats();
            return at_a.up.size() == 1 && at_b.up.size() == 1 &&
                   at_a.up.begin()->second.outbound != at_b.up.begin()->second.outbound &&
                   stats_a.handshakes == 0 && stats_b.handshakes == 0;
        };
        ASSERT_TRUE(eventually(settled)) << round;
        a.send_to_all("hello");
        EXPECT_TRUE(b.reactor.wait([](const Record& record) { return !record.messages.empty(); }));
        EXPECT_FALSE(a.reactor.record().out_of_order || b.reactor.record().out_of_order);
        collisions += count_of(a.net->stats().dropped, "replaced") +
                      count_of(a.net->stats().refused, "duplicate_id");
    }
    EXPECT_GT(collisions, 0U) << "the test did not test what it says";
}

TEST(Switch, drops_bans_and_refuses_who_breaks_the_protocol) {
    TestNode a;
    TestNode b;
    TestNode c;
    ASSERT_TRUE(b.net->dial(a.address(), false));
    ASSERT_TRUE(c.net->dial(a.address(), false));
    ASSERT_TRUE(a.reactor.wait_for_peers(2) && b.reactor.wait_for_peers(1));
    PeerId bad = 0;
    for (const auto& [id, info] : a.reactor.record().up) {
        bad = info.node.id == b.id() ? id : bad;
    }

    a.net->drop(bad, Error(ErrorCode::invalid, "it voted for the moon"));

    ASSERT_TRUE(b.reactor.wait_for_peers(0));
    ASSERT_TRUE(a.reactor.wait_for_peers(1));
    EXPECT_EQ(count_of(a.net->stats().dropped, "invalid"), 1U);
    EXPECT_TRUE(eventually([&] { return a.net->stats().banned == 1; }));
    ASSERT_TRUE(b.net->dial(a.address(), false));
    EXPECT_TRUE(eventually([&] { return count_of(a.net->stats().refused, "banned") == 1; }));
    EXPECT_EQ(a.reactor.record().up.size(), 1U);
    EXPECT_EQ(c.reactor.record().downs, 0);
}

TEST(Switch, keeps_to_its_limits) {
    TestNode a([](SwitchConfig& config) { config.max_num_inbound_peers = 2; });
    std::vector<std::unique_ptr<TestNode>> others;
    for (int i = 0; i < 4; ++i) {
        others.push_back(std::make_unique<TestNode>());
        ASSERT_TRUE(others.back()->net->dial(a.address(), false));
    }

    ASSERT_TRUE(a.reactor.wait_for_peers(2));
    EXPECT_TRUE(eventually([&] {
        const SwitchStats stats = a.net->stats();
        return count_of(stats.refused, "inbound_full") + count_of(stats.refused, "not_admitted") ==
               2;
    }));
    EXPECT_EQ(a.reactor.record().ups, 2);
}

TEST(Switch, talks_to_nobody_of_another_network_and_to_no_impostor) {
    TestNode a;
    TestNode other({}, "other-chain");
    TestNode b;

    ASSERT_TRUE(a.net->dial(other.address(), false));
    EXPECT_TRUE(eventually([&] { return count_of(a.net->stats().refused, "incompatible") == 1; }));
    ASSERT_TRUE(
        a.net->dial(fmt::format("{}@127.0.0.1:{}", other.id().text(), b.net->listen_port()), false)
    );
    EXPECT_TRUE(eventually([&] { return count_of(a.net->stats().refused, "wrong_id") == 1; }));
    EXPECT_FALSE(a.net->dial("nobody", false));
    EXPECT_EQ(a.reactor.record().ups, 0);
}

TEST(Switch, five_nodes_find_each_other_from_one_seed) {
    const auto with_pex = [](SwitchConfig& config) { config.pex = true; };
    TestNode seed(with_pex);
    std::vector<std::unique_ptr<TestNode>> nodes;
    for (std::size_t i = 0; i < 4; ++i) {
        nodes.push_back(std::make_unique<TestNode>([&](SwitchConfig& config) {
            config.pex = true;
            config.seeds = {seed.address()};
        }));
    }

    EXPECT_TRUE(seed.reactor.wait_for_peers(4));
    for (const auto& node : nodes) {
        EXPECT_TRUE(node->reactor.wait_for_peers(4));
    }
}

TEST(Switch, a_seed_tells_addresses_and_hangs_up) {
    TestNode seed([](SwitchConfig& config) {
        config.pex = true;
        config.seed_mode = true;
    });
    const auto use_seed = [&](SwitchConfig& config) {
        config.pex = true;
        config.seeds = {seed.address()};
    };
    TestNode a(use_seed);
    EXPECT_TRUE(a.reactor.wait([](const Record& record) { return record.downs == 1; }));

    TestNode b(use_seed);

    EXPECT_TRUE(b.reactor.wait([&](const Record& record) {
        return std::ranges::any_of(record.up, [&](const auto& item) {
            return item.second.node.id == a.id();
        });
    }));
    EXPECT_GE(count_of(seed.net->stats().dropped, "hung_up"), 2U);
}

TEST(Switch, garbage_on_one_connection_harms_nobody) {
    TestNode a;
    TestNode b;
    ASSERT_TRUE(b.net->dial(a.address(), true));
    ASSERT_TRUE(a.reactor.wait_for_peers(1) && b.reactor.wait_for_peers(1));
    SeededRandom random(1);
    for (int i = 0; i < 20; ++i) {
        const int fd = connect_raw(a.net->listen_port());
        ASSERT_GE(fd, 0);
        Bytes garbage(1 + random.below(10'000));
        random.fill(garbage);
        (void)::send(fd, garbage.data(), garbage.size(), MSG_NOSIGNAL);
        ::shutdown(fd, SHUT_WR);
        EXPECT_TRUE(test::is_hung_up(fd));
        ::close(fd);
    }

    a.send_to_all("still here");

    EXPECT_TRUE(b.reactor.wait([](const Record& record) { return record.messages.size() == 1; }));
    EXPECT_EQ(a.reactor.record().ups, 1);
    EXPECT_EQ(b.reactor.record().downs, 0);
}

TEST(Switch, two_hundred_half_open_handshakes_keep_nobody_out) {
    TestNode a;
    std::vector<int> idle;
    for (int i = 0; i < 200; ++i) {
        idle.push_back(connect_raw(a.net->listen_port()));
        ASSERT_GE(idle.back(), 0);
    }

    std::vector<std::unique_ptr<TestNode>> honest;
    for (int i = 0; i < 4; ++i) {
        honest.push_back(std::make_unique<TestNode>());
        ASSERT_TRUE(honest.back()->net->dial(a.address(), false));
        EXPECT_TRUE(honest.back()->reactor.wait_for_peers(1));
    }

    EXPECT_TRUE(a.reactor.wait_for_peers(4));
    for (const int fd : idle) {
        ::close(fd);
    }
}

TEST(Switch, reports_room_after_a_full_queue) {
    TestNode a;
    TestNode b;
    ASSERT_TRUE(a.net->dial(b.address(), false));
    ASSERT_TRUE(a.reactor.wait_for_peers(1) && b.reactor.wait_for_peers(1));
    const PeerId peer = a.only_peer();
    int sent = 0;
    while (a.net->send(peer, test_channel, Bytes(10'000, 7))) {
        ++sent;
        ASSERT_LT(sent, 100'000);
    }

    EXPECT_TRUE(a.reactor.wait([](const Record& record) { return record.drained > 0; }));
    EXPECT_TRUE(b.reactor.wait([&](const Record& record) {
        return static_cast<int>(record.messages.size()) == sent;
    }));
    EXPECT_EQ(a.net->stats().channels.at(test_channel).sends_refused, 1U);
}

TEST(Switch, a_reactor_may_send_and_drop_from_inside) {
    TestNode a;
    TestNode b;
    a.reactor.on_receive = [&](const Inbound& message) {
        if (as_text(message.bytes) == "ping") {
            a.net->send(message.from, test_channel, to_bytes(as_bytes("pong")));
        } else {
            a.net->drop(message.from, Error(ErrorCode::invalid, "not a ping"));
        }
    };
    ASSERT_TRUE(b.net->dial(a.address(), false));
    ASSERT_TRUE(a.reactor.wait_for_peers(1) && b.reactor.wait_for_peers(1));

    b.send_to_all("ping");
    EXPECT_TRUE(b.reactor.wait([](const Record& record) { return record.messages.size() == 1; }));
    b.send_to_all("pang");
    EXPECT_TRUE(b.reactor.wait_for_peers(0));
}

struct SwitchFiles : testing::Test {
    std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / fmt::format("switch_files_{}", ::getpid());
    std::filesystem::path file = folder / "addrbook.json";

    void SetUp() override { std::filesystem::create_directories(folder); }
    void TearDown() override { std::filesystem::remove_all(folder); }
};

TEST_F(SwitchFiles, the_address_book_outlives_the_process) {
    TestNode b([](SwitchConfig& config) { config.pex = true; });
    const auto configure = [&](SwitchConfig& config) {
        config.pex = true;
        config.addr_book_file = file;
    };
    {
        TestNode a(configure);
        ASSERT_TRUE(b.net->dial(a.address(), false));
        ASSERT_TRUE(a.reactor.wait_for_peers(1));
        ASSERT_TRUE(eventually([&] { return a.net->stats().known_addresses == 1; }));
    }
    ASSERT_EQ(read_address_book(file)->addresses.size(), 1U);

    TestNode again(configure);

    EXPECT_TRUE(again.reactor.wait_for_peers(1));  // it dials what it remembers
    EXPECT_TRUE(again.reactor.record().up.begin()->second.outbound);
}

TEST_F(SwitchFiles, a_damaged_address_book_is_moved_aside) {
    ASSERT_TRUE(write_text_atomically(file, "{\"key\":"));

    TestNode a([&](SwitchConfig& config) { config.addr_book_file = file; });
    a.net->stop();

    EXPECT_TRUE(std::filesystem::exists(file.string() + ".damaged"));
    EXPECT_TRUE(read_address_book(file));
}

}  // namespace
}  // namespace steelyard::p2p
