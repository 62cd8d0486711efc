// Rules T6 to T11, then sequences, keys and the fee.
#include "base/base64.h"
#include "base/check.h"
#include "ledger/bank/bank.h"
#include "ledger/distribution/rewards.h"
#include "ledger/pipeline/pipeline.h"
#include "ledger/state/unmetered.h"
#include "ledger/state/values.h"

#include <google/protobuf/message.h>

#include <algorithm>

namespace steelyard::pipeline {
namespace {

using auth::Account;
using bank::Party;
using chain::Address;
using chain::Amount;
using chain::Coins;
using ledger::account_text;
using ledger::AccountNumber;
using ledger::Events;
namespace kinds = ledger::kinds;

/// A signer as the state knows it.
struct Signer {
    AccountNumber number{};
    Account account{};
};

const chain::Denom& fee_denom() {
    static const chain::Denom denom = *chain::Denom::parse(ledger::base_denom);
    return denom;
}

Coins fee_coins(Amount amount) {
    if (amount.is_zero()) {
        return {};
    }
    Result<Coins> coins = Coins::make({{fee_denom(), amount}});
    CHECK(coins.has_value());
    return *std::move(coins);
}

/// Rule T6.
Outcome<void> check_timeout(const ledger::BlockInfo& block, const ReadTx& tx) {
    const std::uint64_t timeout = tx.decoded.timeout_height;
    if (timeout != 0 && static_cast<std::uint64_t>(block.height.value()) > timeout) {
        return refuse(
            kinds::timeout_height, "block height: {}, timeout height: {}", block.height, timeout
        );
    }
    return {};
}

/// What the fee must be at least, and what is burned of it. No valid parameters overflow it.
Amount fee_min(const ledger::Params& params, std::uint64_t gas_limit) {
    const auto exact = checked_mul(params.fees.min_gas_price, Amount(gas_limit));
    CHECK(exact.has_value());
    const auto amount = to_amount(*exact, chain::Rounding::up);
    CHECK(amount.has_value());
    return *amount;
}

/// Rule T7.
Outcome<void> check_fee(const ledger::Params& params, const ReadTx& tx) {
    const Coins& fee = tx.decoded.fee.amount;
    for (const chain::Coin& coin : fee.all()) {
        if (coin.denom != fee_denom()) {
            return refuse(
                kinds::invalid_coins,
                "fee of {}, must be of {} alone",
                to_string(fee),
                ledger::base_denom
            );
        }
    }
    const Amount min = fee_min(params, tx.decoded.fee.gas_limit);
    if (fee.amount_of(fee_denom()) < min) {
        return refuse(
            kinds::insufficient_fee,
            "insufficient fees; got: {} required: {}{}",
            to_string(fee),
            to_string(min),
            ledger::base_denom
        );
    }
    return {};
}

/// How many secp256k1 signatures stand behind a signer info.
std::uint64_t signatures_behind(const tx::SignerInfo& info) {
    if (!info.members) {
        return 1;
    }
    return static_cast<std::uint64_t>(std::count(info.members->begin(), info.members->end(), true));
}

/// What a signature that a simulation leaves out would take.
std::uint64_t missing_size(const tx::SignerInfo& info) {
    constexpr std::uint64_t one = crypto::signature_size;
    if (!info.members) {
        return one;
    }
    const std::uint64_t size = signatures_behind(info) * (one + 2);
    return size < 128 ? size : size + 1;  // a length of two bytes
}

Outcome<void> charge(const Context& context, const ReadTx& tx) {
    ledger::GasMeter* const meter = context.state.meter();
    if (meter == nullptr) {
        return {};
    }
    std::uint64_t size = tx.size;
    std::uint64_t signatures = 0;
    for (std::size_t i = 0; i < tx.decoded.signers.size(); ++i) {
        signatures += signatures_behind(tx.decoded.signers[i]);
        size += tx.decoded.raw.signatures[i].empty() ? missing_size(tx.decoded.signers[i]) : 0;
    }
    const ledger::AuthParams& costs = context.params.auth;
    TRY(meter->use(costs.tx_size_cost_per_byte * size, "txSize"));
    return meter->use(costs.sig_verify_cost_secp256k1 * signatures, "ante verify: secp256k1");
}

/// Rule T8 for one signer, but for who has no key at all.
Outcome<Signer> find_signer(const StateView& state, const ReadTx& tx, std::size_t index) {
    const Address& address = tx.signers[index];
    TRY_ASSIGN(const auto number, auth::find(state, address));
    if (!number) {
        return refuse(kinds::unknown_address, "account {} does not exist", account_text(address));
    }
    Signer signer{.number = *number};
    TRY_ASSIGN(signer.account, auth::get(state, *number));
    if (!signer.account.module_name.empty()) {
        return refuse(kinds::unauthorized, "account {} signs nothing", signer.account.module_name);
    }
    const auto& key = tx.decoded.signers[index].key;
    if (key && key != signer.account.key) {
        if (tx::address_of(*key) != address) {
            return refuse(
                kinds::invalid_pub_key,
                "pubKey does not match signer address {} with signer index: {}",
                account_text(address),
                index
            );
        }
        signer.account.key = key;
    }
    return signer;
}

Outcome<std::vector<Signer>> find_signers(
    const StateView& state, const ReadTx& tx, bool needs_keys
) {
    std::vector<Signer> signers;
    signers.reserve(tx.signers.size());
    for (std::size_t i = 0; i < tx.signers.size(); ++i) {
        TRY_ASSIGN(Signer signer, find_signer(state, tx, i));
        if (needs_keys && !signer.account.key) {
            return refuse(
                kinds::invalid_pub_key,
                "account {} has no key yet, and signer info {} names none",
                account_text(tx.signers[i]),
                i
            );
        }
        signers.push_back(std::move(signer));
    }
    return signers;
}

/// Rule T9.
Outcome<void> check_sequences(const ReadTx& tx, std::span<const Signer> signers) {
    for (std::size_t i = 0; i < signers.size(); ++i) {
        const std::uint64_t expected = signers[i].account.sequence;
        const std::uint64_t got = tx.decoded.signers[i].sequence;
        if (expected != got) {
            return refuse(
                kinds::wrong_sequence,
                "account sequence mismatch, expected {}, got {}",
                expected,
                got
            );
        }
    }
    return {};
}

tx::SignerPlace place_of(
    const chain::ChainId& chain_id, const ReadTx& tx, const Signer& signer, std::size_t index
) {
    return {
        .chain_id = chain_id,
        .account_number = static_cast<std::uint64_t>(signer.number),
        .sequence = tx.decoded.signers[index].sequence,
    };
}

/// The most frequent cause is a wallet that signed for another chain or sequence: it is told for
/// which to sign.
std::unexpected<ledger::Failure> bad_signature(const tx::SignerPlace& place, std::string_view why) {
    return refuse(
        kinds::unauthorized,
        "signature verification failed; please verify account number ({}), sequence ({}) and "
        "chain-id ({}): ({})",
        place.account_number,
        place.sequence,
        place.chain_id,
        why
    );
}

Outcome<std::vector<tx::Statement>> statements_of(
    const chain::ChainId& chain_id, const ReadTx& tx, const Signer& signer, std::size_t index
) {
    const tx::SignerPlace place = place_of(chain_id, tx, signer, index);
    auto statements = tx::statements(tx.decoded, index, *signer.account.key, place);
    if (!statements) {
        return bad_signature(place, statements.error().message());
    }
    return *std::move(statements);
}

/// Rule T10.
Outcome<void> check_signatures(
    const chain::ChainId& chain_id,
    const ReadTx& tx,
    std::span<const Signer> signers,
    const StatementVerifier& verifier
) {
    for (std::size_t i = 0; i < signers.size(); ++i) {
        TRY_ASSIGN(const auto statements, statements_of(chain_id, tx, signers[i], i));
        if (!verifier(statements)) {
            return bad_signature(
                place_of(chain_id, tx, signers[i], i),
                signers[i].account.key->index() == 0 ? "unable to verify single signer signature"
                                                     : "unable to verify multisig signature"
            );
        }
    }
    return {};
}

/// Takes the fee. It is not metered: a simulation, which declares none, has the same gas.
class Fee {
public:
    Fee(const ReadTx& tx, const ledger::Params& params)
        : whole_(tx.decoded.fee.amount.amount_of(fee_denom())),
          burned_(fee_min(params, tx.decoded.fee.gas_limit)) {}

    /// Rule T11.
    Outcome<void> check(const StateView& state, AccountNumber payer) const {
        TRY_ASSIGN(const Amount balance, bank::balance(state, payer, fee_denom()));
        if (balance < whole_) {
            return refuse(
                kinds::insufficient_funds,
                "spendable balance {}{} is smaller than {}",
                to_string(balance),
                ledger::base_denom,
                to_string(fee_coins(whole_))
            );
        }
        return {};
    }

    void take(Context& context, const Party& payer) const {
        const auto rest = checked_sub(whole_, burned_);
        CHECK(rest.has_value());
        CHECK(bank::burn(context, payer, burned_, bank::Source::burned_fees).has_value());
        if (!rest->is_zero()) {
            const auto collector =
                bank::module_party(context.state, distribution::fee_collector_name);
            CHECK(bank::send(context, payer, *collector, fee_coins(*rest)).has_value());
        }
    }

private:
    Amount whole_;
    Amount burned_;
};

const Signer& payer_of(const ReadTx& tx, std::span<const Signer> signers) {
    const auto place = std::ranges::find(tx.signers, tx.payer);
    CHECK(place != tx.signers.end());
    return signers[static_cast<std::size_t>(place - tx.signers.begin())];
}

Outcome<void> use_sequences(StateView& state, std::span<Signer> signers) {
    for (Signer& signer : signers) {
        ++signer.account.sequence;
        TRY(auth::put(state, signer.number, signer.account));
    }
    return {};
}

/// What explorers search transactions by.
void note(Context& context, const ReadTx& tx) {
    Events& events = context.events;
    events.push_back(ledger::make_event(
        "tx", {{"fee", to_string(tx.decoded.fee.amount)}, {"fee_payer", account_text(tx.payer)}}
    ));
    for (std::size_t i = 0; i < tx.signers.size(); ++i) {
        const std::string place =
            fmt::format("{}/{}", account_text(tx.signers[i]), tx.decoded.signers[i].sequence);
        events.push_back(ledger::make_event("tx", {{"acc_seq", place}}));
    }
    for (const Bytes& signature : tx.decoded.raw.signatures) {
        events.push_back(ledger::make_event("tx", {{"signature", to_base64(signature)}}));
    }
}

}  // namespace

Outcome<std::vector<tx::Statement>> signature_statements(
    const StateView& state, const chain::ChainId& chain_id, const ReadTx& tx
) {
    TRY_ASSIGN(const auto signers, find_signers(state, tx, true));
    std::vector<tx::Statement> all;
    for (std::size_t i = 0; i < signers.size(); ++i) {
        TRY_ASSIGN(auto statements, statements_of(chain_id, tx, signers[i], i));
        std::ranges::move(statements, std::back_inserter(all));
    }
    return all;
}

Outcome<void> admit(Context& context, const ReadTx& tx, const Scrutiny& scrutiny) {
    TRY(check_timeout(context.block, tx));
    if (!scrutiny.simulate) {
        TRY(check_fee(context.params, tx));
    }
    TRY(charge(context, tx));
    TRY_ASSIGN(auto signers, find_signers(context.state, tx, !scrutiny.simulate));
    TRY(check_sequences(tx, signers));
    if (scrutiny.signatures != nullptr && !scrutiny.simulate) {
        TRY(check_signatures(context.block.chain_id, tx, signers, *scrutiny.signatures));
    }
    const AccountNumber payer = payer_of(tx, signers).number;
    if (!scrutiny.simulate) {
        const ledger::Unmetered unmetered(context.state);
        TRY(Fee(tx, context.params).check(context.state, payer));
    }
    const auto mark = context.state.mark();
    if (auto used = use_sequences(context.state, signers); !used) {
        context.state.roll_back(mark);
        return used;
    }
    if (!scrutiny.simulate) {
        const ledger::Unmetered unmetered(context.state);
        Fee(tx, context.params).take(context, {payer, tx.payer});
    }
    if (context.is_told) {
        note(context, tx);
    }
    return {};
}

}  // namespace steelyard::pipeline
