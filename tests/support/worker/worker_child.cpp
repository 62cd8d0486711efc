// The child of a worker of tests: `worker_child job FOLDER`, `worker_child prove FOLDER`.
#include "worker/job_child.h"

int main(int argc, char** argv) {
    constexpr int usage = 2;
    if (argc != 3) {
        return usage;
    }
    const auto exit = steelyard::worker::run_child_command(argv[1], argv[2]);
    return exit ? static_cast<int>(*exit) : usage;
}
