#include "base/thread_pool.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace steelyard {

class ThreadPool::Impl {
public:
    explicit Impl(std::size_t threads) {
        for (std::size_t i = 0; i < threads; ++i) {
            threads_.emplace_back([this] { work(); });
        }
    }

    ~Impl() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }

    void submit(std::function<void()> task) {
        {
            const std::lock_guard lock(mutex_);
            tasks_.push_back(std::move(task));
        }
        wake_.notify_one();
    }

private:
    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
            if (tasks_.empty()) {
                return;
            }
            const auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

ThreadPool::ThreadPool(std::size_t threads)
    : thread_count_(threads), impl_(threads == 0 ? nullptr : std::make_unique<Impl>(threads)) {
}

ThreadPool::~ThreadPool() = default;

void ThreadPool::submit(std::function<void()> task) {
    if (impl_) {
        impl_->submit(std::move(task));
    } else {
        task();
    }
}

namespace {

/// What the threads of one parallel_for share. A helper may come when all is done and the caller
/// has left: it finds no number to take, and never touches the body.
struct Loop {
    const std::size_t count;
    const std::function<void(std::size_t)>& body;
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> done = 0;

    void work() {
        for (std::size_t index = next++; index < count; index = next++) {
            body(index);
            if (++done == count) {
                done.notify_all();
            }
        }
    }
};

}  // namespace

void ThreadPool::parallel_for(
    std::size_t count, const std::function<void(std::size_t index)>& body
) {
    const auto loop = std::make_shared<Loop>(count, body);
    const std::size_t helpers = count < 2 ? 0 : std::min(thread_count_, count - 1);
    for (std::size_t i = 0; i < helpers; ++i) {
        impl_->submit([loop] { loop->work(); });
    }
    loop->work();
    for (std::size_t done = loop->done; done < count; done = loop->done) {
        loop->done.wait(done);
    }
}

}  // namespace steelyard
