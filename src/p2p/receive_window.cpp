#include "p2p/receive_window.h"

namespace steelyard::p2p {

class ReceiveWindow::Credit {
public:
    Credit(std::shared_ptr<ReceiveWindow> window, std::size_t size)
        : window_(std::move(window)), size_(size) {}
    ~Credit() { window_->give_back(size_); }
    Credit(const Credit&) = delete;
    Credit& operator=(const Credit&) = delete;

private:
    std::shared_ptr<ReceiveWindow> window_;
    std::size_t size_;
};

ReceiveCredit ReceiveWindow::take(std::size_t message_size) {
    const std::size_t size = message_size + message_overhead;
    unhandled_ += size;
    return std::make_shared<Credit>(shared_from_this(), size);
}

bool ReceiveWindow::stall() {
    if (unhandled_ < limit_) {
        return false;
    }
    stalled_ = true;
    // A credit that came back in between has not seen the stall. Whoever clears it goes on.
    return unhandled_ > limit_ / 2 || !stalled_.exchange(false);
}

void ReceiveWindow::give_back(std::size_t size) {
    if ((unhandled_ -= size) <= limit_ / 2 && stalled_.exchange(false)) {
        resume_();
    }
}

}  // namespace steelyard::p2p
