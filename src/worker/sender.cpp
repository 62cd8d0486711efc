#include "worker/sender.h"

#include "base/decimal.h"
#include "base/hex.h"
#include "chain/txs.h"
#include "client/account.h"
#include "client/money.h"
#include "client/transactions.h"
#include "cosmos/auth/v1beta1/query.pb.h"
#include "cosmos/tx/v1beta1/service.pb.h"
#include "steelyard/params/v1/query.pb.h"

#include <algorithm>

namespace steelyard::worker {
namespace {

constexpr std::string_view sdk_codespace = "sdk";
constexpr std::uint32_t wrong_sequence = 32;
constexpr std::size_t told_max = 1'024;
constexpr std::string_view mismatch_text = "sequence mismatch, expected ";

/// The sequence that the check of a transaction wants, out of its log.
std::optional<std::uint64_t> expected_sequence(std::string_view log) {
    const std::size_t at = log.find(mismatch_text);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    log.remove_prefix(at + mismatch_text.size());
    const auto number = parse_decimal(log.substr(0, log.find_first_not_of("0123456789")));
    if (!number || *number > ~std::uint64_t{0}) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*number);
}

bool is_node_away(const Error& error) {
    return error.code() == ErrorCode::io;
}

std::uint64_t amount_of(const chain::Coin& coin) {
    return static_cast<std::uint64_t>(coin.amount.value());
}

}  // namespace

Sender::Sender(NodePort& node, crypto::PrivateKey key)
    : node_(node),
      key_(std::move(key)),
      address_(client::address_text(client::account_prefix, key_.public_key().address())) {
}

Result<void> Sender::look(const ChainMoment& now) {
    if (flights_.empty() && account_) {
        return {};
    }
    TRY_ASSIGN(const bool is_known, read_account());
    if (!is_known) {
        return {};
    }
    std::vector<Flight> left;
    for (const Flight& flight : flights_) {
        if (flight.sequence < account_->sequence) {
            TRY(land(flight));
        } else if (flight.last_height > now.height) {
            left.push_back(flight);
        }
    }
    // What no block can take any more takes those with it that were signed to follow it.
    std::uint64_t follows = account_->sequence;
    std::ranges::sort(left, {}, &Flight::sequence);
    flights_.clear();
    for (const Flight& flight : left) {
        if (flight.sequence != follows) {
            break;
        }
        flights_.push_back(flight);
        ++follows;
    }
    next_sequence_ = follows;
    return {};
}

Result<void> Sender::send(const std::vector<Wish>& wishes, const ChainMoment& now) {
    if (wishes.empty()) {
        return {};
    }
    if (!account_) {
        TRY_ASSIGN(const bool is_known, read_account());
        if (!is_known) {
            return {};
        }
        next_sequence_ = account_->sequence;
    }
    for (const Wish& wish : wishes) {
        const bool is_under_way = std::ranges::any_of(flights_, [&](const Flight& flight) {
            return flight.job == wish.job && flight.step == wish.step;
        });
        if (!is_under_way) {
            TRY(send_one(wish, now));
        }
    }
    return {};
}

/// False if there is none yet, or it is none to sign for.
Result<bool> Sender::read_account() {
    cosmos::auth::v1beta1::QueryAccountRequest request;
    request.set_address(address_);
    cosmos::auth::v1beta1::QueryAccountResponse answer;
    const auto asked = node_.query("/cosmos.auth.v1beta1.Query/Account", request, answer);
    if (!asked && is_node_away(asked.error())) {
        return std::unexpected(asked.error());
    }
    auto state = asked ? client::read_account(answer, address_)
                       : Result<client::AccountState>(std::unexpected(asked.error()));
    if (!state) {
        tell({
            .kind = SendEvent::Kind::trouble,
            .text = fmt::format("the account {}: {}", address_, state.error().message()),
        });
        return false;
    }
    account_ = Account{.number = state->number, .sequence = state->sequence};
    return true;
}

/// Its sequence is used up: by itself, or by another transaction with our key.
Result<void> Sender::land(const Flight& flight) {
    const auto found = node_.find_tx(flight.hash);
    if (!found && is_node_away(found.error())) {
        return std::unexpected(found.error());
    }
    if (!found || !*found) {
        return {};  // a node without an index: the job's state will tell
    }
    const TxAnswer& answer = **found;
    const bool is_good = answer.code == 0;
    tell({
        .kind = is_good ? SendEvent::Kind::included : SendEvent::Kind::failed,
        .job = flight.job,
        .step = flight.step,
        .text = is_good ? fmt::format("in block {}", answer.height) : answer.log,
    });
    return {};
}

Result<void> Sender::send_one(const Wish& wish, const ChainMoment& now) {
    TRY_ASSIGN(const bool is_again, try_once(wish, now));
    if (is_again) {
        TRY(try_once(wish, now));
    }
    return {};
}

/// True if it can be tried again at once, with another sequence.
Result<bool> Sender::try_once(const Wish& wish, const ChainMoment& now) {
    tx::DecodedTx tx;
    tx.messages = {wish.message};
    tx.timeout_height = static_cast<std::uint64_t>(now.height + tx_blocks_max);
    client::encode_parts(tx);
    TRY_ASSIGN(const bool has_fee, set_fee(tx, wish));
    if (!has_fee) {
        return false;
    }
    tx::SignerPlace place{
        .account_number = account_->number,
        .sequence = next_sequence_,
    };
    TRY_ASSIGN(place.chain_id, chain::ChainId::parse(now.chain_id));
    TRY(client::sign(tx, 0, tx::SignMode::direct, place, key_));
    TRY_ASSIGN(const SubmitAnswer answer, node_.broadcast(chain::encode_tx_raw(tx.raw)));
    if (answer.code != 0) {
        return take_refusal(wish, answer);
    }
    flights_.push_back({
        .job = wish.job,
        .step = wish.step,
        .sequence = next_sequence_,
        .hash = answer.hash,
        .last_height = now.height + tx_blocks_max,
    });
    ++next_sequence_;
    std::uint64_t fee = 0;
    for (const chain::Coin& coin : tx.fee.amount.all()) {
        fee += amount_of(coin);
    }
    tell({
        .kind = SendEvent::Kind::sent,
        .job = wish.job,
        .step = wish.step,
        .text = to_hex_upper(answer.hash),
        .fee = fee,
    });
    return false;
}

/// What the transaction would take of gas now. It is looked at as if nothing were under way, so
/// with the sequence that the state has.
Result<std::uint64_t> Sender::simulate(const tx::DecodedTx& tx) {
    const tx::SignerInfo info{
        .key = key_.public_key(),
        .mode = tx::SignMode::direct,
        .members = {},
        .sequence = account_->sequence,
    };
    cosmos::tx::v1beta1::SimulateRequest request;
    request.set_tx_bytes(std::string(as_text(client::encode_for_simulation(tx, std::span(&info, 1)))
    ));
    cosmos::tx::v1beta1::SimulateResponse answer;
    TRY(node_.query("/cosmos.tx.v1beta1.Service/Simulate", request, answer));
    return answer.gas_info().gas_used();
}

/// Gas by simulation and half as much again, at the price that the chain asks. False: it would
/// fail, which is told.
Result<bool> Sender::set_fee(tx::DecodedTx& tx, const Wish& wish) {
    auto gas = simulate(tx);
    if (!gas) {
        // The state went on since the account was read.
        if (const auto expected = expected_sequence(gas.error().message())) {
            account_->sequence = *expected;
            next_sequence_ = std::max(next_sequence_, *expected);
            gas = simulate(tx);
        }
    }
    if (!gas && is_node_away(gas.error())) {
        return std::unexpected(gas.error());
    }
    if (!gas) {
        refuse(wish, gas.error().message());
        return false;
    }
    tx.fee.gas_limit = *gas + *gas / 2;
    const steelyard::params::v1::QueryParamsRequest params_request;
    steelyard::params::v1::QueryParamsResponse params;
    TRY(node_.query("/steelyard.params.v1.Query/Params", params_request, params));
    TRY_ASSIGN(const auto price, chain::Dec::parse_wire(params.params().fees().min_gas_price()));
    TRY_ASSIGN(const auto denom, chain::Denom::parse(client::base_denom));
    TRY_ASSIGN(const auto fee, client::fee_of({price, denom}, tx.fee.gas_limit));
    if (!fee.amount.is_zero()) {
        TRY_ASSIGN(tx.fee.amount, chain::Coins::make({fee}));
    }
    client::encode_parts(tx);
    return true;
}

/// True if another sequence is wanted, which is taken over.
bool Sender::take_refusal(const Wish& wish, const SubmitAnswer& answer) {
    const bool is_sequence = answer.codespace == sdk_codespace && answer.code == wrong_sequence;
    const auto expected = is_sequence ? expected_sequence(answer.log) : std::nullopt;
    if (!expected || *expected == next_sequence_) {
        refuse(wish, fmt::format("{} ({} {})", answer.log, answer.codespace, answer.code));
        return false;
    }
    // What the mempool does not count is not there any more.
    std::erase_if(flights_, [&](const Flight& flight) { return flight.sequence >= *expected; });
    next_sequence_ = *expected;
    return true;
}

void Sender::refuse(const Wish& wish, std::string_view why) {
    tell({
        .kind = SendEvent::Kind::refused,
        .job = wish.job,
        .step = wish.step,
        .text = std::string(why),
    });
}

/// Refusals and troubles once: they would come back with every block.
void Sender::tell(SendEvent event) {
    using enum SendEvent::Kind;
    if (event.kind == refused || event.kind == trouble) {
        if (told_.size() >= told_max) {
            told_.clear();
        }
        const std::string key =
            fmt::format("{} {} {}", event.job.text(), to_string(event.step), event.text);
        if (!told_.insert(key).second) {
            return;
        }
    }
    events_.push_back(std::move(event));
}

}  // namespace steelyard::worker
