#include "tests/sim/strategies/craft.h"
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

class Amnesia final : public Strategy {
public:
    void on_started(Adversary& self) override {
        const Time pause = between(
            self.random(), std::chrono::milliseconds(500), std::chrono::milliseconds(8'000)
        );
        self.after(pause, [&self] { self.crash(std::chrono::milliseconds(100)); });
    }

    bool forgets() const override { return true; }
};

}  // namespace

std::unique_ptr<Strategy> make_amnesia() {
    return std::make_unique<Amnesia>();
}

}  // namespace steelyard::sim
