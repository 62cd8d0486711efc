// TcpStream: a connected TCP socket on an IoThread.
#pragma once

#include "base/bytes.h"
#include "base/endpoint.h"
#include "p2p/io_thread.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace steelyard::p2p {

/// A connected TCP socket; who has this must close or hand on the descriptor.
struct OpenSocket {
    int descriptor = -1;
    bool is_ipv6 = false;
    Endpoint remote{};
    bool outbound = false;
};

/// Why nothing more can be read or written.
struct StreamFailure {
    bool hung_up = false;  ///< the peer closed the connection
    std::string message{};
};

/// To be used on the IoThread. One read and one write may be under way at a time.
class TcpStream {
public:
    /// How many bytes went; the failure is null if there was none.
    using Done = std::function<void(std::size_t size, const StreamFailure* failure)>;

    /// Takes the socket over, and sends without delay.
    TcpStream(IoThread& thread, const OpenSocket& socket);
    ~TcpStream();  ///< closes
    TcpStream(TcpStream&&) noexcept;
    TcpStream& operator=(TcpStream&&) noexcept = delete;

    /// Reads at least one byte into `room`, which must stay until `done` is called, never inside
    /// this call; also after `close`, with a failure.
    void read(std::span<std::uint8_t> room, Done done);

    /// As `read`, for writing all of the bytes.
    void write(ByteView bytes, Done done);

    /// Writes what goes without waiting; the rest is lost. Not while a write is under way.
    void write_at_once(ByteView bytes);

    /// Tells the peer that nothing more is sent.
    void shut_down_sending();

    void close();

    /// Takes the socket out, with nothing under way; nothing if that fails.
    std::optional<int> release();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::p2p
