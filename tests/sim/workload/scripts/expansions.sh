# Parameters, arithmetic, command substitution, patterns, braces.
#= both | default, alternate, assign
unset u; e=; s=val
echo "1${u-d}" "2${u:-d}" "3${e-d}" "4${e:-d}" "5${s-d}"
echo "1${u+a}" "2${u:+a}" "3${e+a}" "4${e:+a}" "5${s:+a}"
echo "${u:=new}" "$u"; echo "${e=keep}" "[$e]"
#= both | an error for an unset parameter ends the shell
echo before
echo "${nothing:?is needed}"
echo after
#= both | an error in a subshell only
( echo "${nothing?}"; echo no ); echo "status $?" | sed 's/[1-9][0-9]*/n/'
#= both | length
x=hello; echo ${#x} "${#x}" ${#nothing}; set -- a b c; echo $# ${#}
#= both | prefixes and suffixes
f=/a/b/c.tar.gz
echo ${f#*/} ${f##*/} ${f%.*} ${f%%.*} ${f#nothing} ${f%/*}
x=aaa; echo ${x#a} ${x##a*} ${x%a} "[${x%%a*}]"
#= both | patterns from variables and quoted
p='*.'; f=a.b.c; echo ${f#$p} ${f##$p} "${f#"$p"}"
x='a*b'; echo "${x%'*b'}" "${x%\**}"
#= both | brackets in patterns
x=file-12.txt; echo ${x%[0-9].txt} ${x##*[!0-9.tx]} ${x#[a-f]}
#= bash | replacement
x=banana; echo ${x/a/o} ${x//a/o} ${x/#b/B} ${x/%a/A} ${x//an} ${x/x/y} ${x//[bn]/-}
p=/a/b; echo ${p//\//.} "${p//'/'/:}"
#= bash | substrings
x=0123456789; echo ${x:3} ${x:2:4} ${x: -3} ${x: -3:2} ${x:0:-2} "[${x:20}]" ${x:(1+1):1}
n=2; echo ${x:n:n} ${x:$n}
#= bash | upper and lower case
x=hELLO; echo ${x^} ${x^^} ${x,} ${x,,}
#= bash | indirect
a=b; b=c; echo ${!a}; p=HOME; HOME=/h; echo "${!p}"; set -- x y; n=2; echo "${!n}"
#= bash | slices of positional parameters
set -- a b c d e; echo "${@:2}" "${@:2:2}" "${@: -1}" "${*:1:2}"
#= both | positional parameters above nine
set -- a b c d e f g h i j k; echo $10 ${10} ${11}; shift 9; echo $1 $#
#= both | arithmetic operators
echo $((1+2*3)) $((7/2)) $((7%3)) $((-7/2)) $((-7%3)) $((2-5)) $(((1+2)*3))
echo $((1<2)) $((2<=1)) $((3==3)) $((3!=3)) $((1&&0)) $((1||0)) $((!5)) $((~5))
echo $((5&3)) $((5|3)) $((5^3)) $((1<<4)) $((256>>2)) $((1?2:3)) $((0?2:3))
echo $((0x1f)) $((010)) $((+3)) $((- -3))
#= both | arithmetic with variables
x=5; y=; echo $((x+1)) $(($x+1)) $((y+1)) $((unset_one+1)); echo $((x=7)) $x; echo $((x+=3)) $x
a=3; echo $((a*a)) "$((a))"
#= bash | increments and comma and power
x=5; echo $((x++)) $x $((++x)) $x $((x--)) $((--x)) $((2**10)) $((1,2,3))
#= both | big numbers
echo $((9223372036854775807)) $((9223372036854775807 + 1)) $((1000000 * 1000000))
#= both | division by zero ends a subshell
(echo $((1/0)); echo no) 2>/dev/null; echo "$?" | sed 's/[12]/n/'
#= bash | arithmetic commands
((x=5)); echo $x $?; ((x-5)); echo $?; ((x>3)) && echo big; let y=x*2 z=y+1; echo $y $z; let "0"; echo $?
#= bash | arithmetic for
for ((i=0; i<3; i++)); do echo $i; done; for ((;;)); do break; done; for ((i=3;i;i--)) { echo -n $i; }; echo
#= bash | bases
echo $((2#101)) $((16#ff)) $((36#z))
#= both | command substitution strips newlines
x=$(printf 'a\n\nb\n\n\n'); echo "[$x]"; echo $x
y=$(); echo "[$y]"; echo "$(echo a; echo b)" $(echo c; echo d)
#= both | status of a substitution
x=$(false); echo $?; x=$(exit 7); echo $?; echo $(exit 7); echo $?
#= both | substitution does not change the shell
x=1; y=$(x=2; echo $x); echo $x $y; z=$(cd /; pwd); echo $z; [ "$(pwd)" = / ] || echo kept
#= both | nested substitution
echo $(echo a $(echo b $(echo c)))
#= bash | file substitution
echo content > f; x=$(<f); echo "$x"
#= bash | braces
echo {a,b,c} x{1,2}y {1..5} {5..1} {a..e} {1..10..3} {01..03} a{b,c{d,e}}f {x} {} "{a,b}" \{a,b}
#= bash | braces with variables
n=3; echo {1..$n} {$n,x}; for i in {1..3}; do echo -n "$i "; done; echo
#= dash | no braces
echo {a,b} {1..3}
#= both | seq in a for
for i in $(seq 3) $(seq 5 6) $(seq 3 -1 1); do echo -n "$i "; done; echo
seq -s, 1 4; seq -w 8 10; seq 1 0
#= both | IFS
IFS=:; x=a:b::c; for i in $x; do echo "[$i]"; done
IFS=', '; x='a, b,c ,d'; for i in $x; do echo "<$i>"; done
IFS=; x='a b'; for i in $x; do echo "($i)"; done
#= both | IFS at the ends
IFS=:; for x in a: :a : :: a::; do set -- $x; echo "$x $#"; done
#= both noash | read splits
echo 'a  b c d' | { read x y; echo "$x|$y"; }
echo '  a  ' | { read x; echo "[$x]"; }
echo 'a:b:c' | { IFS=: read x y z; echo "$x $y $z"; }
echo 'a\tb\' | { read -r x; echo "[$x]"; }
echo 'one' | { read x y; echo "[$x][$y] $?"; read z; echo "$? [$z]"; }
#= both | special parameters
set -- a b; echo "$#" "$?" "$0" "$1" "${2}" "[$3]"; f() { echo "$#" "$1"; }; f x; echo "$#"
#= bash | arrays
a=(one 'two words' three); echo "${a[1]}" ${#a[@]} "${#a[0]}" "${a[@]:1}" ${a[-1]} $a
a+=(four); a[7]=seven; echo "${!a[@]}" "${a[*]}"; unset 'a[0]'; echo "${a[@]}"
for i in "${a[@]}"; do echo "<$i>"; done
#= bash | arrays from expansions
x='1 2 3'; a=($x); b=("$x"); c=($(seq 2)); d=(); echo ${#a[@]} ${#b[@]} ${#c[@]} ${#d[@]}
IFS=, read -ra e <<< 'p,q,r'; echo "${e[2]}" ${#e[@]}
i=1; echo "${a[i]}" "${a[$i+1]}"; a[i]=9; echo "${a[*]}"
#= bash | mapfile
mapfile -t lines <<< $'x\ny z'; echo "${#lines[@]}:${lines[1]}"
#= both unknown | unset
x=1; unset x; echo "[${x-none}]"; f() { echo f; }; unset -f f; f 2>/dev/null; echo $?
#= both | readonly variables cannot be set
readonly r=1; (r=2) 2>/dev/null; echo "$r"; (unset r) 2>/dev/null; echo "$r"
#= both | export with a value and without
export A=1; B=2; export B; C=3; sh -c 'echo "$A $B [$C]"'; A=9 sh -c 'echo $A'; echo $A
#= both | temporary assignments
x=old; x=new sh -c 'echo $x'; echo $x; f() { echo "in $x"; }; x=tmp f
#= both | globs
mkdir d; touch d/a.txt d/b.txt d/.hidden c.log; echo *; echo d/*; echo */*.txt; echo d/[ab].txt; echo d/?.txt
echo d/.h*
#= both | set -f stops globs
touch a b; set -f; echo *; set +f; echo *
#= both | words of for are expanded once
x='a b'; for i in $x; do x=changed; echo $i; done; echo $x
#= both | the usual default of a port
PORT=${PORT:-8080}; HOST=${HOST:-"localhost"}; echo "$HOST:$PORT"
#= both | a rank from a host name
h=train-workers-0-3.train; r=${h%%.*}; echo ${r##*-} $(( ${r##*-} * 4 + 1 ))
#= both | joining a list with commas
list=; for i in 0 1 2; do list="${list:+$list,}w-$i.svc"; done; echo "$list"
#= bash | joining with printf and cutting the last
hosts=$(printf 'w-%d.svc,' {0..2}); echo "${hosts%,}"
#= bash | transformations of a path
p=/data/in/file.csv.gz; d=${p%/*}; b=${p##*/}; echo "$d $b ${b%%.*} ${b#*.} $(basename $p .gz) $(dirname $p)"
#= both | a colon command with an assignment
: ${A:=one} "${B:=two}"; echo $A $B
#= bash | LINENO counts
echo $LINENO
echo $LINENO

echo $LINENO
#= bash | regular expressions
[[ worker-12 =~ ^([a-z]+)-([0-9]+)$ ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]} ${#BASH_REMATCH[@]}"
re='^[0-9]+$'; [[ 12 =~ $re ]] && echo num; [[ 1x =~ $re ]] || echo not; [[ a.c =~ a"."c ]] && echo dot
#= bash | string comparison and logic
[[ a < b && ! b < a ]] && echo 1; [[ -z "" || x ]] && echo 2; [[ 10 -gt 9 ]] && echo 3
[[ ( a == b ) || c == c ]] && echo 4
x=; [[ $x ]] || echo empty; [[ -n $x ]] || echo 5; [[ 5 -eq 2+3 ]] && echo 6
#= both | test
[ a = a ] && echo 1; [ a != b ] && echo 2; [ 3 -gt 2 ] && [ 2 -le 2 ] && echo 3; [ -n x -a -z "" ] && echo 4
[ ! a = b ] && echo 5; test -z; echo $?; [ x -eq 1 ] 2>/dev/null; echo $?; [ a = b -o c = c ] && echo 6; [ "" ]; echo $?
[ -n ] && echo 7; [ '(' a ')' ] && echo 8; [ -f ] && echo 9; [ = = = ] && echo 10
#= both | tests of files
touch f; mkdir d; echo x > g; [ -f f ] && echo 1; [ -d d ] && echo 2; [ -e none ] || echo 3; [ -s f ] || echo 4
[ -s g ] && echo 5
[ -d f ] || echo 6; [ -f d ] || echo 7; [ -r f ] && [ -w f ] && echo 8; [ -x d ] && echo 9
#= bash | a subshell in a substitution
echo $((echo a; echo b) | wc -l) | tr -d ' '; x=$((echo 1); echo 2); echo $x
#= bash | a name before braces is one name
d=5; d1=x d2=y; echo $d{1,2} ${d}{1,2} "$d"{1,2}
#= bash | wrong arithmetic commands are false
((1/0)) 2>/dev/null; echo $?; let 'x=' 2>/dev/null; echo $?; ((2 +)) 2>/dev/null || echo no; x=3; ((x > 2)) && echo yes
#= bash | a part of an array is taken by index
a[3]=t; a[5]=u; a[7]=v; echo "${a[@]:1}" - "${a[@]:4}" - "${a[@]:4:1}" - "${a[@]: -1}" - "${a[@]: -3}" - "${a[@]: -9}"
echo "${a[@]:0:2}" - "${a[@]:8}" - "${a[*]: -3:1}"
#= bash | a negative index without an element
echo "a${none[-1]}b" $?; one=(1); echo "${one[-1]}${one[-3]}" $((one[-3])); s=x; echo "${s[-1]}" "${none[-1]:-d}"
(set -e; if echo "${none[-1]}"; then echo yes; else echo no; fi; echo never); echo $?
(set -e; trap 'echo "end $?"' EXIT; f() { echo "${none[-1]}"; }; f || echo no); echo $?
(set -e; x=$(echo "${none[-1]}z"; echo more); echo "$x")
#= bash | the length of an array that is not set
(set -u; q=(); echo ${#q[@]} ${#q[*]}; echo ${#none[@]}; echo never); echo $?
(set -u; s=1; echo ${#s[@]}; echo never); echo $?
#= both | the status of a command without words
(exit 3); $(exit 7); echo $?; (exit 3); $none; echo $?; $none $(exit 9); echo $?; x=$(exit 4); echo $?
#= dash | a substitution's status does not show before the command is done
false; echo $(true) $?; false; x=$(exit 5)$?; echo $x $?; (exit 3); : $(exit 5)$?; echo $?
#= dash | the trap on EXIT sees the variables of the function that ends the shell
a=1; trap 'echo $a' EXIT; f() { local a=in; exit; }; f
#= dash noash | an expression without text is wrong, a variable's is 0
d=; echo $((d)); (echo $(($d)); echo never); echo $?; (echo $(( )); echo never); echo $?; (echo $(($d)) | cat; echo on)
#= dash | a pattern with a dot finds the directory and its parent
touch .x; echo .* .?; echo .x*
#= bash | wrong arithmetic in a condition is false
b='x y'; [[ b -eq 1 ]]; echo $?; [[ 1 -lt 08 ]] || echo no; ((b)) || echo $?
set -e; ((1 / 0)) || echo on; ((b)); echo never
#= bash | wrong arithmetic ends a for loop
b='x y'; for ((i = b; i < 2; i++)); do echo never; done; echo $?
for ((i = 0; i < b; i++)); do echo never; done; echo $?; for ((i = 0; i < 2; b)); do echo $i; done; echo $?
#= both | wrong arithmetic ends only its part of a pipeline
trap 'echo "end $?"' EXIT; { echo a $((08)); echo never; } | cat; echo $?; echo x | { echo $((08)); echo never; }
echo x | while read x; do echo $((1 / 0)); done; echo on
#= bash | a name that cannot stand in an expression is looked up
(set -u; ((0 u 5)); echo never); echo $?; ((0 u 5)); echo $?; (set -u; ((0 && 1 u)); echo $?; ((1 ? 2 : 3 u)); echo $?)
(set -u; ((1 u = 5)); echo $?; x=1; ((x none)); echo never); echo $?; (set -u; echo $(((1) u)); echo never); echo $?
#= bash | an assignment comes before the redirections of its line
echo file > f; x=$(cat) < f; echo "[$x]"; x=1 < none; echo "$? $x"
#= dash noash | an assignment comes after the redirections of its line
echo file > f; x=$(cat) < f; echo "[$x]"; x=1 < none; echo "$? [$x]"
#= bash | with set -e a negative index without an element ends the shell with the status before
(set -e; (exit 2) || echo ${none[-1]}); echo $?; (set -e; echo ${none[-1]}); echo $?
(set -e; trap 'echo "end $?"' EXIT; (exit 2) || echo x | cat "${none[-1]}"; echo $?); echo $?
#= bash | what follows a name in an expression is read before the name is looked up
(set -u; d='x y..'; ((!(d))); echo $?; d=x{1,2}; ((d ^ 1)); echo $?; ((x 08)); echo $?; ((x 8)); echo never); echo $?
#= dash noash | a variable in an expression is a number alone
for d in 0-3 1+1 08 0x '1 2' 9223372036854775808 x; do (echo $((d)); echo never); echo $?; done
for d in -7 +7 010 0x1F ' 5 ' -9223372036854775808; do echo $((d + 1)); done
