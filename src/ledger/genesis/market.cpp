// Section market: its counters and single rows; the rest is beside.
#include "ledger/genesis/market_records.h"
#include "market/records/genesis_io.h"
#include "steelyard/genesis/v1/genesis.pb.h"

namespace steelyard::genesis {
namespace {

using ledger::AccountNumber;
using market::ClassId;

Result<void> read_account_counters(StateView& state, const v1::MarketAccountCounters& row) {
    const AccountNumber account{row.account()};
    TRY(expect_account(state, "account", account));
    TRY_ASSIGN(const auto counters, record_of(row.counters(), market::decode_account_counters));
    if (sure(market::get_counters(state, account)) != market::AccountCounters()) {
        return invalid("account: comes twice");
    }
    sure(market::put_counters(state, account, counters));
    return {};
}

Result<void> read_class_counters(StateView& state, const v1::MarketClassCounters& row) {
    const ClassId class_id{row.class_id()};
    TRY(expect_class(state, class_id));
    TRY_ASSIGN(const auto counters, record_of(row.counters(), market::decode_class_counters));
    if (sure(market::get_class_counters(state, class_id)) != market::ClassCounters()) {
        return invalid("class_id: comes twice");
    }
    sure(market::put_class_counters(state, class_id, counters));
    return {};
}

Result<void> read_proposer(StateView& state, const v1::MarketProposer& row) {
    TRY_ASSIGN(const auto height, chain::Height::parse(row.height()));
    if (row.power() > row.total_power()) {
        return invalid("power: is {} of {}", row.power(), row.total_power());
    }
    if (sure(market::get_proposer(state, height))) {
        return invalid("height: comes twice");
    }
    sure(market::put_proposer(
        state, height, {ledger::ValidatorNumber{row.validator()}, row.power(), row.total_power()}
    ));
    return {};
}

Result<void> read_single_rows(StateView& state, const v1::MarketState& section) {
    if (section.verification_pool() > market::money_max) {
        return invalid(
            "verification_pool: {} is over {}", section.verification_pool(), market::money_max
        );
    }
    sure(market::put_verification_pool(state, section.verification_pool()));
    if (section.has_block_use()) {
        const v1::MarketBlockUse& use = section.block_use();
        TRY_ASSIGN(const auto height, chain::Height::parse(use.height()));
        sure(market::put_block_use(state, {height, use.bytes(), use.gas()}));
    }
    if (section.has_cursor()) {
        TRY_ASSIGN(const auto cursor, record_of(section.cursor(), market::decode_cursor));
        sure(market::put_cursor(state, cursor));
    }
    return {};
}

}  // namespace

Result<void> read_market(StateView& state, const v1::MarketState& section) {
    if (section.next_order_id() > 0) {
        sure(market::put_next_order_id(state, market::OrderId{section.next_order_id()}));
    }
    TRY(read_market_parties(state, section));
    TRY(read_market_orders(state, section));
    TRY(read_market_trades(state, section));
    const auto each = [&](std::string_view name, const auto& rows, auto read) -> Result<void> {
        for (int i = 0; i < rows.size(); ++i) {
            TRY(at(fmt::format("market.{}[{}]", name, i), read(state, rows[i])));
        }
        return {};
    };
    TRY(each("proposers", section.proposers(), read_proposer));
    TRY(each("account_counters", section.account_counters(), read_account_counters));
    TRY(each("class_counters", section.class_counters(), read_class_counters));
    return at("market", read_single_rows(state, section));
}

namespace {

void write_counters(const StateView& state, v1::MarketState& section) {
    sure(market::walk_counters(
        state,
        [&](AccountNumber account, const market::AccountCounters& counters) -> Outcome<bool> {
            auto& row = *section.add_account_counters();
            row.set_account(static_cast<std::uint64_t>(account));
            write_record(market::encode_account_counters(counters), *row.mutable_counters());
            return true;
        }
    ));
    sure(market::walk_classes(state, {}, [&](ClassId id, const market::Class&) -> Outcome<bool> {
        TRY_ASSIGN(const auto counters, market::get_class_counters(state, id));
        if (counters != market::ClassCounters()) {
            auto& row = *section.add_class_counters();
            row.set_class_id(static_cast<std::uint32_t>(id));
            write_record(market::encode_class_counters(counters), *row.mutable_counters());
        }
        return true;
    }));
}

void write_single_rows(const StateView& state, v1::MarketState& section) {
    section.set_verification_pool(sure(market::verification_pool(state)));
    if (const auto use = sure(market::get_block_use(state)); use != market::BlockUse()) {
        section.mutable_block_use()->set_height(use.height.value());
        section.mutable_block_use()->set_bytes(use.bytes);
        section.mutable_block_use()->set_gas(use.gas);
    }
    if (const auto cursor = sure(market::get_cursor(state))) {
        write_record(market::encode_cursor(*cursor), *section.mutable_cursor());
    }
}

}  // namespace

void write_market(const StateView& state, v1::MarketState& section) {
    const market::OrderId next = sure(market::next_order_id(state));
    section.set_next_order_id(next == market::OrderId{1} ? 0 : static_cast<std::uint64_t>(next));
    write_market_parties(state, section);
    write_market_orders(state, section);
    write_market_trades(state, section);
    sure(market::walk_proposers(
        state,
        [&](chain::Height height, const market::ProposerRow& proposer) -> Outcome<bool> {
            auto& row = *section.add_proposers();
            row.set_height(height.value());
            row.set_validator(static_cast<std::uint32_t>(proposer.validator));
            row.set_power(proposer.power);
            row.set_total_power(proposer.total_power);
            return true;
        }
    ));
    write_counters(state, section);
    write_single_rows(state, section);
}

}  // namespace steelyard::genesis
