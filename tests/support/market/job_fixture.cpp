#include "tests/support/market/job_fixture.h"

#include "base/check.h"

namespace steelyard::test {

using namespace market;

JobFixture::JobFixture()
    : provider(bench.make_provider(1)),
      worker(bench.person(1'001)),
      user(bench.person(2)),
      stranger(bench.person(3)),
      user_before(bench.balance(user)),
      provider_before(bench.balance(provider)),
      worker_before(bench.balance(worker)),
      burned_before(bench.burned()),
      ask(bench.ask(provider, ask_price, 1'000'000)),
      id(bench.order(user, bench.terms(limit))) {
}

void JobFixture::be(JobState wanted) {
    const auto reached = [this, wanted] { return state() == wanted; };
    if (state() == JobState::open) {
        bench.end_block();
    }
    if (wanted > JobState::matched && state() == JobState::matched) {
        bench.start(id);
    }
    if (wanted > JobState::started && state() == JobState::started) {
        bench.commit(id);
    }
    if (wanted > JobState::committed && state() == JobState::committed) {
        CHECK(go_on_until([this] { return state() > JobState::committed; }));
    }
    if (wanted > JobState::challenged && state() == JobState::challenged) {
        CHECK(bench.prove(id, ProofVerdict::right));
    }
    CHECK(go_on_until(reached));
}

bool JobFixture::go_on_until(const std::function<bool()>& is_done, int blocks_max) {
    for (int i = 0; i < blocks_max && !is_done(); ++i) {
        bench.end_block();
    }
    return is_done();
}

Outcome<void> JobFixture::start(AccountNumber signer) {
    return bench.run([&](Context& context) { return start_job(context, signer, id); });
}

Outcome<void> JobFixture::decline(AccountNumber signer, Decline reason) {
    return bench.run([&](Context& context) { return decline_job(context, signer, id, reason); });
}

Outcome<void> JobFixture::commit(AccountNumber signer, const CommittedResult& result) {
    return bench.run([&](Context& context) { return commit_result(context, signer, id, result); });
}

Outcome<void> JobFixture::retract(AccountNumber signer) {
    return bench.run([&](Context& context) { return retract_result(context, signer, id); });
}

Outcome<Judgement> JobFixture::prove(AccountNumber signer, ByteView proof) {
    return bench.run([&](Context& context) { return spot_check(context, signer, id, proof); });
}

Bytes JobFixture::proof(ProofVerdict verdict) const {
    const Job challenged = job();
    CHECK(challenged.challenge.has_value());
    return FakeVerifier::make_proof(verdict, challenged.challenge->seed);
}

ClassCounters JobFixture::counters() {
    return get_class_counters(bench.state(), bench.class_id).value();
}

Money JobFixture::pool() {
    return verification_pool(bench.state()).value();
}

Money JobFixture::escrow() const {
    const Order order = bench.order_of(id);
    return order.job_escrow + order.proof_escrow;
}

std::map<std::string, std::string> JobFixture::last_event(
    std::string_view type, std::string_view action
) const {
    std::map<std::string, std::string> last;
    for (const chain::Event& event : bench.events) {
        std::map<std::string, std::string> attributes;
        for (const auto& attribute : event.attributes) {
            attributes[attribute.key] = attribute.value;
        }
        if (event.type == type && (action.empty() || attributes["action"] == action)) {
            last = attributes;
        }
    }
    return last;
}

std::size_t JobFixture::count_events(std::string_view type, std::string_view action) const {
    return static_cast<std::size_t>(std::ranges::count_if(bench.events, [&](const auto& event) {
        return event.type == type && std::ranges::any_of(event.attributes, [&](const auto& pair) {
                   return pair.key == "action" && pair.value == action;
               });
    }));
}

JobFixture::Changes JobFixture::changes() {
    Changes all;
    bench.state().visit_changes([&](ledger::Store store, ByteView key, const auto& value) {
        Bytes name{static_cast<std::uint8_t>(store)};
        append(name, key);
        all.emplace_back(name, value);
    });
    return all;
}

}  // namespace steelyard::test
