#include "p2p/io_thread.h"

#include "base/check.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <pthread.h>
#include <mutex>
#include <thread>

namespace steelyard::p2p {
namespace {

namespace asio = boost::asio;

class ContextPoster final : public TaskPoster {
public:
    explicit ContextPoster(asio::io_context& context) : context_(&context) {}

    void post(std::function<void()> task) override {
        const std::lock_guard lock(mutex_);
        if (context_ != nullptr) {
            asio::post(*context_, std::move(task));
        }
    }

    void detach() {
        const std::lock_guard lock(mutex_);
        context_ = nullptr;
    }

private:
    std::mutex mutex_;
    asio::io_context* context_;
};

}  // namespace

struct IoThread::Impl {
    asio::io_context context{1};
    std::shared_ptr<ContextPoster> poster = std::make_shared<ContextPoster>(context);
    std::shared_ptr<TaskPoster> task_poster = poster;
    std::thread thread{};
};

IoThread::IoThread() : impl_(std::make_unique<Impl>()) {
}

IoThread::~IoThread() {
    stop();
}

void IoThread::start() {
    CHECK(!impl_->thread.joinable());
    impl_->thread = std::thread([&context = impl_->context] {
        ::pthread_setname_np(::pthread_self(), "p2p");
        const auto work = asio::make_work_guard(context);
        context.run();
    });
}

void IoThread::stop() {
    impl_->poster->detach();
    impl_->context.stop();
    if (impl_->thread.joinable()) {
        CHECK(impl_->thread.get_id() != std::this_thread::get_id());
        impl_->thread.join();
    }
}

bool IoThread::is_safe_here() const {
    return !impl_->thread.joinable() || impl_->thread.get_id() == std::this_thread::get_id();
}

const std::shared_ptr<TaskPoster>& IoThread::poster() const {
    return impl_->task_poster;
}

std::chrono::nanoseconds IoThread::now() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

asio::io_context& IoThread::context() {
    return impl_->context;
}

struct IoTimer::Impl {
    explicit Impl(asio::io_context& context) : timer(context) {}

    asio::steady_timer timer;
    std::uint64_t generation = 0;  ///< of the task; an older one that is about to run is stale
    std::function<void()> task{};
};

IoTimer::IoTimer(IoThread& thread) : impl_(std::make_shared<Impl>(thread.context())) {
}

IoTimer::~IoTimer() {
    cancel();
}

void IoTimer::start(std::chrono::nanoseconds delay, std::function<void()> task) {
    impl_->task = std::move(task);
    const std::uint64_t generation = ++impl_->generation;
    impl_->timer.expires_after(delay);
    impl_->timer.async_wait([impl = impl_, generation](const boost::system::error_code&) {
        if (impl->generation == generation && impl->task) {
            std::exchange(impl->task, nullptr)();
        }
    });
}

void IoTimer::cancel() {
    ++impl_->generation;
    impl_->task = nullptr;
    impl_->timer.cancel();
}

}  // namespace steelyard::p2p
