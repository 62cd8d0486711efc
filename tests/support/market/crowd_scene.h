// CrowdScene: what a crowd sees when it makes up its mind. For .cpp files of this folder.
#pragma once

#include "market/records/order.h"
#include "market/records/party.h"
#include "tests/support/market/crowd.h"

namespace steelyard::test {

/// In the order of the lanes of a block, which everybody numbers their transactions by.
enum class CrowdLane : std::uint8_t { proofs, workers, rest };

struct CrowdMove {
    CrowdLane lane{};
    std::size_t person = 0;
    MessagePtr message{};
    std::uint64_t gas = 0;
};

struct CrowdJob {
    market::JobId id{};
    market::Job job{};
    market::Order order{};
};

struct CrowdScene {
    const Crowd& crowd;
    const ledger::StateView& state;
    const ledger::BlockInfo& block;
    const ledger::Params& params;
    Dice& dice;
    std::vector<CrowdJob> jobs{};  ///< not final
    std::vector<CrowdMove> moves{};

    std::optional<ledger::AccountNumber> account(std::size_t person) const;
    std::string address(std::size_t person) const;
    std::uint64_t balance(std::size_t person) const;

    /// Below `bound`, the same whoever asks: about a step of a job's try.
    std::uint64_t fate(const CrowdJob& job, std::string_view step, std::uint64_t bound) const;

    void move(CrowdLane lane, std::size_t person, MessagePtr message, std::uint64_t gas = 900'000);
};

/// The value of a read that cannot fail.
template <typename T>
T known(ledger::Outcome<T> outcome) {
    CHECK(outcome.has_value());
    if constexpr (!std::is_void_v<T>) {
        return *std::move(outcome);
    }
}

void move_provider(CrowdScene& scene, const Crowd::Role& role);
void move_worker(CrowdScene& scene, const Crowd::Role& role);
void move_user(CrowdScene& scene, const Crowd::Role& role);

/// Messages that make no sense: about others' jobs and orders.
void make_mischief(CrowdScene& scene);

}  // namespace steelyard::test
