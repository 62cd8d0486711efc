#include "vm/files/text_cursor.h"

#include <algorithm>

#include <limits>

namespace steelyard::vm {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

void TextCursor::refuse(ErrorCode code, std::string_view why) {
    if (!error_) {
        error_ = Error(code, fmt::format("{}, offset {}: {}", format_, offset_ + at_, why));
    }
}

void TextCursor::skip_space() {
    while (is_space(peek())) {
        ++at_;
    }
}

bool TextCursor::take(std::string_view token) {
    if (!ok()) {
        return false;
    }
    skip_space();
    if (!text_.substr(at_).starts_with(token)) {
        return false;
    }
    at_ += token.size();
    return true;
}

void TextCursor::expect(std::string_view token) {
    if (!take(token)) {
        refuse(ErrorCode::invalid, fmt::format("'{}' is missing", token));
    }
}

std::string TextCursor::string(std::size_t size_max) {
    const char quote = take("'") ? '\'' : '"';
    if (quote == '"') {
        expect("\"");
    }
    std::string out;
    while (ok() && peek() != quote) {
        const auto c = static_cast<unsigned char>(peek());
        if (c < 0x20 || c == '\\') {
            refuse(ErrorCode::invalid, "a string ends too early or has an escape");
        } else if (out.size() >= size_max) {
            refuse(ErrorCode::too_large, fmt::format("a string of over {} bytes", size_max));
        } else {
            out.push_back(static_cast<char>(c));
            ++at_;
        }
    }
    ++at_;
    return ok() ? out : "";
}

std::string_view TextCursor::raw_string() {
    expect("\"");
    const std::size_t start = std::min(at_, text_.size());
    while (ok() && peek() != '"') {
        at_ += peek() == '\\' ? 2 : 1;
        if (at_ >= text_.size()) {
            at_ = text_.size();
            refuse(ErrorCode::invalid, "a string has no end");
        }
    }
    const std::size_t end = std::min(at_, text_.size());
    ++at_;
    return text_.substr(start, end - start);
}

std::uint64_t TextCursor::number() {
    skip_space();
    if (ok() && !is_digit(peek())) {
        refuse(ErrorCode::invalid, "a number is missing");
    }
    std::uint64_t value = 0;
    while (ok() && is_digit(peek())) {
        const auto digit = static_cast<std::uint64_t>(peek() - '0');
        if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) {
            refuse(ErrorCode::too_large, "a number of over 64 bits");
        }
        value = value * 10 + digit;
        ++at_;
    }
    return ok() ? value : 0;
}

void TextCursor::expect_end() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '\0')) {
        ++at_;
    }
    if (ok() && at_ < text_.size()) {
        refuse(ErrorCode::invalid, "something follows the end");
    }
}

Result<void> TextCursor::finish() const {
    return error_ ? Result<void>(std::unexpected(*error_)) : Result<void>();
}

}  // namespace steelyard::vm
