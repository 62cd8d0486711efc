// What `doctor` looks at.
#pragma once

#include "bin/steelyardd/home.h"

namespace steelyard::daemon {

enum class Verdict : std::uint8_t {
    fine,
    doubtful,  ///< the node runs, but not as well as it could
    bad,       ///< the node does not start, or must not
};

std::string_view to_string(Verdict verdict);

struct Finding {
    std::string check;
    Verdict verdict = Verdict::fine;
    std::string actual{};
    std::string required{};
    std::string fix{};  ///< empty if all is fine
};

/// Of the home, and of the machine. Changes nothing but a file that it writes and removes.
std::vector<Finding> check_up(const Context& context);

/// Those of the machine alone.
std::vector<Finding> check_machine(const node::Config& config, bool is_running);

}  // namespace steelyard::daemon
