// JsonWriter: JSON text written from front to back, in the forms that CometBFT's clients read.
#pragma once

#include "base/bytes.h"
#include "chain/timestamp.h"

#include <string>
#include <string_view>

namespace steelyard::rpc {

/// Appends JSON to a string and sets the commas. The caller keeps the order: a key before each
/// value of an object, as many ends as beginnings.
///
/// Texts are escaped as CometBFT does: besides what JSON asks for, `<`, `>`, `&`, U+2028 and
/// U+2029. What is not UTF-8 becomes U+FFFD.
class JsonWriter {
public:
    JsonWriter() = default;

    /// Goes on writing after `text`, for a caller that has written the beginning.
    explicit JsonWriter(std::string text) : out_(std::move(text)) {}

    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();

    /// Followed by the value.
    JsonWriter& key(std::string_view name);

    JsonWriter& string(std::string_view text);
    JsonWriter& number(std::int64_t value);  ///< bare: what is 32 bits wide in CometBFT
    JsonWriter& quoted(std::int64_t value);  ///< "10": what is 64 bits wide in CometBFT
    JsonWriter& quoted_unsigned(std::uint64_t value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    JsonWriter& hex(ByteView bytes);  ///< upper case: hashes and addresses
    JsonWriter& base64(ByteView bytes);
    JsonWriter& time(chain::Timestamp time);

    /// A value that is JSON already.
    JsonWriter& raw(std::string_view json);

    std::string_view text() const { return out_; }
    void reserve(std::size_t size) { out_.reserve(size); }
    std::string take() && { return std::move(out_); }

private:
    void separate();

    std::string out_{};
};

/// Appends the JSON string that says `text`, with quotes, escaped as JsonWriter does.
void append_json_string(std::string& out, std::string_view text);

}  // namespace steelyard::rpc
