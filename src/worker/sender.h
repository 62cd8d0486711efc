// Sender: transactions that are wanted, signed and sent until they are in a block or nobody wants
// them any more (doc/spec/worker-link.md, W7).
#pragma once

#include "crypto/public_key.h"
#include "worker/node_port.h"
#include "worker/wish.h"

#include <set>

namespace steelyard::worker {

/// So many blocks a transaction is good for (its timeout height): then it is signed anew.
inline constexpr std::int64_t tx_blocks_max = 10;

/// What became of a transaction: for the log.
struct SendEvent {
    enum class Kind : std::uint8_t {
        sent,
        included,
        failed,   ///< in a block, without effect
        refused,  ///< its check says that it cannot be
        trouble,  ///< with the account or the node; no job's
    };

    Kind kind = Kind::sent;
    JobName job{};
    Step step{};
    std::string text{};
    std::uint64_t fee = 0;  ///< uyard, of one that was sent
};

/// One thread calls it. The account is the worker's alone: who else signs with its key uses up its
/// sequences, which costs a transaction or two.
class Sender {
public:
    Sender(NodePort& node, crypto::PrivateKey key);

    const std::string& address() const { return address_; }

    // Errors of both: io while the node does not answer, and nothing is lost.

    /// Finds out what is in a block by now. To be called before the state is read that wishes
    /// follow from: what is not under way any more has had its effect there.
    Result<void> look(const ChainMoment& now);

    /// Sends what is wanted and not under way.
    Result<void> send(const std::vector<Wish>& wishes, const ChainMoment& now);

    /// Whether something waits to be in a block.
    bool is_waiting() const { return !flights_.empty(); }

    std::vector<SendEvent> take_events() { return std::exchange(events_, {}); }

private:
    struct Flight {
        JobName job{};
        Step step{};
        std::uint64_t sequence = 0;
        Hash256 hash{};
        std::int64_t last_height = 0;  ///< no block behind it takes it
    };

    struct Account {
        std::uint64_t number = 0;
        std::uint64_t sequence = 0;  ///< of the next transaction, as of the last block
    };

    Result<bool> read_account();
    Result<void> land(const Flight& flight);
    Result<void> send_one(const Wish& wish, const ChainMoment& now);
    Result<bool> try_once(const Wish& wish, const ChainMoment& now);
    Result<std::uint64_t> simulate(const tx::DecodedTx& tx);
    Result<bool> set_fee(tx::DecodedTx& tx, const Wish& wish);
    bool take_refusal(const Wish& wish, const SubmitAnswer& answer);
    void refuse(const Wish& wish, std::string_view why);
    void tell(SendEvent event);

    NodePort& node_;
    crypto::PrivateKey key_;
    std::string address_;
    std::optional<Account> account_{};
    std::uint64_t next_sequence_ = 0;
    std::vector<Flight> flights_{};
    std::set<std::string> told_{};  ///< troubles and refusals, each once
    std::vector<SendEvent> events_{};
};

}  // namespace steelyard::worker
