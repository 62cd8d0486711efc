// A config.toml that is read can be written and read again, with the same values.
#include "base/check.h"
#include "node/config/print.h"

using namespace steelyard;
using namespace steelyard::node;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto loaded = load_config({.file_name = "config.toml", .file_text = text});
    if (!loaded) {
        for (const char c : loaded.error().message()) {
            CHECK(c != '\n' && c != '\r');
        }
        return 0;
    }
    const auto again =
        load_config({.file_name = "config.toml", .file_text = print_config_file(loaded->config)});
    CHECK(again.has_value());
    for (const Option& option : options()) {
        CHECK(value_text(option, loaded->config) == value_text(option, again->config));
    }
    return 0;
}
