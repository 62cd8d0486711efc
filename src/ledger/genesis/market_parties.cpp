// Section market: classes, programs, providers, workers, reputation.
#include "ledger/genesis/market_records.h"
#include "market/parties/instruments.h"
#include "market/parties/providers.h"
#include "market/records/genesis_io.h"
#include "market/records/void_rows.h"
#include "steelyard/genesis/v1/market.pb.h"

namespace steelyard::genesis {
namespace {

using ledger::AccountNumber;
using market::ClassId;

/// A refusal of a module's own rule.
Result<void> obeys(const Outcome<void>& checked) {
    if (!checked) {
        return invalid("{}", checked.error().log);
    }
    return {};
}

Result<void> read_class(StateView& state, const steelyard::market::v1::ClassRecord& row) {
    TRY_ASSIGN(const market::Class value, record_of(row, market::decode_class));
    TRY(obeys(market::check_class(value)));
    if (sure(market::find_class(state, value.name))) {
        return invalid("name: {} is taken", value.name);
    }
    sure(market::add_class(state, value));
    return {};
}

/// The facts are those of the chain that registered it; `check_programs` holds them to the bytes.
Result<void> read_program(StateView& state, const v1::MarketProgram& row) {
    TRY_ASSIGN(const auto id, read_hash("id", row.id()));
    TRY_ASSIGN(
        const market::Program program, record_of(row.record(), market::decode_program_record)
    );
    TRY(expect_account(state, "owner", program.owner));
    if (row.bytes().empty() || row.bytes().size() > market::program_bytes_max) {
        return invalid(
            "bytes: has {}, must have 1 to {}", row.bytes().size(), market::program_bytes_max
        );
    }
    if (sure(market::get_program(state, id))) {
        return invalid("id: comes twice");
    }
    sure(market::put_program(state, id, program));
    sure(market::put_program_bytes(state, id, as_bytes(row.bytes())));
    return {};
}

Result<void> read_pending(
    StateView& state,
    AccountNumber account,
    const market::Provider& provider,
    const v1::MarketProvider& row
) {
    Int128 sum = 0;
    for (const v1::MarketWithdrawal& pending : row.pending()) {
        const bool is_new = !sure(market::get_withdrawal(state, account, pending.number()));
        if (!is_new || pending.number() >= provider.next_withdrawal || pending.amount() == 0 ||
            pending.amount() > market::money_max) {
            return invalid("pending: {} uyard as number {}", pending.amount(), pending.number());
        }
        sum += pending.amount();
        sure(market::put_withdrawal(state, account, pending.number(), pending.amount()));
    }
    if (sum != provider.withdrawing ||
        std::cmp_not_equal(row.pending_size(), provider.withdrawals)) {
        return invalid("withdrawing: {} is not the sum of what is pending", provider.withdrawing);
    }
    return {};
}

Result<void> read_provider(StateView& state, const v1::MarketProvider& row) {
    const AccountNumber account{row.account()};
    TRY(expect_account(state, "account", account));
    TRY_ASSIGN(const market::Provider provider, record_of(row.record(), market::decode_provider));
    TRY(obeys(market::check_profile(
        {provider.moniker, provider.region, provider.contact, provider.attributes}
    )));
    if (Int128{provider.reserved} + provider.withdrawing > provider.bond) {
        return invalid(
            "bond: {} is less than {} reserved and {} withdrawing",
            provider.bond,
            provider.reserved,
            provider.withdrawing
        );
    }
    if (sure(market::get_provider(state, account))) {
        return invalid("account: comes twice");
    }
    sure(market::put_provider(state, account, provider));
    if (row.has_void_asks()) {
        sure(market::mark_for_sweep(state, account));
    }
    return read_pending(state, account, provider, row);
}

Result<void> expect_provider(const StateView& state, AccountNumber account) {
    if (!sure(market::get_provider(state, account))) {
        return invalid("provider: {} is none", static_cast<std::uint64_t>(account));
    }
    return {};
}

Result<void> read_worker(StateView& state, const v1::MarketWorker& row) {
    const AccountNumber account{row.account()};
    TRY(expect_account(state, "account", account));
    TRY_ASSIGN(const market::Worker worker, record_of(row.record(), market::decode_worker));
    TRY(expect_provider(state, worker.provider));
    TRY(expect_class(state, worker.class_id));
    if (worker.busy > worker.slots) {
        return invalid("busy: {} of {} slots", worker.busy, worker.slots);
    }
    if (sure(market::get_worker(state, account)) || sure(market::get_provider(state, account))) {
        return invalid("account: is a worker or provider already");
    }
    sure(market::put_worker(state, account, worker));
    return {};
}

Result<void> read_standing(StateView& state, const v1::MarketStanding& row) {
    const AccountNumber provider{row.provider()};
    const ClassId class_id{row.class_id()};
    TRY(expect_provider(state, provider));
    TRY(expect_class(state, class_id));
    TRY_ASSIGN(const market::Standing standing, record_of(row.record(), market::decode_standing));
    if (sure(market::get_standing(state, provider, class_id)) != market::Standing()) {
        return invalid("provider: comes twice with a class");
    }
    sure(market::put_standing(state, provider, class_id, standing));
    if (std::cmp_not_equal(row.payers_size(), standing.payers)) {
        return invalid("payers: are {}, not {}", row.payers_size(), standing.payers);
    }
    Int128 sum = 0;
    for (const v1::MarketPayer& payer : row.payers()) {
        const AccountNumber account{payer.account()};
        sum += payer.value();
        TRY(expect_account(state, "payers", account));
        if (payer.value() == 0 || payer.value() > market::q32_one ||
            sure(market::get_payer(state, provider, class_id, account)) != 0) {
            return invalid("payers: {} has {}", payer.account(), payer.value());
        }
        sure(market::put_payer(state, provider, class_id, {account, payer.value()}));
    }
    if (sum != standing.s) {
        return invalid("s: {} is not the sum of the payers' values", standing.s);
    }
    return {};
}

}  // namespace

Result<void> read_market_parties(StateView& state, const v1::MarketState& section) {
    const auto each = [&](std::string_view name, const auto& rows, auto read) -> Result<void> {
        for (int i = 0; i < rows.size(); ++i) {
            TRY(at(fmt::format("market.{}[{}]", name, i), read(state, rows[i])));
        }
        return {};
    };
    TRY(each("classes", section.classes(), read_class));
    TRY(each("programs", section.programs(), read_program));
    TRY(each("providers", section.providers(), read_provider));
    TRY(each("workers", section.workers(), read_worker));
    return each("standings", section.standings(), read_standing);
}

namespace {

void write_providers(const StateView& state, v1::MarketState& section) {
    std::vector<AccountNumber> marked =
        sure(market::marked_for_sweep(state, std::numeric_limits<std::size_t>::max()));
    sure(market::walk_providers(
        state,
        {},
        [&](AccountNumber account, const market::Provider& provider) -> Outcome<bool> {
            auto& row = *section.add_providers();
            row.set_account(static_cast<std::uint64_t>(account));
            write_record(market::encode_provider(provider), *row.mutable_record());
            row.set_has_void_asks(std::ranges::binary_search(marked, account));
            TRY(market::walk_withdrawals(
                state,
                account,
                [&](std::uint32_t number, market::Money amount) -> Outcome<bool> {
                    auto& pending = *row.add_pending();
                    pending.set_number(number);
                    pending.set_amount(amount);
                    return true;
                }
            ));
            return true;
        }
    ));
}

void write_standings(const StateView& state, v1::MarketState& section) {
    sure(market::walk_all_standings(
        state,
        [&](AccountNumber provider, ClassId class_id, const market::Standing& standing
        ) -> Outcome<bool> {
            auto& row = *section.add_standings();
            row.set_provider(static_cast<std::uint64_t>(provider));
            row.set_class_id(static_cast<std::uint32_t>(class_id));
            write_record(market::encode_standing(standing), *row.mutable_record());
            TRY_ASSIGN(const auto payers, market::payers_of(state, provider, class_id));
            for (const market::Payer& payer : payers) {
                auto& added = *row.add_payers();
                added.set_account(static_cast<std::uint64_t>(payer.account));
                added.set_value(payer.value);
            }
            return true;
        }
    ));
}

}  // namespace

void write_market_parties(const StateView& state, v1::MarketState& section) {
    sure(market::walk_classes(state, {}, [&](ClassId, const market::Class& value) -> Outcome<bool> {
        write_record(market::encode_class(value), *section.add_classes());
        return true;
    }));
    sure(market::walk_programs(
        state,
        {},
        [&](const crypto::Hash256& id, const market::Program& program) -> Outcome<bool> {
            auto& row = *section.add_programs();
            row.set_id(bytes_text(id));
            write_record(market::encode_program_record(program), *row.mutable_record());
            row.set_bytes(bytes_text(market::program_bytes(state, id)));
            return true;
        }
    ));
    write_providers(state, section);
    sure(market::walk_all_workers(
        state,
        [&](AccountNumber account, const market::Worker& worker) -> Outcome<bool> {
            auto& row = *section.add_workers();
            row.set_account(static_cast<std::uint64_t>(account));
            write_record(market::encode_worker(worker), *row.mutable_record());
            return true;
        }
    ));
    write_standings(state, section);
}

}  // namespace steelyard::genesis
