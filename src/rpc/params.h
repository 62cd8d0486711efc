// Params: what a method takes, and the arguments of one call after they were checked.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace steelyard::rpc {

/// The type of a parameter: how it is written, and how an error calls it.
enum class ParamType : std::uint8_t {
    int64,    ///< a decimal string; bare in a GET
    go_int,   ///< as int64; CometBFT's errors say "int"
    go_uint,  ///< as int64, not negative; CometBFT's errors say "uint"
    integer,  ///< of our own methods: a JSON number, or a decimal string
    boolean,
    string,
    bytes,  ///< base64; 0xHEX or the bytes themselves in quotes in a GET
    hex,    ///< hex; 0xHEX or the bytes themselves in quotes in a GET
    json,   ///< any JSON
};

struct ParamSpec {
    std::string_view name{};
    ParamType type = ParamType::string;
    std::string_view description{};
    bool required = false;  ///< CometBFT's methods require nothing: what is absent has a default
};

/// The arguments of a call, in the order of the specification. Names are the method's own: another
/// name or another type is a programmer error.
class Params {
public:
    using Value = std::variant<std::monostate, std::int64_t, bool, std::string, Bytes>;

    Params() = default;
    explicit Params(const std::vector<ParamSpec>& specs) : specs_(&specs), values_(specs.size()) {}

    bool has(std::string_view name) const { return value(name).index() != 0; }

    std::optional<std::int64_t> integer(std::string_view name) const;  ///< the four integer types
    bool boolean(std::string_view name) const;                         ///< absent: false
    std::string_view string(std::string_view name) const;              ///< absent: empty
    std::string_view json(std::string_view name) const;  ///< checked text; absent: empty
    const Bytes& bytes(std::string_view name) const;     ///< bytes and hex; absent: empty
    Bytes take_bytes(std::string_view name);             ///< moved out

    void set(std::size_t index, Value value) { values_[index] = std::move(value); }
    const Value& at(std::size_t index) const { return values_[index]; }

private:
    const Value& value(std::string_view name) const;

    const std::vector<ParamSpec>* specs_ = nullptr;
    std::vector<Value> values_{};
};

/// Arguments from JSON: an object, an array with one element for each parameter, or null. The
/// errors are CometBFT's, to be set into "error converting json params to arguments: {}".
Result<Params> params_from_json(const std::vector<ParamSpec>& specs, std::string_view json);

/// A name and a value of a query string, decoded.
struct QueryArgument {
    std::string name{};
    std::string value{};
};

/// How many arguments a query string may have.
inline constexpr std::size_t query_arguments_max = 64;

/// Takes "a=1&b=%222%22" apart.
Result<std::vector<QueryArgument>> parse_query_string(std::string_view query);

/// Arguments from a query string; what is absent or empty has its default. The errors are
/// CometBFT's, to be set into "error converting http params to arguments: {}".
Result<Params> params_from_query(
    const std::vector<ParamSpec>& specs, const std::vector<QueryArgument>& arguments
);

}  // namespace steelyard::rpc
