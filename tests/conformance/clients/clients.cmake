# Real clients against `jobset-twin serve`. Each suite builds its client once, below clients/ of the build tree, from
# modules and packages that it fetches; where that cannot be done it is skipped (77), and ctest says so.
set(clients_source ${CMAKE_CURRENT_SOURCE_DIR}/conformance)
set(clients_cache ${CMAKE_BINARY_DIR}/clients)
set(clients_binary $<TARGET_FILE:jobset-twin>)

# A test of this name that runs a script on the binary and the cache. SETS_UP and NEEDS name a fixture.
function(twin_client_test name script)
  cmake_parse_arguments(arg "" "TIMEOUT;SETS_UP;NEEDS" "ARGUMENTS" ${ARGN})
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} -B ${clients_source}/${script}
    ${clients_binary} ${clients_cache} ${arg_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES LABELS conformance TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
  if(arg_SETS_UP)
    set_tests_properties(${name} PROPERTIES FIXTURES_SETUP ${arg_SETS_UP})
  endif()
  if(arg_NEEDS)
    set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED ${arg_NEEDS})
  endif()
endfunction()

twin_client_test(kubectl.build kubectl/kubectl_test.py ARGUMENTS --build TIMEOUT 2700 SETS_UP kubectl)
file(GLOB kubectl_cases CONFIGURE_DEPENDS ${clients_source}/kubectl/cases/*.cases)
foreach(cases IN LISTS kubectl_cases)
  get_filename_component(subject ${cases} NAME_WE)
  twin_client_test(kubectl.${subject} kubectl/kubectl_test.py ARGUMENTS ${subject} TIMEOUT 600 NEEDS kubectl)
endforeach()

twin_client_test(clients.served clients/served_test.py TIMEOUT 120)
twin_client_test(clients.python clients/python/python_test.py TIMEOUT 1500)
twin_client_test(clients.clientgo.build clients/clientgo/clientgo_test.py ARGUMENTS --build TIMEOUT 2700
  SETS_UP clientgo)
twin_client_test(clients.clientgo clients/clientgo/clientgo_test.py TIMEOUT 600 NEEDS clientgo)
twin_client_test(clients.controller.build clients/controller/controller_test.py ARGUMENTS --build TIMEOUT 2700
  SETS_UP controller)
twin_client_test(clients.controller clients/controller/controller_test.py TIMEOUT 1800 NEEDS controller)
# It waits for what does not end, so it must not wait for others.
set_tests_properties(clients.controller PROPERTIES RUN_SERIAL TRUE)
