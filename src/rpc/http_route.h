// Where a request over HTTP goes that is none for a WebSocket. For the server's own files.
#pragma once

#include "rpc/server_core.h"

namespace steelyard::rpc {

/// Views that hold until the call that they are for returns.
struct RequestHead {
    std::string_view method{};
    std::string_view path{};
    std::string_view query{};
    /// The value of a header; empty if there is none.
    std::function<std::string_view(std::string_view name)> field{};
    std::optional<std::uint64_t> content_length{};
    bool metrics_only = false;
    bool is_local = false;
};

/// Splits a target at its '?'.
void set_target(RequestHead& head, std::string_view target);

/// The header lines by which a web page may read the answer.
std::string page_headers(const ServerCore& core, const RequestHead& head);

/// Whether it is answered from files.
bool is_for_blobs(const ServerCore& core, const RequestHead& head);

/// Until the answer must be there.
std::chrono::milliseconds time_to_answer(const ServerCore& core, const RequestHead& head);

/// An upload is looked at before its body is read.
struct UploadAdmission {
    std::optional<HttpReply> refusal{};
    std::shared_ptr<void> slot{};  ///< goes with the request
};
UploadAdmission admit_upload(const ServerCore& core, const RequestHead& head);

/// A body, and the slot that it was admitted with.
struct RequestBody {
    std::string text{};
    std::shared_ptr<void> slot{};
};

/// Answers from the dispatcher, or /livez, /readyz, /metrics and /blobs.
void route_request(
    ServerCore& core,
    const RequestHead& head,
    RequestBody body,
    const std::shared_ptr<Client>& client,
    Dispatcher::HttpDone done
);

HttpReply plain_text(int status, std::string body);

/// What one is told who was not answered in time.
HttpReply timeout_reply(const ServerCore& core);

/// What one is told whose head is over the limit, or no HTTP.
HttpReply unreadable_reply(bool large);

/// What one is told whose body is over the limit.
HttpReply large_body_reply(const ServerCore& core);

/// The request that a WebSocket is opened with, and nothing that the handshake does not need: the
/// stream has room for 1.5 KB, and cookies can take more. Errors: too_large.
Result<std::string> websocket_handshake(const RequestHead& head);

}  // namespace steelyard::rpc
