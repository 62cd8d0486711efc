#include "worker/link/client_wire.h"

#include "base/log.h"
#include "steelyard/worker/v1/link.pb.h"
#include "worker/link/open_questions.h"
#include "worker/link/wake_signal.h"
#include "worker/link/worker_session.h"

#include <zmq.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

namespace steelyard::worker {
namespace {

constexpr std::uint64_t hello_request = 1;
constexpr int receive_queue_max = 64;  ///< messages: more than may be unanswered, and news
constexpr int send_queue_max = 64;
constexpr std::size_t batch_max = 64;  ///< messages read before questions have their turn
constexpr std::chrono::milliseconds idle_wait{60'000};
constexpr int watched_events =
    ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

const log::Logger& logger() {
    static const log::Logger instance("worker_link");
    return instance;
}

std::string_view describe(std::uint16_t event) {
    switch (event) {
        case ZMQ_EVENT_CLOSED:
            return "cannot connect";
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            return "the node does not know this worker's key";
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            return "the handshake failed: is it the node's key?";
        default:
            return "the connection is closed";
    }
}

std::int64_t unix_ms(const google::protobuf::Timestamp& time) {
    return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

}  // namespace

class ClientWire::Impl {
public:
    Impl(LinkClient::Options options, const CurveKeyPair& key, const Clock& clock, WakeSignal wake)
        : options_(std::move(options)),
          public_key_(key.public_key),
          secret_key_(key.secret_key.clone()),
          clock_(clock),
          wake_(std::move(wake)),
          session_(options_.times, now()),
          questions_(options_.times.answer, hello_request + 1),
          thread_([this] { run(); }) {}
    ~Impl() {
        is_stopping_ = true;
        wake_.set();
        thread_.join();
    }

    Result<void> ask(v1::ToNode& question, v1::ToWorker& answer);
    std::optional<ChainMoment> moment() const {
        const std::lock_guard lock(mutex_);
        return moment_;
    }
    void on_news(std::function<void()> listener) {
        const std::lock_guard lock(mutex_);
        listener_ = std::move(listener);
    }

private:
    struct Call {
        Bytes frame{};
        std::promise<Result<v1::ToWorker>> promise{};
    };

    void run();
    void work();
    void connect();
    void do_what_is_due();
    void send_questions();
    void expire_questions();
    void wait();
    void read_monitor();
    void read_frames();
    void handle(const v1::ToWorker& message);
    void handle_greeting(const v1::ToWorker& message);
    void handle_answer(const v1::ToWorker& message);
    void take_news(const v1::Block& block);
    void lose(std::string_view why);
    void take_refusal(const v1::Refused& refused);
    void tell_listener();
    bool send(ByteView frame);
    void fail_calls(const std::vector<OpenQuestions::Number>& numbers, std::string_view why);
    LinkTime now() const { return clock_.monotonic_now(); }

    const LinkClient::Options options_;
    const CurveKey public_key_;
    const crypto::Secret<curve_key_size> secret_key_;
    const Clock& clock_;
    WakeSignal wake_;
    std::atomic<bool> is_stopping_ = false;

    // Of the thread alone.
    SystemRandom random_{};
    zmq::context_t context_{1};
    zmq::socket_t socket_{};
    zmq::socket_t monitor_{};
    std::uint64_t connections_ = 0;
    std::size_t malformed_ = 0;
    std::string chain_id_{};
    std::optional<LinkTime> in_use_since_{};  ///< the first Hello of those refused for it
    WorkerSession session_;

    mutable std::mutex mutex_{};
    bool is_open_ = false;
    std::string why_closed_ = "not connected yet";
    std::optional<ChainMoment> moment_{};
    std::function<void()> listener_{};
    OpenQuestions questions_;
    std::map<OpenQuestions::Number, Call> calls_{};

    std::thread thread_;
};

Result<void> ClientWire::Impl::ask(v1::ToNode& question, v1::ToWorker& answer) {
    std::future<Result<v1::ToWorker>> future;
    {
        const std::lock_guard lock(mutex_);
        if (!is_open_) {
            return fail(ErrorCode::io, "there is no session with the node: {}", why_closed_);
        }
        const OpenQuestions::Number number = questions_.ask(now());
        question.set_request(number);
        Call& call = calls_[number];
        call.frame = write_message(question);
        future = call.promise.get_future();
    }
    wake_.set();
    TRY_ASSIGN(answer, future.get());
    if (answer.has_refused()) {
        return std::unexpected(error_of_refusal(answer.refused().code(), answer.refused().reason())
        );
    }
    // Each answer has the name and the number of its question's field, but for Hello's.
    constexpr int shift = int{v1::ToWorker::kQuery} - int{v1::ToNode::kQuery};
    if (static_cast<int>(answer.sum_case()) != static_cast<int>(question.sum_case()) + shift) {
        return fail(ErrorCode::corrupt, "the node answers something else");
    }
    return {};
}

void ClientWire::Impl::run() {
    while (!is_stopping_) {
        try {
            work();
        } catch (const zmq::error_t& error) {
            if (error.num() != EINTR) {
                lose(error.what());
            }
        }
    }
    lose("the worker stops");
}

void ClientWire::Impl::work() {
    do_what_is_due();
    if (session_.phase() == WorkerSession::Phase::open) {
        send_questions();
    }
    expire_questions();
    wait();
}

void ClientWire::Impl::do_what_is_due() {
    switch (session_.due(now())) {
        case WorkerSession::Due::nothing:
            break;
        case WorkerSession::Due::connect:
            connect();
            break;
        case WorkerSession::Due::heartbeat: {
            v1::ToNode message;
            message.mutable_heartbeat();
            send(write_message(message));
            break;
        }
        case WorkerSession::Due::lost:
            lose("nothing is heard of the node");
            break;
    }
}

/// A socket for each connection: what was queued for the one before is gone with it.
void ClientWire::Impl::connect() {
    session_.connected(now());
    malformed_ = 0;
    const std::string monitor_address = fmt::format("inproc://monitor-{}", ++connections_);
    socket_ = zmq::socket_t(context_, zmq::socket_type::dealer);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(message_size_max));
    socket_.set(zmq::sockopt::rcvhwm, receive_queue_max);
    socket_.set(zmq::sockopt::sndhwm, send_queue_max);
    socket_.set(zmq::sockopt::reconnect_ivl, -1);
    socket_.set(zmq::sockopt::ipv6, true);
    const auto key = [](ByteView bytes) { return zmq::const_buffer(bytes.data(), bytes.size()); };
    socket_.set(zmq::sockopt::curve_serverkey, key(options_.node_key));
    socket_.set(zmq::sockopt::curve_publickey, key(public_key_));
    socket_.set(zmq::sockopt::curve_secretkey, key(secret_key_.view()));
    if (zmq_socket_monitor(socket_.handle(), monitor_address.c_str(), watched_events) != 0) {
        throw zmq::error_t();
    }
    monitor_ = zmq::socket_t(context_, zmq::socket_type::pair);
    monitor_.set(zmq::sockopt::linger, 0);
    monitor_.connect(monitor_address);
    socket_.connect(options_.address);

    v1::ToNode message;
    message.set_request(hello_request);
    v1::Hello& hello = *message.mutable_hello();
    hello.set_version(link_version);
    hello.set_worker(options_.worker);
    hello.set_software(options_.software);
    send(write_message(message));
}

void ClientWire::Impl::send_questions() {
    std::vector<Bytes> frames;
    {
        const std::lock_guard lock(mutex_);
        for (const OpenQuestions::Number number : questions_.take_due(now())) {
            frames.push_back(std::exchange(calls_.at(number).frame, {}));
        }
    }
    for (const Bytes& frame : frames) {
        if (!send(frame)) {
            return;
        }
    }
}

void ClientWire::Impl::expire_questions() {
    const std::lock_guard lock(mutex_);
    fail_calls(questions_.expire(now()), "no answer in time");
}

/// Under the lock.
void ClientWire::Impl::fail_calls(
    const std::vector<OpenQuestions::Number>& numbers, std::string_view why
) {
    for (const OpenQuestions::Number number : numbers) {
        auto call = calls_.extract(number);
        call.mapped().promise.set_value(fail(ErrorCode::io, "{}", why));
    }
}

void ClientWire::Impl::wait() {
    LinkTime deadline = session_.deadline();
    {
        const std::lock_guard lock(mutex_);
        deadline = std::min(deadline, questions_.deadline().value_or(deadline));
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now());
    const auto patience = std::clamp(left, std::chrono::milliseconds(0), idle_wait);
    std::array<zmq::pollitem_t, 3> items = {{
        {nullptr, wake_.descriptor(), ZMQ_POLLIN, 0},
        {monitor_.handle(), 0, ZMQ_POLLIN, 0},
        {socket_.handle(), 0, ZMQ_POLLIN, 0},
    }};
    const bool is_connected = session_.phase() != WorkerSession::Phase::waiting;
    zmq::poll(items.data(), is_connected ? items.size() : 1, patience);
    wake_.clear();
    if ((items[2].revents & ZMQ_POLLIN) != 0) {
        read_frames();
    }
    if ((items[1].revents & ZMQ_POLLIN) != 0) {
        read_monitor();
    }
}

void ClientWire::Impl::read_monitor() {
    zmq::message_t event;
    zmq::message_t address;
    if (session_.phase() == WorkerSession::Phase::waiting ||
        !monitor_.recv(event, zmq::recv_flags::dontwait) ||
        !monitor_.recv(address, zmq::recv_flags::dontwait)) {
        return;
    }
    std::uint16_t number = 0;
    if (event.size() >= sizeof number) {
        std::memcpy(&number, event.data(), sizeof number);
    }
    in_use_since_.reset();
    lose(describe(number));
}

void ClientWire::Impl::read_frames() {
    for (std::size_t i = 0; i < batch_max; ++i) {
        zmq::message_t frame;
        if (session_.phase() == WorkerSession::Phase::waiting ||
            !socket_.recv(frame, zmq::recv_flags::dontwait)) {
            return;
        }
        session_.heard(now());
        v1::ToWorker message;
        const auto read = read_message(message, {frame.data<std::uint8_t>(), frame.size()});
        if (read) {
            handle(message);
        } else if (++malformed_ >= malformed_max) {
            lose(fmt::format(
                "{} malformed messages, the last: {}", malformed_, read.error().message()
            ));
        }
    }
}

void ClientWire::Impl::handle(const v1::ToWorker& message) {
    if (session_.phase() == WorkerSession::Phase::greeting) {
        handle_greeting(message);
    } else if (message.has_block()) {
        take_news(message.block());
    } else if (message.has_refused() && message.refused().code() == refused_no_session) {
        lose(message.refused().reason());
    } else if (message.request() != 0) {
        handle_answer(message);
    }
}

void ClientWire::Impl::handle_greeting(const v1::ToWorker& message) {
    if (message.has_refused()) {
        take_refusal(message.refused());
        return;
    }
    if (!message.has_welcome()) {
        return;
    }
    const v1::Welcome& welcome = message.welcome();
    if (welcome.version() != link_version) {
        lose(fmt::format("the node speaks version {}, this is {}", welcome.version(), link_version)
        );
        return;
    }
    session_.welcomed();
    in_use_since_.reset();
    chain_id_ = welcome.chain_id();
    logger().info(
        "the session with the node begins",
        {{"session", welcome.session()},
         {"chain", chain_id_},
         {"height", welcome.height()},
         {"address", options_.address}}
    );
    {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        moment_ = ChainMoment{.chain_id = chain_id_, .height = welcome.height()};
    }
    tell_listener();
}

/// A session that its worker has left is over soon; one that stays has another worker.
void ClientWire::Impl::take_refusal(const v1::Refused& refused) {
    lose(fmt::format("the node refuses: {}: {}", refused.code(), refused.reason()));
    if (refused.code() != refused_in_use) {
        in_use_since_.reset();
        return;
    }
    in_use_since_ = in_use_since_.value_or(now());
    if (options_.on_in_use && now() - *in_use_since_ >= options_.times.in_use_max) {
        options_.on_in_use();
        in_use_since_ = now();
    }
}

void ClientWire::Impl::take_news(const v1::Block& block) {
    {
        const std::lock_guard lock(mutex_);
        moment_ = ChainMoment{
            .chain_id = chain_id_,
            .height = block.height(),
            .unix_ms = unix_ms(block.time()),
            .catching_up = block.catching_up(),
        };
    }
    tell_listener();
}

void ClientWire::Impl::handle_answer(const v1::ToWorker& message) {
    const std::lock_guard lock(mutex_);
    if (questions_.answer(message.request())) {
        auto call = calls_.extract(message.request());
        call.mapped().promise.set_value(message);
    }
}

void ClientWire::Impl::lose(std::string_view why) {
    bool was_open = false;
    const std::string reason(why);
    {
        const std::lock_guard lock(mutex_);
        was_open = std::exchange(is_open_, false);
        why_closed_ = reason;
        moment_.reset();
        fail_calls(questions_.clear(), "the session with the node is over: " + reason);
    }
    monitor_.close();
    socket_.close();
    session_.lost(now(), random_);
    logger().warn(
        was_open ? "the session with the node is over" : "there is no session with the node",
        {{"why", reason}, {"address", options_.address}}
    );
    if (was_open) {
        tell_listener();
    }
}

void ClientWire::Impl::tell_listener() {
    std::function<void()> listener;
    {
        const std::lock_guard lock(mutex_);
        listener = listener_;
    }
    if (listener && !is_stopping_) {
        listener();
    }
}

bool ClientWire::Impl::send(ByteView frame) {
    if (!socket_.send(zmq::buffer(frame.data(), frame.size()), zmq::send_flags::dontwait)) {
        lose("the node does not read");
        return false;
    }
    session_.sent(now());
    return true;
}

ClientWire::ClientWire(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}

ClientWire::~ClientWire() = default;

Result<std::unique_ptr<ClientWire>> ClientWire::start(
    LinkClient::Options options, const CurveKeyPair& key, const Clock& clock
) {
    if (!options.address.starts_with("tcp://") && !options.address.starts_with("ipc://")) {
        return invalid("\"{}\" is no address such as tcp://127.0.0.1:26670", options.address);
    }
    TRY_ASSIGN(auto wake, WakeSignal::make());
    return std::unique_ptr<ClientWire>(
        new ClientWire(std::make_unique<Impl>(std::move(options), key, clock, std::move(wake)))
    );
}

Result<void> ClientWire::ask(v1::ToNode& question, v1::ToWorker& answer) {
    return impl_->ask(question, answer);
}

std::optional<ChainMoment> ClientWire::moment() const {
    return impl_->moment();
}

void ClientWire::on_news(std::function<void()> listener) {
    impl_->on_news(std::move(listener));
}

}  // namespace steelyard::worker
