#include "ledger/genesis/convert.h"

#include "ledger/messages/fields.h"

#include <google/protobuf/timestamp.pb.h>

namespace steelyard::genesis {
namespace {

Result<crypto::Address> or_invalid(ledger::Outcome<crypto::Address> address) {
    if (!address) {
        return invalid("{}", address.error().log);
    }
    return *address;
}

}  // namespace

Result<chain::Timestamp> read_time(bool is_there, const google::protobuf::Timestamp& time) {
    if (!is_there) {
        return chain::Timestamp();
    }
    return chain::Timestamp::from_unix(time.seconds(), time.nanos());
}

void write_time(chain::Timestamp time, google::protobuf::Timestamp& out) {
    out.set_seconds(time.seconds());
    out.set_nanos(time.nanoseconds());
}

Result<chain::Dec> read_dec(std::string_view text) {
    TRY_ASSIGN(const chain::Dec dec, chain::Dec::parse_wire(text.empty() ? "0" : text));
    if (dec.is_negative()) {
        return invalid("{} is negative", to_string(dec));
    }
    return dec;
}

Result<crypto::Address> operator_address(std::string_view text) {
    return or_invalid(messages::read_operator("operator_address", text));
}

Result<crypto::Address> consensus_address(std::string_view text) {
    return or_invalid(messages::read_consensus_address("consensus_address", text));
}

}  // namespace steelyard::genesis
