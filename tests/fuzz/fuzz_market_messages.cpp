// Messages of the market over a small one, and the end of their block: whatever is admitted leaves
// rows that everybody can read again, the invariants hold, and no phase stops. The first byte
// chooses the message, the second who signs it and whether it names the program that there is.
#include "base/check.h"
#include "ledger/invariants/invariants.h"
#include "ledger/messages/message_table.h"
#include "ledger/state/values.h"
#include "proto/codec.h"
#include "tests/support/market/market_bench.h"

#include <google/protobuf/message.h>

using namespace steelyard;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

constexpr int people = 4;  // of whom 1 is a provider, and 1,001 its worker
constexpr market::Price price = 50'000'000;

/// An ask, jobs in most states, an array.
struct World {
    World() {
        for (int i = 1; i < people; ++i) {
            bench.person(i);
        }
        const auto provider = bench.make_provider(1);
        bench.ask(provider, price, 1'000'000);
        const auto user = bench.person(2);
        for (int i = 0; i < 4; ++i) {
            const market::JobId id = bench.order(user, bench.terms(price));
            bench.end_block();
            if (i < 3) {
                bench.start(id);
            }
            if (i < 2) {
                bench.commit(id);
            }
        }
        bench.end_blocks(3);
        bench.array(user, bench.terms(price - 1), 3);
        bench.order(user, bench.terms(1));
        bench.end_block();
    }

    test::MarketBench bench{};
};

const std::vector<const messages::MessageType*>& types() {
    static const std::vector<const messages::MessageType*> all = [] {
        std::vector<const messages::MessageType*> list;
        for (const auto& part :
             {messages::market_party_messages(),
              messages::market_order_messages(),
              messages::market_job_messages()}) {
            for (const messages::MessageType& type : part) {
                list.push_back(&type);
            }
        }
        return list;
    }();
    return all;
}

void name_signer_and_program(Message& message, const test::MarketBench& bench, std::uint8_t how) {
    constexpr int worker = 1'001;
    const auto& reflection = *message.GetReflection();
    const int person = how % people == 0 ? worker : how % people;
    reflection.SetString(
        &message,
        message.GetDescriptor()->FindFieldByNumber(1),
        ledger::account_text(bench.address(person))
    );
    const FieldDescriptor* const program = message.GetDescriptor()->FindFieldByName("limit_price")
                                               ? message.GetDescriptor()->FindFieldByName("program")
                                               : nullptr;
    if (program != nullptr && (how & 0x80) == 0) {
        reflection.SetString(&message, program, std::string(as_text(bench.program)));
    }
}

void check_all(ledger::StateView& state) {
    CHECK(invariants::check(state).empty());
    market::Books books;
    books.rebuild(state);  // which reads every row
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    static World world;
    test::MarketBench& bench = world.bench;
    const messages::MessageType& type = *types()[data[0] % types().size()];
    const std::unique_ptr<Message> draft(type.prototype->New());
    if (!draft->ParseFromArray(data + 2, static_cast<int>(size - 2))) {
        return 0;
    }
    name_signer_and_program(*draft, bench, data[1]);
    const auto message = messages::read_message(type, proto::serialize(*draft));
    if (!message) {
        CHECK(!message.error().log.empty());
        return 0;
    }
    const auto before = bench.state().mark();
    const std::size_t told = bench.events.size();
    if (type.execute(bench.context(), **message)) {
        check_all(bench.state());
        market::Books books;
        books.rebuild(bench.state());
        market::end_block(
            bench.context(), books, {.validator = {}, .power = 10, .total_power = 20}
        );
        check_all(bench.state());
    }
    bench.state().roll_back(before);
    bench.events.resize(told);
    return 0;
}
