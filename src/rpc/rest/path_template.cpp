#include "rpc/rest/path_template.h"

#include "base/check.h"
#include "base/hex.h"

namespace steelyard::rest {
namespace {

Result<std::string> unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        std::uint8_t byte = 0;
        if (!from_hex(text.substr(i + 1, 2), std::span(&byte, 1))) {
            return invalid("invalid URL escape \"{}\"", text.substr(i, 3));
        }
        out += static_cast<char>(byte);
        i += 2;
    }
    return out;
}

}  // namespace

Result<std::vector<std::string>> split_path(std::string_view path) {
    if (!path.starts_with('/')) {
        return invalid("the path \"{}\" does not begin with a slash", path.substr(0, 100));
    }
    std::vector<std::string> out;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        if (out.size() == segments_max) {
            return fail(ErrorCode::too_large, "the path has over {} segments", segments_max);
        }
        TRY_ASSIGN(std::string decoded, unescape(segment));
        out.push_back(std::move(decoded));
    }
    return out;
}

PathTemplate::PathTemplate(std::string_view text) {
    constexpr std::string_view rest_mark = "=**";
    CHECK(text.starts_with('/'));
    while (!text.empty()) {
        CHECK(!takes_rest_);
        text.remove_prefix(1);
        std::string_view segment = text.substr(0, text.find('/'));
        text.remove_prefix(segment.size());
        const bool is_field = segment.starts_with('{');
        if (is_field) {
            CHECK(segment.ends_with('}'));
            segment = segment.substr(1, segment.size() - 2);
            takes_rest_ = segment.ends_with(rest_mark);
            segment.remove_suffix(takes_rest_ ? rest_mark.size() : 0);
        }
        CHECK(!segment.empty());
        segments_.push_back({segment, is_field});
    }
}

std::optional<std::vector<PathParameter>> PathTemplate::match(
    const std::vector<std::string>& segments
) const {
    if (segments.size() < segments_.size() ||
        (segments.size() > segments_.size() && !takes_rest_)) {
        return std::nullopt;
    }
    std::vector<PathParameter> out;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        if (segments_[i].is_field) {
            out.push_back({segments_[i].text, segments[i]});
        } else if (segments_[i].text != segments[i]) {
            return std::nullopt;
        }
    }
    for (std::size_t i = segments_.size(); i < segments.size(); ++i) {
        out.back().value += '/' + segments[i];
    }
    return out;
}

std::vector<std::string_view> PathTemplate::fields() const {
    std::vector<std::string_view> out;
    for (const Segment& segment : segments_) {
        if (segment.is_field) {
            out.push_back(segment.text);
        }
    }
    return out;
}

}  // namespace steelyard::rest
