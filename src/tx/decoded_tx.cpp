#include "tx/decoded_tx.h"

#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/codec.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::tx {
namespace {

namespace pb = cosmos::tx::v1beta1;

constexpr proto::ParseLimits body_limits = {
    .bytes_max = chain::tx_size_max, .elements_max = 4 * messages_max + 100
};
constexpr proto::ParseLimits auth_limits = {
    .bytes_max = chain::tx_size_max,
    .elements_max =
        chain::tx_signatures_max * (8 * multisig_members_max + 32) + 4 * chain::Coins::size_max,
};

std::unexpected<Error> unsupported(std::string_view what) {
    return fail(ErrorCode::unsupported, "{} are not supported on this chain", what);
}

Result<SignMode> mode_of(const pb::ModeInfo::Single& single) {
    switch (static_cast<int>(single.mode())) {
        case static_cast<int>(SignMode::unspecified):
            return SignMode::unspecified;
        case static_cast<int>(SignMode::direct):
            return SignMode::direct;
        case static_cast<int>(SignMode::legacy_amino_json):
            return SignMode::legacy_amino_json;
        default:
            return fail(
                ErrorCode::unsupported,
                "sign mode {} is not supported",
                static_cast<int>(single.mode())
            );
    }
}

/// The bits stand in bytes, most significant first; extra_bits_stored of the last byte count.
Result<Signed> members_of(const cosmos::crypto::multisig::v1beta1::CompactBitArray& array) {
    const std::string& bytes = array.elems();
    const std::uint32_t extra = array.extra_bits_stored();
    if (bytes.empty() || bytes.size() > (multisig_members_max + 7) / 8 || extra > 7) {
        return invalid("bit array of {} bytes, {} bits in the last", bytes.size(), extra);
    }
    const std::size_t size = bytes.size() * 8 - (extra == 0 ? 0 : 8 - extra);
    Signed members(size);
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
        const bool bit = (static_cast<unsigned char>(bytes[i / 8]) >> (7 - i % 8) & 1) != 0;
        if (i < size) {
            members[i] = bit;
        } else if (bit) {
            return invalid("bit array has a bit behind its {} bits", size);
        }
    }
    return members;
}

Result<void> read_mode(const pb::ModeInfo& mode, SignerInfo& signer) {
    switch (mode.sum_case()) {
        case pb::ModeInfo::kSingle: {
            TRY_ASSIGN(signer.mode, mode_of(mode.single()));
            return {};
        }
        case pb::ModeInfo::kMulti: {
            TRY_ASSIGN(signer.members, members_of(mode.multi().bitarray()));
            signer.mode = SignMode::legacy_amino_json;
            for (const pb::ModeInfo& member : mode.multi().mode_infos()) {
                if (!member.has_single()) {
                    return unsupported("nested multisig keys");
                }
                TRY_ASSIGN(const SignMode member_mode, mode_of(member.single()));
                if (member_mode != SignMode::legacy_amino_json) {
                    return unsupported(
                        "members of a multisig key that sign in another mode than "
                        "LEGACY_AMINO_JSON"
                    );
                }
            }
            const auto marked = std::count(signer.members->begin(), signer.members->end(), true);
            if (marked != mode.multi().mode_infos_size()) {
                return invalid(
                    "multisig has {} modes for {} members that signed",
                    mode.multi().mode_infos_size(),
                    marked
                );
            }
            return {};
        }
        case pb::ModeInfo::SUM_NOT_SET:
            break;
    }
    return invalid("a signer has no mode");
}

Result<SignerInfo> read_signer(const pb::SignerInfo& info) {
    SignerInfo signer{.sequence = info.sequence()};
    if (info.has_public_key()) {
        TRY_ASSIGN(signer.key, unpack_account_key(info.public_key()));
    }
    TRY(read_mode(info.mode_info(), signer));
    const bool is_multisig = signer.key && std::holds_alternative<MultisigKey>(*signer.key);
    if (signer.key && is_multisig != signer.members.has_value()) {
        return invalid("a signer's mode does not fit the kind of its key");
    }
    return signer;
}

Result<Fee> read_fee(const pb::Fee& message) {
    if (!message.granter().empty()) {
        return unsupported("fee granters");
    }
    Fee fee{.gas_limit = message.gas_limit(), .payer = message.payer()};
    std::vector<chain::Coin> coins;
    for (const auto& coin : message.amount()) {
        TRY_ASSIGN(chain::Coin read, chain::decode_coin(proto::serialize(coin)));
        coins.push_back(std::move(read));
    }
    TRY_ASSIGN(fee.amount, chain::Coins::make(std::move(coins)));
    return fee;
}

Result<void> read_body(ByteView bytes, DecodedTx& tx) {
    pb::TxBody body;
    TRY(proto::strict_parse(body, bytes, body_limits));
    if (body.unordered() || body.has_timeout_timestamp()) {
        return unsupported("unordered transactions");
    }
    if (body.messages_size() > static_cast<int>(messages_max)) {
        return fail(
            ErrorCode::too_large,
            "transaction has {} messages, limit {}",
            body.messages_size(),
            messages_max
        );
    }
    for (const google::protobuf::Any& message : body.messages()) {
        tx.messages.push_back({message.type_url(), to_bytes(as_bytes(message.value()))});
    }
    tx.memo = body.memo();
    tx.timeout_height = body.timeout_height();
    tx.has_extension_options =
        body.extension_options_size() != 0 || body.non_critical_extension_options_size() != 0;
    return {};
}

Result<void> read_auth_info(ByteView bytes, DecodedTx& tx) {
    pb::AuthInfo auth_info;
    TRY(proto::strict_parse(auth_info, bytes, auth_limits));
    if (auth_info.has_tip()) {
        return unsupported("tips");
    }
    if (!auth_info.has_fee()) {
        return invalid("transaction has no fee");
    }
    if (auth_info.signer_infos_size() > static_cast<int>(chain::tx_signatures_max)) {
        return fail(
            ErrorCode::too_large,
            "transaction has {} signers, limit {}",
            auth_info.signer_infos_size(),
            chain::tx_signatures_max
        );
    }
    for (const pb::SignerInfo& info : auth_info.signer_infos()) {
        TRY_ASSIGN(SignerInfo signer, read_signer(info));
        tx.signers.push_back(std::move(signer));
    }
    TRY_ASSIGN(tx.fee, read_fee(auth_info.fee()));
    return {};
}

}  // namespace

Result<DecodedTx> decode_tx(ByteView bytes) {
    DecodedTx tx;
    TRY_ASSIGN(tx.raw, chain::decode_tx_raw(bytes));
    TRY(read_body(tx.raw.body, tx));
    TRY(read_auth_info(tx.raw.auth_info, tx));
    return tx;
}

}  // namespace steelyard::tx
