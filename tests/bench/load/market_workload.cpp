#include "crypto/hash.h"
#include "tests/bench/load/accounts.h"
#include "vm/build/builder.h"
#include "vm/program/encoding.h"

#include <steelyard/market/v1/tx.pb.h>

namespace steelyard::load {
namespace {

namespace proto = ::steelyard::market::v1;

constexpr std::uint32_t class_id = 1;  ///< of a devnet: cpu.small
constexpr std::uint64_t price = 1'000'000;
constexpr std::uint64_t gas_of_order = 300'000;
constexpr std::uint64_t gas_of_program = 5'000'000;
constexpr std::uint64_t escrow_max = 50'000;  ///< of an order of the program below, in uyard

Bytes small_program() {
    vm::Builder builder;
    const auto x = builder.input("x", {vm::DType::f32, {16}});
    const auto y = builder.add(vm::OpCode::relu, {x.value()});
    if (!builder.output("y", y.value())) {
        give_up("the program cannot be built");
    }
    return vm::encode_program(std::move(builder).finish());
}

/// Where it stands already it is refused when it is executed, which does no harm.
void register_program(HttpConnection& node, ByteView program, const chain::ChainId& chain_id) {
    Account bank = bank_account(node);
    proto::MsgRegisterProgram message;
    message.set_owner(bank.address);
    message.set_program(std::string(as_text(program)));
    const std::array<const google::protobuf::Message*, 1> messages = {&message};
    broadcast(node, sign(bank, messages, gas_of_program, chain_id));
    wait_for_sequence(node, bank);
}

}  // namespace

Workload market_workload(const Options& options, std::size_t lanes) {
    HttpConnection node(options.nodes.front());
    const chain::ChainId chain_id = chain_of(node);
    const Bytes program = small_program();
    register_program(node, program, chain_id);
    const std::size_t count = tx_count(options);
    const std::size_t account_count = std::min(options.accounts, count);
    const std::uint64_t gas = gas_of_order * options.messages;
    const std::uint64_t each =
        (count / account_count + 2) * (fee_of(gas) + 1 + escrow_max * options.messages);
    std::vector<Account> accounts = make_accounts(node, account_count, each, chain_id);
    proto::MsgPostOrder order;
    order.set_class_id(class_id);
    order.set_product(1);
    order.set_program(std::string(as_text(vm::program_id(program))));
    order.set_limit_price(price);
    order.add_inputs(std::string(sizeof(crypto::Hash256), 'x'));
    const std::vector<const google::protobuf::Message*> messages(options.messages, &order);
    Workload workload;
    for (std::size_t number = 0; number < count; ++number) {
        Account& user = accounts[number % account_count];
        order.set_user(user.address);
        workload.txs.push_back(sign(user, messages, gas, chain_id));
        workload.lanes.push_back(number % account_count % lanes);
    }
    return workload;
}

}  // namespace steelyard::load
