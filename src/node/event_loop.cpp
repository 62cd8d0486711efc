#include "node/event_loop.h"

#include "base/check.h"

#include <condition_variable>
#include <future>
#include <utility>

namespace steelyard::node {
namespace {

std::chrono::nanoseconds steady_now() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace

struct EventLoop::Mailbox {
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<Task> tasks;
    bool is_sleeping = false;
    bool is_stopped = false;
};

EventLoop::EventLoop(std::chrono::nanoseconds batch_interval)
    : batch_interval_(batch_interval), mailbox_(std::make_unique<Mailbox>()) {
}

EventLoop::~EventLoop() = default;

void EventLoop::post(Task task) {
    bool must_wake = false;
    {
        const std::lock_guard lock(mailbox_->mutex);
        if (mailbox_->is_stopped) {
            return;
        }
        mailbox_->tasks.push_back(std::move(task));
        must_wake = std::exchange(mailbox_->is_sleeping, false);
    }
    if (must_wake) {
        mailbox_->wake.notify_one();
    }
}

bool EventLoop::run_and_wait(Task task, std::chrono::milliseconds patience) {
    // Shared, as the waiter may lose patience first; dropped by the loop, it breaks the promise.
    auto done = std::make_shared<std::promise<void>>();
    auto future = done->get_future();
    post([task = std::move(task), done = std::move(done)]() mutable {
        task();
        done->set_value();
    });
    if (future.wait_for(patience) != std::future_status::ready) {
        return false;
    }
    try {
        future.get();
        return true;
    } catch (const std::future_error&) {
        return false;
    }
}

EventLoop::TimerId EventLoop::run_after(Time delay, Task task) {
    const TimerId timer = ++last_timer_;
    const Time due = steady_now() + delay;
    due_.emplace(timer, due);
    timers_.emplace(std::pair(due, timer), std::move(task));
    return timer;
}

void EventLoop::cancel(TimerId timer) {
    if (const auto entry = due_.find(timer); entry != due_.end()) {
        timers_.erase({entry->second, timer});
        due_.erase(entry);
    }
}

/// Those that are due now; timers that these set wait for the next turn.
bool EventLoop::run_timers() {
    if (timers_.empty()) {
        return false;
    }
    const Time now = steady_now();
    std::vector<TimerId> due;
    for (const auto& [key, task] : timers_) {
        if (key.first > now) {
            break;
        }
        due.push_back(key.second);
    }
    for (const TimerId timer : due) {
        const auto entry = due_.find(timer);
        if (entry == due_.end()) {
            continue;  // cancelled by an earlier one
        }
        auto node = timers_.extract({entry->second, timer});
        due_.erase(entry);
        node.mapped()();
    }
    return !due.empty();
}

void EventLoop::run() {
    Mailbox& mailbox = *mailbox_;
    std::vector<Task> batch;
    std::unique_lock lock(mailbox.mutex);
    while (!mailbox.is_stopped) {
        const auto began = std::chrono::steady_clock::now();
        batch.swap(mailbox.tasks);
        lock.unlock();
        for (Task& task : batch) {
            task();
        }
        const bool was_busy = !batch.empty();
        batch.clear();
        const bool was_due = run_timers();
        if ((was_busy || was_due) && after_batch_) {
            after_batch_();
        }
        lock.lock();
        if (was_busy && batch_interval_ > Time(0)) {
            mailbox.wake.wait_until(lock, began + batch_interval_, [&] {
                return mailbox.is_stopped;
            });
        }
        if (!mailbox.tasks.empty() || mailbox.is_stopped) {
            continue;
        }
        mailbox.is_sleeping = true;
        if (timers_.empty()) {
            mailbox.wake.wait(lock, [&] { return !mailbox.is_sleeping; });
        } else {
            const std::chrono::steady_clock::time_point due(timers_.begin()->first.first);
            mailbox.wake.wait_until(lock, due, [&] { return !mailbox.is_sleeping; });
            mailbox.is_sleeping = false;
        }
    }
    batch.swap(mailbox.tasks);
    lock.unlock();
    batch.clear();  // outside of the lock, as dropping a task may post
}

void EventLoop::stop() {
    {
        const std::lock_guard lock(mailbox_->mutex);
        mailbox_->is_stopped = true;
        mailbox_->is_sleeping = false;
    }
    mailbox_->wake.notify_one();
}

}  // namespace steelyard::node
