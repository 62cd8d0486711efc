#include "worker/link/link_server.h"

#include "base/check.h"
#include "base/log.h"
#include "steelyard/worker/v1/link.pb.h"
#include "worker/link/wake_signal.h"

#include <zmq.hpp>

#include <atomic>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

namespace steelyard::worker {
namespace {

constexpr int receive_queue_max = 40;  ///< messages of a connection: more than may be unanswered
constexpr int send_queue_max = 256;    ///< likewise; who lets more pile up does not read
constexpr int handshake_ms = 10'000;
constexpr std::size_t batch_max = 64;  ///< messages read before answers have their turn
constexpr std::chrono::milliseconds idle_wait{60'000};
constexpr const char* zap_address = "inproc://zeromq.zap.01";

const log::Logger& logger() {
    static const log::Logger instance("worker_link");
    return instance;
}

/// All parts of a message; only the first few are kept.
std::vector<zmq::message_t> receive_parts(zmq::socket_t& socket) {
    constexpr std::size_t parts_max = 8;
    std::vector<zmq::message_t> parts;
    bool more = true;
    while (more) {
        zmq::message_t part;
        if (!socket.recv(part, zmq::recv_flags::dontwait)) {
            break;
        }
        more = part.more();
        if (parts.size() < parts_max) {
            parts.push_back(std::move(part));
        }
    }
    return parts;
}

ByteView view(const zmq::message_t& message) {
    return {message.data<std::uint8_t>(), message.size()};
}

}  // namespace

/// What other threads hand to the server's.
class LinkAnswer::Outbox {
public:
    struct Item {
        QuestionName name{};
        Bytes frame{};
    };

    explicit Outbox(WakeSignal wake) : wake_(std::move(wake)) {}

    int descriptor() const { return wake_.descriptor(); }

    void put(Item item) {
        const std::lock_guard lock(mutex_);
        if (!is_closed_) {
            items_.push_back(std::move(item));
            wake_.set();
        }
    }

    void put(v1::ToWorker news) {
        const std::lock_guard lock(mutex_);
        news_ = std::move(news);
        wake_.set();
    }

    std::pair<std::deque<Item>, std::optional<v1::ToWorker>> take() {
        const std::lock_guard lock(mutex_);
        wake_.clear();
        return {std::exchange(items_, {}), std::exchange(news_, std::nullopt)};
    }

    /// Nothing is taken any more, and the thread is woken.
    void close() {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        items_.clear();
        wake_.set();
    }

    bool is_closed() const {
        const std::lock_guard lock(mutex_);
        return is_closed_;
    }

private:
    mutable std::mutex mutex_{};
    WakeSignal wake_;
    std::deque<Item> items_{};  ///< at most what is owed to the sessions
    std::optional<v1::ToWorker> news_{};
    bool is_closed_ = false;
};

void LinkAnswer::give(v1::ToWorker answer) const {
    answer.set_request(name_.request);
    outbox_->put({.name = name_, .frame = write_message(answer)});
}

void LinkAnswer::refuse(std::string_view code, std::string_view reason) const {
    give(refusal(name_.request, code, reason));
}

void LinkAnswer::refuse(const Error& error) const {
    give(refusal(name_.request, error));
}

class LinkServer::Impl final : private SessionTable::Outside {
public:
    Impl(Options options, const Clock& clock, Handler handler, WakeSignal wake)
        : authorized_(options.authorized.begin(), options.authorized.end()),
          clock_(clock),
          handler_(std::move(handler)),
          outbox_(std::make_shared<LinkAnswer::Outbox>(std::move(wake))),
          table_(std::move(options.sessions), *this) {}
    ~Impl() override { stop(); }

    Result<void> open(const std::string& address, const CurveKeyPair& key);
    void start() {
        thread_ = std::thread([this] { run(); });
    }
    void stop() {
        outbox_->close();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    void tell(v1::ToWorker news) { outbox_->put(std::move(news)); }
    std::string address() const { return address_; }
    LinkStats stats() const {
        const std::lock_guard lock(mutex_);
        return stats_;
    }
    std::vector<SessionInfo> sessions() const {
        const std::lock_guard lock(mutex_);
        return shown_;
    }

private:
    void run();
    void work();
    void answer_zap();
    void receive();
    void deliver();
    void publish_stats();
    void publish_sessions();
    std::chrono::milliseconds patience() const;
    LinkTime now() const { return clock_.monotonic_now(); }

    // SessionTable::Outside
    bool send(const Route& route, const Bytes& frame) override;
    void ask(const QuestionName& name, std::shared_ptr<const v1::ToNode> question) override {
        handler_(std::move(question), LinkAnswer(outbox_, name));
    }
    void began(const SessionInfo& session) override;
    void ended(const SessionInfo& session, std::string_view why) override;

    const std::set<CurveKey> authorized_;
    const Clock& clock_;
    const Handler handler_;
    const std::shared_ptr<LinkAnswer::Outbox> outbox_;
    std::string address_{};

    // Of the thread alone, once it runs.
    zmq::context_t context_{1};
    zmq::socket_t zap_{};
    zmq::socket_t router_{};
    SessionTable table_;
    log::RateLimit denied_limit_{std::chrono::seconds(10)};

    mutable std::mutex mutex_{};
    LinkStats stats_{};
    std::vector<SessionInfo> shown_{};
    std::thread thread_{};
};

Result<void> LinkServer::Impl::open(const std::string& address, const CurveKeyPair& key) {
    try {
        zap_ = zmq::socket_t(context_, zmq::socket_type::rep);
        zap_.set(zmq::sockopt::linger, 0);
        zap_.bind(zap_address);
        router_ = zmq::socket_t(context_, zmq::socket_type::router);
        router_.set(zmq::sockopt::linger, 0);
        router_.set(zmq::sockopt::handshake_ivl, handshake_ms);
        router_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(message_size_max));
        router_.set(zmq::sockopt::rcvhwm, receive_queue_max);
        router_.set(zmq::sockopt::sndhwm, send_queue_max);
        router_.set(zmq::sockopt::router_mandatory, true);
        router_.set(zmq::sockopt::ipv6, true);
        router_.set(zmq::sockopt::curve_server, true);
        const auto secret = key.secret_key.view();
        router_.set(zmq::sockopt::curve_secretkey, zmq::const_buffer(secret.data(), secret.size()));
        router_.set(zmq::sockopt::zap_domain, "worker");
        router_.bind(address);
        address_ = router_.get(zmq::sockopt::last_endpoint);
    } catch (const zmq::error_t& error) {
        return fail(ErrorCode::io, "cannot listen for workers at {}: {}", address, error.what());
    }
    return {};
}

void LinkServer::Impl::run() {
    while (!outbox_->is_closed()) {
        try {
            work();
        } catch (const zmq::error_t& error) {
            if (error.num() == EINTR) {
                continue;
            }
            // Sockets of our own fail: workers are not served any more, the node goes on.
            logger().error("the link to workers is gone", {{"why", error.what()}});
            outbox_->close();
        }
    }
    table_.end_all("the node stops");
    publish_stats();
    try {
        // Before the socket is closed: a worker that comes again at once would be accepted, and
        // never answered.
        router_.unbind(address_);
    } catch (const zmq::error_t& error) {
        logger().debug("the link to workers is not unbound", {{"why", error.what()}});
    }
    router_.close();
}

void LinkServer::Impl::work() {
    std::array<zmq::pollitem_t, 3> items = {{
        {zap_.handle(), 0, ZMQ_POLLIN, 0},
        {router_.handle(), 0, ZMQ_POLLIN, 0},
        {nullptr, outbox_->descriptor(), ZMQ_POLLIN, 0},
    }};
    zmq::poll(items, patience());
    if ((items[0].revents & ZMQ_POLLIN) != 0) {
        answer_zap();
    }
    if ((items[1].revents & ZMQ_POLLIN) != 0) {
        receive();
    }
    deliver();
    table_.tick(now());
    publish_stats();
}

std::chrono::milliseconds LinkServer::Impl::patience() const {
    const auto deadline = table_.deadline();
    if (!deadline) {
        return idle_wait;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - now());
    return std::clamp(left, std::chrono::milliseconds(0), idle_wait);
}

/// RFC 27: who may connect. A request has version, number, domain, address, identity, mechanism
/// and, with CURVE, the key.
void LinkServer::Impl::answer_zap() {
    constexpr std::size_t parts_count = 7;
    const auto parts = receive_parts(zap_);
    if (parts.size() < 2) {
        return;
    }
    CurveKey key{};
    bool is_allowed = false;
    if (parts.size() == parts_count && parts[5].to_string_view() == "CURVE" &&
        parts[6].size() == key.size()) {
        std::ranges::copy(view(parts[6]), key.begin());
        is_allowed = authorized_.contains(key);
    }
    const std::string name = to_z85(key);
    if (!is_allowed) {
        if (const auto skipped = denied_limit_.pass()) {
            const std::string_view from = parts.size() > 3 ? parts[3].to_string_view() : "";
            logger().warn(
                "a worker's key is not in worker.authorized_keys",
                {{"key", name}, {"from", from}, {"skipped", *skipped}}
            );
        }
    }
    const auto more = zmq::send_flags::sndmore;
    zap_.send(zmq::str_buffer("1.0"), more);
    zap_.send(zmq::buffer(parts[1].to_string_view()), more);
    zap_.send(is_allowed ? zmq::str_buffer("200") : zmq::str_buffer("400"), more);
    zap_.send(is_allowed ? zmq::str_buffer("OK") : zmq::str_buffer("unknown key"), more);
    zap_.send(zmq::buffer(is_allowed ? name : std::string()), more);
    zap_.send(zmq::str_buffer(""));
}

void LinkServer::Impl::receive() {
    for (std::size_t i = 0; i < batch_max; ++i) {
        auto parts = receive_parts(router_);
        if (parts.empty()) {
            return;
        }
        const char* const user = zmq_msg_gets(parts.back().handle(), "User-Id");
        const auto key = parse_z85_key(user ? user : "");
        if (!key) {
            continue;  // nobody comes so far without a key
        }
        // More or fewer frames than one are malformed, as no frame is.
        const ByteView frame = parts.size() == 2 ? view(parts[1]) : ByteView();
        table_.receive(parts[0].to_string(), *key, frame, now());
    }
}

void LinkServer::Impl::deliver() {
    auto [items, news] = outbox_->take();
    for (const auto& item : items) {
        table_.answer(item.name, item.frame, now());
    }
    if (news) {
        table_.tell(*news, now());
    }
}

void LinkServer::Impl::publish_stats() {
    const LinkStats stats = table_.stats();
    const std::lock_guard lock(mutex_);
    stats_ = stats;
}

void LinkServer::Impl::publish_sessions() {
    publish_stats();
    const std::lock_guard lock(mutex_);
    shown_ = table_.sessions();
}

bool LinkServer::Impl::send(const Route& route, const Bytes& frame) {
    constexpr auto now = zmq::send_flags::dontwait;
    try {
        return router_.send(zmq::buffer(route), now | zmq::send_flags::sndmore) &&
               router_.send(zmq::buffer(frame), now);
    } catch (const zmq::error_t& error) {
        if (error.num() == EHOSTUNREACH) {
            return false;
        }
        throw;
    }
}

void LinkServer::Impl::began(const SessionInfo& session) {
    logger().info(
        "a worker's session begins",
        {{"session", session.id},
         {"worker", session.worker},
         {"key", to_z85(session.key)},
         {"software", session.software}}
    );
    publish_sessions();
}

void LinkServer::Impl::ended(const SessionInfo& session, std::string_view why) {
    logger().info(
        "a worker's session is over",
        {{"session", session.id}, {"worker", session.worker}, {"why", why}}
    );
    publish_sessions();
}

LinkServer::LinkServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}

LinkServer::~LinkServer() = default;

Result<std::unique_ptr<LinkServer>> LinkServer::start(
    Options options, const CurveKeyPair& key, const Clock& clock, Handler handler
) {
    TRY_ASSIGN(auto wake, WakeSignal::make());
    const std::string address = options.address;
    auto impl =
        std::make_unique<Impl>(std::move(options), clock, std::move(handler), std::move(wake));
    TRY(impl->open(address, key));
    impl->start();
    return std::unique_ptr<LinkServer>(new LinkServer(std::move(impl)));
}

void LinkServer::tell(v1::ToWorker news) {
    impl_->tell(std::move(news));
}

std::string LinkServer::address() const {
    return impl_->address();
}

LinkStats LinkServer::stats() const {
    return impl_->stats();
}

std::vector<SessionInfo> LinkServer::sessions() const {
    return impl_->sessions();
}

void LinkServer::stop() {
    impl_->stop();
}

}  // namespace steelyard::worker
