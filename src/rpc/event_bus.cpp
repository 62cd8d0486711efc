#include "rpc/event_bus.h"

#include "base/check.h"
#include "chain/txs.h"
#include "index/query.h"
#include "rpc/event_data.h"
#include "rpc/json_chain.h"
#include "rpc/json_results.h"

#include <atomic>
#include <mutex>
#include <unordered_map>

namespace steelyard::rpc {

using index::FlatEvents;

namespace {

std::string_view to_string(RoundEvent event) {
    switch (event) {
        case RoundEvent::new_round_step:
            return "NewRoundStep";
        case RoundEvent::polka:
            return "Polka";
        case RoundEvent::lock:
            return "Lock";
        case RoundEvent::relock:
            return "Relock";
        case RoundEvent::unlock:
            return "Unlock";
        case RoundEvent::valid_block:
            return "ValidBlock";
        case RoundEvent::timeout_propose:
            return "TimeoutPropose";
        case RoundEvent::timeout_wait:
            return "TimeoutWait";
    }
    CHECK(false);
}

void write_place(JsonWriter& out, const RoundPlace& place) {
    out.key("height").quoted(place.height.value());
    out.key("round").number(place.round.value());
    out.key("step").string(to_string(place.step));
}

std::string new_block_events_data(const chain::Block& block, const abci::BlockResults& results) {
    JsonWriter out;
    begin_data(out, "NewBlockEvents");
    out.key("height").quoted(block.header.height.value());
    out.key("events");
    write_events(out, results.events);
    out.key("num_txs").quoted(static_cast<std::int64_t>(block.txs.size()));
    return end_data(out);
}

std::string validator_updates_data(const abci::BlockResults& results) {
    JsonWriter out;
    begin_data(out, "ValidatorSetUpdates");
    out.key("validator_updates").begin_array();
    for (const chain::ValidatorUpdate& update : results.validator_updates) {
        write_validator(out, chain::Validator(update.public_key, update.power));
    }
    out.end_array();
    return end_data(out);
}

}  // namespace

class EventBus::Impl {
public:
    explicit Impl(SubscriptionLimits limits) : limits_(limits) {}

    Result<void> subscribe(
        std::shared_ptr<Client> client, std::string request_id, std::string_view text
    ) {
        const std::lock_guard lock(mutex_);
        const ClientId id = client->id();
        const auto count = counts_.find(id);
        if (count == counts_.end() && counts_.size() >= limits_.clients_max) {
            return fail(
                ErrorCode::too_large, "max_subscription_clients {} reached", limits_.clients_max
            );
        }
        if (count != counts_.end() && count->second >= limits_.per_client_max) {
            return fail(
                ErrorCode::too_large,
                "max_subscriptions_per_client {} reached",
                limits_.per_client_max
            );
        }
        if (text.size() > limits_.query_size_max) {
            return fail(ErrorCode::too_large, "maximum query length exceeded");
        }
        TRY_ASSIGN(auto query, index::Query::parse(text));
        Topic& topic = topics_.try_emplace(std::string(text), std::move(query)).first->second;
        if (!topic.subscribers.try_emplace(id, std::move(client), std::move(request_id)).second) {
            return invalid("already subscribed");
        }
        ++counts_[id];
        topic_count_ = topics_.size();
        return {};
    }

    Result<void> unsubscribe(ClientId client, std::string_view text) {
        TRY(index::Query::parse(text));
        const std::lock_guard lock(mutex_);
        const auto topic = topics_.find(text);
        if (topic == topics_.end() || !remove(topic, client)) {
            return fail(ErrorCode::not_found, "subscription not found");
        }
        return {};
    }

    bool remove_all(ClientId client) {
        const std::lock_guard lock(mutex_);
        if (!counts_.contains(client)) {
            return false;
        }
        for (auto topic = topics_.begin(); topic != topics_.end();) {
            const auto next = std::next(topic);
            remove(topic, client);
            topic = next;
        }
        return true;
    }

    bool idle() const { return topic_count_.load(std::memory_order_relaxed) == 0; }

    /// `data` makes the JSON; it is called at most once.
    template <typename Data>
    void publish(const FlatEvents& events, Data data) {
        const std::lock_guard lock(mutex_);
        std::string data_json;
        std::string events_json;
        for (const auto& [text, topic] : topics_) {
            if (!topic.query.matches(events)) {
                continue;
            }
            if (data_json.empty()) {
                ++stats_.events;
                data_json = data();
                JsonWriter out;
                write_flat_events(out, events);
                events_json = std::move(out).take();
            }
            JsonWriter out;
            out.reserve(data_json.size() + events_json.size() + text.size() + 64);
            out.begin_object();
            out.key("query").string(text);
            out.key("data").raw(data_json);
            out.key("events").raw(events_json);
            out.end_object();
            const auto result = std::make_shared<const std::string>(std::move(out).take());
            for (const auto& [id, subscriber] : topic.subscribers) {
                stats_.delivered +=
                    subscriber.client->deliver(subscriber.request_id, result) ? 1 : 0;
            }
        }
    }

    EventBusStats stats() const {
        const std::lock_guard lock(mutex_);
        EventBusStats out = stats_;
        out.clients = counts_.size();
        for (const auto& [id, count] : counts_) {
            out.subscriptions += count;
        }
        return out;
    }

private:
    struct Subscriber {
        std::shared_ptr<Client> client;
        std::string request_id;
    };

    /// All who have subscribed with the same text.
    struct Topic {
        explicit Topic(index::Query its_query) : query(std::move(its_query)) {}

        index::Query query;
        std::map<ClientId, Subscriber> subscribers;
    };

    using Topics = std::map<std::string, Topic, std::less<>>;

    bool remove(Topics::iterator topic, ClientId client) {
        if (topic->second.subscribers.erase(client) == 0) {
            return false;
        }
        if (topic->second.subscribers.empty()) {
            topics_.erase(topic);
            topic_count_ = topics_.size();
        }
        if (--counts_[client] == 0) {
            counts_.erase(client);
        }
        return true;
    }

    SubscriptionLimits limits_;
    mutable std::mutex mutex_;
    Topics topics_;
    std::atomic<std::size_t> topic_count_ = 0;
    std::unordered_map<ClientId, std::size_t> counts_;
    EventBusStats stats_;
};

EventBus::EventBus(SubscriptionLimits limits) : impl_(std::make_unique<Impl>(limits)) {
}
EventBus::~EventBus() = default;

Result<void> EventBus::subscribe(
    std::shared_ptr<Client> client, std::string request_id, std::string_view query
) {
    return impl_->subscribe(std::move(client), std::move(request_id), query);
}

Result<void> EventBus::unsubscribe(ClientId client, std::string_view query) {
    return impl_->unsubscribe(client, query);
}

Result<void> EventBus::unsubscribe_all(ClientId client) {
    if (!impl_->remove_all(client)) {
        return fail(ErrorCode::not_found, "subscription not found");
    }
    return {};
}

void EventBus::client_gone(ClientId client) {
    impl_->remove_all(client);
}

EventBusStats EventBus::stats() const {
    return impl_->stats();
}

void EventBus::on_committed(
    const chain::Block& block, const chain::Commit& commit, const abci::BlockResults& results
) {
    if (impl_->idle()) {
        return;
    }
    const chain::Height height = block.header.height;
    impl_->publish(index::flatten_block("NewBlock", results.events), [&] {
        return new_block_data(block, commit.block_id(), results);
    });
    impl_->publish(index::flatten_block("NewBlockHeader", {}), [&] {
        JsonWriter out;
        begin_data(out, "NewBlockHeader");
        out.key("header");
        write_header(out, block.header);
        return end_data(out);
    });
    impl_->publish(index::flatten_block("NewBlockEvents", results.events), [&] {
        return new_block_events_data(block, results);
    });
    for (const chain::Evidence& evidence : block.evidence) {
        impl_->publish(index::flatten_block("NewEvidence", {}), [&] {
            JsonWriter out;
            begin_data(out, "NewEvidence");
            out.key("height").quoted(height.value());
            out.key("evidence");
            write_evidence(out, evidence);
            return end_data(out);
        });
    }
    for (std::size_t i = 0; i < block.txs.size(); ++i) {
        const chain::ExecTxResult& result = results.tx_results[i];
        impl_->publish(index::flatten_tx(chain::tx_hash(block.txs[i]), height, result.events), [&] {
            return tx_data(block, i, result);
        });
    }
    if (!results.validator_updates.empty()) {
        impl_->publish(index::flatten_block("ValidatorSetUpdates", {}), [&] {
            return validator_updates_data(results);
        });
    }
}

bool EventBus::has_subscribers() const {
    return !impl_->idle();
}

void EventBus::on_round(RoundEvent event, const RoundPlace& place) {
    if (impl_->idle()) {
        return;
    }
    impl_->publish(index::flatten_block(to_string(event), {}), [&] {
        JsonWriter out;
        begin_data(out, "RoundState");
        write_place(out, place);
        return end_data(out);
    });
}

void EventBus::on_new_round(
    const RoundPlace& place, const chain::Address& proposer, chain::ValidatorIndex index
) {
    if (impl_->idle()) {
        return;
    }
    impl_->publish(index::flatten_block("NewRound", {}), [&] {
        JsonWriter out;
        begin_data(out, "NewRound");
        write_place(out, place);
        out.key("proposer").begin_object();
        out.key("address").hex(proposer);
        out.key("index").number(index);
        out.end_object();
        return end_data(out);
    });
}

void EventBus::on_complete_proposal(const RoundPlace& place, const chain::BlockId& block_id) {
    if (impl_->idle()) {
        return;
    }
    impl_->publish(index::flatten_block("CompleteProposal", {}), [&] {
        JsonWriter out;
        begin_data(out, "CompleteProposal");
        write_place(out, place);
        out.key("block_id");
        write_block_id(out, block_id);
        return end_data(out);
    });
}

void EventBus::on_vote(const chain::Vote& vote) {
    if (impl_->idle()) {
        return;
    }
    impl_->publish(index::flatten_block("Vote", {}), [&] {
        JsonWriter out;
        begin_data(out, "Vote");
        out.key("Vote");
        write_vote(out, vote);
        return end_data(out);
    });
}

}  // namespace steelyard::rpc
