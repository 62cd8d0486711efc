#include "node/config/toml_text.h"

#include "base/quoted.h"

namespace steelyard::node {

std::string toml_text(std::string_view text) {
    return in_quotes(text);
}

std::string toml_list(const std::vector<std::string>& list) {
    std::string out = "[";
    for (const std::string& entry : list) {
        out += out.size() == 1 ? "" : ", ";
        out += toml_text(entry);
    }
    return out + "]";
}

std::vector<std::string> split_at_commas(std::string_view text) {
    const auto trimmed = [](std::string_view part) {
        while (part.starts_with(' ')) {
            part.remove_prefix(1);
        }
        while (part.ends_with(' ')) {
            part.remove_suffix(1);
        }
        return std::string(part);
    };
    std::vector<std::string> out;
    if (trimmed(text).empty()) {
        return out;
    }
    while (true) {
        const std::size_t comma = text.find(',');
        out.push_back(trimmed(text.substr(0, comma)));
        if (comma == text.npos) {
            return out;
        }
        text.remove_prefix(comma + 1);
    }
}

}  // namespace steelyard::node
