#include "node/config/toml_file.h"

#include "node/config/load.h"
#include "node/config/toml_text.h"

#include <toml++/toml.h>

#include <algorithm>

namespace steelyard::node {

namespace {

Result<toml::table> parse_table(std::string_view text, std::string_view file_name) {
    if (text.size() > config_file_size_max) {
        return fail(
            ErrorCode::too_large,
            "{}: {} bytes are over {}",
            file_name,
            text.size(),
            config_file_size_max
        );
    }
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        // The library quotes the file in its messages; a line break there must not leave the line.
        std::string what(error.description());
        std::ranges::replace_if(what, [](char c) { return c < ' ' || c == 0x7f; }, ' ');
        return invalid("{}:{}: {}", file_name, error.source().begin.line, what);
    }
}

/// Nothing for a kind of value that no option has.
std::optional<OptionValue> value_of(const toml::node& node) {
    if (const auto* flag = node.as_boolean()) {
        return flag->get();
    }
    if (const auto* number = node.as_integer()) {
        return number->get();
    }
    if (const auto* text = node.as_string()) {
        return text->get();
    }
    if (const auto* array = node.as_array()) {
        std::vector<std::string> list;
        for (const toml::node& entry : *array) {
            const auto* text = entry.as_string();
            if (text == nullptr) {
                return std::nullopt;
            }
            list.push_back(text->get());
        }
        return list;
    }
    return std::nullopt;
}

Result<void> gather(
    const toml::table& table,
    const std::string& prefix,
    std::string_view file_name,
    std::vector<TomlEntry>& out
) {
    for (const auto& [key, node] : table) {
        const std::string full_name = prefix + std::string(key.str());
        const std::int64_t line = key.source().begin.line;
        if (const auto* inner = node.as_table()) {
            if (prefix.empty() && is_section(full_name)) {
                TRY(gather(*inner, full_name + ".", file_name, out));
            } else {
                out.push_back({.full_name = full_name, .value = false, .line = line});
            }
            continue;
        }
        auto value = value_of(node);
        if (!value) {
            return invalid(
                "{}:{}: {} is neither a boolean, an integer, a text nor a list of texts",
                file_name,
                line,
                toml_text(full_name)
            );
        }
        out.push_back({.full_name = full_name, .value = *std::move(value), .line = line});
    }
    return {};
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.emplace_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    if (!lines.empty() && !lines.back().ends_with('\n')) {
        lines.back() += '\n';
    }
    return lines;
}

/// The key of a line "key = value", or what is in the brackets of a "[section]"; else empty.
std::string_view key_of(std::string_view line) {
    const auto trimmed = [](std::string_view part) {
        const std::size_t begin = part.find_first_not_of(" \t");
        const std::size_t end = part.find_last_not_of(" \t");
        return begin == part.npos ? std::string_view{} : part.substr(begin, end - begin + 1);
    };
    if (const std::size_t open = line.find_first_not_of(" \t");
        open != line.npos && line[open] == '[') {
        const std::size_t close = line.find(']');
        return close == line.npos ? std::string_view{}
                                  : trimmed(line.substr(open + 1, close - open - 1));
    }
    const std::size_t equals = line.find('=');
    return equals == line.npos ? std::string_view{} : trimmed(line.substr(0, equals));
}

bool opens_section(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t");
    return first != line.npos && line[first] == '[';
}

/// Where the option's section begins and ends among the lines; nothing if there is no such section.
std::optional<std::pair<std::size_t, std::size_t>> section_lines(
    const std::vector<std::string>& lines, std::string_view section
) {
    std::size_t begin = 0;
    if (!section.empty()) {
        while (begin < lines.size() &&
               !(opens_section(lines[begin]) && key_of(lines[begin]) == section)) {
            ++begin;
        }
        if (begin++ == lines.size()) {
            return std::nullopt;
        }
    }
    std::size_t end = begin;
    while (end < lines.size() && !opens_section(lines[end])) {
        ++end;
    }
    return std::pair(begin, end);
}

/// Puts a line for an option that the file does not set: in the place of its commented default, or
/// else at the section's beginning.
void insert_line(std::vector<std::string>& lines, const Option& option, const std::string& line) {
    const auto section = section_lines(lines, option.section);
    if (!section) {
        lines.push_back(fmt::format("\n[{}]\n", option.section));
        lines.push_back(line);
        return;
    }
    const std::string commented = "#" + std::string(option.name);
    for (std::size_t i = section->first; i < section->second; ++i) {
        if (key_of(lines[i]) == commented) {
            lines[i] = line;
            return;
        }
    }
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(section->first), line);
}

}  // namespace

bool is_section(std::string_view name) {
    return !name.empty() && std::ranges::find(options(), name, &Option::section) != options().end();
}

Result<std::vector<TomlEntry>> parse_toml_entries(
    std::string_view text, std::string_view file_name
) {
    TRY_ASSIGN(const toml::table table, parse_table(text, file_name));
    std::vector<TomlEntry> entries;
    TRY(gather(table, "", file_name, entries));
    std::ranges::stable_sort(entries, {}, &TomlEntry::line);
    return entries;
}

Result<std::string> edit_toml(std::string_view text, const Option& option, std::string_view value) {
    TRY_ASSIGN(const toml::table table, parse_table(text, config_file_name));
    const toml::node* node = table.at_path(option.full_name()).node();
    std::vector<std::string> lines = split_lines(text);
    const std::string line = fmt::format("{} = {}\n", option.name, value);
    if (node == nullptr) {
        insert_line(lines, option, line);
    } else {
        const std::size_t first = node->source().begin.line - 1;
        const std::size_t last = node->source().end.line - 1;
        const std::string_view key = first < lines.size() ? key_of(lines[first]) : "";
        if (key != option.name && key != option.full_name()) {
            return invalid(
                "line {} sets more than {}; edit it by hand", first + 1, option.full_name()
            );
        }
        lines[first] = fmt::format("{} = {}\n", key, value);
        lines.erase(
            lines.begin() + static_cast<std::ptrdiff_t>(first) + 1,
            lines.begin() + static_cast<std::ptrdiff_t>(last) + 1
        );
    }
    std::string out;
    for (const std::string& each : lines) {
        out += each;
    }
    // Lines are a rough view of TOML: make sure that the file says what was asked for.
    TRY_ASSIGN(const toml::table edited, parse_table(out, config_file_name));
    if (edited.at_path(option.full_name()).node() == nullptr) {
        return invalid("cannot place {}; edit the file by hand", option.full_name());
    }
    return out;
}

}  // namespace steelyard::node
