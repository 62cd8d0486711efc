#include "tests/support/ledger/stake_wishes.h"

#include "cosmos/crypto/ed25519/keys.pb.h"
#include "cosmos/crypto/secp256k1/keys.pb.h"
#include "cosmos/staking/v1beta1/tx.pb.h"
#include "ledger/state/values.h"
#include "proto/codec.h"

namespace steelyard::test {
namespace {

namespace pb = cosmos::staking::v1beta1;
using chain::Amount;
using chain::Dec;
using ledger::account_text;
using ledger::operator_text;

void fill_stake(cosmos::base::v1beta1::Coin& coin, const Drawing& drawing, Amount amount) {
    coin.set_denom(drawing.dice.chance(10) ? "uabc" : std::string(ledger::base_denom));
    coin.set_amount(to_string(amount));
}

google::protobuf::Any pack_consensus_key(const crypto::PublicKey& key) {
    google::protobuf::Any any;
    const auto pack = [&](auto message) {
        message.set_key(std::string(as_text(key.bytes())));
        any.set_type_url("/" + message.GetDescriptor()->full_name());
        any.set_value(std::string(as_text(proto::serialize(message))));
    };
    if (key.type() == crypto::KeyType::ed25519) {
        pack(cosmos::crypto::ed25519::PubKey());
    } else {
        pack(cosmos::crypto::secp256k1::PubKey());
    }
    return any;
}

/// A fraction from 0 to `permille` thousandths, with all its places.
Dec draw_fraction(Dice& dice, std::int64_t permille) {
    const auto dec =
        Dec::from_scaled(Int128{dice.between(0, permille * 1'000)} * (Dec::scale / 1'000'000));
    CHECK(dec.has_value());
    return *dec;
}

Amount balance_of(const Drawing& drawing, std::size_t person) {
    const auto denom = chain::Denom::parse(ledger::base_denom);
    CHECK(denom.has_value());
    return drawing.survey.people[person].coins.amount_of(*denom);
}

std::string operator_of(const Drawing& drawing, std::size_t validator) {
    return operator_text(drawing.survey.validators[validator].validator.operator_address);
}

std::string text_of(const Drawing& drawing, std::size_t person) {
    return account_text(drawing.people[person].address);
}

}  // namespace

std::optional<std::size_t> draw_operator(const Drawing& drawing) {
    if (drawing.survey.operators.empty()) {
        return std::nullopt;
    }
    return drawing.dice.pick(drawing.survey.operators);
}

Amount draw_part(const Drawing& drawing, Amount of) {
    Dice& dice = drawing.dice;
    const Uint128 value = of.value();
    if (dice.chance(50)) {
        return Amount(1);
    }
    if (dice.chance(100)) {
        return of;
    }
    if (dice.chance(30)) {
        return Amount::from(value + 1).value_or(of);
    }
    // Small parts come often, so that what people have lasts.
    const Uint128 part = value / (Uint128{1} << dice.index(12));
    return Amount::from(part * static_cast<Uint128>(dice.between(1, 1'000)) / 1'000).value_or(of);
}

MessagePtr create_validator(const Drawing& drawing) {
    Dice& dice = drawing.dice;
    const std::size_t able =
        std::min(drawing.people.size(), drawing.survey.restraint.operators_max);
    const std::size_t person = dice.index(able);
    if (drawing.survey.runs_validator(person) && !dice.chance(20)) {
        return nullptr;
    }
    auto message = std::make_unique<pb::MsgCreateValidator>();
    message->mutable_description()->set_moniker("validator " + std::to_string(person));
    const Dec max_rate = draw_fraction(dice, 1'000);
    const auto part = [&] {
        return *multiply(max_rate, draw_fraction(dice, 1'000), chain::Rounding::truncate);
    };
    const bool is_greedy = dice.chance(20);
    auto& rates = *message->mutable_commission();
    rates.set_rate(to_wire(is_greedy ? Dec(2) : part()));
    rates.set_max_rate(to_wire(max_rate));
    rates.set_max_change_rate(to_wire(part()));
    const Amount stake = draw_part(drawing, balance_of(drawing, person));
    const auto stake_half =
        static_cast<std::int64_t>(std::min<Uint128>(stake.value() / 2, 1'000'000'000));
    const auto min = dice.chance(500) ? 1 : dice.between(1, std::max<std::int64_t>(1, stake_half));
    message->set_min_self_delegation(std::to_string(min));
    if (dice.chance(500)) {
        message->set_delegator_address(text_of(drawing, person));
    }
    message->set_validator_address(operator_text(drawing.people[person].address));
    const crypto::PublicKey key =
        drawing.people.consensus_key(person, dice.index(People::keys_each));
    *message->mutable_pubkey() = pack_consensus_key(key);
    fill_stake(*message->mutable_value(), drawing, stake);
    return message;
}

MessagePtr edit_validator(const Drawing& drawing) {
    Dice& dice = drawing.dice;
    const auto person = draw_operator(drawing);
    if (!person) {
        return nullptr;
    }
    constexpr const char* keep = "[do-not-modify]";
    auto message = std::make_unique<pb::MsgEditValidator>();
    auto& description = *message->mutable_description();
    description.set_moniker(dice.chance(500) ? keep : "renamed");
    description.set_identity(keep);
    description.set_website(dice.chance(500) ? keep : "https://example.org");
    description.set_security_contact(keep);
    description.set_details(dice.chance(500) ? keep : "");
    message->set_validator_address(operator_text(drawing.people[*person].address));
    if (dice.chance(300)) {
        message->set_commission_rate(to_wire(draw_fraction(dice, 500)));
    }
    if (dice.chance(200)) {
        message->set_min_self_delegation(std::to_string(dice.between(1, 10'000'000)));
    }
    return message;
}

MessagePtr delegate(const Drawing& drawing) {
    if (drawing.survey.validators.empty()) {
        return nullptr;
    }
    const std::size_t person = drawing.dice.index(drawing.people.size());
    const std::size_t validator = drawing.dice.index(drawing.survey.validators.size());
    auto message = std::make_unique<pb::MsgDelegate>();
    message->set_delegator_address(text_of(drawing, person));
    message->set_validator_address(operator_of(drawing, validator));
    const Amount amount = draw_part(drawing, balance_of(drawing, person));
    fill_stake(*message->mutable_amount(), drawing, amount);
    return message;
}

MessagePtr undelegate(const Drawing& drawing) {
    if (drawing.survey.stakes.empty()) {
        return nullptr;
    }
    const Survey::Stake& stake = drawing.dice.pick(drawing.survey.stakes);
    auto message = std::make_unique<pb::MsgUndelegate>();
    message->set_delegator_address(text_of(drawing, stake.person));
    message->set_validator_address(operator_of(drawing, stake.validator));
    const bool is_all = drawing.dice.chance(200);
    const Amount amount = is_all ? stake.worth : draw_part(drawing, stake.worth);
    fill_stake(*message->mutable_amount(), drawing, amount);
    return message;
}

MessagePtr redelegate(const Drawing& drawing) {
    if (drawing.survey.stakes.empty()) {
        return nullptr;
    }
    const Survey::Stake& stake = drawing.dice.pick(drawing.survey.stakes);
    const std::size_t destination = drawing.dice.index(drawing.survey.validators.size());
    auto message = std::make_unique<pb::MsgBeginRedelegate>();
    message->set_delegator_address(text_of(drawing, stake.person));
    message->set_validator_src_address(operator_of(drawing, stake.validator));
    message->set_validator_dst_address(operator_of(drawing, destination));
    const bool is_all = drawing.dice.chance(200);
    const Amount amount = is_all ? stake.worth : draw_part(drawing, stake.worth);
    fill_stake(*message->mutable_amount(), drawing, amount);
    return message;
}

MessagePtr cancel_unbonding(const Drawing& drawing) {
    if (drawing.survey.waiting.empty()) {
        return nullptr;
    }
    const Survey::Waiting& waiting = drawing.dice.pick(drawing.survey.waiting);
    auto message = std::make_unique<pb::MsgCancelUnbondingDelegation>();
    message->set_delegator_address(text_of(drawing, waiting.person));
    message->set_validator_address(operator_of(drawing, waiting.validator));
    const bool is_all = drawing.dice.chance(400);
    const Amount amount =
        is_all ? waiting.entry.balance : draw_part(drawing, waiting.entry.balance);
    fill_stake(*message->mutable_amount(), drawing, amount);
    const std::int64_t shift = drawing.dice.chance(30) ? 1 : 0;
    message->set_creation_height(waiting.entry.creation_height.value() + shift);
    return message;
}

}  // namespace steelyard::test
