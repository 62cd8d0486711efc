#include "index/query_lexer.h"

#include "base/check.h"
#include "index/query.h"

namespace steelyard::index {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Bytes of characters beyond ASCII count as letters.
bool starts_tag(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool continues_tag(char c) {
    return starts_tag(c) || is_digit(c) || c == '.' || c == '-';
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_in_time(char c) {
    return is_digit(c) || c == '-' || c == 'T' || c == ':' || c == '+' || c == 'Z';
}

bool is_in_date(char c) {
    return is_digit(c) || c == '-';
}

/// CometBFT takes the years 1900 to 2999.
bool in_years(chain::Timestamp time) {
    constexpr std::int64_t begin = -2'208'988'800;
    constexpr std::int64_t end = 32'503'680'000;
    return time.seconds() >= begin && time.seconds() < end;
}

}  // namespace

std::string_view to_string(Token token) {
    switch (token) {
        case Token::tag:
            return "tag";
        case Token::string:
            return "string";
        case Token::number:
            return "number";
        case Token::time:
            return "timestamp";
        case Token::date:
            return "datestamp";
        case Token::conjunction:
            return "AND operator";
        case Token::contains:
            return "CONTAINS operator";
        case Token::exists:
            return "EXISTS operator";
        case Token::equal:
            return "= operator";
        case Token::less:
            return "< operator";
        case Token::less_equal:
            return "<= operator";
        case Token::greater:
            return "> operator";
        case Token::greater_equal:
            return ">= operator";
        case Token::end:
            return "end of query";
    }
    CHECK(false);
}

Result<Token> QueryLexer::next() {
    take_while(is_space);
    offset_ = position_;
    word_ = {};
    if (position_ == text_.size()) {
        return Token::end;
    }
    const char first = text_[position_];
    if (is_digit(first)) {
        return number();
    }
    if (starts_tag(first)) {
        return tag_or_keyword();
    }
    if (first == '\'') {
        return string();
    }
    if (first == '<' || first == '>' || first == '=') {
        return comparison();
    }
    ++position_;
    return invalid("invalid input {} at offset {}", first, position_);
}

template <typename Accepts>
std::string_view QueryLexer::take_while(Accepts accepts) {
    const std::size_t begin = position_;
    while (position_ < text_.size() && accepts(text_[position_])) {
        ++position_;
    }
    return text_.substr(begin, position_ - begin);
}

Result<Token> QueryLexer::number() {
    take_while(is_digit);
    if (position_ < text_.size() && text_[position_] == '.') {
        ++position_;
        take_while(is_digit);
    }
    word_ = text_.substr(offset_, position_ - offset_);
    return Token::number;
}

Result<Token> QueryLexer::string() {
    ++position_;
    word_ = take_while([](char c) { return c != '\''; });
    if (position_ == text_.size()) {
        return invalid("unexpected EOF");
    }
    ++position_;
    return Token::string;
}

Result<Token> QueryLexer::comparison() {
    const char first = text_[position_++];
    const bool or_equal = first != '=' && position_ < text_.size() && text_[position_] == '=';
    if (or_equal) {
        ++position_;
    }
    word_ = text_.substr(offset_, position_ - offset_);
    if (first == '=') {
        return Token::equal;
    }
    if (first == '<') {
        return or_equal ? Token::less_equal : Token::less;
    }
    return or_equal ? Token::greater_equal : Token::greater;
}

Result<Token> QueryLexer::tag_or_keyword() {
    word_ = take_while(continues_tag);
    const bool space_follows = position_ < text_.size() && text_[position_] == ' ';
    if (space_follows && word_ == "TIME") {
        return moment(Token::time);
    }
    if (space_follows && word_ == "DATE") {
        return moment(Token::date);
    }
    if (word_ == "AND") {
        return Token::conjunction;
    }
    if (word_ == "EXISTS") {
        return Token::exists;
    }
    if (word_ == "CONTAINS") {
        return Token::contains;
    }
    return Token::tag;
}

Result<Token> QueryLexer::moment(Token token) {
    ++position_;
    const bool is_time = token == Token::time;
    word_ = take_while(is_time ? is_in_time : is_in_date);
    std::optional<chain::Timestamp> moment;
    if (is_time) {
        moment = parse_time(word_);
    } else if (const auto date = parse_date(word_)) {
        moment = date->midnight;
    }
    if (!moment) {
        return invalid("invalid {} value: \"{}\"", is_time ? "TIME" : "DATE", word_);
    }
    if (!in_years(*moment)) {
        return invalid(
            "{} year {} out of range", is_time ? "timestamp" : "datestamp", word_.substr(0, 4)
        );
    }
    return token;
}

}  // namespace steelyard::index
