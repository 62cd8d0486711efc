#include "chain/light_block.h"

#include "base/hex.h"
#include "base/protowire.h"

namespace steelyard::chain {

Result<SignedHeader> SignedHeader::make(Header header, Commit commit) {
    if (commit.height() != header.height) {
        return invalid("commit of height {} for a header of {}", commit.height(), header.height);
    }
    const Hash256 hash = header_hash(header);
    if (commit.block_id().hash != hash) {
        return invalid(
            "commit for block {}, the header is {}",
            to_hex_upper(commit.block_id().hash),
            to_hex_upper(hash)
        );
    }
    return SignedHeader(std::move(header), std::move(commit));
}

Result<LightBlock> LightBlock::make(SignedHeader signed_header, ValidatorSet validators) {
    const Hash256 hash = validators.hash();
    if (signed_header.header().validators_hash != hash) {
        return invalid(
            "header names validator set {}, not {}",
            to_hex_upper(signed_header.header().validators_hash),
            to_hex_upper(hash)
        );
    }
    return LightBlock(std::move(signed_header), std::move(validators));
}

Bytes encode_signed_header(const SignedHeader& signed_header) {
    ProtoWriter writer;
    writer.message(1, encode_header(signed_header.header()));
    writer.message(2, encode_commit(signed_header.commit()));
    return std::move(writer).take();
}

Result<SignedHeader> decode_signed_header(ByteView bytes) {
    ByteView header;
    ByteView commit;
    ProtoReader reader("SignedHeader", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                header = reader.message("header");
                break;
            case 2:
                commit = reader.message("commit");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "header");
    reader.require(2, "commit");
    TRY(reader.finish());
    TRY_ASSIGN(auto decoded_header, decode_header(header));
    TRY_ASSIGN(auto decoded_commit, decode_commit(commit));
    return SignedHeader::make(std::move(decoded_header), std::move(decoded_commit));
}

Bytes encode_light_block(const LightBlock& block) {
    ProtoWriter writer;
    writer.message(1, encode_signed_header(block.signed_header()));
    writer.message(2, encode_validator_set(block.validators()));
    return std::move(writer).take();
}

Result<LightBlock> decode_light_block(ByteView bytes) {
    ByteView signed_header;
    ByteView validators;
    ProtoReader reader("LightBlock", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                signed_header = reader.message("signed_header");
                break;
            case 2:
                validators = reader.message("validator_set");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "signed_header");
    reader.require(2, "validator_set");
    TRY(reader.finish());
    TRY_ASSIGN(auto decoded_header, decode_signed_header(signed_header));
    TRY_ASSIGN(auto decoded_validators, decode_validator_set(validators));
    return LightBlock::make(std::move(decoded_header), std::move(decoded_validators));
}

}  // namespace steelyard::chain
