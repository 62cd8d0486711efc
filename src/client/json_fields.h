// JsonFields: the members of an object of a document from outside, read strictly. Private to the
// .cpp files of this folder.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace steelyard::client {

/// Borrows the text. Errors (invalid) name the place.
class JsonFields {
public:
    JsonFields() = default;

    /// The object that a text is. Errors: too_large, invalid.
    static Result<JsonFields> parse(
        std::string_view name, std::string_view text, std::size_t size_max
    );

    /// The object "result", where there is one.
    Result<JsonFields> without_envelope() const;

    bool has(std::string_view member) const;
    Result<std::string_view> at(std::string_view member) const;
    Result<JsonFields> object(std::string_view member) const;

    /// Of objects.
    Result<std::vector<JsonFields>> list(std::string_view member, std::size_t count_max) const;
    Result<std::string> text(std::string_view member, std::size_t size_max) const;

    /// Decimal digits, bare or in a string.
    Result<std::uint64_t> number(std::string_view member) const;
    Result<Bytes> base64(std::string_view member, std::size_t size_max) const;
    Result<Bytes> hex(std::string_view member, std::size_t size_max) const;

    std::unexpected<Error> refuse(std::string_view member, std::string_view why) const;

private:
    JsonFields(std::string name, std::string_view text) : name_(std::move(name)), text_(text) {}

    static Result<JsonFields> make(std::string name, std::string_view text);

    std::string name_{};
    std::string_view text_ = "{}";
};

}  // namespace steelyard::client
