#include "tests/support/cheating_worker/false_child.h"

#include "contrib/examples/fashion-mnist/network.h"
#include "tests/support/temporary_home.h"
#include "tests/support/vm/mixed_programs.h"
#include "vm/files/npy.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"
#include "worker/job_folder.h"
#include "worker/journal.h"

#include <gtest/gtest.h>

#include <fstream>

namespace steelyard::worker::test {
namespace {

constexpr std::uint64_t images = 2;
constexpr std::uint32_t probes = 12;

/// A job's folder as a worker prepares it.
class FalseChildTest : public testing::Test {
protected:
    FalseChildTest() : program_(vm::test::checked(vm::fashion::classify_program(images).value())) {
        const Bytes encoded = vm::encode_program(program_.program());
        record_.program = vm::program_id(encoded);
        record_.is_ready = true;
        put(program_file_name, encoded);
        for (const vm::Input& input : program_.program().inputs) {
            Bytes data(input.type.bytes(), 0);
            for (std::size_t at = 0; at < data.size(); at += 8) {
                data[at] = static_cast<std::uint8_t>(at / 8);
            }
            record_.inputs.push_back(vm::tensor_id(input.type, vm::tensor_root(input.type, data)));
            put(blob_file_name(record_.inputs.back()), vm::write_npy(input.type, data));
        }
        put_record();
    }

    void put(std::string_view name, ByteView bytes) const {
        std::ofstream file(home_.path() / name, std::ios::binary);
        file.write(
            reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
        );
    }

    void put_record() const { put(record_file_name, encode_record(record_)); }

    Bytes get(std::string_view name) const {
        std::ifstream file(home_.path() / name, std::ios::binary);
        return Bytes(std::istreambuf_iterator<char>(file), {});
    }

    vm::Verification judge(std::uint8_t seed) {
        record_.proof = ProofTask{.seed = {seed}, .probes = probes};
        put_record();
        EXPECT_EQ(run_false_child("prove", home_.path()), ChildExit::ok);
        const auto drawn = vm::derive_probes(
            program_, record_.outcome->outcome, record_.proof->seed, record_.proof->probes
        );
        return vm::verify_proof(
            {.program = &program_, .input_ids = record_.inputs, .outcome = record_.outcome->outcome
            },
            drawn,
            vm::decode_proof(get(proof_file_name)).value(),
            ~std::uint64_t{0}
        );
    }

    testing_support::TemporaryHome home_{};
    vm::CheckedProgram program_;
    JobRecord record_{.name = {.order = 1, .task = 0}};
};

TEST_F(FalseChildTest, shows_an_element_that_is_wrong_whatever_is_asked_for) {
    ASSERT_EQ(run_false_child("job", home_.path()), ChildExit::ok);
    record_.outcome = read_report_file(home_.path()).value();

    for (std::uint8_t seed = 0; seed < 8; ++seed) {
        const vm::Verification judged = judge(seed);

        EXPECT_EQ(judged.verdict, vm::Verdict::wrong) << judged.reason;
        EXPECT_NE(judged.reason.find("element"), std::string::npos) << judged.reason;
    }
}

TEST_F(FalseChildTest, takes_a_childs_verbs_alone) {
    EXPECT_EQ(run_false_child("run", home_.path()), std::nullopt);
    EXPECT_EQ(run_false_child("job", home_.path() / "nothing"), ChildExit::bad_folder);
}

}  // namespace
}  // namespace steelyard::worker::test
