// The words of the query language.
#pragma once

#include "base/result.h"

#include <optional>

namespace steelyard::index {

enum class Token : std::uint8_t {
    tag,
    string,
    number,
    time,
    date,
    conjunction,  ///< AND
    contains,
    exists,
    equal,
    less,
    less_equal,
    greater,
    greater_equal,
    end,
};

/// As CometBFT calls it in errors.
std::string_view to_string(Token token);

/// Takes a query apart, word by word.
class QueryLexer {
public:
    explicit QueryLexer(std::string_view text) : text_(text) {}

    /// The next word; an error for what is none.
    Result<Token> next();

    /// Of the last word: without quotes and without the word TIME or DATE.
    std::string_view word() const { return word_; }

    /// Where the last word began.
    std::size_t offset() const { return offset_; }

private:
    Result<Token> number();
    Result<Token> string();
    Result<Token> comparison();
    Result<Token> tag_or_keyword();
    Result<Token> moment(Token token);

    template <typename Accepts>
    std::string_view take_while(Accepts accepts);

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t offset_ = 0;
    std::string_view word_;
};

}  // namespace steelyard::index
