#include "tests/support/market/market_watch.h"

#include "base/decimal.h"
#include "crypto/bech32.h"
#include "ledger/params/stored_params.h"
#include "ledger/state/values.h"
#include "tests/support/market/crowd_scene.h"

namespace steelyard::test {

using ledger::AccountNumber;
using ledger::Outcome;
using market::Job;
using market::JobId;
using market::JobState;
using market::Reason;

namespace {

std::string_view value_of(const chain::Event& event, std::string_view key) {
    for (const chain::EventAttribute& attribute : event.attributes) {
        if (attribute.key == key) {
            return attribute.value;
        }
    }
    return {};
}

JobId read_job_id(std::string_view text) {
    const auto slash = text.find('/');
    CHECK(slash != std::string_view::npos);
    const auto order = parse_decimal(text.substr(0, slash));
    const auto task = parse_decimal(text.substr(slash + 1));
    CHECK(order && task);
    return {
        .order = market::OrderId{static_cast<std::uint64_t>(*order)},
        .task = static_cast<std::uint32_t>(*task),
    };
}

Reason read_reason(std::string_view text) {
    constexpr std::uint8_t unused = 10;  // a number of no reason
    for (std::uint8_t number = 0; number <= static_cast<std::uint8_t>(Reason::settled_fault);
         ++number) {
        if (number != unused && market::to_string(Reason{number}) == text) {
            return Reason{number};
        }
    }
    CHECK(false);
}

/// What a try costs its provider that ends so (E6, E7).
market::Money loss_of(const market::Match& match, Reason reason) {
    const auto percent = [&](market::Money of_hundred) {
        return (match.price * of_hundred + 99) / 100;
    };
    switch (reason) {
        case Reason::fraud:
        case Reason::silence:
            return match.reserved;
        case Reason::not_started:
            return percent(2);
        case Reason::late:
        case Reason::retracted:
            return percent(10);
        case Reason::none:
        case Reason::cancelled:
        case Reason::expired:
        case Reason::displaced:
        case Reason::declined:
        case Reason::settled:
        case Reason::settled_fault:
            return 0;
    }
    CHECK(false);
}

bool is_settled(Reason reason) {
    return reason == Reason::settled || reason == Reason::settled_fault;
}

/// Of a job that is settled, and so still there.
bool is_wrong_commit(const ledger::StateView& state, const JobId& id) {
    const auto job = known(market::get_job(state, id));
    return job && job->commit && TruthVerifier::is_wrong(*job->commit);
}

std::string name_of(const ledger::StateView& state, AccountNumber account) {
    return ledger::account_text(known(auth::get(state, account)).address);
}

}  // namespace

MarketWatch::Seen MarketWatch::look(const ledger::StateView& state) {
    Seen seen;
    known(market::walk_jobs(state, {}, [&](const JobId& id, const Job& job) -> Outcome<bool> {
        if (!market::is_final(job.state)) {
            seen.jobs.emplace(id, job);
        }
        return true;
    }));
    known(market::walk_providers(
        state,
        {},
        [&](AccountNumber account, const market::Provider& provider) -> Outcome<bool> {
            seen.providers.emplace(account, provider);
            return true;
        }
    ));
    return seen;
}

void MarketWatch::begin(const ledger::StateView& state) {
    before_ = look(state);
}

MarketWatch::Finding MarketWatch::follow(
    const ledger::StateView& state,
    const ledger::BlockInfo& block,
    std::span<const chain::Event* const> events
) {
    Step step{.state = state, .block = block, .now = look(state)};
    for (const chain::Event* event : events) {
        if (auto finding = take(step, *event)) {
            return finding;
        }
    }
    counters_.live_max = std::max<std::uint64_t>(counters_.live_max, step.now.jobs.size());
    for (const auto check :
         {&MarketWatch::check_bonds, &MarketWatch::check_honest, &MarketWatch::check_jobs}) {
        if (auto finding = (this->*check)(step)) {
            return finding;
        }
    }
    before_ = std::move(step.now);
    return {};
}

MarketWatch::Finding MarketWatch::take(Step& step, const chain::Event& event) {
    const std::string_view action = value_of(event, "action");
    if (event.type == "provider" && (action == "bonded" || action == "withdrew")) {
        const auto address =
            crypto::decode_address(ledger::account_prefix, value_of(event, "address"));
        CHECK(address && address->size() == 20);
        step.moved.insert(*known(auth::find(step.state, to_array(ByteView(*address).first<20>()))));
    }
    if (event.type != "job") {
        return {};
    }
    const JobId id = read_job_id(value_of(event, "id"));
    counters_.matched += action == "matched" ? 1 : 0;
    counters_.challenged += action == "challenged" ? 1 : 0;
    counters_.malformed += action == "malformed" ? 1 : 0;
    if (action == "proved") {
        ++counters_.proved;
        return take_proof(step, id);
    }
    if (action == "ended" || action == "reopened") {
        return take_end(step, id, value_of(event, "reason"));
    }
    return {};
}

MarketWatch::Finding MarketWatch::take_end(
    Step& step, const JobId& id, std::string_view reason_text
) {
    const Reason reason = read_reason(reason_text);
    ++counters_.ended.at(static_cast<std::size_t>(reason));
    const auto found = before_.jobs.find(id);
    const bool had_provider = found != before_.jobs.end() && found->second.match;
    if (!had_provider || !step.left.insert(id).second) {
        return {};
    }
    const Job& job = found->second;
    step.losses[job.match->provider] += loss_of(*job.match, reason);
    const bool is_honest = character(step.state, job.match->provider) == Character::honest;
    counters_.honest_settled += is_honest && is_settled(reason) ? 1 : 0;
    if (reason == Reason::fraud && !is_caught(step.state, id, job)) {
        return fmt::format("{} is slashed for fraud that no probe shows", to_string(id));
    }
    const bool was_challenged = job.challenge && job.challenge->issued != chain::Height();
    if (reason == Reason::silence && !was_challenged) {
        return fmt::format("{} is slashed for silence where nothing was asked", to_string(id));
    }
    const bool is_wrong = is_settled(reason) && is_wrong_commit(step.state, id);
    counters_.wrong_settled += is_wrong ? 1 : 0;
    return {};
}

/// What a probe shows is never accepted.
MarketWatch::Finding MarketWatch::take_proof(const Step& step, const JobId& id) const {
    const auto job = known(market::get_job(step.state, id));
    if (!job || !job->challenge || !job->commit) {
        return fmt::format("{} is proved and has no challenge", to_string(id));
    }
    if (is_caught(step.state, id, *job)) {
        return fmt::format("{} is proved, and a probe shows that it is wrong", to_string(id));
    }
    return {};
}

bool MarketWatch::is_caught(const ledger::StateView& state, const JobId& id, const Job& job) const {
    const auto order = known(market::get_order(state, id.order));
    CHECK(order.has_value());
    const auto inputs = known(market::inputs_of(state, *order, id));
    const market::Claim claim{
        .inputs = inputs,
        .output_root = job.commit->output_root,
        .trace_root = job.commit->trace_root,
        .steps = job.commit->steps,
        .fault = job.commit->fault,
    };
    return TruthVerifier::is_caught(claim, job.challenge->seed, job.challenge->probes);
}

MarketWatch::Finding MarketWatch::check_bonds(const Step& step) const {
    for (const auto& [account, before] : before_.providers) {
        const auto now = step.now.providers.find(account);
        if (now == step.now.providers.end()) {
            return fmt::format("provider {} is gone", name_of(step.state, account));
        }
        if (step.moved.contains(account)) {
            continue;
        }
        const auto lost = step.losses.find(account);
        const Money expected = lost == step.losses.end() ? 0 : lost->second;
        if (before.bond != now->second.bond + expected) {
            return fmt::format(
                "the bond of {} was {} and is {}, of which rules take {}",
                name_of(step.state, account),
                before.bond,
                now->second.bond,
                expected
            );
        }
    }
    return {};
}

MarketWatch::Finding MarketWatch::check_honest(const Step& step) const {
    if (!is_fair_) {
        return {};
    }
    for (const auto& [account, provider] : step.now.providers) {
        if (character(step.state, account) != Character::honest) {
            continue;
        }
        const auto lost = step.losses.find(account);
        const bool has_lost = lost != step.losses.end() && lost->second > 0;
        if (has_lost || provider.slashes > 0 || provider.is_jailed) {
            return fmt::format(
                "{} is honest and has lost {}, was slashed {} times{}",
                name_of(step.state, account),
                has_lost ? lost->second : 0,
                provider.slashes,
                provider.is_jailed ? ", is jailed" : ""
            );
        }
    }
    return {};
}

/// Nothing stays behind its deadline.
MarketWatch::Finding MarketWatch::check_jobs(const Step& step) const {
    const ledger::Params params = known(ledger::load_params(step.state));
    for (const auto& [id, job] : step.now.jobs) {
        if (job.deadline && job.deadline->due.is_over(step.block)) {
            return fmt::format(
                "{} is {} behind its deadline {}",
                to_string(id),
                to_string(job.state),
                job.deadline->due.height
            );
        }
        const auto order = known(market::get_order(step.state, id.order));
        if (job.state == JobState::open && order->last < step.block.height) {
            return fmt::format("{} is open behind height {}", to_string(id), order->last);
        }
        if (is_fair_ && job.match && job.match->height == step.block.height) {
            const Money wanted = std::max<Money>(
                params.market.slash_multiple * job.match->price, params.market.min_slash
            );
            if (job.match->reserved != wanted) {
                return fmt::format("{} reserves {}", to_string(id), job.match->reserved);
            }
        }
    }
    return {};
}

std::optional<Character> MarketWatch::character(
    const ledger::StateView& state, AccountNumber provider
) const {
    return crowd_.provider(known(auth::get(state, provider)).address);
}

}  // namespace steelyard::test
