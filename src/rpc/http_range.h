// Headers that name a part of a body or a version of it (RFC 9110, sections 8.8.3, 13 and 14).
#pragma once

#include "base/result.h"

namespace steelyard::rpc {

/// What a Range header asks of a body.
struct AskedRange {
    enum class Kind : std::uint8_t {
        whole,          ///< no range, or none that is served: several, another unit, malformed
        part,           ///< the bytes below
        unsatisfiable,  ///< begins behind the end
    };
    Kind kind = Kind::whole;
    std::uint64_t first = 0;
    std::uint64_t size = 0;  ///< at least 1 of a part

    bool operator==(const AskedRange&) const = default;
};

/// "bytes=A-B", "bytes=A-" or "bytes=-N" of a body of `body_size` bytes.
AskedRange parse_range(std::string_view header, std::uint64_t body_size);

/// A piece of something larger.
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t size = 0;   ///< at least 1
    std::uint64_t whole = 0;  ///< first + size at least

    bool operator==(const ContentRange&) const = default;
};

/// "bytes A-B/SIZE", with A <= B < SIZE. Errors: anything else, also a size that is not told.
Result<ContentRange> parse_content_range(std::string_view header);

/// Whether the list of an If-None-Match has the tag, which is in quotes; "*" has every one. Weak
/// tags count, as that header's rule is.
bool names_tag(std::string_view header, std::string_view tag);

}  // namespace steelyard::rpc
