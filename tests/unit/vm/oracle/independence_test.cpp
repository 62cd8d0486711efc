// What holds the VM to the text must not be made of the VM.

#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>

namespace steelyard::vm::test {
namespace {

TEST(Independence, TheOracleIncludesItselfAlone) {
    std::uint32_t files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(STEELYARD_SOURCE_DIR "/tests/oracle")) {
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            EXPECT_TRUE(
                !line.starts_with("#include \"") || line.starts_with("#include \"tests/oracle/")
            ) << entry.path()
              << ": " << line;
        }
        ++files;
    }
    EXPECT_GT(files, 10U);
}

}  // namespace
}  // namespace steelyard::vm::test
