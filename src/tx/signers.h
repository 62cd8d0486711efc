// Who must sign a message: what the options of its type say.
#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace steelyard::tx {

/// The addresses, as texts, in the order of the fields that `cosmos.msg.v1.signer` names, each
/// once. Errors: the type names none (unsupported); a field with no text (invalid).
Result<std::vector<std::string>> signers_of(const google::protobuf::Message& message);

}  // namespace steelyard::tx
