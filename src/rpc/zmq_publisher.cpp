#include "rpc/zmq_publisher.h"

#include "base/check.h"

#include <zmq.hpp>

#include <array>
#include <map>
#include <mutex>

namespace steelyard::rpc {
namespace {

constexpr std::array<std::string_view, zmq_topic_count> topic_names = {
    "hashblock", "rawblock", "hashtx", "rawtx", "event"
};

std::size_t index(ZmqTopic topic) {
    return static_cast<std::size_t>(topic);
}

}  // namespace

std::string_view to_string(ZmqTopic topic) {
    return topic_names[index(topic)];
}

Result<ZmqTopic> parse_zmq_topic(std::string_view name) {
    for (std::size_t i = 0; i < topic_names.size(); ++i) {
        if (topic_names[i] == name) {
            return static_cast<ZmqTopic>(i);
        }
    }
    return invalid("{} is no ZeroMQ topic", name);
}

class ZmqPublisher::Impl {
public:
    Result<void> bind(const ZmqBinding& binding, int high_water_mark) {
        try {
            auto found = sockets_.find(binding.address);
            if (found == sockets_.end()) {
                zmq::socket_t socket(context_, zmq::socket_type::pub);
                socket.set(zmq::sockopt::sndhwm, high_water_mark);
                socket.set(zmq::sockopt::linger, 0);
                socket.bind(binding.address);
                found = sockets_.emplace(binding.address, std::move(socket)).first;
            }
            outlets_[index(binding.topic)].push_back(&found->second);
            addresses_.push_back(found->second.get(zmq::sockopt::last_endpoint));
        } catch (const zmq::error_t& error) {
            return fail(
                ErrorCode::io, "cannot publish over ZeroMQ at {}: {}", binding.address, error.what()
            );
        }
        return {};
    }

    bool publishes(ZmqTopic topic) const { return !outlets_[index(topic)].empty(); }

    void publish(ZmqTopic topic, ByteView body) {
        const std::size_t place = index(topic);
        const std::lock_guard lock(mutex_);
        const std::uint32_t number = numbers_[place]++;
        std::array<std::uint8_t, 4> tail{};
        for (std::size_t i = 0; i < tail.size(); ++i) {
            tail[i] = static_cast<std::uint8_t>(number >> (8 * i));
        }
        for (zmq::socket_t* socket : outlets_[place]) {
            if (body.size() <= message_size_max && send(*socket, topic_names[place], body, tail)) {
                ++stats_.published;
            } else {
                ++stats_.dropped;
            }
        }
    }

    std::vector<std::string> addresses() const { return addresses_; }

    ZmqStats stats() const {
        const std::lock_guard lock(mutex_);
        return stats_;
    }

private:
    static bool send(zmq::socket_t& socket, std::string_view name, ByteView body, ByteView tail) {
        constexpr auto more = zmq::send_flags::sndmore | zmq::send_flags::dontwait;
        try {
            return socket.send(zmq::buffer(name), more) &&
                   socket.send(zmq::buffer(body.data(), body.size()), more) &&
                   socket.send(zmq::buffer(tail.data(), tail.size()), zmq::send_flags::dontwait);
        } catch (const zmq::error_t&) {
            return false;
        }
    }

    zmq::context_t context_{1};
    std::map<std::string, zmq::socket_t> sockets_{};  ///< by address
    std::array<std::vector<zmq::socket_t*>, zmq_topic_count> outlets_{};
    std::vector<std::string> addresses_{};

    mutable std::mutex mutex_{};  ///< a socket is used by one thread at a time
    std::array<std::uint32_t, zmq_topic_count> numbers_{};
    ZmqStats stats_{};
};

ZmqPublisher::ZmqPublisher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}

ZmqPublisher::~ZmqPublisher() = default;

Result<std::unique_ptr<ZmqPublisher>> ZmqPublisher::start(
    const std::vector<ZmqBinding>& bindings, int high_water_mark
) {
    auto impl = std::make_unique<Impl>();
    for (const ZmqBinding& binding : bindings) {
        TRY(impl->bind(binding, high_water_mark));
    }
    return std::unique_ptr<ZmqPublisher>(new ZmqPublisher(std::move(impl)));
}

bool ZmqPublisher::publishes(ZmqTopic topic) const {
    return impl_->publishes(topic);
}

void ZmqPublisher::publish(ZmqTopic topic, ByteView body) {
    impl_->publish(topic, body);
}

std::vector<std::string> ZmqPublisher::addresses() const {
    return impl_->addresses();
}

ZmqStats ZmqPublisher::stats() const {
    return impl_->stats();
}

}  // namespace steelyard::rpc
