// The words that fault-injecting stores share.
#pragma once

#include "base/check.h"
#include "base/random.h"

namespace steelyard::test {

/// What happens at the chosen operation.
enum class Fault : std::uint8_t {
    io_error,   ///< it fails, perhaps half done; later operations work
    no_space,   ///< it and all later ones that need room fail, perhaps half done
    power_cut,  ///< it is torn, and everything after it fails until the restart
};

/// What a restart leaves of that which was never synced.
enum class Loss : std::uint8_t {
    none,    ///< all of it, as after a crash of the process alone
    seeded,  ///< a part of it that the seed chooses
    all,     ///< nothing
};

/// How many of `unsynced` bytes or batches, from the first on, a restart leaves.
inline std::uint64_t kept_of(std::uint64_t unsynced, Loss loss, RandomSource& random) {
    switch (loss) {
        case Loss::none:
            return unsynced;
        case Loss::seeded:
            return random.below(unsynced + 1);
        case Loss::all:
            return 0;
    }
    CHECK(false);
}

}  // namespace steelyard::test
