#include "tests/unit/p2p/test_node.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <thread>

namespace steelyard::p2p::test {

namespace {

NodeKey new_key() {
    SystemRandom random;
    return NodeKey::generate(random);
}

}  // namespace

std::vector<ChannelDescriptor> RecordingReactor::channels() const {
    return {
        {.id = test_channel,
         .priority = 5,
         .send_queue_capacity = 1000,
         .receive_size_max = 1'000'000}
    };
}

void RecordingReactor::on_peer_up(const PeerInfo& peer) {
    const std::lock_guard lock(mutex_);
    record_.out_of_order |= !record_.up.emplace(peer.id, peer).second;
    ++record_.ups;
    changed_.notify_all();
}

void RecordingReactor::on_peer_down(PeerId peer) {
    const std::lock_guard lock(mutex_);
    record_.out_of_order |= record_.up.erase(peer) == 0;
    ++record_.downs;
    changed_.notify_all();
}

void RecordingReactor::on_message(Inbound message) {
    if (on_receive) {
        on_receive(message);
    }
    const std::lock_guard lock(mutex_);
    record_.out_of_order |= !record_.up.contains(message.from);
    record_.messages.emplace_back(as_text(message.bytes));
    changed_.notify_all();
}

void RecordingReactor::on_drained(PeerId peer, ChannelId) {
    const std::lock_guard lock(mutex_);
    record_.out_of_order |= !record_.up.contains(peer);
    ++record_.drained;
    changed_.notify_all();
}

RecordingReactor::Record RecordingReactor::record() const {
    const std::lock_guard lock(mutex_);
    return record_;
}

bool RecordingReactor::wait(
    const std::function<bool(const Record&)>& is_true, std::chrono::milliseconds time
) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [&] { return is_true(record_); });
}

bool RecordingReactor::wait_for_peers(std::size_t count) const {
    return wait([&](const Record& record) { return record.up.size() == count; });
}

bool eventually(const std::function<bool()>& is_true) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!is_true() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return is_true();
}

std::uint64_t count_of(const std::map<std::string, std::uint64_t>& counts, const char* reason) {
    const auto count = counts.find(reason);
    return count == counts.end() ? 0 : count->second;
}

SwitchConfig loopback_config(std::uint16_t port) {
    SwitchConfig config;
    config.laddr = fmt::format("tcp://127.0.0.1:{}", port);
    config.addr_book_strict = false;
    config.allow_duplicate_ip = true;
    config.pex = false;
    return config;
}

TestNode::TestNode(const std::function<void(SwitchConfig&)>& configure, std::string network)
    : TestNode(new_key(), 0, configure, std::move(network)) {
}

TestNode::TestNode(
    NodeKey key,
    std::uint16_t port,
    const std::function<void(SwitchConfig&)>& configure,
    std::string network
)
    : node_key(std::move(key)) {
    SwitchConfig config = loopback_config(port);
    if (configure) {
        configure(config);
    }
    NodeInfo info;
    info.network = std::move(network);
    info.version = "0.38.17";
    info.moniker = "test";
    auto made = Switch::create(std::move(config), node_key.clone(), info, random);
    CHECK(made.has_value());
    net = *std::move(made);
    net->add_reactor(reactor);
    const auto started = net->start();
    EXPECT_TRUE(started) << started.error().message();
}

std::string TestNode::address() const {
    return fmt::format("{}@127.0.0.1:{}", id().text(), net->listen_port());
}

PeerId TestNode::only_peer() const {
    const auto record = reactor.record();
    EXPECT_EQ(record.up.size(), 1U);
    return record.up.empty() ? 0 : record.up.begin()->first;
}

void TestNode::send_to_all(std::string_view text) {
    for (const auto& [peer, info] : reactor.record().up) {
        net->send(peer, test_channel, to_bytes(as_bytes(text)));
    }
}

int connect_raw(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
        ::close(fd);
        return -1;
    }
    return fd;
}

bool is_hung_up(int fd, std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    std::array<char, 4096> buffer;
    while (std::chrono::steady_clock::now() < end) {
        pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, 100) > 0 && ::read(fd, buffer.data(), buffer.size()) <= 0) {
            return true;
        }
    }
    return false;
}

}  // namespace steelyard::p2p::test
