// main() of a fuzz target that is built without libFuzzer: runs its corpus, then seeded mutations.
#include "base/random.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace steelyard {
namespace {

constexpr int mutation_count = 3000;
constexpr std::size_t input_size_max = 4096;

std::vector<Bytes> read_corpus(const char* folder) {
    std::vector<std::filesystem::path> paths;
    if (std::filesystem::is_directory(folder)) {
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Bytes> corpus = {{}};
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return corpus;
}

/// Flips, inserts, removes or truncates at a random place, one to four times.
Bytes mutate(Bytes input, RandomSource& random) {
    for (std::uint64_t i = random.below(4) + 1; i > 0; --i) {
        const auto at = static_cast<std::ptrdiff_t>(random.below(input.size() + 1));
        const auto byte = static_cast<std::uint8_t>(random.next_u64());
        switch (random.below(4)) {
            case 0:
                if (static_cast<std::size_t>(at) < input.size()) {
                    input[static_cast<std::size_t>(at)] ^=
                        static_cast<std::uint8_t>(1U << (byte & 7));
                }
                break;
            case 1:
                if (input.size() < input_size_max) {
                    input.insert(input.begin() + at, byte);
                }
                break;
            case 2:
                if (static_cast<std::size_t>(at) < input.size()) {
                    input.erase(input.begin() + at);
                }
                break;
            default:
                input.resize(static_cast<std::size_t>(at));
        }
    }
    return input;
}

}  // namespace
}  // namespace steelyard

int main(int argc, char** argv) {
    using namespace steelyard;
    const std::vector<Bytes> corpus = read_corpus(argc > 1 ? argv[1] : "");
    for (const Bytes& input : corpus) {
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    SeededRandom random(1);
    for (int i = 0; i < mutation_count; ++i) {
        const Bytes input = mutate(corpus[random.below(corpus.size())], random);
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    std::printf("%zu corpus inputs, %d mutations\n", corpus.size(), mutation_count);
}
