#include "consensus/sync/messages.h"

#include "base/protowire.h"

namespace steelyard::sync {
namespace {

// The members of the oneof.
constexpr std::uint32_t block_request_field = 1;
constexpr std::uint32_t no_block_response_field = 2;
constexpr std::uint32_t block_response_field = 3;
constexpr std::uint32_t status_request_field = 4;
constexpr std::uint32_t status_response_field = 5;

Bytes member(std::uint32_t field, ProtoWriter body) {
    ProtoWriter writer;
    const Bytes bytes = std::move(body).take();
    writer.reserve(bytes.size() + 2 * uvarint_size_max);
    writer.message(field, bytes);
    return std::move(writer).take();
}

Bytes encode(const BlockRequest& request) {
    ProtoWriter body;
    body.int64(1, request.height);
    return member(block_request_field, std::move(body));
}

Bytes encode(const NoBlockResponse& response) {
    ProtoWriter body;
    body.int64(1, response.height);
    return member(no_block_response_field, std::move(body));
}

Bytes encode(const BlockResponse& response) {
    ProtoWriter body;
    body.reserve(response.block.size() + uvarint_size_max);
    body.message(1, response.block);
    return member(block_response_field, std::move(body));
}

Bytes encode(const StatusRequest&) {
    return member(status_request_field, {});
}

Bytes encode(const StatusResponse& response) {
    ProtoWriter body;
    body.int64(1, response.height);
    body.int64(2, response.base);
    return member(status_response_field, std::move(body));
}

std::int64_t read_height(ProtoReader& reader, std::string_view name) {
    const std::int64_t height = reader.int64(name);
    if (height < 0) {
        reader.refuse(name, fmt::format("{} is negative", height));
        return 0;
    }
    return height;
}

template <typename M>
Result<M> decode_height(std::string_view name, ByteView bytes) {
    M message;
    ProtoReader reader(name, bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            message.height = read_height(reader, "height");
        } else {
            reader.unknown();
        }
    }
    TRY(reader.finish());
    return message;
}

Result<BlockResponse> decode_block_response(ByteView bytes) {
    ByteView block;
    ProtoReader reader("BlockResponse", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            block = reader.message("block");
        } else {
            reader.unknown();
        }
    }
    reader.require(1, "block");
    TRY(reader.finish());
    if (block.size() > chain::block_size_max) {
        return fail(
            ErrorCode::too_large,
            "BlockResponse.block: has {} bytes, limit {}",
            block.size(),
            chain::block_size_max
        );
    }
    return BlockResponse{to_bytes(block)};
}

Result<StatusRequest> decode_status_request(ByteView bytes) {
    if (!bytes.empty()) {
        return invalid("StatusRequest: has {} bytes, should have none", bytes.size());
    }
    return StatusRequest{};
}

Result<StatusResponse> decode_status_response(ByteView bytes) {
    StatusResponse response;
    ProtoReader reader("StatusResponse", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                response.height = read_height(reader, "height");
                break;
            case 2:
                response.base = read_height(reader, "base");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (response.base > response.height) {
        return invalid(
            "StatusResponse: base {} is above height {}", response.base, response.height
        );
    }
    return response;
}

Result<Message> decode_member(std::uint32_t field, ByteView bytes) {
    switch (field) {
        case block_request_field:
            return decode_height<BlockRequest>("BlockRequest", bytes);
        case no_block_response_field:
            return decode_height<NoBlockResponse>("NoBlockResponse", bytes);
        case block_response_field:
            return decode_block_response(bytes);
        case status_request_field:
            return decode_status_request(bytes);
        case status_response_field:
            return decode_status_response(bytes);
        default:
            return invalid("Message: field {} is unknown", field);
    }
}

}  // namespace

Bytes encode_message(const Message& message) {
    return std::visit([](const auto& typed) { return encode(typed); }, message);
}

Result<Message> decode_message(ByteView bytes) {
    if (bytes.size() > message_size_max) {
        return fail(
            ErrorCode::too_large,
            "block sync message has {} bytes, limit {}",
            bytes.size(),
            message_size_max
        );
    }
    std::uint32_t field = 0;
    ByteView body;
    ProtoReader reader("Message", bytes);
    while (reader.next()) {
        if (field != 0) {
            reader.refuse("sum", "stands twice");
            break;
        }
        field = reader.field();
        body = reader.message("sum");
    }
    TRY(reader.finish());
    if (field == 0) {
        return invalid("Message: is empty");
    }
    return decode_member(field, body);
}

}  // namespace steelyard::sync
