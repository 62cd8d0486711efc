// Rules T1 to T5: what needs no state.
#include "ledger/messages/fields.h"
#include "ledger/pipeline/pipeline.h"
#include "tx/signers.h"

#include <google/protobuf/message.h>

#include <algorithm>

namespace steelyard::pipeline {
namespace {

using chain::Address;
namespace kinds = ledger::kinds;

/// Rules T1 and T2.
Outcome<tx::DecodedTx> decode(ByteView bytes) {
    Result<tx::DecodedTx> decoded = tx::decode_tx(bytes);
    if (!decoded) {
        const bool is_foreign = decoded.error().code() == ErrorCode::unsupported;
        return refuse(
            is_foreign ? kinds::not_supported : kinds::tx_decode, "{}", decoded.error().message()
        );
    }
    if (decoded->has_extension_options) {
        return refuse(
            kinds::unknown_extension_options, "extension options are not supported on this chain"
        );
    }
    return *std::move(decoded);
}

/// Most messages name accounts; those of validators name operators, which are the same bytes.
Outcome<Address> read_signer(std::string_view text) {
    return text.starts_with(ledger::operator_prefix) ? messages::read_operator("signer", text)
                                                     : messages::read_account("signer", text);
}

void add_signer(const Address& signer, std::vector<Address>& signers) {
    if (std::ranges::find(signers, signer) == signers.end()) {
        signers.push_back(signer);
    }
}

Outcome<void> read_message(const tx::PackedMessage& packed, ReadTx& tx) {
    const messages::MessageType* const type = messages::find_message_type(packed.type_url);
    if (type == nullptr) {
        return refuse(kinds::unknown_request, "no message type \"{}\"", packed.type_url);
    }
    TRY_ASSIGN(auto message, messages::read_message(*type, packed.value));
    TRY_ASSIGN(
        const std::vector<std::string> texts, or_refuse(kinds::tx_decode, tx::signers_of(*message))
    );
    std::vector<Address> signers;
    for (const std::string& text : texts) {
        TRY_ASSIGN(const Address signer, read_signer(text));
        add_signer(signer, signers);
        add_signer(signer, tx.signers);
    }
    tx.types.push_back(type);
    tx.messages.push_back(std::move(message));
    tx.signers_of_messages.push_back(std::move(signers));
    return {};
}

Outcome<void> check_memo(const ReadTx& tx, const ledger::Params& params) {
    const std::size_t memo_size = tx.decoded.memo.size();
    if (memo_size > params.auth.max_memo_characters) {
        return refuse(
            kinds::memo_too_large,
            "maximum number of characters is {} but received {} characters",
            params.auth.max_memo_characters,
            memo_size
        );
    }
    return {};
}

/// Rule T3, but for the memo.
Outcome<void> read_messages(ReadTx& tx) {
    if (tx.decoded.messages.empty()) {
        return refuse(kinds::invalid_request, "must contain at least one message");
    }
    for (const tx::PackedMessage& packed : tx.decoded.messages) {
        TRY(read_message(packed, tx));
    }
    if (tx.types.size() > 1 && pipeline::lane_of(tx) == messages::Lane::proof) {
        return refuse(kinds::invalid_request, "a spot check is not alone in its transaction");
    }
    return {};
}

/// Rule T4.
Outcome<void> check_signers(ReadTx& tx) {
    CHECK(!tx.signers.empty());
    tx.payer = tx.signers.front();
    if (!tx.decoded.fee.payer.empty()) {
        TRY_ASSIGN(tx.payer, messages::read_account("fee payer", tx.decoded.fee.payer));
        add_signer(tx.payer, tx.signers);
    }
    const std::size_t signers = tx.signers.size();
    const std::size_t signatures = tx.decoded.raw.signatures.size();
    if (signers > chain::tx_signatures_max) {
        return refuse(
            kinds::too_many_signatures, "{} signers, limit {}", signers, chain::tx_signatures_max
        );
    }
    if (signatures == 0) {
        return refuse(kinds::no_signatures, "expected {}", signers);
    }
    if (signatures != signers || tx.decoded.signers.size() != signers) {
        return refuse(
            kinds::unauthorized,
            "wrong number of signers; expected {}, got {} signatures and {} signer infos",
            signers,
            signatures,
            tx.decoded.signers.size()
        );
    }
    return {};
}

/// Rule T5.
Outcome<void> check_gas_limit(const ReadTx& tx, const ledger::Params& params) {
    const std::uint64_t limit = tx.decoded.fee.gas_limit;
    if (limit == 0 || limit > params.fees.tx_gas_max) {
        return refuse(
            kinds::invalid_gas_limit,
            "gas limit is {}, must be from 1 to {}",
            limit,
            params.fees.tx_gas_max
        );
    }
    return {};
}

}  // namespace

messages::Lane lane_of(const ReadTx& tx) {
    using messages::Lane;
    Lane lane = Lane::proof;
    bool has_proof = false;
    for (const messages::MessageType* type : tx.types) {
        has_proof = has_proof || type->lane == Lane::proof;
        lane = std::max(lane, type->lane);
    }
    return has_proof ? Lane::proof : lane;
}

Outcome<ReadTx> read_tx(ByteView bytes, const ledger::Params& params, bool simulate) {
    ReadTx tx{.size = bytes.size()};
    TRY_ASSIGN(tx.decoded, decode(bytes));
    TRY(check_memo(tx, params));
    TRY(read_messages(tx));
    TRY(check_signers(tx));
    if (!simulate) {
        TRY(check_gas_limit(tx, params));
    }
    return tx;
}

/// In the order of read_tx: what comes between the two holds under all parameters.
Outcome<void> check_limits(const ReadTx& tx, const ledger::Params& params) {
    TRY(check_memo(tx, params));
    return check_gas_limit(tx, params);
}

Outcome<ReadTxPtr> read_anew(ByteView bytes, const ledger::Params& params) {
    TRY_ASSIGN(ReadTx tx, read_tx(bytes, params));
    return std::make_shared<const ReadTx>(std::move(tx));
}

std::size_t memory_of(const ReadTx& tx) {
    const tx::DecodedTx& decoded = tx.decoded;
    std::size_t size = sizeof(ReadTx) + decoded.raw.body.size() + decoded.raw.auth_info.size() +
                       decoded.memo.size() + decoded.fee.payer.size();
    for (const Bytes& signature : decoded.raw.signatures) {
        size += sizeof(Bytes) + signature.size();
    }
    for (const tx::PackedMessage& message : decoded.messages) {
        size += sizeof(message) + message.type_url.size() + message.value.size();
    }
    for (const tx::SignerInfo& signer : decoded.signers) {
        const auto* const multisig =
            signer.key ? std::get_if<tx::MultisigKey>(&*signer.key) : nullptr;
        size += sizeof(signer) +
                (multisig == nullptr ? 0 : multisig->members.size() * sizeof(crypto::PublicKey));
    }
    for (const chain::Coin& coin : decoded.fee.amount.all()) {
        size += sizeof(coin) + coin.denom.text().size();
    }
    for (std::size_t i = 0; i < tx.messages.size(); ++i) {
        size += sizeof(void*) + tx.messages[i]->SpaceUsedLong() +
                sizeof(std::vector<chain::Address>) +
                tx.signers_of_messages[i].size() * sizeof(chain::Address);
    }
    return size + tx.signers.size() * sizeof(chain::Address);
}

}  // namespace steelyard::pipeline
