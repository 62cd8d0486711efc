// tx: what operators of validators do.
#include "base/base64.h"
#include "bin/steelyard/tx.h"
#include "bin/steelyard/tx_fields.h"
#include "client/transactions.h"
#include "cosmos/crypto/ed25519/keys.pb.h"
#include "cosmos/crypto/secp256k1/keys.pb.h"
#include "cosmos/slashing/v1beta1/tx.pb.h"
#include "cosmos/staking/v1beta1/tx.pb.h"
#include "proto/codec.h"
#include "proto/json.h"

#include <google/protobuf/any.pb.h>
#include <boost/json.hpp>
#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace staking = cosmos::staking::v1beta1;
namespace json = boost::json;

/// In a MsgEditValidator: the text stays as it is.
constexpr const char* do_not_modify = "[do-not-modify]";

struct Description {
    std::string moniker;
    std::string identity;
    std::string website;
    std::string security_contact;
    std::string details;
};

struct CreateArguments {
    Description description;
    std::string public_key;
    std::string amount;
    std::string rate = "0.1";
    std::string max_rate = "0.2";
    std::string max_change_rate = "0.01";
    std::string min_self_delegation = "1";
};

struct EditArguments {
    Description description{
        do_not_modify, do_not_modify, do_not_modify, do_not_modify, do_not_modify
    };
    std::string rate;
    std::string min_self_delegation;
};

void add_description(CLI::App& command, Description& out) {
    command.add_option("--moniker", out.moniker, "The validator's name, for people");
    command.add_option("--identity", out.identity, "Such as a Keybase fingerprint");
    command.add_option("--website", out.website, "Of the operator");
    command.add_option("--security-contact", out.security_contact, "An address for reports");
    command.add_option("--details", out.details, "What else there is to say");
}

void set_description(staking::Description& out, const Description& description) {
    out.set_moniker(description.moniker);
    out.set_identity(description.identity);
    out.set_website(description.website);
    out.set_security_contact(description.security_contact);
    out.set_details(description.details);
}

template <typename Key>
google::protobuf::Any packed_key(ByteView bytes) {
    Key key;
    key.set_key(std::string(as_text(bytes)));
    google::protobuf::Any any;
    any.set_type_url("/" + key.GetDescriptor()->full_name());
    any.set_value(std::string(as_text(proto::serialize(key))));
    return any;
}

/// {"type":"tendermint/PubKey...","value":"BASE64"}, as `steelyardd show-validator` prints it, or
/// {"@type":"/cosmos.crypto...","key":"BASE64"}.
Outcome<google::protobuf::Any> parse_consensus_key(const std::string& text) {
    json::error_code error;
    const json::value value = json::parse(text, error);
    const auto* const object = error ? nullptr : value.if_object();
    const auto member = [&](std::string_view name) {
        const auto* const found =
            object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
    };
    const bool own = !member("type").empty();
    const std::string type = own ? member("type") : member("@type");
    const auto bytes = from_base64(own ? member("value") : member("key"));
    for (const auto key_type : {crypto::KeyType::secp256k1, crypto::KeyType::ed25519}) {
        const bool is_secp = key_type == crypto::KeyType::secp256k1;
        const std::string_view url =
            is_secp ? "/cosmos.crypto.secp256k1.PubKey" : "/cosmos.crypto.ed25519.PubKey";
        if (!bytes || (type != crypto::public_key_json_type(key_type) && type != url)) {
            continue;
        }
        TRY(crypto::PublicKey::parse(key_type, *bytes));
        return is_secp ? packed_key<cosmos::crypto::secp256k1::PubKey>(*bytes)
                       : packed_key<cosmos::crypto::ed25519::PubKey>(*bytes);
    }
    return usage("--pubkey is no public key; it takes what `steelyardd show-validator` prints");
}

Outcome<std::string> self_delegation(const std::string& text) {
    TRY_ASSIGN(const auto amount, chain::Amount::parse(text));
    if (amount.is_zero()) {
        return usage("--min-self-delegation is at least 1 (in {})", client::base_denom);
    }
    return text;
}

Outcome<Messages> make_create(const Making& making, const CreateArguments& arguments) {
    staking::MsgCreateValidator message;
    set_description(*message.mutable_description(), arguments.description);
    auto& rates = *message.mutable_commission();
    TRY_ASSIGN(*rates.mutable_rate(), share_on_wire("--commission-rate", arguments.rate));
    TRY_ASSIGN(
        *rates.mutable_max_rate(), share_on_wire("--commission-max-rate", arguments.max_rate)
    );
    TRY_ASSIGN(
        *rates.mutable_max_change_rate(),
        share_on_wire("--commission-max-change-rate", arguments.max_change_rate)
    );
    TRY_ASSIGN(
        *message.mutable_min_self_delegation(), self_delegation(arguments.min_self_delegation)
    );
    TRY_ASSIGN(*message.mutable_pubkey(), parse_consensus_key(arguments.public_key));
    TRY_ASSIGN(const auto amount, positive_stake(arguments.amount));
    set_coin(*message.mutable_value(), amount);
    message.set_validator_address(making.actor.validator());
    return Messages{client::pack(message)};
}

Outcome<Messages> make_edit(const Making& making, const EditArguments& arguments) {
    staking::MsgEditValidator message;
    set_description(*message.mutable_description(), arguments.description);
    if (!arguments.rate.empty()) {
        TRY_ASSIGN(
            *message.mutable_commission_rate(), share_on_wire("--commission-rate", arguments.rate)
        );
    }
    if (!arguments.min_self_delegation.empty()) {
        TRY_ASSIGN(
            *message.mutable_min_self_delegation(), self_delegation(arguments.min_self_delegation)
        );
    }
    message.set_validator_address(making.actor.validator());
    return Messages{client::pack(message)};
}

Outcome<Messages> make_unjail(const Making& making) {
    cosmos::slashing::v1beta1::MsgUnjail message;
    message.set_validator_addr(making.actor.validator());
    return Messages{client::pack(message)};
}

}  // namespace

void add_validator_txs(CLI::App& tx, Context& context) {
    auto create = std::make_shared<CreateArguments>();
    auto* command = add_maker(
        tx,
        context,
        "create-validator",
        "Become a validator",
        [create](const Making& making) { return make_create(making, *create); }
    );
    add_description(*command, create->description);
    command->get_option("--moniker")->required();
    command
        ->add_option(
            "--pubkey", create->public_key, "What `steelyardd show-validator` prints on the node"
        )
        ->required();
    command->add_option("--amount", create->amount, "Its own stake, such as 100yard")->required();
    command->add_option("--commission-rate", create->rate, "Share of the rewards of others")
        ->capture_default_str();
    command->add_option("--commission-max-rate", create->max_rate, "Never more than this")
        ->capture_default_str();
    command
        ->add_option(
            "--commission-max-change-rate", create->max_change_rate, "Most change in a day"
        )
        ->capture_default_str();
    command
        ->add_option(
            "--min-self-delegation", create->min_self_delegation, "Least own stake, in uyard"
        )
        ->capture_default_str();

    auto edit = std::make_shared<EditArguments>();
    command = add_maker(
        tx,
        context,
        "edit-validator",
        "Change what a validator says of itself",
        [edit](const Making& making) { return make_edit(making, *edit); }
    );
    add_description(*command, edit->description);
    command->add_option("--commission-rate", edit->rate, "Else it stays");
    command->add_option("--min-self-delegation", edit->min_self_delegation, "Else it stays");

    add_maker(tx, context, "unjail", "Let a jailed validator take part again", make_unjail);
}

}  // namespace steelyard::wallet
