// steelyard-load: offers transactions at a steady rate to the nodes of a chain and tells how many
// were committed, and how long after they were sent. The time of a commit is when one node's
// NewBlockHeader event for the block arrives; what the blocks hold is fetched afterwards. Speaks
// nothing but CometBFT's RPC, so that with a kvstore it measures any such node.
#include "base/base64.h"
#include "tests/bench/load/http.h"
#include "tests/bench/load/workload.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace steelyard::load {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// One connection's share of the transactions, numbered across all.
struct Share {
    std::vector<std::string> requests{};
    std::vector<std::size_t> numbers{};
};

struct Run {
    Options options;
    std::unordered_map<std::string, std::size_t> numbers{};  ///< by transaction in base64
    std::vector<SteadyClock::time_point> sent_at{};          ///< by number
    std::atomic<std::size_t> refused = 0;
    std::atomic<std::size_t> answered = 0;
    std::mutex refusal_mutex{};
    std::string refusal{};  ///< the first
    std::mutex block_mutex{};
    std::map<std::int64_t, SteadyClock::time_point> block_at{};
};

std::string request_of(
    const Options& options, const Endpoint& node, std::size_t number, const std::string& tx
) {
    const std::string body = R"({"jsonrpc":"2.0","id":)" + std::to_string(number) +
                             R"(,"method":")" + options.method + R"(","params":{"tx":")" + tx +
                             R"("}})";
    if (options.websocket) {
        return text_frame(body);
    }
    return "POST / HTTP/1.1\r\nHost: " + node.host +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

/// Whatever is due goes out at once, and the loop sleeps a millisecond.
void send_share(
    HttpConnection& connection, Run& run, const Share& share, SteadyClock::time_point start
) {
    std::size_t next = 0;
    while (next < share.requests.size()) {
        const double elapsed = Seconds(SteadyClock::now() - start).count();
        const auto due = static_cast<std::size_t>(elapsed * run.options.rate);
        std::string out;
        while (next < share.requests.size() && share.numbers[next] <= due && out.size() < 65536) {
            run.sent_at[share.numbers[next]] = SteadyClock::now();
            out += share.requests[next];
            ++next;
        }
        if (out.empty()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        } else {
            connection.write(out);
        }
    }
}

void read_answers(HttpConnection& connection, Run& run, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const std::string body =
            run.options.websocket ? connection.read_text() : connection.read_response();
        if (body.empty()) {
            return;
        }
        run.answered.fetch_add(1, std::memory_order_relaxed);
        const bool is_good = body.find("\"error\"") == std::string::npos &&
                             (body.find("\"code\":0") != std::string::npos ||
                              body.find("\"code\": 0") != std::string::npos);
        if (!is_good && run.refused.fetch_add(1) == 0) {
            const std::lock_guard lock(run.refusal_mutex);
            run.refusal = body.substr(0, 300);
        }
    }
}

std::int64_t int_after(const std::string& text, std::string_view name) {
    const std::size_t at = text.find(name);
    if (at == std::string::npos) {
        return 0;
    }
    const std::size_t digit = text.find_first_of("0123456789", at + name.size());
    return digit == std::string::npos ? 0 : std::atoll(text.c_str() + digit);
}

void watch_blocks(HttpConnection& socket, Run& run) {
    for (;;) {
        const std::string event = socket.read_text();
        if (event.empty()) {
            return;
        }
        if (event.find("tendermint/event/NewBlockHeader") == std::string::npos) {
            continue;
        }
        const std::int64_t height = int_after(event, "\"height\":");
        const std::lock_guard lock(run.block_mutex);
        run.block_at.emplace(height, SteadyClock::now());
    }
}

std::int64_t tip_of(HttpConnection& connection) {
    return int_after(connection.get("/status"), "\"latest_block_height\":");
}

/// The numbers of our transactions in a block, by its JSON.
std::vector<std::size_t> numbers_in(const Run& run, const std::string& block) {
    std::vector<std::size_t> numbers;
    const std::size_t txs = block.find("\"txs\":");
    if (txs == std::string::npos) {
        return numbers;
    }
    const std::size_t end = block.find(']', txs);
    std::size_t at = block.find('"', txs + 6);
    while (at != std::string::npos && at < end) {
        const std::size_t close = block.find('"', at + 1);
        const auto number = run.numbers.find(block.substr(at + 1, close - at - 1));
        if (number != run.numbers.end()) {
            numbers.push_back(number->second);
        }
        at = block.find('"', close + 1);
    }
    return numbers;
}

struct Figures {
    std::size_t sent = 0;
    std::size_t committed = 0;
    std::size_t twice = 0;
    std::size_t blocks = 0;
    double span = 0;    ///< from the first sending to the last commit, seconds
    double during = 0;  ///< committed a second while transactions were offered, without the ramp
    std::vector<double> latencies{};  ///< milliseconds, ascending
    double interval = 0;
};

Figures collect(
    HttpConnection& connection,
    Run& run,
    std::int64_t from,
    std::int64_t to,
    SteadyClock::time_point start
) {
    Figures figures{.sent = run.sent_at.size()};
    std::vector<bool> seen(run.sent_at.size());
    const double end = run.options.seconds;
    const double ramp = end / 5;
    std::size_t in_window = 0;
    double first_block = 0;
    double last_block = 0;
    for (std::int64_t height = from; height <= to; ++height) {
        const std::string block = connection.get("/block?height=" + std::to_string(height));
        const auto at = run.block_at.find(height);
        const auto numbers = numbers_in(run, block);
        if (at == run.block_at.end()) {
            continue;
        }
        const double time = Seconds(at->second - start).count();
        if (time <= end) {
            first_block = figures.blocks++ == 0 ? time : first_block;
            last_block = time;
        }
        for (const std::size_t number : numbers) {
            if (number >= seen.size() || seen[number]) {
                ++figures.twice;
                continue;
            }
            seen[number] = true;
            ++figures.committed;
            in_window += time > ramp && time <= end ? 1 : 0;
            figures.span = std::max(figures.span, time);
            figures.latencies.push_back(1000 * Seconds(at->second - run.sent_at[number]).count());
        }
    }
    figures.during = static_cast<double>(in_window) / (end - ramp);
    figures.interval = figures.blocks > 1
                           ? (last_block - first_block) / static_cast<double>(figures.blocks - 1)
                           : 0;
    std::ranges::sort(figures.latencies);
    return figures;
}

double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) {
        return 0;
    }
    const auto last = static_cast<double>(sorted.size() - 1);
    return sorted[static_cast<std::size_t>(std::lround(last * share))];
}

void print(const Run& run, const Figures& figures) {
    std::printf(
        "{\"offered_per_s\":%.0f,\"sent\":%zu,\"answered\":%zu,\"refused\":%zu,\"committed\":%zu,"
        "\"twice\":%zu,\"committed_per_s\":%.0f,\"blocks\":%zu,\"interval_ms\":%.1f,"
        "\"p50_ms\":%.1f,\"p90_ms\":%.1f,\"p99_ms\":%.1f,\"max_ms\":%.1f,\"span_s\":%.2f}\n",
        run.options.rate,
        figures.sent,
        run.answered.load(),
        run.refused.load(),
        figures.committed,
        figures.twice,
        figures.during,
        figures.blocks,
        1000 * figures.interval,
        percentile(figures.latencies, 0.5),
        percentile(figures.latencies, 0.9),
        percentile(figures.latencies, 0.99),
        percentile(figures.latencies, 1),
        figures.span
    );
    if (!run.refusal.empty()) {
        std::fprintf(stderr, "load: the first refusal: %s\n", run.refusal.c_str());
    }
}

Workload make_workload(const Options& options, std::size_t lanes) {
    if (options.app == "kvstore") {
        return kvstore_workload(options, lanes);
    }
    return options.app == "ledger" ? ledger_workload(options, lanes)
                                   : market_workload(options, lanes);
}

std::vector<Share> prepare(Run& run, std::size_t lanes) {
    const Options& options = run.options;
    const Workload workload = make_workload(options, lanes);
    std::vector<Share> shares(lanes);
    for (std::size_t number = 0; number < workload.txs.size(); ++number) {
        const std::size_t lane = workload.lanes[number];
        const Endpoint& node = options.nodes[lane % options.nodes.size()];
        const std::string tx = to_base64(workload.txs[number]);
        shares[lane].requests.push_back(request_of(options, node, number, tx));
        shares[lane].numbers.push_back(number);
        run.numbers.emplace(tx, number);
    }
    return shares;
}

void run_load(const Options& options) {
    Run run{.options = options};
    const std::size_t count = tx_count(options);
    run.sent_at.resize(count);
    const std::size_t lanes = options.nodes.size() * options.connections;
    std::vector<Share> shares = prepare(run, lanes);
    std::vector<std::unique_ptr<HttpConnection>> connections;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        connections.push_back(
            std::make_unique<HttpConnection>(options.nodes[lane % options.nodes.size()])
        );
        if (options.websocket) {
            connections.back()->upgrade("/websocket");
        }
    }
    HttpConnection queries(options.nodes.front());
    HttpConnection socket(options.nodes.front());
    socket.upgrade("/websocket");
    socket.write_text(
        R"({"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"query":"tm.event='NewBlockHeader'"}})"
    );
    std::jthread watcher([&] { watch_blocks(socket, run); });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const std::int64_t from = tip_of(queries) + 1;
    const auto start = SteadyClock::now();
    {
        std::vector<std::jthread> threads;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            threads.emplace_back([&, lane] {
                send_share(*connections[lane], run, shares[lane], start);
            });
            threads.emplace_back([&, lane] {
                read_answers(*connections[lane], run, shares[lane].requests.size());
            });
        }
        const auto limit = start + Seconds(options.seconds + options.drain_seconds);
        while (run.answered < count && SteadyClock::now() < limit) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        if (run.answered < count) {
            for (const auto& connection : connections) {
                connection->shut_down();
            }
        }
    }
    const auto sleep = std::min(options.drain_seconds, 3.0);
    std::this_thread::sleep_for(Seconds(sleep));
    const std::int64_t to = tip_of(queries);
    socket.shut_down();
    watcher.join();
    print(run, collect(queries, run, from, to, start));
}

[[noreturn]] void usage() {
    std::fprintf(
        stderr,
        "usage: steelyard-load --nodes HOST:PORT[,HOST:PORT...] [--rate TX_PER_S] [--seconds S]\n"
        "                      [--app kvstore|ledger|market] [--accounts N]\n"
        "                      [--messages ORDERS_PER_TX]\n"
        "                      [--tx-size BYTES] [--connections PER_NODE] [--method NAME]\n"
        "                      [--transport websocket|http]\n"
    );
    std::exit(2);
}

std::vector<Endpoint> parse_nodes(const std::string& text) {
    std::vector<Endpoint> nodes;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string one = text.substr(at, comma - at);
        const std::size_t colon = one.rfind(':');
        if (colon == std::string::npos) {
            usage();
        }
        const int port = std::atoi(one.c_str() + colon + 1);
        nodes.push_back({one.substr(0, colon), static_cast<std::uint16_t>(port)});
        at = comma + 1;
    }
    return nodes;
}

Options parse(int argc, char** argv) {
    Options options;
    options.tag = std::to_string(SteadyClock::now().time_since_epoch().count());
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--nodes") {
            options.nodes = parse_nodes(value);
        } else if (name == "--rate") {
            options.rate = std::atof(value.c_str());
        } else if (name == "--seconds") {
            options.seconds = std::atof(value.c_str());
        } else if (name == "--tx-size") {
            options.tx_size = std::strtoull(value.c_str(), nullptr, 10);
        } else if (name == "--app" &&
                   (value == "kvstore" || value == "ledger" || value == "market")) {
            options.app = value;
        } else if (name == "--accounts") {
            options.accounts = std::strtoull(value.c_str(), nullptr, 10);
        } else if (name == "--messages") {
            options.messages = std::strtoull(value.c_str(), nullptr, 10);
        } else if (name == "--connections") {
            options.connections = std::strtoull(value.c_str(), nullptr, 10);
        } else if (name == "--transport" && (value == "websocket" || value == "http")) {
            options.websocket = value == "websocket";
        } else if (name == "--method") {
            options.method = value;
        } else {
            usage();
        }
    }
    const bool is_usable = argc % 2 == 1 && !options.nodes.empty() && options.rate > 0 &&
                           options.seconds > 0 && options.connections > 0 && options.accounts > 0 &&
                           options.messages > 0 && options.messages <= 100;
    if (!is_usable) {
        usage();
    }
    return options;
}

}  // namespace
}  // namespace steelyard::load

int main(int argc, char** argv) {
    steelyard::load::run_load(steelyard::load::parse(argc, argv));
    return 0;
}
