// TcpProxy: a link between two nodes that can be slow, broken or hostile.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace steelyard::test {

/// What happens to a sealed frame (1044 bytes; the handshake before the first one is 35 bytes).
enum class FrameFault : std::uint8_t {
    corrupt,     ///< one bit of it is flipped
    omit,        ///< it does not arrive
    duplicate,   ///< it arrives twice
    swap,        ///< it arrives after the next one
    cut,         ///< half of it arrives, then the connection ends
    half_close,  ///< it arrives, and nothing more, as the sender's side had closed; the other way
                 ///< goes on
};

/// Which way of a connection.
enum class Way : std::uint8_t {
    both,
    there,  ///< from who dialled
    back,
};

/// Listens on a free port of loopback and passes each connection on to another local port, in whole
/// frames. One thread of its own; every function may be called at any time, from any thread.
class TcpProxy {
public:
    explicit TcpProxy(std::uint16_t target_port);
    ~TcpProxy();  ///< ends all connections
    TcpProxy(const TcpProxy&) = delete;
    TcpProxy& operator=(const TcpProxy&) = delete;

    std::uint16_t port() const;

    /// How long bytes take, in each direction, and how much longer at most: drawn anew for each
    /// read, in order all the same. For what comes from now on.
    void set_delay(std::chrono::milliseconds delay, std::chrono::milliseconds jitter = {});

    /// While on, bytes are handed on one at a time.
    void set_trickling(bool trickling);

    /// While on, frames are taken and lost; both ends think the link stands.
    void set_swallowing(Way way, bool swallowing);

    /// While stalled, connections stand and nothing gets through; nothing is lost either.
    void set_stalled(bool stalled);

    /// Down: connections are reset, and new ones as soon as they are made.
    void set_up(bool up);

    /// Applies once to each connection that stands, to the next frame on this way.
    void inject(FrameFault fault, Way way = Way::both);

    /// How many connections were taken on so far, and how many stand.
    std::uint64_t accepted() const;
    std::uint64_t open() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::test
