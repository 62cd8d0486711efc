#include "bin/steelyardd/report.h"

#include "chain/json_text.h"

#include <algorithm>

namespace steelyard::daemon {

std::string json_quoted(std::string_view text) {
    return chain::json_quote(text);
}

std::string text_of(const Fields& fields) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, value] : fields) {
        rows.push_back({name, value});
    }
    return table_of(rows);
}

std::string json_of(const Fields& fields) {
    std::string out = "{";
    for (const auto& [name, value] : fields) {
        out += (out.size() == 1 ? "" : ", ") + json_quoted(name) + ": " + json_quoted(value);
    }
    return out + "}\n";
}

std::string table_of(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::string cell = row[i];
            std::ranges::replace_if(
                cell, [](char c) { return c >= 0 && (c < ' ' || c == 0x7f); }, '?'
            );
            line += cell;
            if (i + 1 < row.size()) {
                line.append(widths[i] - cell.size() + 2, ' ');
            }
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

}  // namespace steelyard::daemon
