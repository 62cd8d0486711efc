// A worker's config.toml that is read can be written and read again, with the same values; what is
// refused is refused in one line.
#include "base/bytes.h"
#include "base/check.h"
#include "bin/steelyard-worker/settings.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto settings =
        worker_program::parse_settings(as_text(ByteView(data, size)), "config.toml");
    if (!settings) {
        CHECK(settings.error().message().starts_with("config.toml"));
        CHECK(settings.error().message().find_first_of("\r\n") == std::string::npos);
        return 0;
    }
    const auto again =
        worker_program::parse_settings(worker_program::print_settings(*settings), "printed");
    CHECK(again.has_value());
    CHECK(*again == *settings);
    return 0;
}
