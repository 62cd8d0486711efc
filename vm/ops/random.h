// What kernels of random numbers share with the reference.
#pragma once

#include "vm/ops/random_rows.h"

namespace steelyard::vm {

void fill_random_reference(const RandomArguments& arguments);
void fill_random_software_fma(const RandomArguments& arguments);

}  // namespace steelyard::vm
