// The messages of an admitted transaction, and the result.
#include "base/check.h"
#include "base/protowire.h"
#include "ledger/messages/fields.h"
#include "ledger/pipeline/pipeline.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <iterator>
#include <limits>

namespace steelyard::pipeline {
namespace {

using chain::ExecTxResult;
using ledger::Events;
using ledger::Failure;
namespace kinds = ledger::kinds;

std::int64_t clipped(std::uint64_t gas) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::min(gas, static_cast<std::uint64_t>(most)));
}

/// As long as it lives, the state counts gas.
class Metered {
public:
    Metered(StateView& state, ledger::GasMeter& meter) : state_(state) { state.set_meter(&meter); }
    ~Metered() { state_.set_meter(nullptr); }
    Metered(const Metered&) = delete;
    Metered& operator=(const Metered&) = delete;

private:
    StateView& state_;
};

/// cosmos.base.abci.v1beta1.TxMsgData, response by response.
class MessageData {
public:
    void add(std::string_view type_url, ByteView response) {
        constexpr std::uint32_t msg_responses = 2;
        ProtoWriter any;
        any.string(1, std::string(type_url) + "Response");
        any.bytes(2, response);
        writer_.message(msg_responses, std::move(any).take());
    }

    Bytes take() && { return std::move(writer_).take(); }

private:
    ProtoWriter writer_;
};

chain::Event message_event(const ReadTx& tx, std::size_t index) {
    const messages::MessageType& type = *tx.types[index];
    return ledger::make_event(
        "message",
        {{"action", type.type_url},
         {"sender", messages::account_text(tx.signers_of_messages[index].front())},
         {"module", type.module}}
    );
}

/// Executes one message; its events say which it was.
Outcome<void> run_message(
    Context& context, const ReadTx& tx, std::size_t index, MessageData& data
) {
    const messages::MessageType& type = *tx.types[index];
    const std::size_t before = context.events.size();
    context.events.push_back(message_event(tx, index));
    TRY_ASSIGN(const Bytes response, type.execute(context, *tx.messages[index]));
    data.add(type.type_url, response);
    if (context.events.size() > ExecTxResult::events_max) {
        return refuse(
            kinds::invalid_request,
            "the transaction's events are more than {}",
            ExecTxResult::events_max
        );
    }
    const std::string number = std::to_string(index);
    for (std::size_t i = before; i < context.events.size(); ++i) {
        context.events[i].attributes.push_back({"msg_index", number, true});
    }
    return {};
}

/// The data of the result.
Outcome<Bytes> run_messages(Context& context, const ReadTx& tx) {
    MessageData data;
    for (std::size_t i = 0; i < tx.messages.size(); ++i) {
        if (auto done = run_message(context, tx, i, data); !done) {
            Failure failure = std::move(done).error();
            failure.log =
                fmt::format("failed to execute message; message index: {}: {}", i, failure.log);
            return std::unexpected(std::move(failure));
        }
    }
    Bytes out = std::move(data).take();
    if (out.size() > ExecTxResult::data_size_max) {
        return refuse(
            kinds::invalid_request,
            "the responses have {} bytes, limit {}",
            out.size(),
            ExecTxResult::data_size_max
        );
    }
    return out;
}

/// Admits and executes; what it refuses after the fee has the events of the fee.
Outcome<void> run(Context& context, const ReadTx& tx, const RunOptions& options, Bytes& data) {
    TRY(admit(context, tx, options.scrutiny));
    if (!options.run_messages) {
        return {};
    }
    const auto mark = context.state.mark();
    const std::size_t events = context.events.size();
    auto done = run_messages(context, tx);
    if (!done) {
        context.state.roll_back(mark);
        context.events.resize(events);
        return std::unexpected(std::move(done).error());
    }
    data = *std::move(done);
    return {};
}

}  // namespace

ExecTxResult refusal(const Failure& failure, std::uint64_t gas_wanted, std::uint64_t gas_used) {
    return {
        .code = failure.kind.code,
        .log = failure.log,
        .gas_wanted = clipped(gas_wanted),
        .gas_used = clipped(gas_used),
        .codespace = std::string(failure.kind.codespace),
    };
}

ExecTxResult run_tx(
    StateView& state,
    const ledger::BlockInfo& block,
    const ledger::Params& params,
    const ReadTx& tx,
    const RunOptions& options
) {
    // A transaction is refused for too many events: they must be there where it is executed.
    CHECK(options.is_told || !options.run_messages);
    const std::uint64_t wanted = tx.decoded.fee.gas_limit;
    ledger::GasMeter meter(options.scrutiny.simulate ? tx_gas_limit(params) : wanted);
    const Metered metered(state, meter);
    ExecTxResult result;
    constexpr std::size_t usual_events = 16;
    result.events.reserve(options.is_told ? usual_events : 0);
    Context context{state, result.events, block, params, options.is_told, options.verifier};
    const auto done = run(context, tx, options, result.data);
    if (!done) {
        Events events = std::move(result.events);
        result = refusal(done.error(), wanted, meter.used());
        result.events = std::move(events);
    }
    result.gas_wanted = clipped(wanted);
    result.gas_used = clipped(meter.used());
    return result;
}

ExecTxResult run_tx(
    StateView& state,
    const ledger::BlockInfo& block,
    const ledger::Params& params,
    ByteView bytes,
    const RunOptions& options
) {
    const auto tx = read_tx(bytes, params, options.scrutiny.simulate);
    return tx ? run_tx(state, block, params, *tx, options) : refusal(tx.error(), 0, 0);
}

}  // namespace steelyard::pipeline
