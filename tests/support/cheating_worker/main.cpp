// cheating_worker: a steelyard-worker whose every result is wrong, and whose proofs say so.
#include "bin/steelyard-worker/program.h"
#include "tests/support/cheating_worker/false_child.h"

int main(int argc, char** argv) {
    return steelyard::worker_program::run_program(
        argc, argv, steelyard::worker::test::run_false_child
    );
}
