// Section slashing: signing infos and the blocks that were missed.
#include "ledger/genesis/convert.h"
#include "ledger/genesis/sections.h"
#include "ledger/slashing/missed_blocks.h"
#include "ledger/slashing/signing_info.h"
#include "ledger/state/values.h"
#include "steelyard/genesis/v1/genesis.pb.h"

namespace steelyard::genesis {
namespace {

/// What any window has at most, of which a genesis can speak.
constexpr std::int64_t window_max = 1'000'000;

Result<void> read_info(StateView& state, const v1::SigningInfo& row) {
    TRY_ASSIGN(const auto address, consensus_address(row.address()));
    const auto& said = row.validator_signing_info();
    slashing::SigningInfo info;
    TRY_ASSIGN(info.start_height, chain::Height::parse(said.start_height()));
    TRY_ASSIGN(
        info.jailed_until,
        chain::Timestamp::from_unix(said.jailed_until().seconds(), said.jailed_until().nanos())
    );
    info.index = said.index_offset();
    info.missed = said.missed_blocks_counter();
    info.tombstoned = said.tombstoned();
    info.window = row.window();
    // What the record's reader refuses breaks a rule.
    TRY(slashing::decode_signing_info(slashing::encode_signing_info(info)));
    sure(slashing::put_signing_info(state, address, info));
    return {};
}

Result<void> read_missed(StateView& state, const v1::ValidatorMissedBlocks& row) {
    TRY_ASSIGN(const auto address, consensus_address(row.address()));
    if (!sure(slashing::signing_info(state, address))) {
        return invalid("{} has no signing info", row.address());
    }
    for (const v1::MissedBlock& block : row.missed_blocks()) {
        if (block.index() < 0 || block.index() >= window_max || !block.missed()) {
            return invalid("index {}: must be below {}, and missed", block.index(), window_max);
        }
        sure(slashing::exchange_missed(state, address, block.index(), true));
    }
    return {};
}

}  // namespace

Result<void> read_slashing(StateView& state, const v1::SlashingState& section) {
    for (int i = 0; i < section.signing_infos_size(); ++i) {
        TRY(at(
            fmt::format("slashing.signing_infos[{}]", i), read_info(state, section.signing_infos(i))
        ));
    }
    for (int i = 0; i < section.missed_blocks_size(); ++i) {
        TRY(
            at(fmt::format("slashing.missed_blocks[{}]", i),
               read_missed(state, section.missed_blocks(i)))
        );
    }
    return {};
}

void write_slashing(const StateView& state, v1::SlashingState& section) {
    sure(slashing::walk_signing_infos(
        state,
        [&](const chain::Address& address, const slashing::SigningInfo& info) -> Outcome<bool> {
            const std::string text = ledger::consensus_text(address);
            auto& row = *section.add_signing_infos();
            row.set_address(text);
            row.set_window(info.window);
            auto& said = *row.mutable_validator_signing_info();
            said.set_address(text);
            said.set_start_height(info.start_height.value());
            said.set_index_offset(info.index);
            write_time(info.jailed_until, *said.mutable_jailed_until());
            said.set_tombstoned(info.tombstoned);
            said.set_missed_blocks_counter(info.missed);
            const auto places = sure(slashing::missed_places(state, address));
            if (places.empty()) {
                return true;
            }
            auto& missed = *section.add_missed_blocks();
            missed.set_address(text);
            for (const std::int64_t place : places) {
                auto& block = *missed.add_missed_blocks();
                block.set_index(place);
                block.set_missed(true);
            }
            return true;
        }
    ));
}

}  // namespace steelyard::genesis
