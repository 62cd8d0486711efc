// Random proposals, approvals and changes of power against a slow model of the rules.
#include "tests/unit/ledger/proposals/voters.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace steelyard::proposals {
namespace {

constexpr std::uint32_t voters = 6;

/// What the rules say, without a state.
struct Model {
    struct Open {
        std::uint32_t number = 0;  ///< of the parameters
        std::uint32_t proposer = 0;
        std::int64_t last = 0;
        std::set<std::uint32_t> approving{};
    };

    std::map<std::uint32_t, std::int64_t> powers{};
    std::map<std::uint64_t, Open> open{};
    std::uint64_t next = 1;

    bool is_active(std::uint32_t voter) const { return powers.contains(voter); }

    bool may_propose(std::uint32_t voter) const {
        return is_active(voter) && std::ranges::none_of(open, [&](const auto& entry) {
                   return entry.second.proposer == voter;
               });
    }

    bool may_approve(std::uint32_t voter, std::uint64_t id) const {
        return is_active(voter) && open.contains(id) && !open.at(id).approving.contains(voter);
    }

    bool passes(const Open& proposal) const {
        std::int64_t all = 0;
        std::int64_t for_it = 0;
        for (const auto& [voter, power] : powers) {
            all += power;
            for_it += proposal.approving.contains(voter) ? power : 0;
        }
        return for_it * 3 > all * 2;
    }

    /// The number of the parameters that take effect.
    std::optional<std::uint32_t> end(std::int64_t height) {
        std::optional<std::uint32_t> effective;
        std::erase_if(open, [&](const auto& entry) {
            const bool passed = passes(entry.second);
            if (passed) {
                effective = entry.second.number;
            }
            return passed || entry.second.last <= height;
        });
        return effective;
    }
};

class ProposalsProperty : public testing::TestWithParam<std::uint32_t>, public Voters {
protected:
    ProposalsProperty() : random_(GetParam()) {
        for (std::uint32_t voter = 0; voter < voters; ++voter) {
            make(voter);
            change_power(voter);
        }
    }

    std::uint32_t below(std::uint32_t limit) {
        return static_cast<std::uint32_t>(random_() % limit);
    }

    /// One at least stays, as the rule for the active set says.
    void change_power(std::uint32_t voter) {
        const std::int64_t power = below(4) == 0 ? 0 : 1 + below(below(2) == 0 ? 3 : 1'000);
        if (power == 0 && model_.powers.size() <= 1) {
            return;
        }
        set_power(voter, power);
        if (power == 0) {
            model_.powers.erase(voter);
        } else {
            model_.powers[voter] = power;
        }
    }

    void try_to_propose() {
        const std::uint32_t voter = below(voters);
        const std::uint32_t number = below(5'000);
        const bool may = model_.may_propose(voter);
        const auto id = propose(voter, number);
        ASSERT_EQ(id.has_value(), may);
        if (may) {
            ASSERT_EQ(*id, model_.next);
            model_.open[model_.next++] = {
                number, voter, block.height.value() + lifetime_blocks, {voter}
            };
        }
    }

    void try_to_approve() {
        const std::uint32_t voter = below(voters);
        const std::uint64_t id = model_.next - std::min<std::uint64_t>(model_.next, below(8));
        const std::uint32_t number = model_.open.contains(id) ? model_.open[id].number : 1;
        const bool may = model_.may_approve(voter, id);
        ASSERT_EQ(approve(voter, id, number).has_value(), may);
        if (may) {
            model_.open[id].approving.insert(voter);
        }
    }

    void end_and_compare() {
        if (below(50) == 0) {
            block.height = chain::Height(block.height.value() + below(lifetime_blocks));
        }
        const auto expected = model_.end(block.height.value());
        const auto effective = end();
        ASSERT_EQ(effective.has_value(), expected.has_value());
        if (expected) {
            ++effective_;
            ASSERT_EQ(*effective, params_of(*expected));
        }
        std::vector<std::uint64_t> ids;
        for (const auto& [id, proposal] : model_.open) {
            ids.push_back(id);
            ASSERT_EQ(approvals(state, id)->size(), proposal.approving.size());
        }
        ASSERT_EQ(open(), ids);
    }

    std::mt19937 random_;
    Model model_;
    int effective_ = 0;
};

TEST_P(ProposalsProperty, does_what_the_rules_say) {
    for (int step = 0; step < 2'000 && !HasFatalFailure(); ++step) {
        switch (below(8)) {
            case 0:
                change_power(below(voters));
                break;
            case 1:
                try_to_propose();
                break;
            case 2:
            case 3:
                end_and_compare();
                break;
            default:
                try_to_approve();
        }
    }
    EXPECT_GT(effective_, 20);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ProposalsProperty, testing::Range(1U, 6U));

}  // namespace
}  // namespace steelyard::proposals
