// BodySource: the body of a response that is too large to be in memory.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace steelyard::rpc {

/// How much of a body is read at a time; a connection holds at most two such pieces.
inline constexpr std::size_t body_piece_bytes = std::size_t{1} << 20;

/// Read front to back, by one thread at a time, which it may block.
class BodySource {
public:
    virtual ~BodySource() = default;

    virtual std::uint64_t size() const = 0;

    /// Exactly these bytes. An error ends the connection: the head of the response is out.
    virtual Result<Bytes> read(std::uint64_t offset, std::size_t count) = 0;
};

}  // namespace steelyard::rpc
