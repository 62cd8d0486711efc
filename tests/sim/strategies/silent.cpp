#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

class Silent final : public Strategy {
public:
    void on_saying(Adversary&, std::optional<NodeIndex>, const consensus::Message&) override {}
};

}  // namespace

std::unique_ptr<Strategy> make_silent() {
    return std::make_unique<Silent>();
}

}  // namespace steelyard::sim
