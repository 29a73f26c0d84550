#!/bin/bash
# launcher_test.sh ROOT - the launcher ROOT/jobset-twin, in a small tree of its own, with stubs for the tools that it
# calls: cmake, ninja, ctest, dpkg-query, apt-get, id and sudo note how they were called; the stub ninja "builds" a
# program that prints how it was called. Nothing is installed or compiled. No test depends on how long anything takes.
set -u
unset JOBSET_TWIN_BUILD_DIR

root=$(readlink -f -- "$1")
scratch=$(mktemp -d) || exit 1
trap 'rm -rf -- "$scratch"' EXIT
failures=0
cases=0

# ---- the small tree and the stubs

stub() { # NAME, body on stdin
  { printf '#!/bin/bash\nprintf "%%s\\n" "%s $*" >>"$CALLS"\n' "$1" && cat; } >"$scratch/stubs/$1"
  chmod +x "$scratch/stubs/$1"
}

newTree() {
  rm -rf -- "${scratch:?}"/*
  tree="$scratch/a tree"
  mkdir -p "$scratch/stubs" "$scratch/else where"
  mkdir -p "$tree"/{engine/api,sim/kernel,scenarios/cli,scenarios/catalogue,viz,cmake}
  cp "$root/jobset-twin" "$root/packages.txt" "$tree/"
  : >"$tree/CMakeLists.txt"
  : >"$tree/CMakePresets.json"
  printf 'first\n' >"$tree/engine/api/a.cpp"
  export CALLS=$scratch/calls
  : >"$CALLS"
  stub cmake <<<'while (($#)); do [[ $1 == -B ]] && mkdir -p "$2" && : >"$2/build.ninja"; shift; done'
  stub ninja <<<'
    cat >/dev/null
    [[ -e $CALLS.hold ]] && until [[ -e $CALLS.release ]]; do sleep 0.02; done
    if [[ -e $CALLS.fail ]]; then printf "[1/2] step\nFAILED: a.o\na.cpp:1: error: no such thing\n"; exit 1; fi
    printf "[2/2] step\n"
    version=$(cat engine/api/a.cpp 2>/dev/null || cat "${2%/build/*}/engine/api/a.cpp")
    cat >"$2/jobset-twin" <<EOS
#!/bin/bash
printf "%s\n" "program $version" "in \$PWD"
printf "<%s>\n" "\$@"
[[ \${1-} == read ]] && cat
exit 7
EOS
    chmod +x "$2/jobset-twin"'
  stub ctest <<<'exit 8'
  # Everything is installed, but for what stands in CALLS.missing.
  stub dpkg-query <<<'
    while [[ $1 != -- ]]; do shift; done; shift
    for name; do grep -qxF -- "$name" "$CALLS.missing" 2>/dev/null || printf "installed %s\n" "$name"; done'
  stub apt-get <<<'[[ " $* " == *" install "* ]] && rm -f "$CALLS.missing"; exit 0'
  stub id <<<'if [[ -e $CALLS.user ]]; then echo 1000; else echo 0; fi'
  stub sudo <<<'[[ -e $CALLS.sudo ]] || exit 1; [[ $1 == -n ]] && shift; exec "$@"'
}

launch() { # ARGUMENT... -> out, err, code
  PATH="$scratch/stubs:/usr/bin:/bin" "${launcher:-$tree/jobset-twin}" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  code=$?
  out=$(<"$scratch/out")
  err=$(<"$scratch/err")
}
calls() { grep -c "^$1 " "$CALLS"; }

expect() { # WHAT GOT WANT
  cases=$((cases + 1))
  [[ $2 == "$3" ]] && return
  failures=$((failures + 1))
  printf 'FAILED %s: %s\n  got:  %q\n  want: %q\n' "$name" "$1" "$2" "$3"
}
expectIn() { # WHAT TEXT WORD
  cases=$((cases + 1))
  [[ $2 == *"$3"* ]] && return
  failures=$((failures + 1))
  printf 'FAILED %s: %s\n  text: %q\n  lacks: %q\n' "$name" "$1" "$2" "$3"
}

# ---- the cases

name="the program gets the caller's folder, arguments and exit code"
newTree
cd "$scratch/else where" || exit 1
launch run 'a b' '' '*' -- --x
expect "output" "$out" "program first
in $scratch/else where
<run>
<a b>
<>
<*>
<-->
<--x>"
expect "exit code" "$code" 7
expectIn "it says that it builds" "$err" "building"
expectIn "only the program is built" "$(grep '^ninja ' "$CALLS")" "jobset-twin"
expect "not the tests" "$(grep -c all_tests "$CALLS")" 0
expectIn "with the preset" "$(grep '^cmake ' "$CALLS")" "--preset release"

name="standard input is the program's, not the build's"
touch "$tree/engine/api/a.cpp"
got=$(printf 'from a pipe' | PATH="$scratch/stubs:/usr/bin:/bin" "$tree/jobset-twin" read 2>&1 | tail -n 1)
expect "input" "$got" "from a pipe"

name="nothing is done when nothing changed"
: >"$CALLS"
launch x
expect "no tool is called" "$(cat "$CALLS")" ""
expect "nothing is said" "$err" ""
printf 'changed\n' >"$tree/scenarios/catalogue/new.yaml"
launch x
expect "a scenario is not a source" "$(cat "$CALLS")" ""

name="any change of the sources builds"
oldTime() { touch -d '2001-01-01' "$tree/engine/api/a.cpp"; }
change() { # WHAT COMMAND...
  : >"$CALLS"
  "${@:2}"
  launch x
  expect "$1" "$(calls ninja)" 1
  : >"$CALLS"
  launch x
  expect "$1, and then nothing" "$(calls ninja)" 0
}
change "a newer file" touch "$tree/engine/api/a.cpp"
change "an older file in place of a newer" oldTime
change "a new file" cp "$tree/engine/api/a.cpp" "$tree/sim/kernel/b.cpp"
change "a renamed file" mv "$tree/sim/kernel/b.cpp" "$tree/sim/kernel/c.cpp"
change "a deleted file" rm "$tree/sim/kernel/c.cpp"
change "a new folder" mkdir "$tree/viz/export"
change "a layer that goes" rm -r "$tree/viz"
change "a layer that comes" mkdir "$tree/viz"
change "the build's own file" touch "$tree/CMakeLists.txt"
change "the presets" touch "$tree/CMakePresets.json"
change "the launcher" touch "$tree/jobset-twin"
change "a program that was deleted" rm "$tree/build/release/bin/jobset-twin"

name="the program is replaced by rename"
before=$(stat -c %i "$tree/build/release/bin/jobset-twin")
exec 8<"$tree/build/release/bin/jobset-twin"
printf 'second\n' >"$tree/engine/api/a.cpp"
launch x
expectIn "the new one runs" "$out" "program second"
expect "another file" "$([[ $(stat -c %i "$tree/build/release/bin/jobset-twin") != "$before" ]] && echo yes)" yes
expectIn "the old one is whole" "$(cat <&8)" "program first"
exec 8<&-

name="a build that fails"
touch "$CALLS.fail" "$tree/engine/api/a.cpp"
launch x
expect "exit code" "$code" 1
expect "no output" "$out" ""
expectIn "the compiler's words" "$err" "a.cpp:1: error: no such thing"
expectIn "the launcher's words" "$err" "jobset-twin: error: the build failed"
launch x
expect "it fails again" "$code" 1
rm "$CALLS.fail"
launch x
expect "and recovers" "$code" 7

name="through a symbolic link, a relative path and PATH"
ln -s "$tree/jobset-twin" "$scratch/else where/link"
launcher="$scratch/else where/link" launch x
expectIn "link" "$out" "<x>"
launcher="../a tree/jobset-twin" launch x
expectIn "relative" "$out" "<x>"
expectIn "PATH" "$(PATH="$tree:$scratch/stubs:/usr/bin:/bin" jobset-twin x 2>&1)" "<x>"

name="a tree that moved is built anew"
mv "$tree" "$scratch/moved"
tree=$scratch/moved
: >"$CALLS"
launch x
expect "configured" "$(calls cmake)" 1
expect "exit code" "$code" 7
cp -a "$tree" "$scratch/copy"
tree=$scratch/copy
: >"$CALLS"
launch x
expect "so is a copy" "$(calls cmake)" 1

name="two at once build once"
newTree
touch "$CALLS.hold"
for i in 1 2; do
  PATH="$scratch/stubs:/usr/bin:/bin" "$tree/jobset-twin" "$i" >"$scratch/out.$i" 2>"$scratch/err.$i" </dev/null &
done
until grep -qs "waiting for another build" "$scratch"/err.[12]; do sleep 0.02; done
touch "$CALLS.release"
wait
expect "builds" "$(calls ninja)" 1
expectIn "the first ran" "$(cat "$scratch/out.1")" "<1>"
expectIn "the second ran" "$(cat "$scratch/out.2")" "<2>"

name="packages are missing, and there is no right to install them"
newTree
touch "$CALLS.user"
printf '%s\n' libre2-dev ninja-build >"$CALLS.missing"
launch x
expect "exit code" "$code" 1
expect "nothing on standard output" "$out" ""
expectIn "they are named" "$err" \
  "jobset-twin: error: missing Debian packages, and no right to install them: ninja-build libre2-dev"
expectIn "and what to type" "$err" "sudo apt-get install --no-install-recommends ninja-build libre2-dev"
expect "apt-get is not called" "$(calls apt-get)" 0
expect "nothing is built" "$(calls ninja)" 0

name="packages are missing, and sudo asks for no password"
touch "$CALLS.sudo"
launch x
expect "exit code" "$code" 7
expectIn "they are named" "$err" "ninja-build libre2-dev"
expectIn "they alone are installed" "$(grep '^apt-get .* install ' "$CALLS")" \
  "--no-install-recommends ninja-build libre2-dev"

name="packages are missing, for root"
newTree
printf 'g++\n' >"$CALLS.missing"
launch x
expect "exit code" "$code" 7
expect "no sudo" "$(calls sudo)" 0
expect "installed once" "$(grep -c '^apt-get .* install ' "$CALLS")" 1

name="only the sections asked for are looked at"
newTree
printf '%s\n' qt6-charts-dev clang-16 >"$CALLS.missing"
launch x
expect "not needed by run" "$(calls apt-get)" 0
launch setup ci
expectIn "setup" "$(grep '^apt-get .* install ' "$CALLS")" "clang-16"
expect "exit code" "$code" 0
launch setup nonsense
expect "an unknown section" "$code" 1
expectIn "is named" "$err" "nonsense"

name="test --slow builds the validation and becomes its slow tier"
newTree
mkdir -p "$tree/build/release/tests" "$tree/docs"
printf '#!/bin/bash\nprintf "<%%s>" "$@"\nexit 5\n' >"$tree/build/release/tests/validation"
chmod +x "$tree/build/release/tests/validation"
launch test --slow --only B.3
expectIn "targets" "$(grep '^ninja ' "$CALLS")" "jobset-twin validation"
expect "no ctest" "$(calls ctest)" 0
expect "its arguments" "$out" "<--tier><slow><--markdown><$tree/docs/validation.md><--only><B.3>"
expect "its exit code" "$code" 5

name="test builds everything in the same folder and hands over to ctest"
newTree
launch test -R 'a b'
expectIn "targets" "$(grep '^ninja ' "$CALLS")" "jobset-twin all_tests"
expectIn "ctest" "$(grep '^ctest ' "$CALLS")" "--test-dir $tree/build/release --output-on-failure"
expectIn "its arguments" "$(grep '^ctest ' "$CALLS")" "-R a b"
expect "its exit code" "$code" 8
: >"$CALLS"
launch x
expect "the program is there, too" "$(cat "$CALLS")" ""

name="another build folder"
newTree
JOBSET_TWIN_BUILD_DIR=$scratch/other launch x
expect "exit code" "$code" 7
expect "it is there" "$([[ -x $scratch/other/bin/jobset-twin && ! -e $tree/build/release ]] && echo yes)" yes

printf '%d checks, %d failed\n' "$cases" "$failures"
((failures == 0))
