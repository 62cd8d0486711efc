#include "tests/support/ledger/signed_tx.h"

#include "cosmos/tx/v1beta1/tx.pb.h"
#include "crypto/bech32.h"
#include "ledger/state/values.h"
#include "proto/codec.h"
#include "tx/signers.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::test {
namespace {

namespace pb = cosmos::tx::v1beta1;
using cosmos::tx::signing::v1beta1::SIGN_MODE_DIRECT;
using cosmos::tx::signing::v1beta1::SIGN_MODE_LEGACY_AMINO_JSON;

std::optional<std::size_t> find_person(const People& people, std::string_view text) {
    for (const std::string_view prefix : {ledger::account_prefix, ledger::operator_prefix}) {
        if (const auto bytes = crypto::decode_address(prefix, text); bytes && bytes->size() == 20) {
            return people.find(to_array(ByteView(*bytes).first<20>()));
        }
    }
    return std::nullopt;
}

void add_once(std::vector<std::size_t>& list, std::optional<std::size_t> person) {
    if (person && std::ranges::find(list, *person) == list.end()) {
        list.push_back(*person);
    }
}

Bytes make_body(const TxPlan& plan) {
    pb::TxBody body;
    for (const MessagePtr& message : plan.messages) {
        auto& any = *body.add_messages();
        any.set_type_url("/" + message->GetDescriptor()->full_name());
        any.set_value(std::string(as_text(proto::serialize(*message))));
    }
    if (plan.flaw == Flaw::unknown_type) {
        body.mutable_messages(0)->set_type_url("/cosmos.gov.v1beta1.MsgVote");
    }
    body.set_memo(plan.memo);
    body.set_timeout_height(plan.flaw == Flaw::past_timeout ? 1 : plan.timeout_height);
    return proto::serialize(body);
}

/// Which members of a multisig key sign: as many as must, and sometimes one more.
std::vector<bool> draw_members(const tx::MultisigKey& key, Dice& dice) {
    std::vector<bool> members(key.members.size());
    std::size_t left = key.threshold;
    left += left < members.size() && dice.chance(300) ? 1 : 0;
    while (left > 0) {
        const std::size_t member = dice.index(members.size());
        left -= members[member] ? 0 : 1;
        members[member] = true;
    }
    return members;
}

void set_bits(pb::ModeInfo::Multi& multi, const std::vector<bool>& members) {
    std::string bytes((members.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i]) {
            bytes[i / 8] = static_cast<char>(bytes[i / 8] | 0x80 >> i % 8);
            multi.add_mode_infos()->mutable_single()->set_mode(SIGN_MODE_LEGACY_AMINO_JSON);
        }
    }
    multi.mutable_bitarray()->set_extra_bits_stored(members.size() % 8);
    multi.mutable_bitarray()->set_elems(bytes);
}

/// One signer's part of the transaction.
struct Signing {
    const Person& person;
    tx::SignMode mode = tx::SignMode::direct;
    std::vector<bool> members{};  ///< of a multisig key
};

Signing draw_signing(const Person& person, Dice& dice) {
    Signing signing{person};
    if (const auto* const multisig = std::get_if<tx::MultisigKey>(&person.key)) {
        signing.members = draw_members(*multisig, dice);
        signing.mode = tx::SignMode::legacy_amino_json;
    } else if (dice.chance(400)) {
        signing.mode = tx::SignMode::legacy_amino_json;
    }
    return signing;
}

void describe(const Signing& signing, pb::SignerInfo& info) {
    if (!signing.members.empty()) {
        set_bits(*info.mutable_mode_info()->mutable_multi(), signing.members);
    } else {
        info.mutable_mode_info()->mutable_single()->set_mode(
            signing.mode == tx::SignMode::direct ? SIGN_MODE_DIRECT : SIGN_MODE_LEGACY_AMINO_JSON
        );
    }
}

Bytes make_signature(const Signing& signing, ByteView message) {
    if (signing.members.empty()) {
        return to_bytes(signing.person.private_keys.front().sign(message));
    }
    cosmos::crypto::multisig::v1beta1::MultiSignature all;
    for (std::size_t i = 0; i < signing.members.size(); ++i) {
        if (signing.members[i]) {
            const crypto::Signature one = signing.person.private_keys[i].sign(message);
            all.add_signatures(std::string(as_text(one)));
        }
    }
    return proto::serialize(all);
}

Bytes make_auth_info(
    const TxPlan& plan, const std::vector<Signing>& signings, const Places& places, Dice& dice
) {
    pb::AuthInfo auth;
    for (std::size_t i = 0; i < signings.size(); ++i) {
        pb::SignerInfo& info = *auth.add_signer_infos();
        if (places[i].sequence == 0 || dice.chance(500)) {
            *info.mutable_public_key() = tx::pack_account_key(signings[i].person.key);
        }
        describe(signings[i], info);
        const bool is_wrong = plan.flaw == Flaw::wrong_sequence && i + 1 == signings.size();
        info.set_sequence(places[i].sequence + (is_wrong ? 1 : 0));
    }
    pb::Fee& fee = *auth.mutable_fee();
    if (!plan.fee.is_zero()) {
        auto& coin = *fee.add_amount();
        coin.set_denom(std::string(ledger::base_denom));
        coin.set_amount(to_string(plan.fee));
    }
    fee.set_gas_limit(plan.flaw == Flaw::no_gas ? 0 : plan.gas_limit);
    if (plan.payer) {
        fee.set_payer(ledger::account_text(*plan.payer));
    }
    return proto::serialize(auth);
}

}  // namespace

std::vector<std::size_t> signers_of(const People& people, const TxPlan& plan) {
    std::vector<std::size_t> signers;
    for (const MessagePtr& message : plan.messages) {
        const auto texts = tx::signers_of(*message);
        for (const std::string& text : texts ? *texts : std::vector<std::string>()) {
            add_once(signers, find_person(people, text));
        }
    }
    if (plan.payer) {
        add_once(signers, people.find(*plan.payer));
    }
    return signers;
}

Bytes sign_tx(const People& people, const TxPlan& plan, const Places& places, Dice& dice) {
    std::vector<Signing> signings;
    for (const std::size_t signer : signers_of(people, plan)) {
        signings.push_back(draw_signing(people[signer], dice));
    }
    CHECK(signings.size() == places.size());
    chain::TxRaw raw{
        .body = make_body(plan), .auth_info = make_auth_info(plan, signings, places, dice)
    };
    const auto decoded = [&] {
        chain::TxRaw unsigned_raw = raw;
        unsigned_raw.signatures.resize(signings.size());
        return tx::decode_tx(chain::encode_tx_raw(unsigned_raw));
    }();
    for (std::size_t i = 0; i < signings.size(); ++i) {
        tx::SignerPlace place = places[i];
        place.account_number += plan.flaw == Flaw::bad_signature && i + 1 == places.size() ? 1 : 0;
        // What cannot be read needs no good signature.
        Bytes message = {0};
        if (decoded) {
            message = tx::sign_bytes(*decoded, signings[i].mode, place).value_or(message);
        }
        raw.signatures.push_back(make_signature(signings[i], message));
    }
    Bytes tx = chain::encode_tx_raw(raw);
    if (plan.flaw == Flaw::torn) {
        tx.pop_back();
    }
    return tx;
}

}  // namespace steelyard::test
