# The only ways in which a target of ours comes to be.

function(_ameide_common target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers
                                           -Wnon-virtual-dtor -Woverloaded-virtual)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc 12 reports false positives in std::string and std::variant under optimisation.
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-maybe-uninitialized -Wno-dangling-pointer
                                             -Wno-stringop-overflow -Wno-array-bounds)
  endif()
  target_compile_definitions(${target} PRIVATE QT_NO_KEYWORDS QT_NO_CAST_TO_ASCII)
endfunction()

# ameide_library(NAME HEADERS a.h ... SOURCES a.cc ... PUBLIC libs... PRIVATE libs...)
# A static library whose headers are included by their path from the root of the tree.
function(ameide_library target)
  cmake_parse_arguments(arg "" "" "HEADERS;SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${target} STATIC)
  target_sources(${target} PRIVATE ${arg_SOURCES}
                 PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR} FILES ${arg_HEADERS})
  target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON LINKER_LANGUAGE CXX)
  _ameide_common(${target})
endfunction()

# ameide_program(NAME SOURCES main.cc ... PRIVATE libs...)
function(ameide_program target)
  cmake_parse_arguments(arg "" "" "SOURCES;PRIVATE" ${ARGN})
  add_executable(${target} ${arg_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
  _ameide_common(${target})
endfunction()

# ameide_test(NAME SOURCES a_test.cc ... PRIVATE libs... [GUI] [LABELS ...] [TIMEOUT seconds] [ARGS ...])
# A Qt Test program, run offscreen. The name is what `./dev test NAME` takes.
function(ameide_test target)
  cmake_parse_arguments(arg "GUI" "TIMEOUT" "SOURCES;PRIVATE;LABELS;ARGS" ${ARGN})
  add_executable(${target} ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${arg_PRIVATE} Qt6::Test $<$<BOOL:${arg_GUI}>:Qt6::Widgets>)
  _ameide_common(${target})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_test(NAME ${target} COMMAND ${target} ${arg_ARGS} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${target} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "cpp;${arg_LABELS}"
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;AMEIDE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;AMEIDE_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endfunction()

# ameide_proto(TARGET PROTOS ameide/x/v1/x.proto ... [GRPC] [DEPENDS other_proto_targets])
# Generates C++ messages (and with GRPC services) into the build tree; nothing generated is in git.
function(ameide_proto target)
  cmake_parse_arguments(arg "GRPC" "" "PROTOS;DEPENDS" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/gen)
  file(MAKE_DIRECTORY ${out})
  set(generated)
  foreach(proto ${arg_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(files ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(args --cpp_out=${out})
    if(arg_GRPC)
      list(APPEND files ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
      list(APPEND args --grpc_out=${out} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(OUTPUT ${files}
      COMMAND protobuf::protoc ${args} -I ${CMAKE_SOURCE_DIR}/proto ${CMAKE_SOURCE_DIR}/proto/${proto}
      DEPENDS ${CMAKE_SOURCE_DIR}/proto/${proto} VERBATIM)
    list(APPEND generated ${files})
  endforeach()
  add_library(${target} STATIC ${generated})
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf ${arg_DEPENDS} $<$<BOOL:${arg_GRPC}>:gRPC::grpc++>)
endfunction()

# ameide_fuzzer(NAME SOURCES fuzz_x.cc PRIVATE libs...)
# A libFuzzer program, built only with clang and -DAMEIDE_FUZZ=ON (`./dev fuzz`).
option(AMEIDE_FUZZ "Build the fuzzers (clang only)" OFF)
add_custom_target(fuzzers)
function(ameide_fuzzer target)
  if(NOT AMEIDE_FUZZ)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;PRIVATE" ${ARGN})
  add_executable(${target} EXCLUDE_FROM_ALL ${arg_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
  target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  _ameide_common(${target})
  add_dependencies(fuzzers ${target})
endfunction()

# ameide_bench(NAME SOURCES x_bench.cc PRIVATE libs...)
# A benchmark program bench_x, run by `./dev bench`; never a test.
function(ameide_bench target)
  ameide_program(${target} ${ARGN})
endfunction()
