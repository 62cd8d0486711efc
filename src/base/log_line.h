// One line of a log as text.
#pragma once

#include "base/log.h"

namespace steelyard::log {

struct Record {
    std::chrono::sys_time<std::chrono::milliseconds> at{};
    Level level = Level::info;
    std::string_view module{};
    std::string_view message{};
    Fields fields{};
};

/// Without a line break. Printable whatever the values hold.
std::string format_line(Format format, const Record& record);

}  // namespace steelyard::log
