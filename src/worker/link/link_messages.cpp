#include "worker/link/link_messages.h"

#include "chain/timestamp.h"
#include "chain/tx.h"
#include "proto/codec.h"
#include "steelyard/worker/v1/link.pb.h"
#include "worker/link/rules.h"
#include "worker/node_port.h"

namespace steelyard::worker {
namespace {

constexpr std::size_t hash_size = 32;

constexpr proto::ParseLimits parse_limits = {
    .bytes_max = message_size_max, .elements_max = kept_blobs_max + 16, .depth_max = 4
};

Result<void> check_hash(std::string_view what, const std::string& hash) {
    if (hash.size() != hash_size) {
        return invalid("{} has {} bytes, not {}", what, hash.size(), hash_size);
    }
    return {};
}

Result<void> check_size(std::string_view what, std::size_t size, std::size_t size_max) {
    if (size > size_max) {
        return fail(ErrorCode::too_large, "{} has {} bytes, limit {}", what, size, size_max);
    }
    return {};
}

Result<void> check(const v1::Hello& hello) {
    TRY(check_size("the worker's name", hello.worker().size(), name_size_max));
    return check_size("the software's name", hello.software().size(), name_size_max);
}

Result<void> check(const v1::Query& query) {
    if (query.method().empty()) {
        return invalid("a query has no method");
    }
    return check_size("a method", query.method().size(), name_size_max);
}

Result<void> check(const v1::Broadcast& broadcast) {
    if (broadcast.tx().empty()) {
        return invalid("a transaction is empty");
    }
    return check_size("a transaction", broadcast.tx().size(), chain::tx_size_max);
}

Result<void> check(const v1::ReadBlob& read) {
    TRY(check_hash("a blob's id", read.id()));
    if (read.size() == 0) {
        return invalid("nothing of a blob is asked for");
    }
    return check_size("a piece", read.size(), piece_size_max);
}

Result<void> check(const v1::WriteBlob& write) {
    TRY(check_hash("a blob's id", write.id()));
    if (write.bytes().empty()) {
        return invalid("a piece is empty");
    }
    return check_size("a piece", write.bytes().size(), piece_size_max);
}

Result<void> check(const v1::KeepBlobs& keep) {
    if (static_cast<std::size_t>(keep.ids_size()) > kept_blobs_max) {
        return fail(
            ErrorCode::too_large, "a job keeps {} blobs, limit {}", keep.ids_size(), kept_blobs_max
        );
    }
    for (const std::string& id : keep.ids()) {
        TRY(check_hash("a blob's id", id));
    }
    return {};
}

Result<void> check(const v1::Report& report) {
    TRY(check_size("a stage", report.stage().size(), name_size_max));
    return check_size("a line", report.line().size(), line_size_max);
}

/// Questions have numbers, what is no question has none.
Result<void> check_number(std::uint64_t request, bool is_question) {
    if ((request != 0) != is_question) {
        return invalid(
            "request {} of {}", request, is_question ? "a question" : "what is no question"
        );
    }
    return {};
}

Result<void> check(const v1::ToNode& message) {
    TRY(check_number(message.request(), message.sum_case() != v1::ToNode::kHeartbeat));
    switch (message.sum_case()) {
        case v1::ToNode::kHello:
            return check(message.hello());
        case v1::ToNode::kHeartbeat:
            return {};
        case v1::ToNode::kQuery:
            return check(message.query());
        case v1::ToNode::kBroadcast:
            return check(message.broadcast());
        case v1::ToNode::kFindTx:
            return check_hash("a transaction's hash", message.find_tx().hash());
        case v1::ToNode::kFetchBlob:
            return check_hash("a blob's id", message.fetch_blob().id());
        case v1::ToNode::kReadBlob:
            return check(message.read_blob());
        case v1::ToNode::kWriteBlob:
            return check(message.write_blob());
        case v1::ToNode::kKeepBlobs:
            return check(message.keep_blobs());
        case v1::ToNode::kReport:
            return check(message.report());
        case v1::ToNode::SUM_NOT_SET:
            break;
    }
    return invalid("a message says nothing");
}

Result<void> check(const v1::ToWorker& message) {
    switch (message.sum_case()) {
        case v1::ToWorker::kRefused:
            return {};  // an answer, or the end of the session
        case v1::ToWorker::kHeartbeat:
            return check_number(message.request(), false);
        case v1::ToWorker::kBlock: {
            TRY(check_number(message.request(), false));
            const auto& time = message.block().time();
            TRY(chain::Timestamp::from_unix(time.seconds(), time.nanos()));
            return {};
        }
        case v1::ToWorker::kBroadcast:
            TRY(check_number(message.request(), true));
            return check_hash("a transaction's hash", message.broadcast().hash());
        case v1::ToWorker::kReadBlob:
            TRY(check_number(message.request(), true));
            return check_size("a piece", message.read_blob().bytes().size(), piece_size_max);
        case v1::ToWorker::kWelcome:
        case v1::ToWorker::kQuery:
        case v1::ToWorker::kFindTx:
        case v1::ToWorker::kFetchBlob:
        case v1::ToWorker::kWriteBlob:
        case v1::ToWorker::kKeepBlobs:
        case v1::ToWorker::kReport:
            return check_number(message.request(), true);
        case v1::ToWorker::SUM_NOT_SET:
            break;
    }
    return invalid("a message says nothing");
}

template <typename Message>
Result<void> read(Message& out, ByteView frame) {
    TRY(proto::strict_parse(out, frame, parse_limits));
    auto checked = check(out);
    if (!checked) {
        const std::uint64_t request = out.request();
        out.Clear();
        out.set_request(request);
    }
    return checked;
}

constexpr ErrorCode last_code = ErrorCode::insufficient;

}  // namespace

Result<void> read_message(v1::ToNode& out, ByteView frame) {
    return read(out, frame);
}

Result<void> read_message(v1::ToWorker& out, ByteView frame) {
    return read(out, frame);
}

Bytes write_message(const v1::ToNode& message) {
    return proto::serialize(message);
}

Bytes write_message(const v1::ToWorker& message) {
    Bytes frame = proto::serialize(message);
    if (frame.size() <= message_size_max) {
        return frame;
    }
    const Error error(
        ErrorCode::too_large,
        fmt::format("the answer has {} bytes, limit {}", frame.size(), message_size_max)
    );
    return proto::serialize(refusal(message.request(), error));
}

v1::ToWorker refusal(std::uint64_t request, std::string_view code, std::string_view reason) {
    v1::ToWorker message;
    message.set_request(request);
    message.mutable_refused()->set_code(std::string(code));
    message.mutable_refused()->set_reason(std::string(shortened(reason, line_size_max)));
    return message;
}

v1::ToWorker refusal(std::uint64_t request, const Error& error) {
    return refusal(request, to_string(error.code()), error.message());
}

Error error_of_refusal(std::string_view code, std::string_view reason) {
    for (int number = 0; number <= static_cast<int>(last_code); ++number) {
        const auto known = static_cast<ErrorCode>(number);
        if (to_string(known) == code) {
            return Error(known, std::string(reason));
        }
    }
    return Error(ErrorCode::io, fmt::format("{}: {}", code, reason));
}

std::string_view shortened(std::string_view text, std::size_t size_max) {
    if (text.size() <= size_max) {
        return text;
    }
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
    std::size_t size = size_max;
    while (size > 0 && continues(text[size])) {
        --size;
    }
    return text.substr(0, size);
}

}  // namespace steelyard::worker
