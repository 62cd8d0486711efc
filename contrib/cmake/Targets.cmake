# One verb per kind of target, so that a folder's CMakeLists.txt stays a list of files.
#
#   steelyard_module(crypto SOURCES sha256.cpp USES base LIBS PkgConfig::cryptopp)
#   steelyard_test(crypto SOURCES sha256_test.cpp USES crypto)
#   steelyard_bench(crypto SOURCES sha256_bench.cpp USES crypto)
#   steelyard_fuzz(merkle_proof SOURCES fuzz_merkle_proof.cpp USES crypto)
#
# USES names Steelyard modules, LIBS outside targets, PRIVATE_LIBS outside targets that no header shows.

include(GoogleTest)

add_custom_target(fuzzers)
add_custom_target(unit_tests)

function(_steelyard_link target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;LIBS;PRIVATE_LIBS")
  foreach(module ${arg_USES})
    target_link_libraries(${target} PUBLIC steelyard_${module})
  endforeach()
  target_link_libraries(${target} PUBLIC ${arg_LIBS} PRIVATE ${arg_PRIVATE_LIBS} steelyard_flags)
endfunction()

# The static library steelyard_<name> of one folder.
function(steelyard_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LIBS;PRIVATE_LIBS")
  add_library(steelyard_${name} STATIC ${arg_SOURCES})
  _steelyard_link(
    steelyard_${name} USES ${arg_USES} LIBS ${arg_LIBS} PRIVATE_LIBS ${arg_PRIVATE_LIBS}
  )
endfunction()

# The test binary <name>_test; every case becomes a ctest test of its own with the label unit. What
# takes longer is a binary and an add_test with the label nightly: gtest_discover_tests takes no list.
function(steelyard_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LIBS")
  add_executable(${name}_test ${arg_SOURCES})
  add_dependencies(unit_tests ${name}_test)
  _steelyard_link(${name}_test USES ${arg_USES} LIBS ${arg_LIBS} GTest::gmock GTest::gtest_main)
  # A test that takes the error of a result that has none, or the value of one that failed, stops.
  target_compile_definitions(
    ${name}_test PRIVATE STEELYARD_SOURCE_DIR="${CMAKE_SOURCE_DIR}" _GLIBCXX_ASSERTIONS
  )
  gtest_discover_tests(
    ${name}_test
    TEST_PREFIX ${name}.
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS unit
  )
endfunction()

# The Google Benchmark binary <name>_bench. It is built with everything else and run by hand.
function(steelyard_bench name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LIBS")
  add_executable(${name}_bench ${arg_SOURCES})
  _steelyard_link(${name}_bench USES ${arg_USES} LIBS ${arg_LIBS} benchmark::benchmark_main)
endfunction()

# The fuzz target fuzz_<name>. With STEELYARD_FUZZ it is a libFuzzer binary; otherwise it replays
# its corpus (tests/fuzz/corpus/<name>/) and a few thousand seeded mutations as a ctest test.
function(steelyard_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LIBS")
  add_executable(fuzz_${name} ${arg_SOURCES})
  add_dependencies(fuzzers fuzz_${name})
  _steelyard_link(fuzz_${name} USES ${arg_USES} LIBS ${arg_LIBS})
  if(STEELYARD_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_link_libraries(fuzz_${name} PRIVATE steelyard_fuzz_replay)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz)
  endif()
endfunction()
