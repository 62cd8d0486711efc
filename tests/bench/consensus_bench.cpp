// The core's events without signatures, and the bytes of messages against protoc's classes.
#include "base/check.h"
#include "consensus/core/step.h"
#include "consensus/engine/message_codec.h"
#include "steelyard/consensus/v1/messages.pb.h"
#include "tests/support/test_chain.h"

#include <benchmark/benchmark.h>

#include <algorithm>

namespace steelyard::consensus {
namespace {

/// All that one node hears of a height with one round, up to the last precommit.
struct OneHeight {
    explicit OneHeight(std::size_t validators)
        : set(test::validators_with_power(std::vector<chain::VotingPower>(validators, 10))),
          block(test::TestChain(set).make_block()),
          parts(chain::make_part_set(block)),
          block_id(chain::block_id(block.header, parts)) {
        const chain::Height height = block.header.height;
        add(StartHeight{.height = height, .validators = set.validators});
        add(TimeoutElapsed{{.kind = TimeoutKind::commit, .height = height}});
        add(Received{1, chain::Proposal{.height = height, .block_id = block_id}});
        add(Received{1, BlockPart{.height = height, .part = *parts.part(0)}});
        add(BlockChecked{height, block_id, true});
        for (const auto type : {chain::SignedMsgType::prevote, chain::SignedMsgType::precommit}) {
            for (chain::ValidatorIndex i = 0; i < validators; ++i) {
                add(Received{1, vote(type, i)});
            }
        }
    }

    chain::Vote vote(chain::SignedMsgType type, chain::ValidatorIndex index) const {
        return {
            .type = type,
            .height = block.header.height,
            .block_id = block_id,
            .timestamp = test::time_after(1),
            .validator_address = set.validators[index].address(),
            .validator_index = index,
        };
    }

    void add(Event event) { inputs.push_back({test::time_after(1), std::move(event)}); }

    test::SigningSet set;
    chain::Block block;
    chain::PartSet parts;
    chain::BlockId block_id;
    std::vector<Input> inputs{};
};

bool decides(const Effects& effects) {
    return std::ranges::any_of(effects, [](const Effect& effect) {
        return std::holds_alternative<Decide>(effect);
    });
}

/// Items are inputs; all but five of them are votes.
void one_height(benchmark::State& state) {
    const OneHeight height(static_cast<std::size_t>(state.range(0)));
    const auto accept = [](std::span<const chain::SignatureCheck>) { return std::nullopt; };
    const Config config{.chain_id = test::chain_id("test-chain"), .verify = accept};
    for (auto _ : state) {
        State node(config);
        int decisions = 0;
        for (const Input& input : height.inputs) {
            decisions += decides(step(node, input)) ? 1 : 0;
        }
        CHECK(decisions == 1);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(height.inputs.size()));
}
BENCHMARK(one_height)->Arg(4)->Arg(100);

Message a_vote() {
    return OneHeight(4).vote(chain::SignedMsgType::precommit, 1);
}

/// The first of two.
Message a_full_part() {
    const auto parts = chain::PartSet::cut(Bytes(2 * chain::part_size, 7));
    return BlockPart{.height = chain::Height(1), .part = *parts.part(0)};
}

Message a_commit() {
    const auto set = test::validators_with_power(std::vector<chain::VotingPower>(100, 10));
    const chain::CommitTarget target{
        test::chain_id("test-chain"), chain::Height(1), test::block_id(1)
    };
    return test::sign_commit(set, target, std::string(100, 'c'));
}

void set_bytes(benchmark::State& state, ByteView bytes) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void encode(benchmark::State& state, Message (*make)()) {
    const Message message = make();
    for (auto _ : state) {
        benchmark::DoNotOptimize(engine::encode_message(message));
    }
    set_bytes(state, engine::encode_message(message));
}

void decode(benchmark::State& state, Message (*make)()) {
    const Bytes bytes = engine::encode_message(make());
    for (auto _ : state) {
        CHECK(engine::decode_message(bytes));
    }
    set_bytes(state, bytes);
}

v1::Message parse(ByteView bytes) {
    v1::Message message;
    CHECK(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return message;
}

void protoc_encode(benchmark::State& state, Message (*make)()) {
    const Bytes bytes = engine::encode_message(make());
    const v1::Message message = parse(bytes);
    for (auto _ : state) {
        benchmark::DoNotOptimize(message.SerializeAsString());
    }
    set_bytes(state, bytes);
}

/// Checks neither ranges nor that there is one encoding.
void protoc_decode(benchmark::State& state, Message (*make)()) {
    const Bytes bytes = engine::encode_message(make());
    for (auto _ : state) {
        benchmark::DoNotOptimize(parse(bytes));
    }
    set_bytes(state, bytes);
}

BENCHMARK_CAPTURE(encode, vote, a_vote);
BENCHMARK_CAPTURE(protoc_encode, vote, a_vote);
BENCHMARK_CAPTURE(decode, vote, a_vote);
BENCHMARK_CAPTURE(protoc_decode, vote, a_vote);
BENCHMARK_CAPTURE(encode, full_part, a_full_part);
BENCHMARK_CAPTURE(protoc_encode, full_part, a_full_part);
BENCHMARK_CAPTURE(decode, full_part, a_full_part);
BENCHMARK_CAPTURE(protoc_decode, full_part, a_full_part);
BENCHMARK_CAPTURE(encode, commit_of_100, a_commit);
BENCHMARK_CAPTURE(protoc_encode, commit_of_100, a_commit);
BENCHMARK_CAPTURE(decode, commit_of_100, a_commit);
BENCHMARK_CAPTURE(protoc_decode, commit_of_100, a_commit);

}  // namespace
}  // namespace steelyard::consensus
