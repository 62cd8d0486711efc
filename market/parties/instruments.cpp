#include "market/parties/instruments.h"

#include "base/check.h"
#include "base/hex.h"
#include "ledger/params/params.h"
#include "ledger/state/values.h"
#include "market/parties/texts.h"
#include "market/records/kinds.h"
#include "market/records/verifier.h"

namespace steelyard::market {
namespace {

using ledger::refuse;

/// Checking a program takes time by its bytes.
constexpr std::uint64_t gas_of_program_byte = 20;

Outcome<void> tell_class(Context& context, ClassId id, const Class& value) {
    context.events.push_back(ledger::make_event(
        "class",
        {{"action", "created"},
         {"id", std::to_string(static_cast<std::uint32_t>(id))},
         {"name", value.name},
         {"region", value.region}}
    ));
    return {};
}

Outcome<void> tell_program(
    Context& context, std::string_view action, AccountNumber owner, const Hash256& id
) {
    TRY_ASSIGN(const std::string address, address_text(context.state, owner));
    context.events.push_back(
        ledger::make_event("program", {{"action", action}, {"id", to_hex(id)}, {"owner", address}})
    );
    return {};
}

/// What a proof of the program takes at most must be answerable under all parameters (K4).
Outcome<ProgramFacts> admit(const Context& context, ByteView program) {
    const ledger::MarketParams& params = context.params.market;
    TRY_ASSIGN(
        ProgramFacts facts,
        or_refuse(
            kinds::bad_program,
            context.verifier->admit(
                program,
                {.probes = params.probes,
                 .bytes = params.proof_bytes_max,
                 .gas = params.proof_gas_max}
            )
        )
    );
    facts.proof_gas = clipped_add(facts.proof_gas, gas_of_reading(program.size()));
    if (facts.proof_bytes > ledger::proof_bytes_limit ||
        facts.proof_gas > ledger::proof_gas_limit) {
        return refuse(
            kinds::bad_program,
            "a proof takes up to {} bytes and {} gas, must take at most {} and {}",
            facts.proof_bytes,
            facts.proof_gas,
            ledger::proof_bytes_limit,
            ledger::proof_gas_limit
        );
    }
    return facts;
}

}  // namespace

Outcome<void> check_class(const Class& value) {
    TRY(check_name("name", value.name, class_name_size_max));
    if (!value.region.empty()) {
        TRY(check_name("region", value.region, region_size_max));
    }
    if (value.wu_per_second_floor == 0 || value.wu_per_second_floor > ask_work_units_max) {
        return refuse(
            kinds::bad_order,
            "wu_per_second_floor is {}, must be from 1 to {}",
            value.wu_per_second_floor,
            ask_work_units_max
        );
    }
    if (value.kind != WorkerKind::cpu && value.kind != WorkerKind::gpu) {
        return refuse(kinds::bad_order, "kind is {}, must be 1 or 2", static_cast<int>(value.kind));
    }
    return {};
}

Outcome<ClassId> create_class(Context& context, AccountNumber creator, const Class& value) {
    TRY(check_class(value));
    TRY_ASSIGN(const auto found, find_class(context.state, value.name));
    if (found) {
        return refuse(kinds::class_exists, "{}", value.name);
    }
    const Money fee = context.params.market.class_fee;
    TRY(collect(context, creator, fee));
    TRY(burn(context, fee, bank::Source::burned_by_market));
    TRY_ASSIGN(const ClassId id, add_class(context.state, value));
    TRY(tell_class(context, id, value));
    return id;
}

Outcome<Hash256> register_program(Context& context, AccountNumber owner, ByteView program) {
    if (context.verifier == nullptr) {
        return refuse(kinds::no_verifier, "program of {} bytes", program.size());
    }
    if (program.empty() || program.size() > program_bytes_max) {
        return refuse(
            kinds::bad_program, "has {} bytes, must have 1 to {}", program.size(), program_bytes_max
        );
    }
    StateView& state = context.state;
    if (state.meter() != nullptr) {
        TRY(state.meter()->use(gas_of_program_byte * program.size(), "program"));
    }
    const Hash256 id = context.verifier->program_id(program);
    TRY_ASSIGN(const auto found, get_program(state, id));
    if (found) {
        return refuse(kinds::program_exists, "{}", to_hex(id));
    }
    const ledger::MarketParams& params = context.params.market;
    TRY_ASSIGN(const ProgramFacts facts, admit(context, program));
    const auto deposit = checked_mul(params.program_deposit, Money{program.size()});
    if (!deposit || *deposit > money_max) {
        return refuse(
            kinds::bad_program, "{} bytes at {} uyard", program.size(), params.program_deposit
        );
    }
    TRY(collect(context, owner, *deposit));
    TRY(put_program(
        state,
        id,
        {.owner = owner, .deposit = *deposit, .registered = context.block.height, .facts = facts}
    ));
    TRY(put_program_bytes(state, id, program));
    TRY(tell_program(context, "registered", owner, id));
    return id;
}

Outcome<void> remove_program(Context& context, AccountNumber owner, const Hash256& id) {
    TRY_ASSIGN(const auto program, get_program(context.state, id));
    if (!program) {
        return refuse(kinds::unknown_program, "{}", to_hex(id));
    }
    if (program->owner != owner) {
        return refuse(kinds::not_owner, "program {}", to_hex(id));
    }
    if (program->uses > 0) {
        return refuse(kinds::program_in_use, "{} orders name {}", program->uses, to_hex(id));
    }
    TRY(erase_program(context.state, id));
    TRY(pay(context, owner, program->deposit));
    return tell_program(context, "removed", owner, id);
}

Outcome<Program> begin_use(StateView& state, const Hash256& id) {
    TRY_ASSIGN(auto program, get_program(state, id));
    if (!program) {
        return refuse(kinds::unknown_program, "{}", to_hex(id));
    }
    ++program->uses;
    TRY(put_program(state, id, *program));
    return *std::move(program);
}

Outcome<void> end_use(StateView& state, const Hash256& id) {
    TRY_ASSIGN(auto program, get_program(state, id));
    CHECK(program && program->uses > 0);
    --program->uses;
    return put_program(state, id, *program);
}

}  // namespace steelyard::market
