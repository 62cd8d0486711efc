// Prints the BLAKE3 hash of a file, as b3sum --no-names does. For blake3_vs_b3sum.
#include "base/hex.h"
#include "crypto/blake3.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdio>

int main(int argc, char** argv) {
    const int file = argc == 2 ? ::open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    struct stat status{};
    if (file < 0 || ::fstat(file, &status) != 0 || status.st_size == 0) {
        std::fprintf(stderr, "usage: blake3_file FILE (not empty)\n");
        return 1;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) {
        std::perror("mmap");
        return 1;
    }
    const steelyard::ByteView message(static_cast<const std::uint8_t*>(bytes), size);
    std::puts(steelyard::to_hex(steelyard::crypto::blake3(message)).c_str());
}
