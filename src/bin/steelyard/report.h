// What commands tell: tables for people, JSON for programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace steelyard::wallet {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// Lines "name   value", the values under each other.
std::string fields_text(const Fields& fields);

/// {"name":"value",...} and a newline.
std::string fields_json(const Fields& fields);

/// A JSON object, member by member.
class JsonObject {
public:
    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::uint64_t value);
    void raw(std::string_view name, std::string_view json);

    /// Without a newline.
    std::string value() const { return "{" + members_ + "}"; }

private:
    std::string members_{};
};

enum class Align : unsigned char { left, right };

struct Column {
    std::string title{};
    Align align = Align::left;  ///< numbers and amounts stand on the right
};

/// Rows of as many cells as there are columns, or a line that there are none. Control characters
/// become question marks: they may come from a foreign node.
std::string table(
    const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows
);

/// The message in the SDK's JSON, and a newline.
std::string json_of(const google::protobuf::Message& message);

/// "1,234,567".
std::string grouped(std::uint64_t number);

}  // namespace steelyard::wallet
