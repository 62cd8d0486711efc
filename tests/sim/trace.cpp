#include "tests/sim/trace.h"

#include "tests/sim/keyed_hash.h"

#include <fmt/core.h>

namespace steelyard::sim {

std::string_view to_string(Happening happening) {
    switch (happening) {
        case Happening::started:
            return "started";
        case Happening::crashed:
            return "crashed";
        case Happening::paused:
            return "paused";
        case Happening::sent:
            return "sent";
        case Happening::delivered:
            return "delivered";
        case Happening::dropped:
            return "dropped";
        case Happening::timeout:
            return "timeout";
        case Happening::committed:
            return "committed";
        case Happening::reported:
            return "reported";
        case Happening::refused:
            return "refused";
        case Happening::omitted:
            return "omitted";
        case Happening::conflict:
            return "conflict";
        case Happening::partitioned:
            return "partitioned";
        case Happening::clogged:
            return "clogged";
        case Happening::mended:
            return "mended";
        case Happening::healed:
            return "healed";
        case Happening::failed:
            return "failed";
    }
    CHECK(false);
}

void Trace::add(Time when, NodeIndex node, Happening happening, ByteView bytes) {
    const auto time = static_cast<std::uint64_t>(when.count());
    const auto what = std::uint64_t{node} << 8 | static_cast<std::uint64_t>(happening);
    hash_ = keyed_hash(hash_ ^ time, what, bytes);
    ++length_;
}

void Trace::print(Time when, NodeIndex node, Happening happening, std::string_view text) const {
    const auto milliseconds = when.count() / 1'000'000;
    fmt::print(
        "{:>6}.{:03} node {} {:<11} {}\n",
        milliseconds / 1'000,
        milliseconds % 1'000,
        node,
        to_string(happening),
        text
    );
}

}  // namespace steelyard::sim
