#include "ledger/staking/records.h"

#include "base/protowire.h"
#include "ledger/state/values.h"

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using ledger::number_size;

/// More than any description or number of entries that a rule lets through.
constexpr std::size_t text_size_max = 3000;
constexpr std::size_t entries_max = 10'000;

Amount read_amount(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, ledger::parse_amount(reader.bytes(name, number_size)));
}

Dec read_dec(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, ledger::parse_dec(reader.bytes(name, number_size)));
}

chain::Height read_height(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, chain::Height::parse(reader.int64(name)));
}

chain::Timestamp read_time(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, chain::decode_timestamp(reader.message(name)));
}

Bytes encode_description(const Description& description) {
    ProtoWriter writer;
    writer.string(1, description.moniker);
    writer.string(2, description.identity);
    writer.string(3, description.website);
    writer.string(4, description.security_contact);
    writer.string(5, description.details);
    return std::move(writer).take();
}

Result<Description> decode_description(ByteView bytes) {
    Description description;
    ProtoReader reader("Description", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                description.moniker = reader.string("moniker", text_size_max);
                break;
            case 2:
                description.identity = reader.string("identity", text_size_max);
                break;
            case 3:
                description.website = reader.string("website", text_size_max);
                break;
            case 4:
                description.security_contact = reader.string("security_contact", text_size_max);
                break;
            case 5:
                description.details = reader.string("details", text_size_max);
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return description;
}

Bytes encode_rates(const CommissionRates& rates) {
    ProtoWriter writer;
    writer.bytes(1, ledger::dec_bytes(rates.rate));
    writer.bytes(2, ledger::dec_bytes(rates.max_rate));
    writer.bytes(3, ledger::dec_bytes(rates.max_change_rate));
    return std::move(writer).take();
}

Result<CommissionRates> decode_rates(ByteView bytes) {
    CommissionRates rates;
    ProtoReader reader("CommissionRates", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                rates.rate = read_dec(reader, "rate");
                break;
            case 2:
                rates.max_rate = read_dec(reader, "max_rate");
                break;
            case 3:
                rates.max_change_rate = read_dec(reader, "max_change_rate");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return rates;
}

Status read_status(ProtoReader& reader) {
    const std::uint32_t number = reader.uint32("status");
    if (number < 1 || number > 3) {
        reader.refuse("status", fmt::format("{} is no status", number));
        return Status::unbonded;
    }
    return static_cast<Status>(number);
}

void read_validator_field(ProtoReader& reader, Validator& validator) {
    switch (reader.field()) {
        case 1:
            validator.operator_address = reader.array<20>("operator_address");
            break;
        case 2:
            validator.operator_account = AccountNumber{reader.uint64("operator_account")};
            break;
        case 3:
            validator.consensus_key = reader.nested(
                "consensus_key", crypto::decode_public_key(reader.message("consensus_key"))
            );
            break;
        case 4:
            validator.jailed = reader.boolean("jailed");
            break;
        case 5:
            validator.status = read_status(reader);
            break;
        case 6:
            validator.tokens = read_amount(reader, "tokens");
            break;
        case 7:
            validator.shares = read_dec(reader, "shares");
            break;
        case 8:
            validator.description =
                reader.nested("description", decode_description(reader.message("description")));
            break;
        case 9:
            validator.unbonding_height = read_height(reader, "unbonding_height");
            break;
        case 10:
            validator.unbonding_time = read_time(reader, "unbonding_time");
            break;
        case 11:
            validator.commission =
                reader.nested("commission", decode_rates(reader.message("commission")));
            break;
        case 12:
            validator.commission_update_time = read_time(reader, "commission_update_time");
            break;
        case 13:
            validator.min_self_delegation = read_amount(reader, "min_self_delegation");
            break;
        default:
            reader.unknown();
    }
}

Result<UnbondingEntry> decode_unbonding_entry(ByteView bytes) {
    UnbondingEntry entry;
    ProtoReader reader("UnbondingEntry", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                entry.creation_height = read_height(reader, "creation_height");
                break;
            case 2:
                entry.completion_time = read_time(reader, "completion_time");
                break;
            case 3:
                entry.initial_balance = read_amount(reader, "initial_balance");
                break;
            case 4:
                entry.balance = read_amount(reader, "balance");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return entry;
}

Result<RedelegationEntry> decode_redelegation_entry(ByteView bytes) {
    RedelegationEntry entry;
    ProtoReader reader("RedelegationEntry", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                entry.creation_height = read_height(reader, "creation_height");
                break;
            case 2:
                entry.completion_time = read_time(reader, "completion_time");
                break;
            case 3:
                entry.initial_balance = read_amount(reader, "initial_balance");
                break;
            case 4:
                entry.destination_shares = read_dec(reader, "destination_shares");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return entry;
}

template <typename Entry>
Result<std::vector<Entry>> decode_entries(
    std::string_view name, ByteView bytes, Result<Entry> (*decode)(ByteView)
) {
    std::vector<Entry> entries;
    ProtoReader reader(name, bytes);
    while (reader.next()) {
        if (reader.field() != 1) {
            reader.unknown();
        } else if (reader.at_most("entries", entries.size(), entries_max)) {
            entries.push_back(reader.nested("entries", decode(reader.repeated_message("entries"))));
        }
    }
    TRY(reader.finish());
    return entries;
}

}  // namespace

Bytes encode_validator(const Validator& validator) {
    CHECK(validator.consensus_key.has_value());
    ProtoWriter writer;
    writer.bytes(1, validator.operator_address);
    writer.uint64(2, static_cast<std::uint64_t>(validator.operator_account));
    writer.message(3, crypto::encode_public_key(*validator.consensus_key));
    writer.boolean(4, validator.jailed);
    writer.uint64(5, static_cast<std::uint64_t>(validator.status));
    writer.bytes(6, ledger::amount_bytes(validator.tokens));
    writer.bytes(7, ledger::dec_bytes(validator.shares));
    writer.message(8, encode_description(validator.description));
    writer.int64(9, validator.unbonding_height.value());
    writer.message(10, chain::encode_timestamp(validator.unbonding_time));
    writer.message(11, encode_rates(validator.commission));
    writer.message(12, chain::encode_timestamp(validator.commission_update_time));
    writer.bytes(13, ledger::amount_bytes(validator.min_self_delegation));
    return std::move(writer).take();
}

Result<Validator> decode_validator(ByteView bytes) {
    Validator validator;
    ProtoReader reader("Validator", bytes);
    while (reader.next()) {
        read_validator_field(reader, validator);
    }
    reader.require(1, "operator_address");
    reader.require(3, "consensus_key");
    reader.require(5, "status");
    TRY(reader.finish());
    return validator;
}

Bytes encode_unbonding(const Unbonding& unbonding) {
    ProtoWriter writer;
    for (const UnbondingEntry& entry : unbonding) {
        ProtoWriter one;
        one.int64(1, entry.creation_height.value());
        one.message(2, chain::encode_timestamp(entry.completion_time));
        one.bytes(3, ledger::amount_bytes(entry.initial_balance));
        one.bytes(4, ledger::amount_bytes(entry.balance));
        writer.message(1, std::move(one).take());
    }
    return std::move(writer).take();
}

Result<Unbonding> decode_unbonding(ByteView bytes) {
    return decode_entries("Unbonding", bytes, decode_unbonding_entry);
}

Bytes encode_redelegation(const Redelegation& redelegation) {
    ProtoWriter writer;
    for (const RedelegationEntry& entry : redelegation) {
        ProtoWriter one;
        one.int64(1, entry.creation_height.value());
        one.message(2, chain::encode_timestamp(entry.completion_time));
        one.bytes(3, ledger::amount_bytes(entry.initial_balance));
        one.bytes(4, ledger::dec_bytes(entry.destination_shares));
        writer.message(1, std::move(one).take());
    }
    return std::move(writer).take();
}

Result<Redelegation> decode_redelegation(ByteView bytes) {
    return decode_entries("Redelegation", bytes, decode_redelegation_entry);
}

Bytes number_bytes(ValidatorNumber number) {
    const Bytes key = (ledger::Key('-') << number).bytes();
    return to_bytes(ByteView(key).subspan(1));
}

ValidatorNumber read_number(ByteView bytes) {
    Bytes key = {'-'};
    append(key, bytes);
    return ledger::KeyReader(key).validator();
}

}  // namespace steelyard::staking
