// Classes, programs, providers, workers.
#include "ledger/messages/market_fields.h"
#include "ledger/messages/typed_message.h"
#include "market/parties/instruments.h"
#include "market/parties/providers.h"
#include "market/records/kinds.h"
#include "steelyard/market/v1/tx.pb.h"

#include <array>

namespace steelyard::messages {
namespace {

using namespace ::steelyard::market::v1;
using ledger::refuse;
using market::Money;

Outcome<market::WorkerKind> read_kind(const std::string& kind) {
    if (kind == "cpu") {
        return market::WorkerKind::cpu;
    }
    if (kind == "gpu") {
        return market::WorkerKind::gpu;
    }
    return refuse(market::kinds::bad_order, "kind is {}, must be cpu or gpu", kind);
}

Outcome<market::Class> read_class(const MsgCreateClass& message) {
    constexpr std::uint32_t trust_max = 255;
    if (message.trust() > trust_max) {
        return refuse(
            market::kinds::bad_order, "trust is {}, must be at most {}", message.trust(), trust_max
        );
    }
    TRY_ASSIGN(const market::WorkerKind kind, read_kind(message.kind()));
    return market::Class{
        .name = message.name(),
        .kind = kind,
        .vram_floor_bytes = message.vram_floor_bytes(),
        .wu_per_second_floor = message.wu_per_second_floor(),
        .region = message.region(),
        .trust = static_cast<std::uint8_t>(message.trust()),
    };
}

Outcome<void> check_create_class(const MsgCreateClass& message) {
    TRY(read_account("creator", message.creator()));
    TRY_ASSIGN(const market::Class value, read_class(message));
    return market::check_class(value);
}

Outcome<MsgCreateClassResponse> create_class(Context& context, const MsgCreateClass& message) {
    TRY_ASSIGN(const auto creator, signer_of(context, message.creator()));
    TRY_ASSIGN(
        const market::ClassId id,
        market::create_class(context, creator, read_class(message).value())
    );
    MsgCreateClassResponse response;
    response.set_class_id(static_cast<std::uint32_t>(id));
    return response;
}

Outcome<void> check_register_program(const MsgRegisterProgram& message) {
    TRY(read_account("owner", message.owner()));
    const std::size_t size = message.program().size();
    if (size == 0 || size > market::program_bytes_max) {
        return refuse(
            market::kinds::bad_program,
            "program has {} bytes, must have 1 to {}",
            size,
            market::program_bytes_max
        );
    }
    return {};
}

Outcome<MsgRegisterProgramResponse> register_program(
    Context& context, const MsgRegisterProgram& message
) {
    TRY_ASSIGN(const auto owner, signer_of(context, message.owner()));
    TRY_ASSIGN(
        const auto id, market::register_program(context, owner, as_bytes(message.program()))
    );
    MsgRegisterProgramResponse response;
    response.set_program_id(std::string(as_text(id)));
    return response;
}

Outcome<void> check_remove_program(const MsgRemoveProgram& message) {
    TRY(read_account("owner", message.owner()));
    TRY(read_hash("program_id", message.program_id()));
    return {};
}

Outcome<MsgRemoveProgramResponse> remove_program(
    Context& context, const MsgRemoveProgram& message
) {
    TRY_ASSIGN(const auto owner, signer_of(context, message.owner()));
    TRY(market::remove_program(context, owner, read_hash("", message.program_id()).value()));
    return MsgRemoveProgramResponse();
}

/// Of both messages that have one.
template <typename M>
Outcome<market::Profile> read_profile(const M& message) {
    TRY_ASSIGN(auto attributes, read_attributes(message.attributes()));
    market::Profile profile{
        .moniker = message.moniker(),
        .region = message.region(),
        .contact = message.contact(),
        .attributes = std::move(attributes),
    };
    TRY(market::check_profile(profile));
    return profile;
}

Outcome<void> check_register_provider(const MsgRegisterProvider& message) {
    TRY(read_account("provider", message.provider()));
    TRY(read_profile(message));
    TRY(read_money("bond", message.bond()));
    return {};
}

Outcome<MsgRegisterProviderResponse> register_provider(
    Context& context, const MsgRegisterProvider& message
) {
    TRY_ASSIGN(const auto account, signer_of(context, message.provider()));
    const Money bond = read_money("", message.bond()).value();
    TRY(market::register_provider(context, account, read_profile(message).value(), bond));
    return MsgRegisterProviderResponse();
}

Outcome<void> check_update_provider(const MsgUpdateProvider& message) {
    TRY(read_account("provider", message.provider()));
    TRY(read_profile(message));
    return {};
}

Outcome<MsgUpdateProviderResponse> update_provider(
    Context& context, const MsgUpdateProvider& message
) {
    TRY_ASSIGN(const auto account, signer_of(context, message.provider()));
    TRY(market::update_provider(context, account, read_profile(message).value()));
    return MsgUpdateProviderResponse();
}

Outcome<void> check_add_bond(const MsgAddBond& message) {
    TRY(read_account("provider", message.provider()));
    TRY(read_stake("amount", message.amount()));
    TRY(read_money("amount", message.amount()));
    return {};
}

Outcome<MsgAddBondResponse> add_bond(Context& context, const MsgAddBond& message) {
    TRY_ASSIGN(const auto account, signer_of(context, message.provider()));
    TRY(market::add_bond(context, account, read_money("", message.amount()).value()));
    return MsgAddBondResponse();
}

Outcome<void> check_withdraw_bond(const MsgWithdrawBond& message) {
    TRY(read_account("provider", message.provider()));
    TRY(read_stake("amount", message.amount()));
    TRY(read_money("amount", message.amount()));
    return {};
}

Outcome<MsgWithdrawBondResponse> withdraw_bond(Context& context, const MsgWithdrawBond& message) {
    TRY_ASSIGN(const auto account, signer_of(context, message.provider()));
    TRY(market::withdraw_bond(context, account, read_money("", message.amount()).value()));
    return MsgWithdrawBondResponse();
}

Outcome<void> check_unjail(const MsgUnjailProvider& message) {
    TRY(read_account("provider", message.provider()));
    return {};
}

Outcome<MsgUnjailProviderResponse> unjail(Context& context, const MsgUnjailProvider& message) {
    TRY_ASSIGN(const auto account, signer_of(context, message.provider()));
    TRY(market::unjail_provider(context, account));
    return MsgUnjailProviderResponse();
}

Outcome<void> check_add_worker(const MsgAddWorker& message) {
    TRY(read_account("provider", message.provider()));
    TRY(read_account("worker", message.worker()));
    TRY(read_money("funds", message.funds()));
    if (message.slots() == 0 || message.slots() > market::slots_max) {
        return refuse(
            market::kinds::bad_order,
            "slots are {}, must be from 1 to {}",
            message.slots(),
            market::slots_max
        );
    }
    return {};
}

Outcome<MsgAddWorkerResponse> add_worker(Context& context, const MsgAddWorker& message) {
    TRY_ASSIGN(const auto account, signer_of(context, message.provider()));
    TRY(market::add_worker(
        context,
        account,
        read_account("", message.worker()).value(),
        market::ClassId{message.class_id()},
        message.slots(),
        read_money("", message.funds()).value()
    ));
    return MsgAddWorkerResponse();
}

Outcome<void> check_remove_worker(const MsgRemoveWorker& message) {
    TRY(read_account("provider", message.provider()));
    TRY(read_account("worker", message.worker()));
    return {};
}

Outcome<MsgRemoveWorkerResponse> remove_worker(Context& context, const MsgRemoveWorker& message) {
    TRY_ASSIGN(const auto account, signer_of(context, message.provider()));
    TRY(market::remove_worker(context, account, read_account("", message.worker()).value()));
    return MsgRemoveWorkerResponse();
}

constexpr std::string_view module = "market";

}  // namespace

std::span<const MessageType> market_party_messages() {
    static const std::array types = {
        message_type<MsgCreateClass, check_create_class, create_class>(
            "/steelyard.market.v1.MsgCreateClass", module
        ),
        message_type<MsgRegisterProgram, check_register_program, register_program>(
            "/steelyard.market.v1.MsgRegisterProgram", module
        ),
        message_type<MsgRemoveProgram, check_remove_program, remove_program>(
            "/steelyard.market.v1.MsgRemoveProgram", module
        ),
        message_type<MsgRegisterProvider, check_register_provider, register_provider>(
            "/steelyard.market.v1.MsgRegisterProvider", module
        ),
        message_type<MsgUpdateProvider, check_update_provider, update_provider>(
            "/steelyard.market.v1.MsgUpdateProvider", module
        ),
        message_type<MsgAddBond, check_add_bond, add_bond>(
            "/steelyard.market.v1.MsgAddBond", module
        ),
        message_type<MsgWithdrawBond, check_withdraw_bond, withdraw_bond>(
            "/steelyard.market.v1.MsgWithdrawBond", module
        ),
        message_type<MsgUnjailProvider, check_unjail, unjail>(
            "/steelyard.market.v1.MsgUnjailProvider", module
        ),
        message_type<MsgAddWorker, check_add_worker, add_worker>(
            "/steelyard.market.v1.MsgAddWorker", module
        ),
        message_type<MsgRemoveWorker, check_remove_worker, remove_worker>(
            "/steelyard.market.v1.MsgRemoveWorker", module
        ),
    };
    return types;
}

}  // namespace steelyard::messages
