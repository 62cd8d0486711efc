// ReceiveWindow: how much of a peer waits unhandled, and when its socket is read again.
#pragma once

#include "p2p/reactor.h"

#include <atomic>
#include <functional>
#include <memory>

namespace steelyard::p2p {

/// Shared by a connection and the credits that are out, which may outlive it. Thread-safe.
class ReceiveWindow : public std::enable_shared_from_this<ReceiveWindow> {
public:
    /// `resume` is called, on whatever thread gives a credit back, when half of the limit is free
    /// again after a stall.
    ReceiveWindow(std::size_t limit, std::function<void()> resume)
        : limit_(limit), resume_(std::move(resume)) {}

    /// What a message costs beside its bytes, so that a flood of tiny ones is bounded as well.
    static constexpr std::size_t message_overhead = 128;

    /// Takes the room of a message, over the limit if need be.
    ReceiveCredit take(std::size_t message_size);

    /// Whether the window is full, and `resume` will be called.
    bool stall();

    std::size_t unhandled() const { return unhandled_.load(); }

private:
    class Credit;

    void give_back(std::size_t size);

    const std::size_t limit_;
    const std::function<void()> resume_;
    std::atomic<std::size_t> unhandled_ = 0;
    std::atomic<bool> stalled_ = false;
};

}  // namespace steelyard::p2p
