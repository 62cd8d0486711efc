// PathTemplate: which paths a route takes, and which parts of them are parameters.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard::rest {

/// The most segments of a path.
inline constexpr std::size_t segments_max = 32;

/// The decoded parts of a path between its slashes: "/a/b%2Fc" has "a" and "b/c". Errors: it does
/// not begin with a slash, has too many segments, or an escape that is none.
Result<std::vector<std::string>> split_path(std::string_view path);

/// A part of a path that a template names.
struct PathParameter {
    std::string_view field{};
    std::string value{};
};

/// "/accounts/{address}/by_denom": literals, parameters of one segment, and as the last segment
/// "{denom=**}", which takes all that is left.
class PathTemplate {
public:
    /// A text that is no template is a programmer error. It outlives the template.
    explicit PathTemplate(std::string_view text);

    /// Nothing: the path is another one.
    std::optional<std::vector<PathParameter>> match(const std::vector<std::string>& segments) const;

    /// The fields, in the order of the path.
    std::vector<std::string_view> fields() const;

private:
    struct Segment {
        std::string_view text;
        bool is_field;
    };

    std::vector<Segment> segments_{};
    bool takes_rest_ = false;
};

}  // namespace steelyard::rest
