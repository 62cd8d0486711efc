#include "base/check.h"
#include "vm/trace/judge.h"

#include <cfenv>

namespace steelyard::vm {

namespace {

/// Rounding to nearest even with subnormals, whatever the host program left behind.
class DefaultFloats {
public:
    DefaultFloats() {
        CHECK(fegetenv(&saved_) == 0);
        CHECK(fesetenv(FE_DFL_ENV) == 0);
    }
    ~DefaultFloats() { fesetenv(&saved_); }

    DefaultFloats(const DefaultFloats&) = delete;
    DefaultFloats& operator=(const DefaultFloats&) = delete;

private:
    fenv_t saved_{};
};

}  // namespace

Verification verify_proof(
    const Claim& claim, std::span<const Probe> probes, const Proof& proof, std::uint64_t gas_max
) {
    CHECK(claim.program != nullptr);
    const DefaultFloats floats;
    Judge judge(claim, probes, proof, gas_max);
    const Result<void> judged = judge.judge();
    if (!judged) {
        return {
            .verdict = Verdict::malformed, .reason = judged.error().message(), .gas = judge.gas()
        };
    }
    const bool is_right = judge.difference().empty();
    return {
        .verdict = is_right ? Verdict::right : Verdict::wrong,
        .reason = judge.difference(),
        .gas = judge.gas()
    };
}

}  // namespace steelyard::vm
