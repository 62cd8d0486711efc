#include "tx/signers.h"

#include "base/check.h"
#include "cosmos/msg/v1/msg.pb.h"

#include <google/protobuf/message.h>

#include <algorithm>

namespace steelyard::tx {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

/// Messages whose signers are those of other messages lie no deeper.
constexpr int depth_max = 3;

Result<void> collect(const Message& message, int depth, std::vector<std::string>& out);

Result<void> collect_field(
    const Message& message, const FieldDescriptor& field, int depth, std::vector<std::string>& out
) {
    const Reflection& reflection = *message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CHECK(field.is_repeated());
        for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
            TRY(collect(reflection.GetRepeatedMessage(message, &field, i), depth + 1, out));
        }
        return {};
    }
    CHECK(field.type() == FieldDescriptor::TYPE_STRING && !field.is_repeated());
    const std::string address = reflection.GetString(message, &field);
    if (address.empty()) {
        return invalid("{}: is empty", field.full_name());
    }
    if (std::find(out.begin(), out.end(), address) == out.end()) {
        out.push_back(address);
    }
    return {};
}

Result<void> collect(const Message& message, int depth, std::vector<std::string>& out) {
    CHECK(depth <= depth_max);
    const auto& type = *message.GetDescriptor();
    const int count = type.options().ExtensionSize(cosmos::msg::v1::signer);
    if (count == 0) {
        return fail(ErrorCode::unsupported, "type \"{}\" has no signer", type.full_name());
    }
    for (int i = 0; i < count; ++i) {
        const auto* const field =
            type.FindFieldByName(type.options().GetExtension(cosmos::msg::v1::signer, i));
        CHECK(field != nullptr);
        TRY(collect_field(message, *field, depth, out));
    }
    return {};
}

}  // namespace

Result<std::vector<std::string>> signers_of(const Message& message) {
    std::vector<std::string> out;
    TRY(collect(message, 1, out));
    return out;
}

}  // namespace steelyard::tx
