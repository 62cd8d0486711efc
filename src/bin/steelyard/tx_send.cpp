// A transaction shown to people, sent, and reported.
#include "base/hex.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/tx.h"
#include "chain/txs.h"
#include "cosmos/bank/v1beta1/tx.pb.h"
#include "cosmos/base/abci/v1beta1/abci.pb.h"
#include "cosmos/staking/v1beta1/tx.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/json.h"

#include <google/protobuf/any.pb.h>

#include <thread>

namespace steelyard::wallet {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::chrono::milliseconds poll_interval(200);
constexpr std::size_t messages_shown_max = 20;
constexpr std::size_t texts_shown_max = 400;

/// "2.5 yard" for a coin, wherever it stands.
std::string coin_text(const Message& message) {
    const auto& coin = static_cast<const cosmos::base::v1beta1::Coin&>(message);
    const auto parsed = client::parse_money(coin.amount() + coin.denom());
    return parsed ? client::show(*parsed) : coin.amount() + " " + coin.denom();
}

std::string value_text(const Message& message, const FieldDescriptor& field, int index) {
    const auto& reflection = *message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const Message& inner = index < 0 ? reflection.GetMessage(message, &field)
                                         : reflection.GetRepeatedMessage(message, &field, index);
        if (inner.GetDescriptor()->full_name() == "cosmos.base.v1beta1.Coin") {
            return coin_text(inner);
        }
        return proto::to_json(inner).value_or("?");
    }
    if (field.type() == FieldDescriptor::TYPE_STRING && !field.is_repeated()) {
        return reflection.GetString(message, &field);
    }
    return "";
}

/// The fields of a message that are set, one a line.
Fields fields_of(const Message& message, const std::string& json) {
    Fields out;
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        const int count = field.is_repeated() ? reflection.FieldSize(message, &field)
                                              : int{reflection.HasField(message, &field)};
        for (int one = 0; one < count; ++one) {
            std::string text = value_text(message, field, field.is_repeated() ? one : -1);
            if (text.empty()) {
                return {{"", json.substr(0, texts_shown_max)}};
            }
            text.resize(std::min(text.size(), texts_shown_max));
            out.emplace_back("  " + field.name(), std::move(text));
        }
    }
    return out;
}

std::string message_text(const tx::PackedMessage& packed) {
    google::protobuf::Any any;
    any.set_type_url(packed.type_url);
    any.set_value(std::string(as_text(packed.value)));
    const auto json = proto::to_json(any);
    const std::string name = packed.type_url.substr(packed.type_url.rfind('.') + 1);
    const auto* const type =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
            packed.type_url.substr(1)
        );
    if (!json || type == nullptr) {
        return packed.type_url + ": not known\n";
    }
    const std::unique_ptr<Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New()
    );
    if (!message->ParseFromString(any.value())) {
        return packed.type_url + ": not readable\n";
    }
    return name + "\n" + fields_text(fields_of(*message, *json));
}

cosmos::base::abci::v1beta1::TxResponse response_of(const client::FoundTx& found) {
    cosmos::base::abci::v1beta1::TxResponse out;
    out.set_height(found.height.value());
    out.set_txhash(to_hex_upper(found.hash));
    out.set_codespace(found.result.codespace);
    out.set_code(found.result.code);
    out.set_data(to_hex_upper(found.result.data));
    out.set_raw_log(found.result.log);
    out.set_info(found.result.info);
    out.set_gas_wanted(found.result.gas_wanted);
    out.set_gas_used(found.result.gas_used);
    if (tx::decode_tx(found.tx)) {
        out.mutable_tx()->set_type_url("/cosmos.tx.v1beta1.Tx");
        out.mutable_tx()->set_value(std::string(as_text(found.tx)));
    }
    for (const chain::Event& event : found.result.events) {
        auto& one = *out.add_events();
        one.set_type(event.type);
        for (const chain::EventAttribute& attribute : event.attributes) {
            auto& pair = *one.add_attributes();
            pair.set_key(attribute.key);
            pair.set_value(attribute.value);
            pair.set_index(attribute.index);
        }
    }
    return out;
}

/// Until it is committed; not_found if the time is over.
Result<client::FoundTx> wait_for(
    const client::NodeClient& node, const chain::Hash256& hash, std::chrono::seconds patience
) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
        auto found = node.tx(hash);
        if (found || found.error().code() != ErrorCode::not_found ||
            std::chrono::steady_clock::now() >= end) {
            return found;
        }
        std::this_thread::sleep_for(poll_interval);
    }
}

}  // namespace

std::string describe(const tx::DecodedTx& tx) {
    std::string out;
    for (std::size_t i = 0; i < tx.messages.size(); ++i) {
        if (i == messages_shown_max) {
            out += fmt::format("and {} more messages\n", tx.messages.size() - i);
            break;
        }
        out += message_text(tx.messages[i]);
    }
    Fields fields = {
        {"fee", client::show(tx.fee.amount)},
        {"gas", grouped(tx.fee.gas_limit)},
    };
    if (!tx.memo.empty()) {
        fields.emplace_back("note", tx.memo);
    }
    if (tx.timeout_height != 0) {
        fields.emplace_back("not after block", grouped(tx.timeout_height));
    }
    return out + fields_text(fields);
}

Outcome<Exit> send_tx(
    const Context& context,
    const client::NodeClient& node,
    const TxOptions& options,
    const chain::TxRaw& tx
) {
    const auto submitted = node.broadcast(chain::encode_tx_raw(tx));
    if (!submitted) {
        return std::unexpected(of_node(submitted.error()));
    }
    if (submitted->code != 0) {
        return std::unexpected(of_tx(submitted->codespace, submitted->code, submitted->log));
    }
    const std::string hash = to_hex_upper(submitted->hash);
    if (options.wait_seconds == 0) {
        print(context.json() ? fields_json({{"txhash", hash}}) : fields_text({{"hash", hash}}));
        return Exit::ok;
    }
    const auto found = wait_for(node, submitted->hash, std::chrono::seconds(options.wait_seconds));
    if (!found) {
        if (found.error().code() == ErrorCode::not_found) {
            return std::unexpected(Complaint(
                Exit::timeout,
                "not_committed",
                fmt::format("{} was not committed within {} s", hash, options.wait_seconds),
                fmt::format("it may still be; look with `steelyard query tx {}`", hash)
            ));
        }
        return std::unexpected(of_node(found.error()));
    }
    if (found->result.code != 0) {
        Complaint failed = of_tx(found->result.codespace, found->result.code, found->result.log);
        failed.message =
            fmt::format("{} failed in block {}: {}", hash, found->height, failed.message);
        return std::unexpected(std::move(failed));
    }
    print(report_of(context, *found));
    return Exit::ok;
}

std::string report_of(const Context& context, const client::FoundTx& found) {
    if (context.json()) {
        return json_of(response_of(found));
    }
    Fields fields = {
        {"hash", to_hex_upper(found.hash)},
        {"block", grouped(static_cast<std::uint64_t>(found.height.value()))},
        {"result",
         found.result.code == 0
             ? "ok"
             : fmt::format(
                   "failed: {} ({} {})", found.result.log, found.result.codespace, found.result.code
               )},
        {"gas",
         fmt::format(
             "{} of {}",
             grouped(static_cast<std::uint64_t>(found.result.gas_used)),
             grouped(static_cast<std::uint64_t>(found.result.gas_wanted))
         )},
    };
    std::string out = fields_text(fields);
    if (const auto decoded = tx::decode_tx(found.tx)) {
        out += describe(*decoded);
    }
    return out;
}

}  // namespace steelyard::wallet
