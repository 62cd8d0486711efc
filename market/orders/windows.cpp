#include "market/orders/windows.h"

#include "base/check.h"
#include "ledger/params/market_params.h"
#include "market/records/deadline.h"

namespace steelyard::market {
namespace {

constexpr std::uint64_t bytes_per_second = 10'000'000;

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
    CHECK(b > 0);
    return a / b + (a % b > 0 ? 1 : 0);
}

}  // namespace

Windows windows_of(
    const ledger::MarketParams& params, const ProgramFacts& program, const Class& book_class
) {
    constexpr std::uint64_t patience = 3;
    const std::uint32_t ms = params.nominal_block_ms;
    CHECK(program.work_units <= ledger::job_work_units_limit);
    const std::uint64_t fetch = ceil_div(program.input_bytes, bytes_per_second);
    const std::uint64_t run =
        ceil_div(patience * program.work_units, book_class.wu_per_second_floor);
    const std::uint64_t prove = ceil_div(program.work_units, book_class.wu_per_second_floor);
    return {
        .start = params.start_blocks + blocks_of_seconds(fetch, ms),
        .commit = params.commit_blocks + blocks_of_seconds(run, ms),
        .respond = params.respond_blocks + blocks_of_seconds(prove, ms),
    };
}

}  // namespace steelyard::market
