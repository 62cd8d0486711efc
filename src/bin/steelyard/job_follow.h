// An order followed, from a node's answers one after the other, until it is over.
#pragma once

#include "bin/steelyard/market.h"
#include "buyer/job_news.h"

#include <chrono>
#include <memory>

namespace steelyard::wallet {

/// How an order stands. Both are there where a view is.
struct OrderView {
    std::shared_ptr<const ::steelyard::market::v1::Order> order{};
    std::shared_ptr<const ::steelyard::market::v1::QueryJobsResponse> jobs{};  ///< by task

    buyer::Tally tally() const { return buyer::tally_of(*order, *jobs); }
};

/// The order with its jobs, or with one of them.
Outcome<OrderView> view_order(
    const client::NodeClient& node, std::uint64_t order, std::optional<std::uint32_t> task
);

struct FollowChoices {
    std::optional<std::uint32_t> task{};  ///< one of the order's
    std::chrono::seconds patience{0};     ///< 0: for ever
    bool is_quiet = false;
    bool has_answered = false;  ///< the node, just before: it is waited for from the beginning
};

enum class FollowEnd : std::uint8_t {
    over,
    interrupted,  ///< by Ctrl-C: the order goes on
    timeout,
};

struct Followed {
    OrderView view{};
    bool is_one_job = false;  ///< of an order that may have others
    FollowEnd end = FollowEnd::over;
};

/// Says each step once, as a line of text or of JSON. A node that stops answering is told of and
/// asked again, for a minute. Errors: no such order; a node that never answered, or stays away.
using Say = std::function<void(std::string_view)>;
Outcome<Followed> follow_order(
    const Context& context,
    const client::NodeClient& node,
    std::uint64_t order,
    const FollowChoices& choices,
    const Say& say
);

/// All steps that the jobs have behind them.
Outcome<void> say_steps(
    const Context& context, const client::NodeClient& node, const OrderView& view, const Say& say
);

/// What a command ends with that followed an order: the exit code, and on standard error what to do
/// next where it is not over.
Exit exit_of(const Followed& followed);

/// "2 settled, 1 lost"
std::string tally_text(const buyer::Tally& tally);

}  // namespace steelyard::wallet
