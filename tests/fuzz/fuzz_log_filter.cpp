// A filter that is read writes lines in which no value can end the line.
#include "base/check.h"
#include "base/log_line.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto filter = log::parse_filter(text)) {
        log::set_filter(*filter);
    }
    for (const log::Format format : {log::Format::plain, log::Format::json}) {
        const std::string line =
            log::format_line(format, {.message = text, .fields = {{"value", text}}});
        for (const char c : line) {
            CHECK(static_cast<std::uint8_t>(c) >= 0x20 && c != 0x7f);
        }
    }
    return 0;
}
