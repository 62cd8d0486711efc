// Proofs of the VM: what decodes is canonical, judging it is total, and nothing but the one proof
// is right or puts blame on an honest run.
#include "base/check.h"
#include "base/endian.h"
#include "vm/build/builder.h"
#include "vm/run/prover.h"
#include "vm/trace/commitment.h"

using namespace steelyard;
using namespace steelyard::vm;

namespace {

constexpr std::uint64_t gas_max = 1'000'000;
constexpr std::size_t edit_size = 4;

CheckedProgram make_program() {
    Builder builder;
    const ValueRef x = *builder.input("x", {DType::f32, {12, 300}});
    const ValueRef w = *builder.input("w", {DType::f32, {8, 300}});
    const ValueRef y = *builder.add(OpCode::gemm_f32, {x, w}, {0, 1});
    const LoopStart loop = *builder.begin_loop(3, std::vector{y});
    const ValueRef both = *builder.add(OpCode::concat, {loop.carries[0], loop.carries[0]}, {0});
    const ValueRef next = *builder.add(OpCode::slice, {both}, {5, 1, 12, 0, 1, 8});
    const std::vector<ValueRef> results = *builder.end_loop(std::vector{next});
    CHECK(builder.output("y", results[0]).has_value());
    return *CheckedProgram::check(std::move(builder).finish());
}

/// An honest run with its one proof.
struct Honest {
    CheckedProgram program = make_program();
    std::vector<Probe> probes{
        {.step = 0, .rows = {3, 11}, .columns = {0, 7}},
        {.step = 4, .rows = {0, 6}, .columns = {2, 2}},
    };
    std::vector<Hash256> input_ids{};
    RunOutcome outcome{};
    Bytes proof{};

    Honest() {
        const Bytes data(12 * 1200, 0x3c);
        std::vector<TensorView> inputs;
        for (const Input& input : program.program().inputs) {
            inputs.push_back({input.type, ByteView(data).first(input.type.bytes())});
            input_ids.push_back(tensor_id(input.type, tensor_root(input.type, inputs.back().data)));
        }
        const auto backend = make_reference_backend();
        const RunOptions options{.backend = backend.get()};
        const Result<RunResult> result = run(program, inputs, options);
        CHECK(result.has_value());
        outcome = result->outcome;
        proof = encode_proof(*prove(program, inputs, *result, probes, options));
    }
};

}  // namespace

// Input: a byte that says how to read the rest: as a proof, or as edits of the honest one, each two
// bytes of offset, a byte to exclude-or, and one that says whether the byte is taken out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Honest honest;
    if (size == 0) {
        return 0;
    }
    Bytes bytes(data + 1, data + size);
    if (data[0] % 2 == 1) {
        bytes = honest.proof;
        for (std::size_t at = 1; at + edit_size <= size && !bytes.empty(); at += edit_size) {
            const std::size_t offset = load_le<std::uint16_t>(data + at) % bytes.size();
            bytes[offset] ^= data[at + 2];
            if (data[at + 3] == 0xff) {
                bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(offset));
            }
        }
    }
    const Result<Proof> proof = decode_proof(bytes);
    if (!proof) {
        return 0;
    }
    CHECK(encode_proof(*proof) == bytes);
    const Claim claim{&honest.program, honest.input_ids, honest.outcome};
    const Verification verification = verify_proof(claim, honest.probes, *proof, gas_max);
    CHECK(verification.gas <= gas_max);
    CHECK(verification.verdict == (bytes == honest.proof ? Verdict::right : Verdict::malformed));
    return 0;
}
