# twin.cmake - the three kinds of target that this project has.
#
# A library target belongs to one folder. It exposes only that folder, through a directory of symbolic links,
# so a source can include "engine/api/x.hpp" only if its target links engine_api: the layering of
# docs/architecture.md is what the compiler sees, and an upward include does not build.

set(TWIN_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND TWIN_WARNINGS -Wno-restrict) # false alarms on std::string in gcc 12 (its bug 105651)
  if(TWIN_SANITIZE)
    list(APPEND TWIN_WARNINGS -Wno-maybe-uninitialized) # false alarms in <regex>, only with instrumented code
  endif()
endif()

# Gives `target` the view of `folder` (relative to the source root) under its own name.
function(twin_layer_view target folder)
  set(view ${CMAKE_BINARY_DIR}/layers/${target})
  get_filename_component(parent ${view}/${folder} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  if(NOT EXISTS ${view}/${folder})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${view}/${folder} SYMBOLIC)
  endif()
  target_include_directories(${target} PUBLIC ${view})
endfunction()

# With TWIN_UNITY the sources of a folder are compiled together, at most TWIN_UNITY_FILES at a time: most of what a
# file of ours costs the compiler is in its headers. So names in unnamed namespaces differ within a folder. The preset
# `clang` compiles each file alone, which must work too, with what nearly all include precompiled.
function(twin_lean target)
  if(TWIN_PRECOMPILED)
    target_precompile_headers(${target} PRIVATE <algorithm> <functional> <map> <memory> <optional> <set> <sstream>
      <string> <string_view> <variant> <vector> <fmt/format.h> <nlohmann/json.hpp>)
    if(NOT target MATCHES "^sim_kernel") # all others may include it
      target_precompile_headers(${target} PRIVATE <engine/api/request.hpp>)
    endif()
  endif()
  if(NOT TWIN_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE path)
    cmake_path(GET path PARENT_PATH folder)
    string(REPLACE "/" "_" group ${folder})
    math(EXPR count "0${count_${group}} + 1")
    set(count_${group} ${count})
    math(EXPR batch "(${count} - 1) / ${TWIN_UNITY_FILES}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group}_${batch})
  endforeach()
endfunction()

# twin_library(engine_api FOLDER engine/api LINKS fmt::fmt PRIVATE_LINKS yaml-cpp): all *.cpp of the folder itself
# and of its subfolders, except those that are targets of their own (EXCEPT).
function(twin_library target)
  cmake_parse_arguments(ARG "" "FOLDER" "LINKS;PRIVATE_LINKS;EXCEPT" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${ARG_FOLDER}/*.cpp)
  foreach(except IN LISTS ARG_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_SOURCE_DIR}/${ARG_FOLDER}/${except}/")
  endforeach()
  if(NOT sources)
    add_library(${target} INTERFACE)
    return()
  endif()
  add_library(${target} STATIC ${sources})
  target_compile_options(${target} PRIVATE ${TWIN_WARNINGS})
  target_link_libraries(${target} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  twin_layer_view(${target} ${ARG_FOLDER})
  twin_lean(${target})
endfunction()

# twin_test(name FOLDER tests/engine/api LINKS engine_api [LABELS input]): one GoogleTest program from all *_test.cpp
# (and helpers) of a folder, its cases discovered by ctest when they are run. The target tests_LABEL builds the programs
# of a label (.ci/run builds some of them with sanitizers).
function(twin_test target)
  cmake_parse_arguments(ARG "" "FOLDER" "LINKS;LABELS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${ARG_FOLDER}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${target} ${sources})
  target_compile_options(${target} PRIVATE ${TWIN_WARNINGS} ${TWIN_TEST_OPTIONS})
  target_compile_definitions(${target} PRIVATE TWIN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE ${ARG_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  twin_layer_view(${target} tests)
  twin_lean(${target})
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600)
  add_dependencies(all_tests ${target})
  foreach(label IN LISTS ARG_LABELS)
    if(NOT TARGET tests_${label})
      add_custom_target(tests_${label})
    endif()
    add_dependencies(tests_${label} ${target})
  endforeach()
endfunction()
