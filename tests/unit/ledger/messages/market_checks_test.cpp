// What of the market's messages is refused when they are read: each field at its limit and behind
// it, whoever sends them.
#include "tests/unit/ledger/messages/market_samples.h"

#include <limits>

namespace steelyard::messages {
namespace {

using testing::StartsWith;

constexpr auto u32_max = std::numeric_limits<std::uint32_t>::max();
constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();

/// "market/18" of a sample that was changed; "" where it passes.
template <typename M>
std::string code_with(M message, const std::function<void(M&)>& change) {
    change(message);
    const std::string said = check(market_url(message), message);
    return said.substr(0, said.find(' '));
}

/// The types by name, with their samples.
std::vector<std::unique_ptr<Message>> all_samples() {
    std::vector<std::unique_ptr<Message>> all;
    const auto add = [&](const auto& message) {
        all.push_back(std::make_unique<std::decay_t<decltype(message)>>(message));
    };
    add(sample_class());
    add(sample_program());
    add(sample_removal());
    add(sample_provider());
    add(sample_update());
    add(sample_bond());
    add(sample_withdrawal());
    add(sample_unjail_provider());
    add(sample_worker());
    add(sample_leave());
    add(sample_ask());
    add(sample_cancel_ask());
    add(sample_order());
    add(sample_array());
    add(sample_cancel_order());
    add(sample_of_job<v1::MsgStartJob>());
    add(sample_decline());
    add(sample_commit());
    add(sample_of_job<v1::MsgRetractResult>());
    add(sample_spot_check());
    return all;
}

TEST(MarketChecks, take_a_sample_of_each_message_of_the_service) {
    const auto& service = *v1::MsgPostOrder::descriptor()->file()->FindServiceByName("Msg");
    const auto all = all_samples();
    ASSERT_EQ(all.size(), static_cast<std::size_t>(service.method_count()));
    for (const auto& message : all) {
        EXPECT_EQ(check(market_url(*message), *message), "") << market_url(*message);
    }
}

/// Whose message it is stands in its first field: an account, in one way only.
TEST(MarketChecks, refuse_every_message_of_nobody) {
    for (const auto& message : all_samples()) {
        const auto* const signer = message->GetDescriptor()->FindFieldByNumber(1);
        for (const std::string& text :
             {std::string(),
              std::string("yard1"),
              operator_text(address(1)),
              account(1) + "q",
              std::string(1'000, 'y')}) {
            message->GetReflection()->SetString(message.get(), signer, text);
            EXPECT_THAT(
                check(market_url(*message), *message),
                StartsWith(fmt::format("sdk/7 {} \"", signer->name()))
            ) << market_url(*message);
        }
    }
}

TEST(MarketChecks, K7_put_proofs_before_workers_before_others) {
    const std::map<std::string, Lane> lanes = {
        {"MsgSpotCheck", Lane::proof},
        {"MsgStartJob", Lane::worker},
        {"MsgDeclineJob", Lane::worker},
        {"MsgCommitResult", Lane::worker},
        {"MsgRetractResult", Lane::worker},
    };
    for (const auto& message : all_samples()) {
        const auto place = lanes.find(std::string(message->GetDescriptor()->name()));
        const MessageType& type = *find_message_type(market_url(*message));
        EXPECT_EQ(type.lane, place == lanes.end() ? Lane::usual : place->second) << type.type_url;
        EXPECT_EQ(type.module, "market");
    }
}

TEST(MarketChecks, of_classes) {
    const auto with = [](const std::function<void(v1::MsgCreateClass&)>& change) {
        return code_with<v1::MsgCreateClass>(sample_class(), change);
    };
    EXPECT_EQ(with([](auto& m) { m.set_kind("tpu"); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_kind(""); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_kind("cpu"); }), "");
    EXPECT_EQ(with([](auto& m) { m.set_trust(255); }), "");
    EXPECT_EQ(with([](auto& m) { m.set_trust(256); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_trust(u32_max); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_wu_per_second_floor(0); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_wu_per_second_floor(u64_max); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_name("GPU"); }), "market/32");
    EXPECT_EQ(with([](auto& m) { m.clear_region(); }), "");
}

TEST(MarketChecks, of_programs) {
    const auto sized = [](std::size_t size) {
        return code_with<v1::MsgRegisterProgram>(sample_program(), [=](auto& m) {
            m.set_program(std::string(size, 'p'));
        });
    };
    EXPECT_EQ(sized(0), "market/6");
    EXPECT_EQ(sized(256 * 1024), "");
    EXPECT_EQ(sized(256 * 1024 + 1), "market/6");
    const auto id = [](std::size_t size) {
        return code_with<v1::MsgRemoveProgram>(sample_removal(), [=](auto& m) {
            m.set_program_id(std::string(size, 'p'));
        });
    };
    EXPECT_EQ(id(0), "market/18");
    EXPECT_EQ(id(31), "market/18");
    EXPECT_EQ(id(33), "market/18");
}

TEST(MarketChecks, of_providers) {
    const auto with = [](const std::function<void(v1::MsgRegisterProvider&)>& change) {
        return code_with<v1::MsgRegisterProvider>(sample_provider(), change);
    };
    EXPECT_EQ(with([](auto& m) { m.set_moniker(""); }), "market/32");
    EXPECT_EQ(with([](auto& m) { m.add_attributes("no_value"); }), "market/32");
    EXPECT_EQ(with([](auto& m) { m.add_attributes("os="); }), "") << "an empty value";
    EXPECT_EQ(with([](auto& m) { m.add_attributes("os=a=b"); }), "") << "all behind the first";
    EXPECT_EQ(with([](auto& m) { m.add_attributes("=b"); }), "market/32");
    EXPECT_EQ(with([](auto& m) { m.add_attributes("disk=slow"); }), "market/32");
    EXPECT_EQ(
        with([](auto& m) {
            for (int i = 0; i < 15; ++i) {
                m.add_attributes(fmt::format("x{:02}=", i));
            }
        }),
        "market/32"
    );
    EXPECT_EQ(with([](auto& m) { m.clear_bond(); }), "") << "too small, says the state";
    EXPECT_EQ(with([](auto& m) { m.mutable_bond()->set_denom("uabc"); }), "sdk/18");
    EXPECT_EQ(with([](auto& m) { m.mutable_bond()->set_amount("-1"); }), "sdk/10");
    EXPECT_EQ(with([](auto& m) { m.mutable_bond()->set_amount("0"); }), "sdk/18");
    EXPECT_EQ(with([](auto& m) { set_coin(*m.mutable_bond(), "1000000000000000000"); }), "");
    EXPECT_EQ(with([](auto& m) { set_coin(*m.mutable_bond(), "1000000000000000001"); }), "sdk/18");
    EXPECT_EQ(
        with([](auto& m) { set_coin(*m.mutable_bond(), "170141183460469231731687303715884105728"); }
        ),
        "sdk/10"
    );
    EXPECT_EQ(
        code_with<v1::MsgUpdateProvider>(sample_update(), [](auto& m) { m.set_contact("\x01"); }),
        "market/32"
    );
}

/// Nothing is no amount where one must be.
TEST(MarketChecks, of_bonds) {
    const auto add = [](const std::function<void(v1::MsgAddBond&)>& change) {
        return code_with<v1::MsgAddBond>(sample_bond(), change);
    };
    const auto withdraw = [](const std::function<void(v1::MsgWithdrawBond&)>& change) {
        return code_with<v1::MsgWithdrawBond>(sample_withdrawal(), change);
    };
    EXPECT_EQ(add([](auto& m) { m.clear_amount(); }), "sdk/10");
    EXPECT_EQ(withdraw([](auto& m) { m.clear_amount(); }), "sdk/10");
    EXPECT_EQ(add([](auto& m) { set_coin(*m.mutable_amount(), "0"); }), "sdk/18");
    EXPECT_EQ(withdraw([](auto& m) { set_coin(*m.mutable_amount(), "0"); }), "sdk/18");
    constexpr std::string_view over = "1000000000000000001";
    EXPECT_EQ(add([&](auto& m) { set_coin(*m.mutable_amount(), over); }), "sdk/18");
    EXPECT_EQ(withdraw([&](auto& m) { set_coin(*m.mutable_amount(), over); }), "sdk/18");
}

TEST(MarketChecks, of_workers) {
    const auto with = [](const std::function<void(v1::MsgAddWorker&)>& change) {
        return code_with<v1::MsgAddWorker>(sample_worker(), change);
    };
    EXPECT_EQ(with([](auto& m) { m.set_worker(""); }), "sdk/7");
    EXPECT_EQ(with([](auto& m) { m.set_worker(operator_text(address(2))); }), "sdk/7");
    EXPECT_EQ(with([](auto& m) { m.set_slots(0); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_slots(1'024); }), "");
    EXPECT_EQ(with([](auto& m) { m.set_slots(1'025); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.clear_funds(); }), "");
    EXPECT_EQ(with([](auto& m) { m.mutable_funds()->set_denom("uabc"); }), "sdk/18");
    EXPECT_EQ(
        code_with<v1::MsgRemoveWorker>(sample_leave(), [](auto& m) { m.set_worker("x"); }), "sdk/7"
    );
}

TEST(MarketChecks, of_asks) {
    const auto cancel = [](const std::function<void(v1::MsgCancelAsk&)>& change) {
        return code_with<v1::MsgCancelAsk>(sample_cancel_ask(), change);
    };
    for (const std::uint32_t product : {0U, 2U, 257U, u32_max}) {
        EXPECT_EQ(
            code_with<v1::MsgPostAsk>(sample_ask(), [=](auto& m) { m.set_product(product); }),
            "market/18"
        );
        EXPECT_EQ(cancel([=](auto& m) { m.set_product(product); }), "market/18");
    }
    EXPECT_EQ(cancel([](auto& m) { m.set_price(0); }), "market/18");
    EXPECT_EQ(cancel([](auto& m) { m.set_price(1'000'000'000'000'000); }), "");
    EXPECT_EQ(cancel([](auto& m) { m.set_price(1'000'000'000'000'001); }), "market/18");
    EXPECT_EQ(cancel([](auto& m) { m.set_posted_height(-1); }), "market/18");
    EXPECT_EQ(
        cancel([](auto& m) { m.set_posted_height(std::numeric_limits<std::int64_t>::min()); }),
        "market/18"
    );
    EXPECT_EQ(cancel([](auto& m) { m.set_ask_id(u64_max); }), "") << "none, says the state";
}

/// Both kinds of orders, which share most of their fields.
template <typename M>
void expect_terms_checked(const M& sample) {
    const auto with = [&](const std::function<void(M&)>& change) {
        return code_with<M>(sample, change);
    };
    EXPECT_EQ(with([](auto& m) { m.set_product(0); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_program(std::string(31, 'p')); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_program(std::string(33, 'p')); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_limit_price(0); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_limit_price(u64_max); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_deadline(-1); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_deadline(chain::Height::foreign_max); }), "");
    EXPECT_EQ(with([](auto& m) { m.set_deadline(chain::Height::foreign_max + 1); }), "market/18");
    EXPECT_EQ(
        with([](auto& m) { m.set_deadline(std::numeric_limits<std::int64_t>::max()); }), "market/18"
    );
    EXPECT_EQ(with([](auto& m) { m.set_retries(9); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_reputation_min(10'001); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.add_regions("eu"); }), "market/18") << "not in order";
    EXPECT_EQ(with([](auto& m) { m.add_attributes("disk=slow"); }), "market/18")
        << "one name has one value";
    EXPECT_EQ(with([](auto& m) { m.add_attributes("none"); }), "market/32");
    EXPECT_EQ(
        with([](auto& m) {
            for (int i = 0; i < 16; ++i) {
                m.add_attributes("x=");
            }
        }),
        "market/32"
    );
    EXPECT_EQ(with([](auto& m) { m.add_excluded("x"); }), "sdk/7");
    EXPECT_EQ(
        with([](auto& m) {
            for (int i = 0; i < 16; ++i) {
                m.add_excluded(account(static_cast<std::uint8_t>(100 + i)));
            }
        }),
        "market/18"
    );
    EXPECT_EQ(with([](auto& m) { m.add_inputs(std::string(31, 'i')); }), "market/18");
    EXPECT_EQ(
        with([](auto& m) {
            while (m.inputs_size() < 257) {
                m.add_inputs(hash_text(1));
            }
        }),
        "market/18"
    );
}

TEST(MarketChecks, of_orders) {
    expect_terms_checked(sample_order());
    EXPECT_EQ(
        code_with<v1::MsgPostOrder>(sample_order(), [](auto& m) { m.add_inputs(""); }), "market/18"
    ) << "a single order has all inputs";
}

TEST(MarketChecks, of_arrays) {
    expect_terms_checked(sample_array());
    const auto with = [](const std::function<void(v1::MsgPostArray&)>& change) {
        return code_with<v1::MsgPostArray>(sample_array(), change);
    };
    EXPECT_EQ(with([](auto& m) { m.add_tasks(""); }), "market/18") << "an input is missing";
    EXPECT_EQ(with([](auto& m) { m.add_tasks(std::string(33, 't')); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.add_tasks(std::string(64, 't')); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.clear_tasks(); }), "market/18");
    const auto tasks = [&](int count) {
        return with([=](auto& m) {
            while (m.tasks_size() < count) {
                m.add_tasks(hash_text(2));
            }
        });
    };
    EXPECT_EQ(tasks(1'024), "");
    EXPECT_EQ(tasks(1'025), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_max_parallel(0); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.set_max_parallel(257); }), "market/18");
    EXPECT_EQ(with([](auto& m) { m.mutable_budget()->set_denom("uabc"); }), "sdk/18");
    EXPECT_EQ(with([](auto& m) { set_coin(*m.mutable_budget(), "1e6"); }), "sdk/10");
}

TEST(MarketChecks, of_what_workers_say) {
    for (const std::uint32_t reason : {0U, 6U, u32_max}) {
        EXPECT_EQ(
            code_with<v1::MsgDeclineJob>(sample_decline(), [=](auto& m) { m.set_reason(reason); }),
            "market/18"
        );
    }
    const auto commit = [](const std::function<void(v1::MsgCommitResult&)>& change) {
        return code_with<v1::MsgCommitResult>(sample_commit(), change);
    };
    EXPECT_EQ(commit([](auto& m) { m.set_output_root("short"); }), "market/18");
    EXPECT_EQ(commit([](auto& m) { m.set_trace_root(""); }), "market/18");
    EXPECT_EQ(commit([](auto& m) { m.set_fault_kind(2); }), "");
    EXPECT_EQ(commit([](auto& m) { m.set_fault_kind(3); }), "market/27");
    EXPECT_EQ(commit([](auto& m) { m.set_fault_kind(u32_max); }), "market/27");
    EXPECT_EQ(commit([](auto& m) { m.set_fault_step(1); }), "market/27") << "of no fault";
    EXPECT_EQ(commit([](auto& m) { m.set_fault_element(1); }), "market/27");
    EXPECT_EQ(commit([](auto& m) { m.add_results("short"); }), "market/18");
    const auto results = [&](int count) {
        return commit([=](auto& m) {
            while (m.results_size() < count) {
                m.add_results(hash_text(1));
            }
        });
    };
    EXPECT_EQ(results(64), "");
    EXPECT_EQ(results(65), "market/27");
    const auto inline_size = [&](std::size_t size) {
        return commit([=](auto& m) { m.set_inline_result(std::string(size, 'r')); });
    };
    EXPECT_EQ(inline_size(16 * 1024), "");
    EXPECT_EQ(inline_size(16 * 1024 + 1), "market/27");
    EXPECT_EQ(
        code_with<v1::MsgStartJob>(
            sample_of_job<v1::MsgStartJob>(),
            [](auto& m) {
                m.set_order_id(u64_max);
                m.set_task(u32_max);
            }
        ),
        ""
    ) << "no such job, says the state";
}

/// One encoding of each: what a proof of inclusion shows is what was signed.
TEST(MarketChecks, read_strictly) {
    for (const auto& message : all_samples()) {
        const MessageType& type = *find_message_type(market_url(*message));
        const Bytes good = proto::serialize(*message);
        Bytes unknown = good;
        append(unknown, Bytes{0xf8, 0x3f, 0x01});
        Bytes cut = good;
        cut.pop_back();
        ASSERT_TRUE(read_message(type, good));
        for (const Bytes& bad : {unknown, cut}) {
            const auto refused = read_message(type, bad);
            ASSERT_FALSE(refused) << type.type_url;
            EXPECT_EQ(refused.error().kind, ledger::kinds::tx_decode);
        }
    }
}

}  // namespace
}  // namespace steelyard::messages
