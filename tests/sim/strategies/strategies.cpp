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
};

}  // namespace

std::vector<std::string> strategy_names() {
    std::vector<std::string> names;
    for (const Kind& kind : kinds) {
        names.emplace_back(kind.name);
    }
    return names;
}

std::unique_ptr<Strategy> make_strategy(std::string_view name) {
    const auto found = std::ranges::find(kinds, name, &Kind::name);
    CHECK(found != kinds.end());
    return found->make();
}

}  // namespace steelyard::sim
