#include "market/records/genesis_io.h"

#include "market/records/codec.h"
#include "market/records/order.h"

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

}  // namespace

Outcome<void> walk_asks(
    const StateView& state, const std::function<Outcome<bool>(const AskKey&, const Ask&)>& visit
) {
    return state.walk(Store::book, Key('a'), [&](const Record& record) -> Outcome<bool> {
        return visit(
            codec::known(decode_ask_key(record.key)), codec::known(decode_ask(record.value))
        );
    });
}

Outcome<void> walk_bids(
    const StateView& state, const std::function<Outcome<bool>(const BidKey&, const Bid&)>& visit
) {
    return state.walk(Store::book, Key('b'), [&](const Record& record) -> Outcome<bool> {
        return visit(
            codec::known(decode_bid_key(record.key)), codec::known(decode_bid(record.value))
        );
    });
}

Outcome<void> walk_task_inputs(
    const StateView& state,
    const std::function<Outcome<bool>(const JobId&, const std::vector<Hash256>&)>& visit
) {
    return state.walk(Store::job, Key('t'), [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        JobId id;
        id.order = OrderId{reader.number8()};
        id.task = reader.number4();
        TRY_ASSIGN(const std::vector<Hash256> inputs, get_task_inputs(state, id));
        return visit(id, inputs);
    });
}

Outcome<void> walk_all_workers(
    const StateView& state, const std::function<Outcome<bool>(AccountNumber, const Worker&)>& visit
) {
    return state.walk(Store::provider, Key('w'), [&](const Record& record) -> Outcome<bool> {
        return visit(KeyReader(record.key).account(), codec::known(decode_worker(record.value)));
    });
}

Outcome<void> walk_all_standings(
    const StateView& state,
    const std::function<Outcome<bool>(AccountNumber, ClassId, const Standing&)>& visit
) {
    return state.walk(Store::provider, Key('d'), [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        const AccountNumber provider = reader.account();
        const ClassId class_id{reader.number4()};
        return visit(provider, class_id, codec::known(decode_standing(record.value)));
    });
}

Outcome<void> walk_all_payers(
    const StateView& state,
    const std::function<Outcome<bool>(AccountNumber, ClassId, const Payer&)>& visit
) {
    return state.walk(Store::provider, Key('y'), [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        const AccountNumber provider = reader.account();
        const ClassId class_id{reader.number4()};
        const AccountNumber payer = reader.account();
        return visit(provider, class_id, {payer, codec::parse_number(record.value)});
    });
}

Outcome<void> walk_queue(
    const StateView& state, const std::function<Outcome<bool>(const Queued&)>& visit
) {
    std::optional<Queued> last;
    while (true) {
        TRY_ASSIGN(const std::optional<Queued> queued, first_queued(state, last));
        if (!queued) {
            return {};
        }
        TRY_ASSIGN(const bool goes_on, visit(*queued));
        if (!goes_on) {
            return {};
        }
        last = queued;
    }
}

Outcome<void> walk_proposers(
    const StateView& state, const std::function<Outcome<bool>(Height, const ProposerRow&)>& visit
) {
    return state.walk(Store::market, Key('v'), [&](const Record& record) -> Outcome<bool> {
        const Height height(static_cast<std::int64_t>(KeyReader(record.key).number8()));
        TRY_ASSIGN(const std::optional<ProposerRow> row, get_proposer(state, height));
        CHECK(row.has_value());
        return visit(height, *row);
    });
}

}  // namespace steelyard::market
