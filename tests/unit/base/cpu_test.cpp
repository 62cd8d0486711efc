#include "base/cpu.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace steelyard {
namespace {

/// The flags and the vendor of the first processor, as Linux knows them.
std::set<std::string> words_of_cpuinfo() {
    std::ifstream file("/proc/cpuinfo");
    std::set<std::string> words;
    std::string line;
    while (std::getline(file, line) && !line.empty()) {
        if (line.starts_with("flags") || line.starts_with("vendor_id")) {
            std::istringstream text(line);
            words.insert(std::istream_iterator<std::string>(text), {});
        }
    }
    return words;
}

TEST(CpuFeatures, agree_with_the_kernel) {
    const std::set<std::string> words = words_of_cpuinfo();
    const auto has = [&](const char* word) { return words.contains(word); };

    const CpuFeatures& features = cpu_features();

    EXPECT_EQ(features.sha_ni, has("sha_ni") && has("ssse3") && has("sse4_1"));
    EXPECT_EQ(features.avx2, has("avx2") && has("fma") && has("f16c"));
    EXPECT_EQ(
        features.avx512,
        features.avx2 && has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl")
    );
    EXPECT_EQ(features.avx512_vnni, features.avx512 && has("avx512_vnni"));
    EXPECT_EQ(features.amd, has("AuthenticAMD"));
}

}  // namespace
}  // namespace steelyard
