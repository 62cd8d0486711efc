#include "rpc/zmq_publisher.h"

#include <gtest/gtest.h>
#include <zmq.hpp>

#include <chrono>
#include <thread>

namespace steelyard::rpc {
namespace {

using namespace std::chrono_literals;
using Message = std::vector<std::string>;

class Subscriber {
public:
    Subscriber(const std::string& address, std::string_view prefix)
        : socket_(context_, zmq::socket_type::sub) {
        socket_.set(zmq::sockopt::rcvtimeo, 10'000);
        socket_.set(zmq::sockopt::linger, 0);
        socket_.set(zmq::sockopt::subscribe, std::string(prefix));
        socket_.connect(address);
    }

    /// All parts of the next message; none if nothing comes.
    Message read(std::chrono::milliseconds patience = 10s) {
        socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(patience.count()));
        Message parts;
        zmq::message_t part;
        do {
            if (!socket_.recv(part)) {
                return {};
            }
            parts.push_back(part.to_string());
        } while (part.more());
        return parts;
    }

private:
    zmq::context_t context_{1};
    zmq::socket_t socket_;
};

/// Publishes until the subscriber hears it: its subscription takes a moment to arrive.
Message first_heard(ZmqPublisher& publisher, Subscriber& subscriber) {
    for (int i = 0; i < 500; ++i) {
        publisher.publish(ZmqTopic::event, as_bytes("first"));
        const Message message = subscriber.read(20ms);
        if (!message.empty()) {
            return message;
        }
    }
    return {};
}

std::uint32_t number_of(const Message& message) {
    std::uint32_t number = 0;
    for (std::size_t i = 4; i > 0; --i) {
        number = number << 8 | static_cast<std::uint8_t>(message.at(2).at(i - 1));
    }
    return number;
}

TEST(ZmqPublisher, sends_topic_body_and_number) {
    auto publisher = ZmqPublisher::start({
        {.topic = ZmqTopic::event, .address = "tcp://127.0.0.1:*"},
    });
    ASSERT_TRUE(publisher) << publisher.error().message();
    Subscriber subscriber((*publisher)->addresses().at(0), "event");

    const Message first = first_heard(**publisher, subscriber);
    ASSERT_EQ(first.size(), 3U);
    EXPECT_EQ(first[0], "event");
    EXPECT_EQ(first[1], "first");
    EXPECT_EQ(first[2].size(), 4U);
    const std::uint32_t start = number_of(first);

    const Bytes body = {0, 1, 255};
    for (std::uint32_t i = 0; i < 300; ++i) {
        (*publisher)->publish(ZmqTopic::event, body);
    }
    for (std::uint32_t i = 0; i < 300; ++i) {
        const Message message = subscriber.read();
        ASSERT_EQ(message.size(), 3U);
        EXPECT_EQ(message[1], as_text(body));
        EXPECT_EQ(number_of(message), start + 1 + i);
    }
}

TEST(ZmqPublisher, counts_each_topic_on_its_own) {
    auto publisher = ZmqPublisher::start({
        {.topic = ZmqTopic::event, .address = "inproc://never-used"},
        {.topic = ZmqTopic::hash_tx, .address = "inproc://never-used"},
    });
    ASSERT_TRUE(publisher) << publisher.error().message();

    EXPECT_TRUE((*publisher)->publishes(ZmqTopic::event));
    EXPECT_FALSE((*publisher)->publishes(ZmqTopic::raw_block));
    (*publisher)->publish(ZmqTopic::event, {});
    (*publisher)->publish(ZmqTopic::raw_block, {});
    EXPECT_EQ((*publisher)->stats().published, 1U);
}

TEST(ZmqPublisher, does_not_wait_for_a_subscriber_that_does_not_read) {
    auto publisher =
        ZmqPublisher::start({{.topic = ZmqTopic::event, .address = "tcp://127.0.0.1:*"}}, 10);
    ASSERT_TRUE(publisher);
    Subscriber subscriber((*publisher)->addresses().at(0), "");
    ASSERT_FALSE(first_heard(**publisher, subscriber).empty());
    const Bytes body(100'000);

    for (int i = 0; i < 2000; ++i) {
        (*publisher)->publish(ZmqTopic::event, body);
    }

    // What it missed shows in the numbers.
    const Message next = subscriber.read();
    ASSERT_EQ(next.size(), 3U);
    EXPECT_EQ((*publisher)->stats().dropped, 0U);
}

TEST(ZmqPublisher, says_why_it_cannot_bind) {
    const auto result =
        ZmqPublisher::start({{.topic = ZmqTopic::event, .address = "tcp://256.0.0.1:1"}});

    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message().find("tcp://256.0.0.1:1"), std::string::npos);
}

TEST(ZmqTopic, has_one_name) {
    for (std::size_t i = 0; i < zmq_topic_count; ++i) {
        const auto topic = static_cast<ZmqTopic>(i);
        EXPECT_EQ(parse_zmq_topic(to_string(topic)), topic);
    }
    EXPECT_FALSE(parse_zmq_topic("sequence"));
}

}  // namespace
}  // namespace steelyard::rpc
