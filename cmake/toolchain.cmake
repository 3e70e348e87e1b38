# Compiler cache, linker, sanitizers. No global warning flags: those belong to our own targets (ameide_target.cmake).
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

set(AMEIDE_SANITIZE "" CACHE STRING "Sanitizers for every target: address,undefined or thread")
if(AMEIDE_SANITIZE)
  add_compile_options(-fsanitize=${AMEIDE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${AMEIDE_SANITIZE})
endif()
if(AMEIDE_FUZZ)
  # Coverage for libFuzzer in every library that a fuzzer links.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
