#include "tests/sim/strategies/strategies.h"

#include <algorithm>
#include <array>

namespace steelyard::sim {
namespace {

struct Kind {
    std::string_view name;
    std::unique_ptr<Strategy> (*make)();
};

constexpr std::array kinds = {
    Kind{"silent", make_silent},
    Kind{"parrot", make_parrot},
    Kind{"two-blocks", make_two_blocks},
    Kind{"two-prevotes", make_two_prevotes},
    Kind{"two-precommits", make_two_precommits},
    Kind{"shameless", make_shameless},
    Kind{"twin", make_twin},
    Kind{"amnesia", make_amnesia},
    Kind{"withholding", make_withholding},
    Kind{"garbage", make_garbage},
    Kind{"invalid-blocks", make_invalid_blocks},
    Kind{"false-evidence", make_false_evidence},
    Kind{"false-polkas", make_false_polkas},
    Kind{"other-state", make_other_state},
    Kind{"naysayer", make_naysayer},
    Kind{"astray", make_astray},
    Kind{"hasty", make_hasty},
    Kind{"impostor", make_impostor},
    Kind{"time-travel", make_time_travel},
    Kind{"selective", make_selective},
    Kind{"late", make_late},
    Kind{"hidden-lock", make_hidden_lock},
    Kind{"lone-decision", make_lone_decision},
    Kind{"liar", make_liar},
    Kind{"third-votes", make_third_votes},
};

/// At once, in one node.
constexpr std::size_t links_max = 3;

std::unique_ptr<Strategy> make_one(std::string_view name) {
    const auto found = std::ranges::find(kinds, name, &Kind::name);
    CHECK(found != kinds.end());
    return found->make();
}

}  // namespace

std::vector<std::string> strategy_names() {
    std::vector<std::string> names;
    for (const Kind& kind : kinds) {
        names.emplace_back(kind.name);
    }
    return names;
}

std::string draw_strategy(RandomSource& random) {
    std::string name(kinds.at(random.below(kinds.size())).name);
    for (std::size_t i = 1; i < links_max && random.below(3) == 0; ++i) {
        name += '+';
        name += kinds.at(random.below(kinds.size())).name;
    }
    return name;
}

std::unique_ptr<Strategy> make_strategy(std::string_view name) {
    std::vector<std::unique_ptr<Strategy>> links;
    for (std::size_t end = name.find('+'); end != name.npos; end = name.find('+')) {
        links.push_back(make_one(name.substr(0, end)));
        name.remove_prefix(end + 1);
    }
    if (links.empty()) {
        return make_one(name);
    }
    links.push_back(make_one(name));
    return make_chain(std::move(links));
}

}  // namespace steelyard::sim
