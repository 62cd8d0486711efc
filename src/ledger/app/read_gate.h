// ReadGate: lets many readers in, or nobody.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace steelyard::ledger {

/// As a shared mutex, except that another thread may open it than has closed it: the state is
/// changed by one method of the application and committed by another. Thread-safe.
class ReadGate {
public:
    /// A reader's stay. The gate outlives it.
    class Pass {
    public:
        explicit Pass(ReadGate& gate) : gate_(&gate) {}
        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        Pass& operator=(Pass&&) = delete;
        ~Pass() {
            if (gate_ != nullptr) {
                gate_->leave();
            }
        }

    private:
        ReadGate* gate_;
    };

    /// Waits while the gate is closed, but not longer than `patience`: then there is no pass, since
    /// whoever closed it will not come back.
    std::optional<Pass> enter(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [this] { return !closed_; })) {
            return std::nullopt;
        }
        ++readers_;
        return Pass(*this);
    }

    /// Lets nobody in any more, and waits until all have left. It must be open.
    void close() {
        std::unique_lock lock(mutex_);
        closed_ = true;
        changed_.wait(lock, [this] { return readers_ == 0; });
    }

    void open() {
        const std::lock_guard lock(mutex_);
        closed_ = false;
        changed_.notify_all();
    }

private:
    void leave() {
        const std::lock_guard lock(mutex_);
        if (--readers_ == 0) {
            changed_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    int readers_ = 0;
    bool closed_ = false;
};

}  // namespace steelyard::ledger
