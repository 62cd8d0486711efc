#include "bin/steelyard/report.h"

#include "chain/json_text.h"
#include "proto/json.h"

#include <algorithm>

namespace steelyard::wallet {
namespace {

constexpr std::string_view gap = "  ";

/// Characters of UTF-8, as many as a terminal shows of most texts.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

std::string clean(std::string text) {
    std::ranges::replace_if(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, '?');
    return text;
}

std::string line_of(
    const std::vector<std::string>& cells,
    const std::vector<Column>& columns,
    const std::vector<std::size_t>& widths
) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string cell = clean(cells[i]);
        const std::string pad(widths[i] - width_of(cell), ' ');
        line += i == 0 ? "" : gap;
        line += columns[i].align == Align::right ? pad + cell : cell + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + '\n';
}

}  // namespace

std::string fields_text(const Fields& fields) {
    std::size_t width = 0;
    for (const auto& [name, value] : fields) {
        width = std::max(width, width_of(name));
    }
    std::string out;
    for (const auto& [name, value] : fields) {
        out += name + std::string(width - width_of(name), ' ');
        out += gap;
        out += clean(value) + '\n';
    }
    return out;
}

std::string fields_json(const Fields& fields) {
    std::string out = "{";
    for (const auto& [name, value] : fields) {
        out +=
            (out.size() == 1 ? "" : ",") + chain::json_quote(name) + ":" + chain::json_quote(value);
    }
    return out + "}\n";
}

void JsonObject::text(std::string_view name, std::string_view value) {
    raw(name, chain::json_quote(value));
}

void JsonObject::number(std::string_view name, std::uint64_t value) {
    raw(name, std::to_string(value));
}

void JsonObject::raw(std::string_view name, std::string_view json) {
    members_ += (members_.empty() ? "" : ",") + chain::json_quote(name) + ":" + std::string(json);
}

std::string table(
    const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows
) {
    if (rows.empty()) {
        return "none\n";
    }
    std::vector<std::size_t> widths;
    std::vector<std::string> titles;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        titles.push_back(columns[i].title);
        widths.push_back(width_of(columns[i].title));
        for (const auto& row : rows) {
            widths[i] = std::max(widths[i], width_of(clean(row[i])));
        }
    }
    std::string out = line_of(titles, columns, widths);
    for (const auto& row : rows) {
        out += line_of(row, columns, widths);
    }
    return out;
}

std::string json_of(const google::protobuf::Message& message) {
    const auto text = proto::to_json(message);
    return text ? *text + '\n' : fields_json({{"unreadable", text.error().message()}});
}

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) {
        digits.insert(at - 3, ",");
    }
    return digits;
}

}  // namespace steelyard::wallet
