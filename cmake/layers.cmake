# SPDX-License-Identifier: MIT
# One library a folder of sim/, linked only to lower folders: vmxsim_layer(vmcs ABOVE spec SOURCES a.cpp b.cpp).
# Sources are found by themselves: every .cpp below the folder belongs to its library.
function(vmxsim_layer name)
  cmake_parse_arguments(LAYER "" "" "ABOVE;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  add_library(vmxsim_${name} STATIC ${sources})
  target_link_libraries(vmxsim_${name} PUBLIC vmxsim_options)
  foreach(lower IN LISTS LAYER_ABOVE)
    target_link_libraries(vmxsim_${name} PUBLIC vmxsim_${lower})
  endforeach()
  target_link_libraries(vmxsim_${name} PRIVATE ${LAYER_LINKS})
endfunction()

# One Boost.Test binary a folder of tests/, mirroring sim/: vmxsim_test(vmcs LINKS vmxsim_vmcs).
function(vmxsim_test name)
  cmake_parse_arguments(TEST "" "" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c)
  add_executable(test_${name} ${CMAKE_SOURCE_DIR}/tests/main.cpp ${sources})
  target_compile_definitions(test_${name} PRIVATE VMXSIM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE vmxsim_options ${TEST_LINKS} Boost::unit_test_framework)
  add_test(NAME ${name} COMMAND test_${name})
endfunction()
