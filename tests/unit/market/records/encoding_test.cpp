// What is written comes back, and nothing else is taken.
#include "tests/unit/market/records/job_samples.h"

#include <gtest/gtest.h>

namespace steelyard::market {
namespace {

using namespace samples;

template <typename T>
struct Codec {
    Bytes (*encode)(const T&);
    Result<T> (*decode)(ByteView);
};

/// It comes back; and whatever else decodes is the only encoding of what it decodes to, whichever
/// byte of these is changed, left out or doubled.
template <typename T>
void expect_canonical(const Codec<T>& codec, const T& value) {
    const Bytes bytes = codec.encode(value);
    const Result<T> decoded = codec.decode(bytes);
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(*decoded, value);

    const auto is_only = [&](const Bytes& changed) {
        const Result<T> other = codec.decode(changed);
        return !other || codec.encode(*other) == changed;
    };
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const std::uint8_t with : Bytes{0x00, 0x01, 0x08, 0x7f, 0x80, 0x81, 0xff}) {
            Bytes changed = bytes;
            changed[i] = with;
            ASSERT_TRUE(is_only(changed)) << "byte " << i << " as " << int{with};
        }
        Bytes without = bytes;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        ASSERT_TRUE(is_only(without)) << "without byte " << i;
        Bytes twice = bytes;
        twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), bytes[i]);
        ASSERT_TRUE(is_only(twice)) << "byte " << i << " twice";
    }
    Bytes longer = bytes;
    append(longer, Bytes{0xf8, 0x07, 0x01});  // field 127
    EXPECT_FALSE(codec.decode(longer));
}

/// The error of a decoder, or nothing where it takes the value.
template <typename T>
std::string refusal(const Codec<T>& codec, T value, auto&& change) {
    change(value);
    const Result<T> decoded = codec.decode(codec.encode(value));
    return decoded ? "" : decoded.error().message();
}

constexpr Codec<Class> classes{encode_class, decode_class};
constexpr Codec<Program> programs{encode_program_record, decode_program_record};
constexpr Codec<Provider> providers{encode_provider, decode_provider};
constexpr Codec<Worker> workers{encode_worker, decode_worker};
constexpr Codec<Standing> standings{encode_standing, decode_standing};
constexpr Codec<Ask> asks{encode_ask, decode_ask};
constexpr Codec<Bid> bids{encode_bid, decode_bid};
constexpr Codec<Filters> filters{encode_filters, decode_filters};
constexpr Codec<Order> orders{encode_order, decode_order};
constexpr Codec<Job> jobs{encode_job, decode_job};
constexpr Codec<ClassCounters> counters{encode_class_counters, decode_class_counters};

TEST(Records, have_one_encoding_with_every_field_set) {
    expect_canonical(classes, full_class());
    expect_canonical(programs, full_program());
    expect_canonical(providers, full_provider());
    expect_canonical(workers, full_worker());
    expect_canonical(standings, full_standing());
    expect_canonical(asks, full_ask());
    expect_canonical(bids, full_bid());
    expect_canonical(filters, full_filters());
    expect_canonical(orders, full_order());
    expect_canonical(jobs, full_job());
    expect_canonical(counters, full_counters());
}

TEST(Records, have_one_encoding_with_no_field_set) {
    expect_canonical(classes, {.name = "a"});
    expect_canonical(programs, {});
    expect_canonical(providers, {});
    expect_canonical(workers, {});
    expect_canonical(standings, {});
    expect_canonical(asks, {});
    expect_canonical(bids, {});
    expect_canonical(filters, {});
    expect_canonical(orders, {});
    expect_canonical(jobs, {});
    expect_canonical(counters, {});
}

/// Fields whose first value in memory is not 0 are always written.
TEST(Records, refuse_to_guess_what_is_missing) {
    EXPECT_FALSE(decode_class({}));
    EXPECT_FALSE(decode_worker({}));
    EXPECT_FALSE(decode_program_record({}));
    EXPECT_FALSE(decode_ask({}));
    EXPECT_FALSE(decode_bid({}));
    EXPECT_FALSE(decode_order({}));
    EXPECT_FALSE(decode_job({}));
    EXPECT_NE(refusal(classes, full_class(), [](Class& c) { c.wu_per_second_floor = 0; }), "");
    EXPECT_NE(refusal(classes, full_class(), [](Class& c) { c.name.clear(); }), "");
    EXPECT_NE(refusal(workers, full_worker(), [](Worker& w) { w.slots = 0; }), "");
    EXPECT_NE(refusal(orders, full_order(), [](Order& o) { o.tasks = 0; }), "");
    EXPECT_NE(refusal(orders, full_order(), [](Order& o) { o.max_parallel = 0; }), "");
}

TEST(Records, say_which_number_is_over_its_limit) {
    EXPECT_EQ(
        refusal(providers, full_provider(), [](Provider& p) { p.bond = money_max + 1; }),
        "Provider.bond: 1000000000000000001 is over 1000000000000000000"
    );
    EXPECT_EQ(
        refusal(workers, full_worker(), [](Worker& w) { w.slots = 1'025; }),
        "Worker.slots: 1025 is over 1024"
    );
    EXPECT_EQ(
        refusal(jobs, full_job(), [](Job& job) { job.state = JobState{12}; }),
        "Job.state: 12 is over 11"
    );
    EXPECT_EQ(
        refusal(jobs, full_job(), [](Job& job) { job.reason = Reason{10}; }),
        "Job.reason: is 10, which is none"
    );
    EXPECT_EQ(
        refusal(jobs, full_job(), [](Job& job) { job.challenge->attempts = 3; }),
        "Job.challenge: Challenge.attempts: 3 is over 2"
    );
    EXPECT_NE(refusal(providers, full_provider(), [](Provider& p) { p.slashes = 4; }), "");
    EXPECT_NE(
        refusal(providers, full_provider(), [](Provider& p) { p.classes[0].workers = 257; }), ""
    );
    EXPECT_NE(
        refusal(providers, full_provider(), [](Provider& p) { p.classes[0].workers = 0; }), ""
    );
    EXPECT_NE(
        refusal(
            providers,
            full_provider(),
            [](Provider& p) {
                for (std::uint32_t i = 0; p.classes.size() <= worker_classes_max; ++i) {
                    p.classes.push_back({ClassId{5 + i}, 1, 0});
                }
            }
        ),
        ""
    );
    EXPECT_NE(
        refusal(
            providers, full_provider(), [](Provider& p) { p.classes[1].class_id = ClassId{1}; }
        ),
        ""
    );
    EXPECT_NE(refusal(standings, full_standing(), [](Standing& s) { s.payers = 257; }), "");
    EXPECT_NE(refusal(classes, full_class(), [](Class& c) { c.kind = WorkerKind{3}; }), "");
    EXPECT_NE(refusal(asks, full_ask(), [](Ask& a) { ++a.work_units; }), "");
    EXPECT_NE(refusal(filters, full_filters(), [](Filters& f) { ++f.reputation_min; }), "");
    EXPECT_NE(refusal(orders, full_order(), [](Order& o) { ++o.limit; }), "");
    EXPECT_NE(refusal(orders, full_order(), [](Order& o) { ++o.retries; }), "");
    EXPECT_NE(refusal(orders, full_order(), [](Order& o) { ++o.tasks; }), "");
    EXPECT_NE(refusal(orders, full_order(), [](Order& o) { ++o.max_parallel; }), "");
    EXPECT_NE(refusal(orders, full_order(), [](Order& o) { o.halt = Halt{4}; }), "");
    EXPECT_NE(refusal(orders, full_order(), [](Order& o) { o.book.product = Product{2}; }), "");
    EXPECT_NE(refusal(jobs, full_job(), [](Job& job) { job.reason = Reason{13}; }), "");
    EXPECT_NE(refusal(jobs, full_job(), [](Job& job) { job.decline = Decline{6}; }), "");
    EXPECT_NE(refusal(jobs, full_job(), [](Job& job) { ++job.commit->inline_size; }), "");
    EXPECT_NE(
        refusal(jobs, full_job(), [](Job& job) { job.deadline->kind = DeadlineKind{7}; }), ""
    );
}

TEST(Records, bound_their_lists_and_texts) {
    const auto accounts = [](std::uint64_t count) {
        std::vector<AccountNumber> list;
        for (std::uint64_t i = 0; i < count; ++i) {
            list.push_back(AccountNumber{~std::uint64_t{0} - count + i});
        }
        return list;
    };
    const auto attributes = [](std::size_t count) {
        std::vector<Attribute> list;
        for (std::size_t i = 0; i < count; ++i) {
            list.push_back({.name = std::string(1, static_cast<char>('a' + i))});
        }
        return list;
    };
    const auto excluding = [&](std::uint64_t count) {
        return refusal(filters, {}, [&](Filters& f) { f.excluded = accounts(count); });
    };
    const auto had_by = [&](std::uint64_t count) {
        return refusal(bids, {}, [&](Bid& bid) { bid.had_it = accounts(count); });
    };
    const auto with_attributes = [&](std::size_t count) {
        return refusal(providers, {}, [&](Provider& p) { p.attributes = attributes(count); });
    };
    const auto with_inputs = [&](std::size_t count) {
        return refusal(orders, {}, [&](Order& order) { order.inputs.resize(count); });
    };
    const auto with_results = [&](std::size_t count) {
        return refusal(jobs, full_job(), [&](Job& job) { job.commit->results.resize(count); });
    };
    const auto with_moniker = [&](std::size_t size) {
        return refusal(providers, {}, [&](Provider& p) { p.moniker = std::string(size, 'x'); });
    };

    EXPECT_EQ(excluding(filter_excluded_max), "");
    EXPECT_NE(excluding(filter_excluded_max + 1), "");
    EXPECT_EQ(had_by(had_it_max), "");
    EXPECT_NE(had_by(had_it_max + 1), "");
    EXPECT_EQ(with_attributes(attributes_max), "");
    EXPECT_NE(with_attributes(attributes_max + 1), "");
    EXPECT_EQ(with_inputs(order_inputs_max), "");
    EXPECT_NE(with_inputs(order_inputs_max + 1), "");
    EXPECT_EQ(with_results(results_max), "");
    EXPECT_NE(with_results(results_max + 1), "");
    EXPECT_EQ(with_moniker(moniker_size_max), "");
    EXPECT_NE(with_moniker(moniker_size_max + 1), "");
    EXPECT_NE(
        refusal(providers, {}, [](Provider& p) { p.declines = {Height(1), Height(2), Height(3)}; }),
        ""
    );
}

TEST(Records, hold_lists_in_one_order) {
    const auto with_regions = [](std::vector<std::string> regions) {
        return refusal(filters, {}, [&](Filters& f) { f.regions = std::move(regions); });
    };
    const auto with_attributes = [](std::vector<Attribute> attributes) {
        return refusal(filters, {}, [&](Filters& f) { f.attributes = std::move(attributes); });
    };
    const auto excluding = [](std::vector<AccountNumber> excluded) {
        return refusal(filters, {}, [&](Filters& f) { f.excluded = std::move(excluded); });
    };

    EXPECT_EQ(with_regions({"eu", "us"}), "");
    EXPECT_EQ(with_regions({"us", "eu"}), "Filters.regions: is not in ascending order");
    EXPECT_NE(with_regions({"eu", "eu"}), "");
    EXPECT_EQ(with_attributes({{"a", "2"}, {"b", "1"}}), "");
    EXPECT_NE(with_attributes({{"b", "1"}, {"a", "2"}}), "");
    EXPECT_NE(with_attributes({{"a", "1"}, {"a", "2"}}), "");
    EXPECT_NE(excluding({AccountNumber{2}, AccountNumber{1}}), "");
    EXPECT_NE(excluding({AccountNumber{1}, AccountNumber{1}}), "");
    EXPECT_NE(refusal(providers, {}, [](Provider& p) { p.declines = {Height(2), Height(1)}; }), "");
}

/// Nothing is made of a list's claimed size before its bytes are there.
TEST(Records, refuse_numbers_that_are_cut_off) {
    EXPECT_FALSE(decode_filters(Bytes{0x1a, 0x01, 0x80}));
    EXPECT_FALSE(decode_filters(Bytes{0x1a, 0x02, 0x80, 0x00}));
    EXPECT_FALSE(decode_filters(Bytes{0x1a, 0xff, 0x7f}));
    EXPECT_TRUE(decode_filters(Bytes{0x1a, 0x01, 0x00}));
}

}  // namespace
}  // namespace steelyard::market
