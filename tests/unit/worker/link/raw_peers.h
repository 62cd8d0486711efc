// Ends of the link that say what a test wants them to say.
#pragma once

#include "steelyard/worker/v1/link.pb.h"
#include "worker/link/curve_keys.h"
#include "worker/link/rules.h"

#include <gtest/gtest.h>
#include <zmq.hpp>

#include <atomic>
#include <thread>

namespace steelyard::worker {

/// A worker's socket without a worker behind it: it says what a test wants it to say.
class RawWorker {
public:
    RawWorker(const std::string& address, const CurveKey& node, const CurveKeyPair& key)
        : socket_(context_, zmq::socket_type::dealer) {
        const auto bytes = [](ByteView view) {
            return zmq::const_buffer(view.data(), view.size());
        };
        socket_.set(zmq::sockopt::linger, 0);
        socket_.set(zmq::sockopt::rcvtimeo, 20'000);
        socket_.set(zmq::sockopt::sndtimeo, 20'000);
        socket_.set(zmq::sockopt::curve_serverkey, bytes(node));
        socket_.set(zmq::sockopt::curve_publickey, bytes(key.public_key));
        socket_.set(zmq::sockopt::curve_secretkey, bytes(key.secret_key.view()));
        socket_.connect(address);
    }

    bool send(std::string_view frame) {
        return socket_.send(zmq::buffer(frame), zmq::send_flags::none).has_value();
    }
    bool send_two_frames() {
        return socket_.send(zmq::str_buffer("a"), zmq::send_flags::sndmore) && send("b");
    }
    void hello(std::uint32_t version = link_version) {
        v1::ToNode message;
        message.set_request(1);
        message.mutable_hello()->set_version(version);
        ASSERT_TRUE(send(message.SerializeAsString()));
    }

    /// The next message that is no heartbeat; empty if nothing comes.
    v1::ToWorker read() {
        v1::ToWorker message;
        zmq::message_t frame;
        do {
            message.Clear();
            if (!socket_.recv(frame)) {
                return {};
            }
            EXPECT_TRUE(message.ParseFromArray(frame.data(), static_cast<int>(frame.size())));
        } while (message.has_heartbeat());
        return message;
    }

private:
    zmq::context_t context_{1};
    zmq::socket_t socket_;
};

/// A node's socket without a node: it welcomes with some version, or not at all, and is silent
/// then.
class RawNode {
public:
    RawNode(const CurveKeyPair& key, std::uint32_t version)
        : socket_(context_, zmq::socket_type::router), version_(version) {
        const auto secret = key.secret_key.view();
        socket_.set(zmq::sockopt::linger, 0);
        socket_.set(zmq::sockopt::rcvtimeo, 10);
        socket_.set(zmq::sockopt::curve_server, true);
        socket_.set(zmq::sockopt::curve_secretkey, zmq::const_buffer(secret.data(), secret.size()));
        socket_.bind("tcp://127.0.0.1:*");
        address_ = socket_.get(zmq::sockopt::last_endpoint);
        thread_ = std::thread([this] { run(); });
    }
    ~RawNode() {
        is_stopping_ = true;
        thread_.join();
    }

    const std::string& address() const { return address_; }
    int welcomes() const { return welcomes_; }

private:
    void run() {
        while (!is_stopping_) {
            zmq::message_t route;
            zmq::message_t frame;
            v1::ToNode message;
            if (!socket_.recv(route) || !socket_.recv(frame) ||
                !message.ParseFromArray(frame.data(), static_cast<int>(frame.size())) ||
                !message.has_hello()) {
                continue;
            }
            v1::ToWorker welcome;
            welcome.set_request(message.request());
            welcome.mutable_welcome()->set_version(version_);
            const std::string text = welcome.SerializeAsString();
            socket_.send(route, zmq::send_flags::sndmore);
            socket_.send(zmq::buffer(text), zmq::send_flags::none);
            ++welcomes_;
        }
    }

    zmq::context_t context_{1};
    zmq::socket_t socket_;
    std::uint32_t version_;
    std::string address_;
    std::atomic<bool> is_stopping_ = false;
    std::atomic<int> welcomes_ = 0;
    std::thread thread_;
};

}  // namespace steelyard::worker
