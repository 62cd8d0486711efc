// Values of a document and of the state, one to the other. Private to the .cpp files of this
// folder.
#pragma once

#include "chain/dec.h"
#include "chain/timestamp.h"
#include "crypto/hash.h"

namespace google::protobuf {
class Timestamp;
}

namespace steelyard::genesis {

/// One that is not there is the zero time.
Result<chain::Timestamp> read_time(bool is_there, const google::protobuf::Timestamp& time);
void write_time(chain::Timestamp time, google::protobuf::Timestamp& out);

/// In wire form. Errors: it is negative.
Result<chain::Dec> read_dec(std::string_view text);

// bech32 with the prefix of its kind.
Result<crypto::Address> operator_address(std::string_view text);
Result<crypto::Address> consensus_address(std::string_view text);

}  // namespace steelyard::genesis
