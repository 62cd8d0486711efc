#include "ledger/state/state_view.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace steelyard::ledger {
namespace {

using Pairs = std::map<std::string, std::string>;

class MapReader final : public StateReader {
public:
    explicit MapReader(Pairs pairs) : pairs_(std::move(pairs)) {}

    std::optional<ByteView> get(Store store, ByteView key) const override {
        const auto place = pairs_.find(std::string(as_text(key)));
        return store == Store::bank && place != pairs_.end()
                   ? std::optional(as_bytes(place->second))
                   : std::nullopt;
    }

    std::optional<RecordView> at_or_after(Store store, ByteView key) const override {
        const auto place = pairs_.lower_bound(std::string(as_text(key)));
        return store == Store::bank && place != pairs_.end()
                   ? std::optional(RecordView{as_bytes(place->first), as_bytes(place->second)})
                   : std::nullopt;
    }

private:
    Pairs pairs_;
};

std::string text(const Outcome<std::optional<Bytes>>& value) {
    return *value ? std::string(as_text(**value)) : "-";
}

Pairs all(const StateView& view, std::string_view prefix) {
    Pairs pairs;
    const auto outcome = view.walk(Store::bank, as_bytes(prefix), [&](const Record& record) {
        pairs.emplace(as_text(record.key), as_text(record.value));
        return Outcome<bool>(true);
    });
    EXPECT_TRUE(outcome);
    return pairs;
}

class StateViewTest : public testing::Test {
protected:
    void put(std::string_view key, std::string_view value) {
        EXPECT_TRUE(view.put(Store::bank, as_bytes(key), as_bytes(value)));
    }
    void erase(std::string_view key) { EXPECT_TRUE(view.erase(Store::bank, as_bytes(key))); }
    std::string get(std::string_view key) const {
        return text(view.get(Store::bank, as_bytes(key)));
    }

    MapReader below{{{"a1", "one"}, {"a3", "three"}, {"b1", "other"}}};
    StateView view{below};
};

TEST_F(StateViewTest, shows_changes_over_what_lies_below) {
    put("a1", "uno");
    put("a2", "dos");
    erase("a3");

    EXPECT_EQ(get("a1"), "uno");
    EXPECT_EQ(get("a2"), "dos");
    EXPECT_EQ(get("a3"), "-");
    EXPECT_EQ(get("b1"), "other");
    EXPECT_EQ(all(view, "a"), (Pairs{{"a1", "uno"}, {"a2", "dos"}}));
}

TEST_F(StateViewTest, keeps_stores_apart) {
    EXPECT_TRUE(view.put(Store::auth, as_bytes("a1"), as_bytes("x")));

    EXPECT_EQ(get("a1"), "one");
    EXPECT_EQ(text(view.get(Store::auth, as_bytes("a1"))), "x");
}

TEST_F(StateViewTest, takes_back_what_came_after_a_mark) {
    put("a1", "uno");
    const auto mark = view.mark();
    put("a1", "eins");
    put("a4", "vier");
    erase("b1");

    view.roll_back(mark);

    EXPECT_EQ(get("a1"), "uno");
    EXPECT_EQ(get("a4"), "-");
    EXPECT_EQ(all(view, ""), (Pairs{{"a1", "uno"}, {"a3", "three"}, {"b1", "other"}}));
}

TEST_F(StateViewTest, hands_out_its_changes_in_order) {
    put("b2", "new");
    erase("a1");
    erase("zz");

    std::vector<std::string> changes;
    view.visit_changes([&](Store, ByteView key, const std::optional<Bytes>& value) {
        changes.push_back(std::string(as_text(key)) + (value ? "+" : "-"));
    });

    EXPECT_EQ(changes, (std::vector<std::string>{"a1-", "b2+"}));
}

TEST_F(StateViewTest, charges_for_every_use_before_it_happens) {
    GasMeter meter(500 + 2 * 5 + 1'000 + 15 * 4);
    view.set_meter(&meter);

    EXPECT_EQ(get("a1"), "one");
    EXPECT_EQ(meter.used(), 510u);
    put("c1", "42");
    EXPECT_EQ(meter.used(), meter.limit());
    const auto refused = view.put(Store::bank, as_bytes("c1"), as_bytes("4"));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, kinds::out_of_gas);
    EXPECT_EQ(
        refused.error().log,
        "out of gas in location: state; gasWanted: 1570, gasUsed: 2615: out of gas"
    );
    view.set_meter(nullptr);
    EXPECT_EQ(get("c1"), "42");
}

TEST_F(StateViewTest, walks_until_it_is_told_to_stop) {
    int count = 0;
    EXPECT_TRUE(view.walk(Store::bank, {}, [&](const Record&) {
        return Outcome<bool>(++count < 2);
    }));

    EXPECT_EQ(count, 2);
}

// Any sequence of changes, marks and returns answers as a plain map does.
TEST(StateView, agrees_with_a_map) {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        std::mt19937 random(seed);
        const auto key = [&] {
            return std::string{"ab"[random() % 2], static_cast<char>('0' + random() % 6)};
        };
        Pairs pairs;
        for (int i = 0; i < 5; ++i) {
            pairs[key()] = "below";
        }
        const MapReader below(pairs);
        StateView view(below);
        std::vector<std::pair<StateView::Mark, Pairs>> marks;
        for (int step = 0; step < 60; ++step) {
            const std::string name = key();
            switch (random() % 5) {
                case 0:
                    ASSERT_TRUE(view.erase(Store::bank, as_bytes(name)));
                    pairs.erase(name);
                    break;
                case 1:
                    marks.emplace_back(view.mark(), pairs);
                    break;
                case 2:
                    if (!marks.empty()) {
                        view.roll_back(marks.back().first);
                        pairs = marks.back().second;
                        marks.pop_back();
                    }
                    break;
                default:
                    pairs[name] = std::to_string(step);
                    ASSERT_TRUE(view.put(Store::bank, as_bytes(name), as_bytes(pairs[name])));
            }
            ASSERT_EQ(all(view, ""), pairs) << "seed " << seed << ", step " << step;
        }
    }
}

}  // namespace
}  // namespace steelyard::ledger
