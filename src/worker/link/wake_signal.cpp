#include "worker/link/wake_signal.h"

#include <sys/eventfd.h>

namespace steelyard::worker {

Result<WakeSignal> WakeSignal::make() {
    const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0) {
        return files::system_error("eventfd", "open");
    }
    return WakeSignal(descriptor);
}

/// It fails only where the counter is full, and then it is readable.
void WakeSignal::set() {
    const std::uint64_t one = 1;
    (void)!::write(descriptor(), &one, sizeof one);
}

void WakeSignal::clear() {
    std::uint64_t count = 0;
    (void)!::read(descriptor(), &count, sizeof count);
}

}  // namespace steelyard::worker
