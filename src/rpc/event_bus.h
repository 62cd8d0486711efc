// EventBus: tells subscribers what happens on the chain, in the words of CometBFT.
#pragma once

#include "abci/block_results.h"
#include "chain/block.h"
#include "index/flat_events.h"
#include "rpc/subscriptions.h"
#include "rpc/views.h"

#include <functional>
#include <memory>

namespace steelyard::rpc {

/// The names of events without a type of their own: "Polka" and so on share a round's state.
enum class RoundEvent : std::uint8_t {
    new_round_step,
    polka,
    lock,
    relock,
    unlock,
    valid_block,
    timeout_propose,
    timeout_wait,
};

/// Where consensus stood when something happened.
struct RoundPlace {
    chain::Height height{};
    chain::Round round{};
    RoundStep step = RoundStep::new_height;
};

struct EventBusStats {
    std::uint64_t events = 0;     ///< published to at least one subscriber
    std::uint64_t delivered = 0;  ///< to clients
    std::size_t clients = 0;
    std::size_t subscriptions = 0;
};

/// Thread-safe. What nobody has subscribed to costs next to nothing; what several clients have is
/// matched once for each query and written once. Events reach a client in the order of the calls.
class EventBus final : public Subscriptions {
public:
    explicit EventBus(SubscriptionLimits limits = {});
    ~EventBus() override;

    Result<void> subscribe(
        std::shared_ptr<Client> client, std::string request_id, std::string_view query
    ) override;
    Result<void> unsubscribe(ClientId client, std::string_view query) override;
    Result<void> unsubscribe_all(ClientId client) override;
    void client_gone(ClientId client) override;

    /// After a block is applied and indexed: NewBlock, NewBlockHeader, NewBlockEvents, NewEvidence,
    /// Tx and ValidatorSetUpdates.
    void on_committed(
        const chain::Block& block, const chain::Commit& commit, const abci::BlockResults& results
    );

    /// Cheap: whether telling anything may reach somebody.
    bool has_subscribers() const;

    void on_round(RoundEvent event, const RoundPlace& place);
    void on_new_round(
        const RoundPlace& place, const chain::Address& proposer, chain::ValidatorIndex index
    );
    void on_complete_proposal(const RoundPlace& place, const chain::BlockId& block_id);
    void on_vote(const chain::Vote& vote);

    EventBusStats stats() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::rpc
