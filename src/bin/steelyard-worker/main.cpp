#include "bin/steelyard-worker/program.h"
#include "worker/job_child.h"

int main(int argc, char** argv) {
    return steelyard::worker_program::run_program(argc, argv, steelyard::worker::run_child_command);
}
