// IoThread: the one thread that all sockets and timers of the peers live on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace steelyard::p2p {

/// Runs tasks on an IoThread. May outlive it, then drops them. Thread-safe.
class TaskPoster {
public:
    virtual ~TaskPoster() = default;

    /// Runs the task soon, never inside this call.
    virtual void post(std::function<void()> task) = 0;
};

/// A thread with an event loop. Objects that use it are made, called and destroyed on it or while
/// it does not run, but for what they say is thread-safe.
class IoThread {
public:
    IoThread();
    ~IoThread();  ///< stops
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    /// Begins to run tasks. Once.
    void start();

    /// Ends the loop after the task at hand and joins the thread; tasks and events that wait are
    /// never run. Not from on the thread.
    void stop();

    /// Whether the caller may touch what lives here: it is on the thread, or the thread is not
    /// running.
    bool is_safe_here() const;

    /// Thread-safe.
    void post(std::function<void()> task) { poster()->post(std::move(task)); }
    const std::shared_ptr<TaskPoster>& poster() const;

    /// A time that never goes back.
    static std::chrono::nanoseconds now();

    /// For the files that bring sockets.
    boost::asio::io_context& context();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A timer of an IoThread, to be used on it.
class IoTimer {
public:
    explicit IoTimer(IoThread& thread);
    ~IoTimer();  ///< cancels
    IoTimer(const IoTimer&) = delete;
    IoTimer& operator=(const IoTimer&) = delete;

    /// Calls once after the delay, instead of what was to be called until now.
    void start(std::chrono::nanoseconds delay, std::function<void()> task);

    /// What was to be called is not called any more.
    void cancel();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace steelyard::p2p
