// Blocks that are announced and do not come, and validators that refuse those that do.
#include "tests/sim/strategies/craft.h"
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

using consensus::Message;

class Withholding final : public Strategy {
public:
    void on_saying(Adversary& self, std::optional<NodeIndex> to, const Message& message) override {
        const auto* part = std::get_if<consensus::BlockPart>(&message);
        if (!part) {
            self.say(to, message);
            return;
        }
        const bool is_last = part->part.proof.index + 1 == part->part.proof.total;
        const NodeIndex victim = victim_at(self, part->height);
        switch (part->height.value() % 4) {
            case 0:
                return;
            case 1:
                if (!is_last) {
                    self.say(to, message);
                }
                return;
            case 2:
                if (to.value_or(victim) == victim) {
                    self.say(victim, message);
                }
                return;
            default:
                self.say(to, message);
        }
    }
};

class Naysayer final : public Strategy {
public:
    void on_processed(Adversary&, const chain::Block&, bool& accepts) override { accepts = false; }
};

class OtherState final : public Strategy {
public:
    void on_finalized(Adversary& self, abci::BlockResults& results) override {
        if (self.random().below(4) == 0) {
            results.app_hash = chain::Hash256{1};
        }
    }
};

}  // namespace

std::unique_ptr<Strategy> make_withholding() {
    return std::make_unique<Withholding>();
}

std::unique_ptr<Strategy> make_naysayer() {
    return std::make_unique<Naysayer>();
}

std::unique_ptr<Strategy> make_other_state() {
    return std::make_unique<OtherState>();
}

}  // namespace steelyard::sim
