#include "tests/bench/market_chain.h"

#include "market/records/order.h"
#include "vm/build/builder.h"
#include "vm/program/encoding.h"

namespace steelyard::market {
namespace {

constexpr std::uint32_t class_id = 1;
constexpr std::uint32_t product = 1;

void set_coin(cosmos::base::v1beta1::Coin& coin, Money amount) {
    coin.set_denom("uyard");
    coin.set_amount(std::to_string(amount));
}

}  // namespace

MarketChain::MarketChain(BenchChain::Options options, ByteView program, std::uint32_t inputs)
    : chain_(std::move(options)), program_(vm::program_id(program)), inputs_(inputs) {
    Wallet& founder = sender(0);
    proto::MsgCreateClass made;
    made.set_creator(founder.text());
    made.set_name("cpu.small");
    made.set_kind("cpu");
    made.set_wu_per_second_floor(10);
    proto::MsgRegisterProgram registered;
    registered.set_owner(founder.text());
    registered.set_program(std::string(as_text(program)));
    const std::array<const google::protobuf::Message*, 2> messages = {&made, &registered};
    chain_.must_pass({chain_.sign(founder, messages, ample_gas)});
}

proto::MsgPostOrder MarketChain::order(const Wallet& user, Price limit, std::uint32_t lifetime)
    const {
    proto::MsgPostOrder message;
    message.set_user(user.text());
    message.set_class_id(class_id);
    message.set_product(product);
    message.set_program(std::string(as_text(program_)));
    message.set_limit_price(limit);
    message.set_lifetime(lifetime);
    for (std::uint32_t i = 0; i < inputs_; ++i) {
        message.add_inputs(std::string(32, static_cast<char>('a' + i)));
    }
    return message;
}

proto::MsgPostAsk MarketChain::ask(const Wallet& provider, Price price, WorkUnits work_units)
    const {
    proto::MsgPostAsk message;
    message.set_provider(provider.text());
    message.set_class_id(class_id);
    message.set_product(product);
    message.set_price(price);
    message.set_work_units(work_units);
    message.set_lifetime(10'000);
    return message;
}

std::vector<std::unique_ptr<google::protobuf::Message>> MarketChain::begin_selling(
    const Wallet& provider, const chain::Address& worker, Money bond, std::uint32_t slots
) const {
    auto registered = std::make_unique<proto::MsgRegisterProvider>();
    registered->set_provider(provider.text());
    registered->set_moniker("provider");
    registered->set_region("north");
    set_coin(*registered->mutable_bond(), bond);
    auto added = std::make_unique<proto::MsgAddWorker>();
    added->set_provider(provider.text());
    added->set_worker(ledger::account_text(worker));
    added->set_class_id(class_id);
    added->set_slots(slots);
    set_coin(*added->mutable_funds(), 1);
    std::vector<std::unique_ptr<google::protobuf::Message>> messages;
    messages.push_back(std::move(registered));
    messages.push_back(std::move(added));
    return messages;
}

std::vector<Bytes> MarketChain::sign_all(
    Wallet& sender, const std::vector<std::unique_ptr<google::protobuf::Message>>& messages
) const {
    std::vector<Bytes> txs;
    std::vector<const google::protobuf::Message*> batch;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        batch.push_back(messages[i].get());
        if (batch.size() == tx::messages_max || i + 1 == messages.size()) {
            txs.push_back(chain_.sign(sender, batch, ample_gas));
            batch.clear();
        }
    }
    return txs;
}

std::uint64_t MarketChain::next_order() const {
    std::uint64_t next = 0;
    chain_.look([&](ledger::StateView& state, const ledger::BlockInfo&) {
        next = static_cast<std::uint64_t>(next_order_id(state).value());
    });
    return next;
}

void MarketChain::pass(int blocks) {
    for (int i = 0; i < blocks; ++i) {
        chain_.must_pass({});
    }
}

Bytes small_program() {
    vm::Builder builder;
    const vm::ValueRef x = *builder.input("x", {vm::DType::f32, {16}});
    const vm::ValueRef y = *builder.add(vm::OpCode::relu, {x});
    CHECK(builder.output("y", y).has_value());
    return vm::encode_program(std::move(builder).finish());
}

}  // namespace steelyard::market
