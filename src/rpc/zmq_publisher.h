// ZmqPublisher: new blocks, transactions and events over ZeroMQ, in the manner of bitcoind.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <vector>

namespace steelyard::rpc {

/// What is published. A message has three parts: the topic's name, the body, and how many of that
/// topic came before, as 32 bits little-endian, so that a subscriber sees what it missed.
enum class ZmqTopic : std::uint8_t {
    hash_block,  ///< "hashblock": the block's hash
    raw_block,   ///< "rawblock": the block in protobuf
    hash_tx,     ///< "hashtx": SHA-256 of the transaction
    raw_tx,      ///< "rawtx": the transaction
    event,       ///< "event": the JSON that a WebSocket subscriber gets as data
};
inline constexpr std::size_t zmq_topic_count = 5;

std::string_view to_string(ZmqTopic topic);
Result<ZmqTopic> parse_zmq_topic(std::string_view name);

struct ZmqBinding {
    ZmqTopic topic{};
    std::string address{};  ///< "tcp://127.0.0.1:28332"; port *: any free one
};

struct ZmqStats {
    std::uint64_t published = 0;
    std::uint64_t dropped = 0;  ///< failed to be queued
};

/// PUB sockets, one for each address. Thread-safe; never blocks: a subscriber that is over its
/// high-water mark misses messages.
class ZmqPublisher {
public:
    static constexpr std::size_t message_size_max = 128 * 1024 * 1024;

    static Result<std::unique_ptr<ZmqPublisher>> start(
        const std::vector<ZmqBinding>& bindings, int high_water_mark = 1000
    );
    ~ZmqPublisher();

    /// Whether somebody may listen; if not, the caller need not make the body.
    bool publishes(ZmqTopic topic) const;

    void publish(ZmqTopic topic, ByteView body);

    /// As bound, one for each binding.
    std::vector<std::string> addresses() const;

    ZmqStats stats() const;

private:
    class Impl;
    explicit ZmqPublisher(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::rpc
