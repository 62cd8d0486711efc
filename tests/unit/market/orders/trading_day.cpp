#include "tests/unit/market/orders/trading_day.h"

#include "tests/unit/market/outcomes.h"

namespace steelyard::market {
namespace {

constexpr int first_user = 11;
constexpr Price step_of_price = 20'000'000;  // 20,000 uyard for the program's 1,000 work units

}  // namespace

TradingDay::TradingDay() {
    for (int i = 0; i < users; ++i) {
        bench.person(first_user + i);
    }
    for (int i = 1; i <= providers; ++i) {
        bench.make_provider(i);
    }
    bench.params.market.start_blocks = 2;
    bench.params.market.commit_blocks = 2;
    bench.params.market.settle_blocks = 3;
    bench.params.market.retention_blocks = 1'000;
    bench.params.market.book_side_max = 16;  // sides are too long now and then
    bench.end_block();
}

AccountNumber TradingDay::account(int person) {
    return auth::find(bench.state(), bench.address(person)).value().value();
}

std::vector<TradingDay::Message> TradingDay::draw_block(test::Dice& dice) {
    std::vector<Message> messages;
    for (int person = 1; person <= providers; ++person) {
        for (auto count = dice.between(0, 2); count > 0; --count) {
            messages.push_back(dice.chance(800) ? ask(person, dice) : cancel_an_ask(person, dice));
        }
        for (auto count = dice.between(0, 4); count > 0; --count) {
            messages.push_back(step(person, dice));
        }
    }
    for (int person = first_user; person < first_user + users; ++person) {
        for (auto count = dice.between(0, 3); count > 0; --count) {
            const auto kind = dice.between(0, 9);
            messages.push_back(
                kind < 6   ? order(person, dice)
                : kind < 8 ? array(person, dice)
                           : cancel_an_order(person, dice)
            );
        }
    }
    return messages;
}

void TradingDay::run_block(std::vector<Message> messages) {
    for (const Message& message : messages) {
        codes[message.person].push_back(message.send());
    }
    bench.end_block();
}

OrderTerms TradingDay::terms(test::Dice& dice) {
    OrderTerms terms = bench.terms(static_cast<Price>(dice.between(1, 5)) * step_of_price);
    terms.lifetime = static_cast<std::uint32_t>(dice.between(0, 8));
    terms.retries = static_cast<std::uint32_t>(dice.between(0, 2));
    if (dice.chance(200)) {
        terms.filters.excluded = {account(static_cast<int>(dice.between(1, providers)))};
    }
    if (dice.chance(100)) {
        terms.filters.regions = {"us"};  // where nobody is
    }
    return terms;
}

TradingDay::Message TradingDay::ask(int person, test::Dice& dice) {
    const auto price = static_cast<Price>(dice.between(1, 5)) * step_of_price;
    const auto units = static_cast<WorkUnits>(dice.between(1, 6)) * 700;
    const auto lifetime = static_cast<std::uint32_t>(dice.between(0, 8));
    const Name name{person, posted_[person]++};
    return {person, [this, name, price, units, lifetime] {
                const auto id = bench.run([&](Context& context) {
                    return post_ask(
                        context, account(name.person), {bench.class_id}, price, units, lifetime
                    );
                });
                if (id) {
                    const RowKey row{{bench.class_id}, price, bench.block.height};
                    asks[name] = {.row = row, .id = *id};
                }
                return code_of(id);
            }};
}

TradingDay::Message TradingDay::cancel_an_ask(int person, test::Dice& dice) {
    const Name name{person, dice.index(posted_[person] + 1)};
    return {person, [this, name] {
                const auto found = asks.find(name);
                if (found == asks.end()) {
                    return std::string("none");
                }
                return code_of(bench.run([&](Context& context) {
                    return cancel_ask(context, account(name.person), found->second);
                }));
            }};
}

TradingDay::Message TradingDay::order(int person, test::Dice& dice) {
    const Name name{person, posted_[person]++};
    return {person, [this, name, terms = terms(dice)] {
                const auto id = bench.run([&](Context& context) {
                    return post_order(context, account(name.person), terms);
                });
                if (id) {
                    orders[name] = {.order = *id};
                }
                return code_of(id);
            }};
}

TradingDay::Message TradingDay::array(int person, test::Dice& dice) {
    const Name name{person, posted_[person]++};
    ArrayTerms array{
        .max_parallel = static_cast<std::uint32_t>(dice.between(1, 3)),
        .budget = static_cast<Money>(dice.between(1, 4)) * 60'000,
    };
    array.tasks.resize(static_cast<std::size_t>(dice.between(1, 6)));
    return {person, [this, name, terms = terms(dice), array] {
                const auto id = bench.run([&](Context& context) {
                    return post_array(context, account(name.person), terms, array);
                });
                if (id) {
                    orders[name] = {.order = *id};
                }
                return code_of(id);
            }};
}

TradingDay::Message TradingDay::cancel_an_order(int person, test::Dice& dice) {
    const Name name{person, dice.index(posted_[person] + 1)};
    return {person, [this, name] {
                const auto found = orders.find(name);
                if (found == orders.end()) {
                    return std::string("none");
                }
                return code_of(bench.run([&](Context& context) {
                    return cancel_order(context, account(name.person), found->second.order);
                }));
            }};
}

/// Of a job that a provider has: start, decline, commit or proof, whatever is next.
TradingDay::Message TradingDay::step(int person, test::Dice& dice) {
    std::vector<std::pair<Name, std::uint32_t>> jobs;
    for (const auto& [name, id] : orders) {
        for (std::uint32_t task = 0; task < 8; ++task) {
            const auto job = get_job(bench.state(), {id.order, task}).value();
            if (job && job->match && job->match->provider == account(person) &&
                !is_final(job->state)) {
                jobs.emplace_back(name, task);
            }
        }
    }
    if (jobs.empty()) {
        return {person, [] { return std::string("none"); }};
    }
    const auto [name, task] = dice.pick(jobs);
    const bool declines = dice.chance(100);
    const bool cheats = dice.chance(30);
    return {person, [this, person, name, task, declines, cheats] {
                const JobId id{orders.at(name).order, task};
                const auto job = get_job(bench.state(), id).value();
                return code_of(bench.run([&](Context& context) -> Outcome<void> {
                    if (job->state == JobState::matched && declines) {
                        return decline_job(context, account(person), id, Decline::busy);
                    }
                    if (job->state == JobState::matched) {
                        return start_job(context, account(person), id);
                    }
                    if (job->state == JobState::started) {
                        return commit_result(context, account(person), id, bench.result());
                    }
                    if (job->challenge && job->state == JobState::challenged) {
                        const Bytes proof = test::FakeVerifier::make_proof(
                            cheats ? ProofVerdict::wrong : ProofVerdict::right, job->challenge->seed
                        );
                        TRY(spot_check(context, account(person), id, proof));
                    }
                    return {};
                }));
            }};
}

std::string TradingDay::name_of(const AskKey& key) const {
    for (const auto& [name, ask] : asks) {
        if (ask == key) {
            return fmt::format("{}.{}", name.person, name.nth);
        }
    }
    return "?";
}

std::string TradingDay::text_of(const JobId& id) {
    const auto job = get_job(bench.state(), id).value();
    if (!job) {
        return "-";
    }
    const std::string match = job->match ? fmt::format(
                                               "{} by {} for {} reserves {} at {}",
                                               name_of(job->match->ask),
                                               static_cast<std::uint64_t>(job->match->worker),
                                               job->match->price,
                                               job->match->reserved,
                                               job->match->height
                                           )
                                         : "";
    return fmt::format(
        "{} {} tries {} paid {} [{}]",
        to_string(job->state),
        to_string(job->reason),
        job->retries_left,
        job->paid,
        match
    );
}

std::vector<std::string> TradingDay::story() {
    std::vector<std::string> lines;
    for (const auto& [name, id] : orders) {
        for (std::uint32_t task = 0; task < 6; ++task) {
            lines.push_back(
                fmt::format("{}.{}/{} {}", name.person, name.nth, task, text_of({id.order, task}))
            );
        }
    }
    for (const auto& [name, key] : asks) {
        const auto ask = get_ask(bench.state(), key).value();
        lines.push_back(fmt::format(
            "{}.{} has {}", name.person, name.nth, ask ? std::to_string(ask->work_units) : "gone"
        ));
    }
    for (int person = 1; person < first_user + users; ++person) {
        if (const auto number = auth::find(bench.state(), bench.address(person)).value()) {
            lines.push_back(fmt::format("{} owns {}", person, bench.balance(*number)));
        }
    }
    for (const auto& [person, list] : codes) {
        lines.push_back(fmt::format("{} was told", person));
        for (const std::string& code : list) {
            lines.back() += " " + (code.empty() ? "ok" : code);
        }
    }
    return lines;
}

std::vector<TradingDay::Message> shuffled(
    const std::vector<TradingDay::Message>& messages, test::Dice& dice
) {
    std::vector<int> turns;
    std::map<int, std::vector<const TradingDay::Message*>> by_person;
    for (const TradingDay::Message& message : messages) {
        turns.push_back(message.person);
        by_person[message.person].push_back(&message);
    }
    dice.shuffle(turns);
    std::map<int, std::size_t> next;
    std::vector<TradingDay::Message> mixed;
    for (const int person : turns) {
        mixed.push_back(*by_person[person][next[person]++]);
    }
    return mixed;
}

}  // namespace steelyard::market
