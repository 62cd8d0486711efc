#include "ledger/staking/validator.h"

#include "base/check.h"
#include "ledger/staking/keys.h"
#include "ledger/staking/kinds.h"
#include "ledger/staking/queue.h"
#include "ledger/staking/records.h"

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

constexpr ByteArray<1> present = {1};

Validator read_validator(ByteView bytes) {
    Result<Validator> validator = decode_validator(bytes);
    CHECK(validator.has_value());
    return *std::move(validator);
}

/// Where the validator stands in the order of powers; nothing: nowhere.
std::optional<Bytes> place_of(const Member& member) {
    const std::int64_t power = power_of(member.validator.tokens);
    if (member.validator.jailed || power < 1) {
        return std::nullopt;
    }
    return power_key(power, member.number).bytes();
}

/// When its unbonding ends; nothing: it is not under way.
std::optional<Waiting> wait_of(const Member& member) {
    if (member.validator.status != Status::unbonding) {
        return std::nullopt;
    }
    return Waiting{
        .time = member.validator.unbonding_time, .kind = Waits::validator, .first = member.number
    };
}

std::optional<Member> member_or_none(ValidatorNumber number, std::optional<Validator> validator) {
    return validator ? std::optional(Member{number, *std::move(validator)}) : std::nullopt;
}

/// Moves the rows that follow from a validator's record from where they were to where they belong.
Outcome<void> move_index_rows(
    StateView& state, const std::optional<Member>& before, const std::optional<Member>& after
) {
    const auto old_place = before ? place_of(*before) : std::nullopt;
    const auto new_place = after ? place_of(*after) : std::nullopt;
    if (old_place != new_place) {
        if (old_place) {
            TRY(state.erase(Store::staking, *old_place));
        }
        if (new_place) {
            TRY(state.put(Store::staking, *new_place, present));
        }
    }
    const auto old_wait = before ? wait_of(*before) : std::nullopt;
    const auto new_wait = after ? wait_of(*after) : std::nullopt;
    if (old_wait != new_wait) {
        if (old_wait) {
            TRY(dequeue(state, *old_wait));
        }
        if (new_wait) {
            TRY(enqueue(state, *new_wait));
        }
    }
    return {};
}

/// The rows of a record that is new.
Outcome<void> put_names(StateView& state, const Member& member) {
    const Bytes number = number_bytes(member.number);
    const Validator& validator = member.validator;
    TRY(state.put(Store::staking, operator_key(validator.operator_address), number));
    TRY(state.put(Store::staking, consensus_key(validator.consensus_key->address()), number));
    TRY_ASSIGN(const ValidatorNumber next, next_number(state));
    if (member.number < next) {
        return {};
    }
    const ValidatorNumber following{static_cast<std::uint32_t>(member.number) + 1};
    return state.put(Store::staking, next_number_key(), number_bytes(following));
}

}  // namespace

std::int64_t power_of(Amount tokens) {
    const auto power = checked_cast<std::int64_t>(tokens.value() / power_reduction);
    CHECK(power.has_value());
    return *power;
}

Dec tokens_of(const Validator& validator, Dec shares, chain::Rounding rounding) {
    if (validator.shares.is_zero()) {
        return Dec();
    }
    const auto tokens =
        chain::multiply_divide(shares, validator.tokens, validator.shares, rounding);
    CHECK(tokens.has_value());
    return *tokens;
}

Outcome<Dec> shares_of(const Validator& validator, Amount tokens) {
    if (!validator.shares.is_zero() && validator.tokens.is_zero()) {
        return refuse(kinds::insufficient_shares, "the validator's shares are worth nothing");
    }
    const std::optional<Dec> shares =
        validator.shares.is_zero()
            ? Dec::from_amount(tokens)
            : chain::multiply_divide(validator.shares, tokens, validator.tokens);
    if (!shares) {
        return refuse(
            ledger::kinds::invalid_request,
            "{} tokens are more than can be staked",
            to_string(tokens)
        );
    }
    return *shares;
}

Outcome<std::optional<Member>> find_by_operator(
    const StateView& state, const chain::Address& operator_address
) {
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, operator_key(operator_address)));
    if (!bytes) {
        return std::optional<Member>();
    }
    const ValidatorNumber number = read_number(*bytes);
    TRY_ASSIGN(auto validator, get_validator(state, number));
    CHECK(validator.has_value());
    return Member{number, *std::move(validator)};
}

Outcome<std::optional<ValidatorNumber>> find_by_consensus_address(
    const StateView& state, const chain::Address& consensus_address
) {
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, consensus_key(consensus_address)));
    return bytes ? std::optional(read_number(*bytes)) : std::nullopt;
}

Outcome<std::optional<Validator>> get_validator(const StateView& state, ValidatorNumber number) {
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, validator_key(number)));
    return bytes ? std::optional(read_validator(*bytes)) : std::nullopt;
}

Outcome<chain::Address> operator_of(const StateView& state, ValidatorNumber number) {
    TRY_ASSIGN(const auto validator, get_validator(state, number));
    if (validator) {
        return validator->operator_address;
    }
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, ended_key(number)));
    CHECK(bytes && bytes->size() == chain::Address().size());
    return to_array<20>(ByteView(*bytes).first<20>());
}

Outcome<ValidatorNumber> next_number(const StateView& state) {
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, next_number_key()));
    return bytes ? read_number(*bytes) : ValidatorNumber{0};
}

Outcome<void> walk_validators(
    const StateView& state, const std::function<Outcome<bool>(const Member&)>& visit
) {
    return state.walk(Store::staking, Key('v'), [&](const Record& record) {
        return visit({KeyReader(record.key).validator(), read_validator(record.value)});
    });
}

Outcome<void> put_validator(StateView& state, const Member& member) {
    TRY_ASSIGN(auto validator, get_validator(state, member.number));
    const auto before = member_or_none(member.number, std::move(validator));
    if (!before) {
        TRY(put_names(state, member));
    }
    TRY(move_index_rows(state, before, member));
    return state.put(
        Store::staking, validator_key(member.number), encode_validator(member.validator)
    );
}

Outcome<void> erase_validator(StateView& state, const Member& member) {
    const chain::Address& address = member.validator.operator_address;
    TRY(move_index_rows(state, member, std::nullopt));
    TRY(state.erase(Store::staking, operator_key(address)));
    TRY(state.put(Store::staking, ended_key(member.number), address));
    return state.erase(Store::staking, validator_key(member.number));
}

}  // namespace steelyard::staking
