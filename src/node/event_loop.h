// EventLoop: one thread's work: tasks in the order in which they were posted, and timers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace steelyard::node {

/// Everything that belongs to one thread is done by the loop that this thread runs. It sleeps while
/// there is nothing to do.
class EventLoop {
public:
    using Task = std::move_only_function<void()>;

    /// Names a timer; never used again.
    using TimerId = std::uint64_t;

    /// `batch_interval`: the least time from the start of a batch to that of the next one. What is
    /// posted meanwhile waits, and wakes nobody: under load a thread that is woken for every task
    /// costs more than the tasks.
    explicit EventLoop(std::chrono::nanoseconds batch_interval = std::chrono::nanoseconds(0));
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Thread-safe. After `stop`, tasks are dropped. The queue has no bound of its own: whoever
    /// posts on behalf of a peer or client holds a credit, of which there are so many.
    void post(Task task);

    /// Posts the task and waits until it has run; false if the loop has stopped, or does not come
    /// to it in time. Not from the loop's own thread. What the task touches must outlive the loop.
    bool run_and_wait(Task task, std::chrono::milliseconds patience);

    // From the loop's own thread, or before `run`.

    /// Once, after at least so long.
    TimerId run_after(std::chrono::nanoseconds delay, Task task);
    void cancel(TimerId timer);

    /// Called after every batch of tasks and timers, before the loop may sleep.
    void set_after_batch(Task task) { after_batch_ = std::move(task); }

    /// Runs until `stop`. What was posted and not done by then is dropped.
    void run();

    /// Thread-safe; returns at once.
    void stop();

private:
    using Time = std::chrono::nanoseconds;

    struct Mailbox;

    bool run_timers();

    const std::chrono::nanoseconds batch_interval_;
    std::unique_ptr<Mailbox> mailbox_;
    std::map<std::pair<Time, TimerId>, Task> timers_;
    std::map<TimerId, Time> due_;  ///< of the timers that wait
    TimerId last_timer_ = 0;
    Task after_batch_{};
};

}  // namespace steelyard::node
