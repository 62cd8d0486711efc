// TextCursor: reads the small texts inside of tensor files: headers in Python's or JSON's notation.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace steelyard::vm {

/// The first error sticks: every later call does nothing and gives an empty value. Errors tell the
/// offset. No call looks further than the text's end.
class TextCursor {
public:
    /// `format` must be a literal; `offset` is where the text begins in its file.
    TextCursor(std::string_view format, std::string_view text, std::size_t offset)
        : format_(format), text_(text), offset_(offset) {}

    bool ok() const { return !error_.has_value(); }

    /// Skips white space and, if `token` follows, that.
    bool take(std::string_view token);

    void expect(std::string_view token);

    /// A string between `"`, or between `'`, without escapes and control characters.
    std::string string(std::size_t size_max);

    /// A JSON string of any content, as it stands between its quotes.
    std::string_view raw_string();

    /// Digits.
    std::uint64_t number();

    /// Nothing but white space and zero bytes follow.
    void expect_end();

    void refuse(ErrorCode code, std::string_view why);

    /// `code` and `why` of a result that holds an error; its value else.
    template <typename T>
    T adopt(Result<T> result) {
        if (!result) {
            refuse(result.error().code(), result.error().message());
            return T{};
        }
        return *std::move(result);
    }

    Result<void> finish() const;

private:
    void skip_space();
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    std::string_view format_;
    std::string_view text_;
    std::size_t offset_;
    std::size_t at_ = 0;
    std::optional<Error> error_{};
};

}  // namespace steelyard::vm
