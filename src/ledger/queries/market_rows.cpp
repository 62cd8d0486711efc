#include "ledger/queries/market_rows.h"

#include "ledger/messages/fields.h"
#include "market/funds/funds.h"
#include "steelyard/market/v1/query.pb.h"

namespace steelyard::queries {
namespace {

using ledger::AccountNumber;
using market::address_text;

std::uint32_t number(market::ClassId id) {
    return static_cast<std::uint32_t>(id);
}

std::uint64_t number(market::OrderId id) {
    return static_cast<std::uint64_t>(id);
}

std::uint32_t number(market::Product product) {
    return static_cast<std::uint32_t>(product);
}

template <typename List>
void add_attributes(const std::vector<market::Attribute>& attributes, List& out) {
    for (const market::Attribute& attribute : attributes) {
        auto& added = *out.Add();
        added.set_name(attribute.name);
        added.set_value(attribute.value);
    }
}

template <typename List>
Answer<void> add_accounts(
    const Asked& asked, const std::vector<AccountNumber>& accounts, List& out
) {
    for (const AccountNumber account : accounts) {
        TRY_ASSIGN(*out.Add(), address_text(asked.state, account));
    }
    return {};
}

}  // namespace

Answer<crypto::Hash256> read_id(std::string_view field, const std::string& bytes) {
    constexpr std::size_t size = sizeof(crypto::Hash256);
    if (bytes.size() != size) {
        return invalid_argument("{} has {} bytes, not {}", field, bytes.size(), size);
    }
    return to_array(as_bytes(bytes).first<size>());
}

Answer<market::Product> read_product(std::uint32_t product) {
    if (product > number(market::Product::work)) {
        return invalid_argument("product is {}, must be 1 (work)", product);
    }
    return market::Product::work;
}

Answer<market::BookId> read_book(
    const Asked& asked, std::uint32_t class_id, std::uint32_t product
) {
    market::BookId book{.class_id = market::ClassId{class_id}};
    TRY_ASSIGN(book.product, read_product(product));
    TRY_ASSIGN(const auto found, market::get_class(asked.state, book.class_id));
    if (!found) {
        return not_found("class {} not found", class_id);
    }
    return book;
}

Answer<std::optional<AccountNumber>> read_owner(
    const Asked& asked, std::string_view field, const std::string& address
) {
    TRY_ASSIGN(const chain::Address read, argument(messages::read_account(field, address)));
    TRY_ASSIGN(const auto found, auth::find(asked.state, read));
    return found;
}

Answer<FoundJob> find_job(const Asked& asked, const market::JobId& id) {
    TRY_ASSIGN(const auto job, market::get_job(asked.state, id));
    if (!job) {
        return not_found("job {} not found", to_string(id));
    }
    TRY_ASSIGN(const auto order, market::get_order(asked.state, id.order));
    CHECK(order.has_value());
    return FoundJob{.order = *order, .job = *job};
}

mpb::Class describe(market::ClassId id, const market::Class& value) {
    mpb::Class message;
    message.set_id(number(id));
    message.set_name(value.name);
    message.set_kind(value.kind == market::WorkerKind::gpu ? "gpu" : "cpu");
    message.set_vram_floor_bytes(value.vram_floor_bytes);
    message.set_wu_per_second_floor(value.wu_per_second_floor);
    message.set_region(value.region);
    message.set_trust(value.trust);
    return message;
}

mpb::PricePeriod describe(const market::PricePeriod& period) {
    mpb::PricePeriod message;
    message.set_first_height(period.first_height().value());
    message.set_last_height(period.last_height().value());
    message.set_price(period.mean());
    message.set_low(period.low);
    message.set_high(period.high);
    message.set_first(period.first);
    message.set_last(period.last);
    message.set_trades(period.trades);
    message.set_work_units(period.work_units);
    return message;
}

Answer<mpb::Program> describe(
    const Asked& asked, const crypto::Hash256& id, const market::Program& program
) {
    mpb::Program message;
    message.set_id(bytes_text(id));
    TRY_ASSIGN(*message.mutable_owner(), address_text(asked.state, program.owner));
    message.set_deposit(program.deposit);
    message.set_registered_height(program.registered.value());
    message.set_uses(program.uses);
    mpb::ProgramFacts& facts = *message.mutable_facts();
    facts.set_work_units(program.facts.work_units);
    facts.set_steps(program.facts.steps);
    facts.set_inputs(program.facts.inputs);
    facts.set_outputs(program.facts.outputs);
    facts.set_input_bytes(program.facts.input_bytes);
    facts.set_output_bytes(program.facts.output_bytes);
    facts.set_proof_bytes(program.facts.proof_bytes);
    facts.set_proof_gas(program.facts.proof_gas);
    return message;
}

Answer<mpb::Provider> describe(
    const Asked& asked, AccountNumber account, const market::Provider& provider
) {
    mpb::Provider message;
    TRY_ASSIGN(*message.mutable_address(), address_text(asked.state, account));
    message.set_moniker(provider.moniker);
    message.set_region(provider.region);
    message.set_contact(provider.contact);
    add_attributes(provider.attributes, *message.mutable_attributes());
    message.set_bond(provider.bond);
    message.set_reserved(provider.reserved);
    message.set_withdrawing(provider.withdrawing);
    message.set_free_bond(provider.free_bond());
    message.set_slashes(provider.slashes);
    message.set_is_jailed(provider.is_jailed);
    message.set_is_removed(provider.is_removed());
    message.set_settled(provider.settled);
    message.set_asks_valid_from(number(provider.asks_valid_from));
    message.set_registered_height(provider.registered.value());
    message.set_workers(provider.workers);
    return message;
}

Answer<mpb::Worker> describe(
    const Asked& asked, AccountNumber account, const market::Worker& worker
) {
    mpb::Worker message;
    TRY_ASSIGN(*message.mutable_address(), address_text(asked.state, account));
    TRY_ASSIGN(*message.mutable_provider(), address_text(asked.state, worker.provider));
    message.set_class_id(number(worker.class_id));
    message.set_slots(worker.slots);
    message.set_busy(worker.busy);
    message.set_is_retired(worker.is_retired);
    return message;
}

/// As clearing sees the ask in the next block.
Answer<mpb::Ask> describe(const Asked& asked, const market::AskKey& key, const market::Ask& ask) {
    mpb::Ask message;
    message.set_ask_id(number(key.id));
    message.set_class_id(number(key.row.book.class_id));
    message.set_product(number(key.row.book.product));
    message.set_price(key.row.price);
    message.set_posted_height(key.row.posted.value());
    message.set_provider(messages::account_text(ask.owner));
    message.set_work_units(ask.work_units);
    message.set_last_height(ask.last.value());
    TRY_ASSIGN(const auto provider, market::get_provider(asked.state, ask.provider));
    CHECK(provider.has_value());
    message.set_is_void(
        key.id < provider->asks_valid_from || provider->is_jailed || provider->is_removed() ||
        ask.last <= asked.block.height
    );
    return message;
}

Answer<mpb::Bid> describe(const Asked&, const market::BidKey& key, const market::Bid& bid) {
    mpb::Bid message;
    message.set_order_id(number(key.job.order));
    message.set_task(key.job.task);
    message.set_class_id(number(key.row.book.class_id));
    message.set_product(number(key.row.book.product));
    message.set_limit_price(key.row.price);
    message.set_posted_height(key.row.posted.value());
    message.set_user(messages::account_text(bid.owner));
    message.set_work_units(bid.work_units);
    message.set_last_height(bid.last.value());
    message.set_deadline(bid.deadline.value());
    return message;
}

namespace {

std::string_view halt_text(market::Halt halt) {
    switch (halt) {
        case market::Halt::none:
            return "";
        case market::Halt::cancelled:
            return "cancelled";
        case market::Halt::expired:
            return "expired";
        case market::Halt::displaced:
            return "displaced";
    }
    CHECK(false);
}

}  // namespace

Answer<mpb::Order> describe(const Asked& asked, market::OrderId id, const market::Order& order) {
    mpb::Order message;
    message.set_order_id(number(id));
    TRY_ASSIGN(*message.mutable_user(), address_text(asked.state, order.user));
    message.set_class_id(number(order.book.class_id));
    message.set_product(number(order.book.product));
    message.set_program(bytes_text(order.program));
    message.set_work_units(order.work_units);
    message.set_limit_price(order.limit);
    message.set_posted_height(order.posted.value());
    message.set_last_height(order.last.value());
    message.set_deadline(order.deadline.value());
    message.set_retries(order.retries);
    message.set_reputation_min(order.filters.reputation_min);
    message.mutable_regions()->Assign(order.filters.regions.begin(), order.filters.regions.end());
    add_attributes(order.filters.attributes, *message.mutable_attributes());
    TRY(add_accounts(asked, order.filters.excluded, *message.mutable_excluded()));
    for (const auto& input : order.inputs) {
        message.add_inputs(input ? bytes_text(*input) : std::string());
    }
    message.set_job_escrow(order.job_escrow);
    message.set_proof_escrow(order.proof_escrow);
    message.set_is_array(order.is_array);
    message.set_tasks(order.tasks);
    message.set_max_parallel(order.max_parallel);
    message.set_next_task(order.next_task);
    message.set_live(order.live);
    message.set_settled(order.settled);
    message.set_budget(order.budget);
    message.set_halt(std::string(halt_text(order.halt)));
    message.set_is_final(order.is_final);
    return message;
}

Answer<mpb::Trade> describe(const Asked& asked, market::BookId book, const market::Trade& trade) {
    mpb::Trade message;
    message.set_number(trade.number);
    message.set_height(trade.height.value());
    message.set_class_id(number(book.class_id));
    message.set_product(number(book.product));
    message.set_price(trade.price);
    message.set_work_units(trade.work_units);
    message.set_amount(trade.amount);
    message.set_order_id(number(trade.job.order));
    message.set_task(trade.job.task);
    message.set_ask_id(number(trade.ask));
    TRY_ASSIGN(*message.mutable_provider(), address_text(asked.state, trade.provider));
    TRY_ASSIGN(*message.mutable_user(), address_text(asked.state, trade.user));
    return message;
}

}  // namespace steelyard::queries
