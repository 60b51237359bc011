# SPDX-License-Identifier: MIT
# Warnings, sanitizers and coverage instrumentation that every target of the project is built with.
add_library(vmxsim_options INTERFACE)
target_include_directories(vmxsim_options INTERFACE ${CMAKE_SOURCE_DIR}/sim)
target_compile_options(vmxsim_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # TRY is a statement expression, which GCC accepts under __extension__ and Clang 14 still reports.
  target_compile_options(vmxsim_options INTERFACE -Wno-gnu-statement-expression)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports std::string's own operator+ at -O2 (bug 105651); Clang's build keeps watch over the real ones.
  target_compile_options(vmxsim_options INTERFACE -Wno-restrict)
endif()
if(VMXSIM_WERROR)
  target_compile_options(vmxsim_options INTERFACE -Werror)
endif()
if(VMXSIM_SANITIZE)
  target_compile_options(vmxsim_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(vmxsim_options INTERFACE -fsanitize=address,undefined)
endif()
if(VMXSIM_FUZZ)
  target_compile_options(vmxsim_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
