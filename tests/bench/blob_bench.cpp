// A blob from one node to another over loopback, with sockets, ciphers, hashes and files; beside it
// a plain copy of the same bytes over TCP into a file. Timed is the time on the wall.
#include "base/check.h"
#include "node/blob_host.h"
#include "p2p/switch.h"
#include "tests/support/temporary_home.h"

#include <benchmark/benchmark.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

constexpr std::uint64_t blob_size = std::uint64_t{256} << 20;
constexpr std::int64_t default_rate = 51'200'000;  ///< p2p.send_rate
constexpr auto patience = 120s;

/// A store, its host and its connections.
class BenchNode {
public:
    explicit BenchNode(std::int64_t rate, const std::string& peer = {}) {
        auto store = blob::BlobStore::open(home_.path() / "blobs", {}, clock_);
        CHECK(store);
        store_ = *std::move(store);
        p2p::SwitchConfig config;
        config.laddr = "tcp://127.0.0.1:0";
        config.addr_book_strict = false;
        config.pex = false;
        config.allow_duplicate_ip = true;
        config.send_rate = config.recv_rate = rate;
        if (!peer.empty()) {
            config.persistent_peers = {peer};
        }
        p2p::NodeInfo info;
        info.network = "bench";
        info.version = "0.38.17";
        info.moniker = "bench";
        auto made =
            p2p::Switch::create(std::move(config), p2p::NodeKey::generate(random_), info, random_);
        CHECK(made);
        switch_ = *std::move(made);
        host_ = std::make_unique<BlobHost>(blob::ExchangeConfig{}, *store_, *switch_, clock_);
        switch_->add_reactor(*host_);
        host_->start();
        CHECK(switch_->start());
    }

    ~BenchNode() {
        switch_->stop();
        host_->stop();
    }

    std::string address() const {
        return fmt::format(
            "{}@127.0.0.1:{}", switch_->node_info().id.text(), switch_->listen_port()
        );
    }

    void wait_for_peer() const {
        while (switch_->net_info().peers.empty()) {
            std::this_thread::sleep_for(1ms);
        }
    }

    void fetch(const blob::Hash256& id) {
        std::promise<void> done;
        host_->fetch(id, patience, [&done] { done.set_value(); });
        done.get_future().wait();
        CHECK(store_->find(id)->is_whole);
    }

    blob::BlobStore& store() { return *store_; }

private:
    testing_support::TemporaryHome home_;
    SystemRandom random_{};
    SystemClock clock_{};
    std::unique_ptr<blob::BlobStore> store_;
    std::unique_ptr<p2p::Switch> switch_;
    std::unique_ptr<BlobHost> host_;
};

Bytes some_bytes() {
    Bytes data(blob_size);
    SeededRandom(1).fill(data);
    return data;
}

void exchange(benchmark::State& state) {
    const std::int64_t rate = state.range(0);
    BenchNode giver(rate);
    const auto id = giver.store().put(
        {.dtype = vm::DType::u8, .shape = {blob_size / 4096, 4096}}, some_bytes()
    );
    CHECK(id);
    for (auto _ : state) {
        BenchNode taker(rate, giver.address());
        taker.wait_for_peer();
        const auto began = std::chrono::steady_clock::now();
        taker.fetch(*id);
        state.SetIterationTime(Seconds(std::chrono::steady_clock::now() - began).count());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(blob_size));
}

/// Reads what comes into a file until the end, and syncs it.
void take_to_file(int socket, const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    CHECK(file >= 0);
    Bytes piece(blob::group_bytes_max);
    for (ssize_t count = 1; count > 0;) {
        count = ::read(socket, piece.data(), piece.size());
        CHECK(count >= 0 && ::write(file, piece.data(), static_cast<std::size_t>(count)) == count);
    }
    CHECK(::fsync(file) == 0);
    ::close(file);
    ::close(socket);
}

void plain_tcp(benchmark::State& state) {
    const testing_support::TemporaryHome home;
    const Bytes data = some_bytes();
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{
        .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}
    };
    socklen_t size = sizeof address;
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    CHECK(::bind(listener, name, size) == 0 && ::listen(listener, 1) == 0);
    CHECK(::getsockname(listener, name, &size) == 0);
    for (auto _ : state) {
        const int sender = ::socket(AF_INET, SOCK_STREAM, 0);
        CHECK(::connect(sender, name, size) == 0);
        const int receiver = ::accept(listener, nullptr, nullptr);
        const auto began = std::chrono::steady_clock::now();
        std::thread taker([&] { take_to_file(receiver, home.path() / "copy"); });
        ByteView rest = data;
        while (!rest.empty()) {
            const ssize_t count =
                ::write(sender, rest.data(), std::min(rest.size(), blob::group_bytes_max));
            CHECK(count > 0);
            rest = rest.subspan(static_cast<std::size_t>(count));
        }
        ::close(sender);
        taker.join();
        state.SetIterationTime(Seconds(std::chrono::steady_clock::now() - began).count());
    }
    ::close(listener);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(blob_size));
}

BENCHMARK(plain_tcp)->UseManualTime()->Iterations(3)->Unit(benchmark::kMillisecond);
BENCHMARK(exchange)
    ->ArgName("rate")
    ->Arg(default_rate)
    ->Arg(0)
    ->UseManualTime()
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace steelyard::node
