// WakeSignal: wakes a thread that waits for sockets.
#pragma once

#include "files/posix_calls.h"

namespace steelyard::worker {

/// A descriptor that is readable from `set` until `clear`. Thread-safe.
class WakeSignal {
public:
    static Result<WakeSignal> make();

    int descriptor() const { return descriptor_.number(); }
    void set();
    void clear();

private:
    explicit WakeSignal(int descriptor) : descriptor_(descriptor) {}

    files::Descriptor descriptor_;
};

}  // namespace steelyard::worker
