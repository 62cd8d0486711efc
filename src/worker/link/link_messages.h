// The messages of the link, read strictly and within limits (L2).
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace steelyard::worker::v1 {
class ToNode;
class ToWorker;
}  // namespace steelyard::worker::v1

namespace steelyard::worker {

// Limits of what a message holds.
inline constexpr std::size_t name_size_max = 128;  ///< of a worker, its software, a method, a stage
inline constexpr std::size_t line_size_max = 1024;   ///< of a report
inline constexpr std::size_t kept_blobs_max = 1024;  ///< of a job

/// Reads a frame. Refuses what is larger than message_size_max, what is not the one encoding of a
/// message, and values over their limits. After an error `out` holds at most the number of the
/// request, so that it can be answered.
Result<void> read_message(v1::ToNode& out, ByteView frame);
Result<void> read_message(v1::ToWorker& out, ByteView frame);

/// The frame; of an answer that is too large, one that says so.
Bytes write_message(const v1::ToNode& message);
Bytes write_message(const v1::ToWorker& message);

/// An answer that says why there is none.
v1::ToWorker refusal(std::uint64_t request, std::string_view code, std::string_view reason);
v1::ToWorker refusal(std::uint64_t request, const Error& error);

// Codes of Refused that are none of ErrorCode: asking again may help.
inline constexpr std::string_view refused_busy = "busy";
inline constexpr std::string_view refused_timeout = "timeout";
/// To Hello: a session of this key is alive.
inline constexpr std::string_view refused_in_use = "in_use";
/// To a message without a session; with request 0, the session is over.
inline constexpr std::string_view refused_no_session = "no_session";
/// The node fetches blocks and takes no transactions.
inline constexpr std::string_view refused_catching_up = "catching_up";

/// What the node's refusal means to its worker: the code of that name, io for all others.
Error error_of_refusal(std::string_view code, std::string_view reason);

/// The longest beginning of a text of at most so many bytes that cuts no character.
std::string_view shortened(std::string_view text, std::size_t size_max);

}  // namespace steelyard::worker
