#include "rpc/market/market_call.h"

#include "abci/query_status.h"
#include "base/check.h"
#include "base/hex.h"
#include "cosmos/base/query/v1beta1/pagination.pb.h"
#include "proto/codec.h"
#include "proto/plain_json.h"

#include <google/protobuf/message.h>

#include <limits>

namespace steelyard::rpc {
namespace {

using cosmos::base::query::v1beta1::PageRequest;
using cosmos::base::query::v1beta1::PageResponse;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view page_field = "pagination";
constexpr std::int64_t page_limit_max = 1'000;

RpcError own_error(int code, std::string_view message, std::string detail, std::string_view name) {
    return {
        .code = code,
        .message = std::string(message),
        .data = std::move(detail),
        .data_code = std::string(name),
    };
}

/// An integer of the parameter's field.
Called<void> set_integer(Message& request, const FieldDescriptor& field, std::int64_t value) {
    const auto& reflection = *request.GetReflection();
    const bool is_signed = field.cpp_type() == FieldDescriptor::CPPTYPE_INT64;
    const bool is_short = field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32;
    if (value < 0 || (is_short && value > std::numeric_limits<std::uint32_t>::max())) {
        return std::unexpected(
            invalid_argument(fmt::format("{}: {} is out of range", field.name(), value))
        );
    }
    if (is_signed) {
        reflection.SetInt64(&request, &field, value);
    } else if (is_short) {
        reflection.SetUInt32(&request, &field, static_cast<std::uint32_t>(value));
    } else {
        CHECK(field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64);
        reflection.SetUInt64(&request, &field, static_cast<std::uint64_t>(value));
    }
    return {};
}

Called<void> set_field(Message& request, const ParamSpec& spec, const Params& params) {
    const FieldDescriptor* const field =
        request.GetDescriptor()->FindFieldByName(std::string(spec.name));
    CHECK(field != nullptr);
    const auto& reflection = *request.GetReflection();
    switch (spec.type) {
        case ParamType::integer:
            return set_integer(request, *field, *params.integer(spec.name));
        case ParamType::boolean:
            reflection.SetBool(&request, field, params.boolean(spec.name));
            return {};
        case ParamType::string:
            reflection.SetString(&request, field, std::string(params.string(spec.name)));
            return {};
        case ParamType::hex:
            reflection.SetString(&request, field, std::string(as_text(params.bytes(spec.name))));
            return {};
        default:
            break;
    }
    CHECK(false);
}

PageRequest& page_of(Message& request) {
    const FieldDescriptor* const field =
        request.GetDescriptor()->FindFieldByName(std::string(page_field));
    CHECK(field != nullptr);
    return dynamic_cast<PageRequest&>(*request.GetReflection()->MutableMessage(&request, field));
}

/// Null: the answer is no page.
const PageResponse* page_end_of(const Message& response) {
    const FieldDescriptor* const field =
        response.GetDescriptor()->FindFieldByName(std::string(page_field));
    return field == nullptr ? nullptr
                            : dynamic_cast<const PageResponse*>(
                                  &response.GetReflection()->GetMessage(response, field)
                              );
}

}  // namespace

RpcError invalid_argument(std::string detail) {
    return own_error(-32602, "Invalid params", std::move(detail), "invalid_params");
}

RpcError refusal_of(const abci::QueryResult& result) {
    std::string detail(abci::grpc_message(result));
    switch (abci::grpc_code(result)) {
        case abci::GrpcCode::not_found:
            return own_error(-32001, "Not found", std::move(detail), "not_found");
        case abci::GrpcCode::resource_exhausted:
            return own_error(-32003, "Limit exceeded", std::move(detail), "limit_exceeded");
        case abci::GrpcCode::internal:
            return own_error(-32603, "Internal error", std::move(detail), "internal");
        case abci::GrpcCode::unavailable:
            return own_error(-32002, "Unavailable", std::move(detail), "unavailable");
        default:
            return invalid_argument(std::move(detail));
    }
}

RpcError refusal_of(const Error& error) {
    switch (error.code()) {
        case ErrorCode::not_found:
            return own_error(-32001, "Not found", error.message(), "not_found");
        case ErrorCode::invalid:
        case ErrorCode::too_large:
            return invalid_argument(error.message());
        case ErrorCode::io:
        case ErrorCode::unsupported:
            return own_error(-32002, "Unavailable", error.message(), "unavailable");
        default:
            return own_error(-32603, "Internal error", error.message(), "internal");
    }
}

Called<void> fill_request(
    const std::vector<ParamSpec>& specs, const Params& params, Message& request
) {
    for (const ParamSpec& spec : specs) {
        if (!params.has(spec.name)) {
            continue;
        }
        if (spec.name == "limit") {
            const std::int64_t limit = *params.integer(spec.name);
            if (limit < 1 || limit > page_limit_max) {
                return std::unexpected(invalid_argument(
                    fmt::format("limit is {}, must be from 1 to {}", limit, page_limit_max)
                ));
            }
            page_of(request).set_limit(static_cast<std::uint64_t>(limit));
        } else if (spec.name == "cursor") {
            page_of(request).set_key(std::string(as_text(params.bytes(spec.name))));
        } else {
            TRY(set_field(request, spec, params));
        }
    }
    return {};
}

Called<void> ask(
    AppView& app,
    std::string_view path,
    const Message& request,
    Message& response,
    chain::Height& height
) {
    const auto result = app.query({.path = std::string(path), .data = proto::serialize(request)});
    if (!result) {
        return std::unexpected(refusal_of(result.error()));
    }
    if (result->code != 0) {
        return std::unexpected(refusal_of(*result));
    }
    height = result->height;
    const bool is_read =
        response.ParseFromArray(result->value.data(), static_cast<int>(result->value.size()));
    if (!is_read) {
        return std::unexpected(own_error(
            -32603,
            "Internal error",
            "the answer is no " + response.GetDescriptor()->full_name(),
            "internal"
        ));
    }
    return {};
}

std::string write_result(chain::Height height, const Message& response, std::string_view rest) {
    std::string fields = proto::plain_json(response);
    CHECK(fields.starts_with('{') && fields.ends_with('}'));
    std::string out = fmt::format(R"({{"height":{})", height);
    if (fields.size() > 2) {
        out += ',';
        out.append(fields, 1, fields.size() - 2);
    }
    if (const PageResponse* const page = page_end_of(response)) {
        out += page->next_key().empty()
                   ? std::string(R"(,"next_cursor":null)")
                   : fmt::format(R"(,"next_cursor":"{}")", to_hex(as_bytes(page->next_key())));
    }
    out += rest;
    return out + '}';
}

std::string result_schema(const google::protobuf::Descriptor& response, std::string_view rest) {
    const bool is_page = response.FindFieldByName(std::string(page_field)) != nullptr;
    const std::string_view cursor = is_page ? R"(,"next_cursor":{"type":["string","null"]})" : "";
    return fmt::format(
        R"({{"allOf":[{},{{"type":"object","properties":{{"height":{{"type":"integer"}}{}{}}}}}]}})",
        proto::plain_json_schema(response),
        cursor,
        rest
    );
}

}  // namespace steelyard::rpc
