// CHECK: programmer errors end the process, in every build.
#pragma once

namespace steelyard {

/// Prints the failed condition and where it stands, then aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace steelyard

/// Ends the process unless `condition` holds. For broken invariants only; bad input is a Result.
#define CHECK(condition)                                               \
    do {                                                               \
        if (!(condition)) [[unlikely]] {                               \
            ::steelyard::check_failed(#condition, __FILE__, __LINE__); \
        }                                                              \
    } while (false)
