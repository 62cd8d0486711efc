#include "chain/validator.h"

#include "base/hex.h"
#include "base/protowire.h"

namespace steelyard::chain {

Validator::Validator(crypto::PublicKey public_key, VotingPower voting_power)
    : public_key_(public_key), address_(public_key_.address()), voting_power_(voting_power) {
}

bool by_descending_power(const Validator& a, const Validator& b) {
    return a.voting_power() != b.voting_power() ? a.voting_power() > b.voting_power()
                                                : a.address() < b.address();
}

Bytes encode_simple_validator(const Validator& validator) {
    ProtoWriter writer;
    writer.message(1, crypto::encode_public_key(validator.public_key()));
    writer.int64(2, validator.voting_power());
    return std::move(writer).take();
}

Bytes encode_validator(const Validator& validator) {
    ProtoWriter writer;
    writer.bytes(1, validator.address());
    writer.message(2, crypto::encode_public_key(validator.public_key()));
    writer.int64(3, validator.voting_power());
    writer.int64(4, validator.proposer_priority());
    return std::move(writer).take();
}

Result<Validator> decode_validator(ByteView bytes) {
    ByteView address;
    ByteView encoded_key;
    VotingPower power = 0;
    std::int64_t priority = 0;
    ProtoReader reader("Validator", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                address = reader.bytes("address", Address().size());
                break;
            case 2:
                encoded_key = reader.message("pub_key");
                break;
            case 3:
                power = reader.int64("voting_power");
                break;
            case 4:
                priority = reader.int64("proposer_priority");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    auto key = crypto::decode_public_key(encoded_key);
    if (!key) {
        return std::unexpected(std::move(key).error().in("Validator.pub_key"));
    }
    if (power < 1 || power > total_voting_power_max) {
        return invalid("Validator.voting_power: {} is not in 1..{}", power, total_voting_power_max);
    }
    Validator validator(*std::move(key), power);
    if (!equal(address, validator.address())) {
        return invalid(
            "Validator.address: {} is not the address of its key, {}",
            to_hex_upper(address),
            to_hex_upper(validator.address())
        );
    }
    validator.set_proposer_priority(priority);
    return validator;
}

}  // namespace steelyard::chain
