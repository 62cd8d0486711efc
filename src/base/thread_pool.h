// ThreadPool: a few threads for work that computes and waits for nothing, such as signatures.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace steelyard {

/// A fixed number of threads that take tasks in the order in which they came. With no threads
/// everything runs at once on the caller's, which makes tests and simulations deterministic.
/// Tasks must not throw.
class ThreadPool {
public:
    explicit ThreadPool(std::size_t threads);

    /// Waits until all tasks are done.
    ~ThreadPool();

    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    std::size_t thread_count() const { return thread_count_; }

    /// Runs the task later on one of the threads. The queue is not bounded: whoever submits counts
    /// what it has under way.
    void submit(std::function<void()> task);

    /// Calls `body` once with each number below `count`, on the threads and on the caller's, and
    /// returns when all are done. The caller works itself, so a busy pool, or a call from within a
    /// task, is slow at worst.
    void parallel_for(std::size_t count, const std::function<void(std::size_t index)>& body);

private:
    class Impl;

    std::size_t thread_count_;
    std::unique_ptr<Impl> impl_;  ///< nothing: no threads
};

}  // namespace steelyard
