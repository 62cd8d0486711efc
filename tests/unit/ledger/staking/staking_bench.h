// A state with pools, people with money, and validators, for tests of stake and of what uses it.
#pragma once

#include "crypto/secp256k1.h"
#include "crypto/sha256.h"
#include "ledger/beacon/beacon.h"
#include "ledger/distribution/rewards.h"
#include "ledger/staking/end_block.h"
#include "ledger/staking/operations.h"
#include "ledger/staking/penalties.h"
#include "ledger/state/values.h"
#include "tests/unit/ledger/map_state.h"

namespace steelyard::staking {

inline chain::Dec dec(std::string_view text) {
    return chain::Dec::parse(text).value();
}

inline chain::Coins uyard(std::uint64_t amount) {
    return chain::Coins::parse(fmt::format("{}uyard", amount)).value();
}

/// Tokens of one unit of power.
inline constexpr std::uint64_t yard = power_reduction;

struct StakingBench : ledger::Bench {
    StakingBench() {
        block.height = chain::Height(1);
        block.time = chain::Timestamp::parse("2026-01-01T00:00:00Z").value();
        for (const std::string_view name :
             {bonded_pool_name,
              not_bonded_pool_name,
              distribution::module_name,
              distribution::fee_collector_name}) {
            const auth::Account account{
                .address = auth::module_address(name), .module_name = std::string(name)
            };
            auth::make(state, account).value();
        }
    }

    /// With money enough for everything.
    Party party(std::uint8_t byte) {
        chain::Address address;
        address.fill(byte);
        const auto known = auth::find(state, address).value();
        const Party party = bank::party_at(state, address).value();
        if (!known) {
            bank::endow(state, party.number, uyard(1'000'000'000'000'000)).value();
        }
        return party;
    }

    static crypto::PublicKey consensus_key(std::uint32_t seed) {
        const auto bytes = crypto::sha256(as_bytes(fmt::format("consensus {}", seed)));
        return crypto::PublicKey::parse(crypto::KeyType::ed25519, bytes).value();
    }

    static NewValidator new_validator(std::uint32_t seed, std::uint64_t tokens) {
        return {
            .description = {.moniker = fmt::format("v{}", seed)},
            .commission = {dec("0.1"), dec("0.2"), dec("0.01")},
            .min_self_delegation = chain::Amount(1),
            .consensus_key = consensus_key(seed),
            .self_delegation = chain::Amount(tokens)
        };
    }

    void give_beacon_key(ValidatorNumber number) {
        const auto hash = crypto::sha256(as_bytes(fmt::format("beacon {}", number_of(number))));
        const auto key = crypto::secp256k1::public_key_of(crypto::Secret<32>(hash));
        beacon::endow(state, number, key).value();
    }

    /// Of the party of that byte, with a beacon key.
    ValidatorNumber make_validator(std::uint8_t byte, std::uint64_t tokens) {
        const ValidatorNumber number =
            create_validator(context, party(byte), new_validator(byte, tokens)).value();
        give_beacon_key(number);
        return number;
    }

    Validator get(ValidatorNumber number) { return get_validator(state, number).value().value(); }

    std::uint64_t tokens(ValidatorNumber number) {
        return static_cast<std::uint64_t>(get(number).tokens.value());
    }

    std::uint64_t pool(std::string_view name) {
        return balance(bank::module_party(state, name).value());
    }

    std::uint64_t balance(const Party& party) {
        const auto denom = chain::Denom::parse(ledger::base_denom).value();
        return static_cast<std::uint64_t>(bank::balance(state, party.number, denom).value().value()
        );
    }

    void next_block(std::chrono::nanoseconds later = std::chrono::seconds(5)) {
        block.height = block.height.next();
        block.time = *checked_add(block.time, later);
    }

    SetChange end_block() {
        end_matured(context).value();
        return draw_active_set(context).value();
    }

    static std::uint32_t number_of(ValidatorNumber number) {
        return static_cast<std::uint32_t>(number);
    }
};

inline std::string attribute(const chain::Event& event, std::string_view key) {
    for (const auto& attribute : event.attributes) {
        if (attribute.key == key) {
            return attribute.value;
        }
    }
    return "none";
}

/// The last event of a type as "key=value key=value"; empty where there is none.
inline std::string last_event(const ledger::Events& events, std::string_view type) {
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
        if (event->type == type) {
            std::string text;
            for (const auto& attribute : event->attributes) {
                text += (text.empty() ? "" : " ") + attribute.key + "=" + attribute.value;
            }
            return text;
        }
    }
    return "";
}

/// "staking/3" where it failed, "" where not.
template <typename T>
std::string code_of(const Outcome<T>& outcome) {
    return outcome
               ? ""
               : fmt::format("{}/{}", outcome.error().kind.codespace, outcome.error().kind.code);
}

}  // namespace steelyard::staking
